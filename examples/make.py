"""Write the binary parts of the example project: good ones, and bad ones with a harmless payload.

    python examples/make.py

Standard library only. Every payload prints one line; nothing here is loaded by Hauberk.
"""

from __future__ import annotations

import base64
import io
import json
import marshal
import pickle
import struct
import sys
import zipfile
from pathlib import Path

MODELS = Path(__file__).resolve().parent / "project" / "models"
PAYLOAD = "print('a model that you loaded just ran this line')"

# The day on which every member of every archive was written, so that each run makes the same bytes.
DAY = (2026, 1, 15, 9, 0, 0)


def main() -> None:
    """Write every file below MODELS and say which."""
    files = {
        "good/model.safetensors": safetensors(),
        "classifier/thresholds.pkl": pickle.dumps({"billing": 0.42, "delivery": 0.35}, protocol=4),
        "bad/sentiment.bin": poisoned_pickle(),
        "bad/classifier.pt": torch_archive(),
        "bad/vision.keras": keras_archive(),
        "bad/chat.gguf": gguf(),
        "bad/cut.safetensors": safetensors()[:-40],
        "bad/remote/config.json": remote_code(),
        "bad/remote/modeling_own.py": f"{PAYLOAD}\n".encode(),
        "bad/remote/model.safetensors": safetensors(),
    }
    for name, octets in files.items():
        path = MODELS / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(octets)
        sys.stdout.write(f"wrote {path.relative_to(MODELS.parents[2])}\n")


def safetensors() -> bytes:
    """One honest tensor of 8 x 16 float32."""
    octets = bytes(8 * 16 * 4)
    entry = {"dtype": "F32", "shape": [16, 8], "data_offsets": [0, len(octets)]}
    header = json.dumps({"__metadata__": {"format": "pt"}, "model.embed_tokens.weight": entry}).encode()
    header += b" " * (-len(header) % 8)
    return struct.pack("<Q", len(header)) + header + octets


def poisoned_pickle() -> bytes:
    """A pickle that calls exec(PAYLOAD), under a name that says nothing of pickle."""
    code = PAYLOAD.encode()
    return b"\x80\x02cbuiltins\nexec\nX" + struct.pack("<I", len(code)) + code + b"\x85R."


def torch_archive() -> bytes:
    """What torch.save writes, with the pickle replaced."""
    return archive(
        {
            "classifier/data.pkl": poisoned_pickle(),
            "classifier/byteorder": b"little",
            "classifier/data/0": bytes(64),
            "classifier/version": b"3\n",
        }
    )


def keras_archive() -> bytes:
    """A Keras model whose only layer is a Lambda: compiled Python inside the configuration."""
    code = compile(f"lambda x: ({PAYLOAD}, x)[1]", "layer", "eval").co_consts[0]
    function = {
        "class_name": "__lambda__",
        "config": {"code": base64.b64encode(marshal.dumps(code)).decode(), "defaults": None, "closure": None},
    }
    layer = {
        "module": "keras.layers",
        "class_name": "Lambda",
        "config": {"name": "scale", "function": function, "arguments": {}},
        "registered_name": None,
    }
    config = {"module": "keras", "class_name": "Sequential", "config": {"name": "vision", "layers": [layer]}}
    return archive(
        {
            "metadata.json": json.dumps(
                {"keras_version": "3.15.1", "date_saved": "2026-01-15@09:00:00"}
            ).encode(),
            "config.json": json.dumps(config).encode(),
        }
    )


def gguf() -> bytes:
    """A GGUF file (version 3) without tensors, whose chat template reaches for the operating system."""
    template = "{{ cycler.__init__.__globals__.os.popen('echo a template ran this').read() }}"

    def text(value: str) -> bytes:
        return struct.pack("<Q", len(value)) + value.encode()

    pairs = {"general.architecture": "llama", "general.name": "chat", "tokenizer.chat_template": template}
    body = b"".join(text(key) + struct.pack("<I", 8) + text(value) for key, value in pairs.items())
    return b"GGUF" + struct.pack("<IQQ", 3, 0, len(pairs)) + body


def remote_code() -> bytes:
    """A configuration that names Python code of its own folder as the model."""
    config = {
        "architectures": ["OwnModel"],
        "auto_map": {"AutoModelForCausalLM": "modeling_own.OwnModel"},
        "model_type": "own",
    }
    return json.dumps(config, indent=2).encode() + b"\n"


def archive(members: dict[str, bytes]) -> bytes:
    """A zip that stores its members uncompressed."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as made:
        for name, octets in members.items():
            made.writestr(zipfile.ZipInfo(name, DAY), octets)
    return out.getvalue()


if __name__ == "__main__":
    main()
