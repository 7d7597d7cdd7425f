"""Honest settings, templates and repositories."""

# ruff: noqa: E501  # a table: one technique stays on one line where it can

from __future__ import annotations

import gzip
import json

from tests.corpus.others import RDS, integer, string, symbol
from tests.corpus.repositories import beside
from tests.corpus.technique import table
from tests.corpus.tensors import STRING, at, entry, gguf, safetensors, text

WEIGHTS = safetensors({"w": at(0, 16)})
TEMPLATES = {
    "chatml": "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}{{ '<|im_start|>system\\n"
    "You are a helpful assistant.<|im_end|>\\n' }}{% endif %}{{ '<|im_start|>' + message['role'] + '\\n' + "
    "message['content'] | trim + '<|im_end|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}"
    "{% endif %}",
    "instruct": "{%- if messages[0]['role'] == 'system' %}{%- set system_message = messages[0]['content'] %}{%- set "
    "loop_messages = messages[1:] %}{%- else %}{%- set loop_messages = messages %}{%- endif %}{{- bos_token }}{%- for "
    "message in loop_messages %}{%- if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}{{- raise_exception("
    "'roles must alternate user/assistant') }}{%- endif %}{%- if message['role'] == 'user' %}{{- ' [INST] ' + "
    "message['content'] + ' [/INST]' }}{%- else %}{{- ' ' + message['content'] + eos_token }}{%- endif %}{%- endfor %}",
    "tools-and-dates": "{%- set date_string = strftime_now('%d %b %Y') if strftime_now is defined else '26 Jul 2024' %}"
    "{%- set tools = tools or none %}{{- bos_token }}{{- '<|start_header_id|>system<|end_header_id|>\\n\\n' }}{%- if tools is "
    "not none %}{%- for t in tools %}{{- t | tojson(indent=4) }}{{- '\\n\\n' }}{%- endfor %}{%- endif %}{%- for message in "
    "messages %}{%- if message.role == 'ipython' or 'tool_calls' in message %}{%- set tool_call = "
    "message.tool_calls[0].function %}{{- '{\"name\": \"' + tool_call.name + '\", \"parameters\": ' }}{{- tool_call.arguments "
    "| tojson }}{%- elif message.content is mapping or message.content is iterable %}{{- message.content | tojson }}"
    "{%- endif %}{%- endfor %}",
    "thinking": "{%- macro render(content) %}{%- if content is string %}{{- content }}{%- else %}{%- for item in content %}"
    "{%- if item.type == 'image' %}{{- '<|image|>' }}{%- elif 'text' in item %}{{- item.text }}{%- endif %}{%- endfor %}"
    "{%- endif %}{%- endmacro %}{%- set ns = namespace(multi_step=true, last=messages|length - 1) %}{%- for message in "
    "messages[::-1] %}{%- set index = (messages|length - 1) - loop.index0 %}{%- if ns.multi_step and message.role == 'user' "
    "and not (message.content.startswith('<tool_response>') and message.content.endswith('</tool_response>')) %}{%- set "
    "ns.multi_step = false %}{%- set ns.last = index %}{%- endif %}{%- endfor %}{%- for message in messages %}{%- set content "
    "= render(message.content) %}{%- if '</think>' in content %}{%- set reasoning = content.split('</think>')[0]"
    ".rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}{%- endif %}{{- content.strip('\\n') }}{%- endfor %}",
    "words-that-look-evil": "{% for message in messages %}{{ '__class__ os.system eval(' + message.content|upper }}{% endfor %}",
    "types-of-tools": "{%- macro json_type(t) -%}{%- set names = {'string': 'str', 'number': 'float', 'array': 'list'} %}"
    "{%- if t.type in names %}{{- names[t.type] }}{%- elif t.properties is defined %}{%- for name, p in "
    "t.properties.items() %}{{- name + ': ' + json_type(p) }}{%- if not loop.last %}, {% endif %}{%- endfor %}"
    "{%- endif %}{%- endmacro %}{% for tool in tools|selectattr('function')|map(attribute='function')|list %}"
    "{{ tool.name|e }}{{ json_type(tool.parameters) }}{% endfor %}{{ messages|rejectattr('role','equalto','system')|list|length }}",
}  # fmt: skip
table("benign-templates", "chat_template.jinja", "", {key: each.encode() for key, each in TEMPLATES.items()})
table("benign-templates", "tokenizer_config.json", "", {
    f"config-{key}": json.dumps({"tokenizer_class": "T", "chat_template": each}).encode() for key, each in TEMPLATES.items()
} | {"config-named": json.dumps({"chat_template": [
    {"name": key, "template": each} for key, each in TEMPLATES.items()]}).encode()})  # fmt: skip
table(
    "benign-templates",
    "model.gguf",
    "",
    {
        f"gguf-{key}": gguf(entry(b"tokenizer.chat_template", STRING, text(each.encode())))
        for key, each in TEMPLATES.items()
    },
)

_BERT = {"architectures": ["BertModel"], "model_type": "bert", "hidden_size": 8, "num_attention_heads": 2, "vocab_size": 9,
         "torch_dtype": "float32", "transformers_version": "5.0.0"}  # fmt: skip
_LLAMA = {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "rope_scaling": {"rope_type": "llama3", "factor": 8.0},
          "quantization_config": {"quant_method": "gptq", "bits": 4}}  # fmt: skip
_GPT2 = {
    "architectures": ["GPT2LMHeadModel"],
    "model_type": "gpt2",
    "task_specific_params": {"text-generation": {}},
}
_TOKENIZER = {"version": "1.0", "model": {"type": "WordPiece", "vocab": {"[UNK]": 0, "system": 1, "eval": 2}}}
README = "---\nlicense: apache-2.0\ntags: [bert]\n---\n# Model\n```python\nimport os\nos.system('ls')\npickle.load(f)\n```\n"
table("benign-hub-repository", "config.json", "", {
    "bert": lambda: beside("config.json", _BERT, model__safetensors=WEIGHTS, tokenizer__json=_TOKENIZER, README__md=README,
                           tokenizer_config__json={"tokenizer_class": "BertTokenizer"}, vocab__txt="[UNK]\nsystem\n",
                           special_tokens_map__json={"unk_token": "[UNK]"}, __gitattributes="*.bin filter=lfs\n"),
    "llama": lambda: beside("config.json", _LLAMA, model__safetensors=WEIGHTS, generation_config__json={"eos_token_id": 2},
                            tokenizer_config__json={"chat_template": TEMPLATES["tools-and-dates"]},
                            model__safetensors__index__json={"metadata": {"total_size": 16},
                                                             "weight_map": {"w": "model.safetensors"}}),
    "gpt2": lambda: beside("config.json", _GPT2, model__safetensors=WEIGHTS, merges__txt="#version: 0.2\nĠ t\n",
                           vocab__json={"a": 0}),
    "adapter": lambda: beside("adapter_config.json", {
        "peft_type": "LORA", "base_model_name_or_path": "example/base", "r": 8, "auto_mapping": None,
        "target_modules": ["q_proj"]}, adapter_model__safetensors=WEIGHTS) | {"config.json": json.dumps(_BERT).encode()},
    "diffusers": lambda: beside("config.json", {"_class_name": "UNet2DModel"}, model_index__json={
        "_class_name": "DDPMPipeline", "unet": ["diffusers", "UNet2DModel"], "scheduler": ["diffusers", "DDPMScheduler"]},
        unet_in_diffusion_pytorch_model__safetensors=WEIGHTS),
})  # fmt: skip
table("benign-sentence-repository", "modules.json", "", {
    "sentence-transformers": lambda: beside("modules.json", [
        {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
        {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"}],
        config__json=_BERT, model__safetensors=WEIGHTS, **{"1_Pooling_in_config__json": {"pooling_mode_mean_tokens": True}}),
})  # fmt: skip
_MLMODEL = ("artifact_path: model\nflavors:\n  python_function:\n    env: {conda: conda.yaml, virtualenv: python_env.yaml}\n"
            "    loader_module: mlflow.sklearn\n    model_path: model.safetensors\n    python_version: 3.11.7\n  sklearn:\n"
            "    serialization_format: cloudpickle\n    sklearn_version: 1.9.1\nmlflow_version: 3.1.0\nmodel_uuid: abc\n")  # fmt: skip
table("benign-mlflow-repository", "MLmodel", "", {
    "sklearn": lambda: beside("MLmodel", _MLMODEL, model__safetensors=WEIGHTS, requirements__txt="scikit-learn==1.9.1\n",
        conda__yaml="channels:\n- conda-forge\ndependencies:\n- python=3.11\n- pip:\n  - mlflow==3.1.0\nname: e\n",
        python_env__yaml="python: 3.11.7\nbuild_dependencies:\n- pip==26.0\ndependencies:\n- -r requirements.txt\n"),
})  # fmt: skip
table("benign-yaml", "config.yaml", "", {
    "settings": b"model: &m {layers: 3, name: os.system}\ntrain:\n  <<: *m\n  lr: 1e-3\n",
    "hydra": b"model:\n  _target_: torch.nn.Linear\n  in_features: 3\n  out_features: 2\n",
})  # fmt: skip
_PMML = ('<?xml version="1.0" encoding="UTF-8"?>\n<PMML xmlns="http://www.dmg.org/PMML-4_4" version="4.4"><Header copyright="x"/>'
         '<DataDictionary><DataField name="x" optype="continuous" dataType="double"/></DataDictionary></PMML>')  # fmt: skip
table("benign-other", "model.pmml", "", {"pmml": _PMML.encode()})
table("benign-other", "model.rds", "", {
    "r-strings": lambda: gzip.compress(RDS + string(b"system('ls')")),
    "r-list": RDS + integer(19 | 0x200, 1) + string(b"x") + integer(2 | 0x400) + symbol(b"names") + string(b"a") + integer(254),
})  # fmt: skip
table("benign-other", "README.md", "", {"readme": README.encode()})
table("benign-other", "labels.txt", "", {"labels": b"cat\ndog\n.\nsystem\n"})
table("benign-other", "history.csv", "", {"csv": b"epoch,loss\n1,0.5\n2,0.4\n"})
