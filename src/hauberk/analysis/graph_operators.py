"""What an operator of a computation graph reaches: default deny outside of the frameworks' own tables.

`graph_operators.json` lists the operators of TensorFlow, of the extensions that its users know, and so on;
the
sets here name those that do more than compute.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from enum import StrEnum
from functools import cache
from pathlib import Path

from hauberk.formats.graph import Framework, Operator


class Reach(StrEnum):
    """How far running the operator reaches."""

    COMPUTES = "computes"  # numbers and strings in, numbers and strings out
    CODE = "code"  # runs Python, or a function that the file does not hold
    NATIVE = "native"  # runs machine code that stands in the file
    FILES = "files"  # reads or writes files that the graph names
    NETWORK = "network"  # talks to an address that the graph names
    STOPS = "stops"  # ends the program that runs the graph
    CUSTOM = "custom"  # an operator that somebody's library must bring


# Source: tensorflow/core/ops/*.cc, TensorFlow 2.21, and SECURITY.md of TensorFlow.
TENSORFLOW_CODE = {"PyFunc", "PyFuncStateless", "EagerPyFunc", "_PyFunc"}
TENSORFLOW_FILES = {
    "ReadFile", "WriteFile", "MatchingFiles", "MatchingFilesDataset", "ExperimentalMatchingFilesDataset",
    "TextLineReader", "TextLineReaderV2", "FixedLengthRecordReader", "FixedLengthRecordReaderV2",
    "WholeFileReader", "WholeFileReaderV2", "TFRecordReader", "TFRecordReaderV2", "LMDBReader", "LMDBDataset",
    "ExperimentalLMDBDataset", "TextLineDataset", "TFRecordDataset", "TFRecordDatasetV2",
    "FixedLengthRecordDataset", "FixedLengthRecordDatasetV2", "SqlDataset", "ExperimentalSqlDataset",
    "CSVDataset", "CSVDatasetV2", "ExperimentalCSVDataset", "SaveDataset", "SaveDatasetV2", "LoadDataset",
    "DistributedSave", "SnapshotDataset", "SnapshotDatasetV2", "SnapshotDatasetReader",
    "SnapshotNestedDatasetReader", "SnapshotChunkDataset", "ListSnapshotChunksDataset", "DatasetToTFRecord",
    "ExperimentalDatasetToTFRecord", "RecordInput", "ImportEvent", "CreateSummaryFileWriter",
    "CreateSummaryDbWriter", "GenerateVocabRemapping", "LoadAndRemapMatrix", "FileSystemSetConfiguration",
    "ReaderReadV2", "ReaderRead", "ReaderReadUpTo", "ReaderReadUpToV2", "SSTableReader", "SSTableReaderV2",
    "DumpTensor", "CalibrationStatisticsSaver",
}  # fmt: skip
TENSORFLOW_NETWORK = {
    "RpcServer", "RpcServerStart", "RpcServerRegister", "RpcClient", "RpcCall", "Rpc", "TryRpc", "RemoteCall",
    "RegisterDataset", "RegisterDatasetV2", "DataServiceDataset", "DataServiceDatasetV2",
    "DataServiceDatasetV3", "DataServiceDatasetV4", "BigQueryReader",
}  # fmt: skip
# The ops that every saver has: judged by the constant names that they are given.
TENSORFLOW_SAVES = {
    "Save", "SaveSlices", "SaveV2", "Restore", "RestoreSlice", "RestoreV2", "MergeV2Checkpoints",
    "ShardedFilename", "ShardedFilespec", "DTensorRestoreV2", "InitializeTableFromTextFile",
    "InitializeTableFromTextFileV2", "CacheDataset", "CacheDatasetV2", "ImmutableConst",
}  # fmt: skip
TENSORFLOW_DEBUGS = {
    "DebugIdentity", "DebugIdentityV2", "DebugIdentityV3", "DebugNanCount", "DebugNumericSummary",
    "DebugNumericSummaryV2", "Print", "PrintV2",
}  # fmt: skip
# Where protobuf descriptors are known to be: in the program, or in the graph. Source: decode_proto_op.cc.
DESCRIPTORS = re.compile(r"(?:local://|bytes://)[\s\S]*|[\w.]*")
TENSORFLOW_NATIVE_CALLS = {"XlaCustomCall", "XlaCustomCallV2", "TRTEngineOp", "CustomCall"}

# Source: onnxruntime/docs/ContribOperators.md; onnx/docs/Operators.md.
ONNX_DOMAINS = {
    "", "ai.onnx", "ai.onnx.ml", "ai.onnx.training", "ai.onnx.preview", "ai.onnx.preview.training",
    "com.microsoft", "com.microsoft.nchwc", "com.microsoft.experimental", "com.microsoft.dml",
    "com.microsoft.mlfeaturizers", "com.ms.internal.nhwc", "com.ms.internal.nchwc",
}  # fmt: skip
ONNX_CODE = {"PyOp", "PythonOp", "PythonOpGrad", "PyCustomOp"}
EXTENSIONS = "ai.onnx.contrib"
ONNX_NETWORK = re.compile(r"Azure\w+|OpenAI\w+|Triton\w+")
# Source: paddle/fluid/operators, Paddle 2.6.
PADDLE_CODE = {"py_func", "py_layer", "pylayer", "pd_op.py_func", "pd_op.py_layer"}
PADDLE_FILES = {"open_files", "create_recordio_file_reader", "create_custom_reader", "dump"}
PADDLE_SAVES = {
    "save", "load", "save_combine", "load_combine", "save_op", "lookup_table_path", "sparse_tensor_load",
    "pd_op.save_combine", "pd_op.load_combine",
}  # fmt: skip
PADDLE_NETWORK = {
    "listen_and_serv", "heter_listen_and_serv", "send", "recv", "send_barrier", "fetch_barrier", "prefetch",
    "send_and_recv", "checkpoint_notify", "gen_nccl_id", "c_gen_nccl_id", "gen_bkcl_id", "c_gen_bkcl_id",
    "distributed_lookup_table", "distributed_push_sparse", "send_vars", "recv_save", "ref_by_trainer_id",
}  # fmt: skip
PADDLE_NATIVE = {"tensorrt_engine", "dlnne_engine", "lite_engine", "cinn_launch", "pd_op.tensorrt_engine"}
# Source: torch 2.13, torch._C._jit_get_all_schemas(): those that take a file name; torchvision; torchaudio.
TORCH_FILES = {
    "aten::from_file", "aten::save", "aten::load", "debugprims::load_tensor", "image::read_file",
    "image::write_file", "torchaudio::sox_io_load_audio_file", "torchaudio::sox_io_save_audio_file",
    "torchaudio::sox_io_get_info", "torchaudio_sox::load_audio_file", "torchaudio_sox::save_audio_file",
    "torchaudio_sox::get_info", "torchtext::_load_vocab_from_file", "torchtext::load_sp_model",
}  # fmt: skip
TORCH_CODE = {"prim::PythonOp", "prim::IgnoredPythonOp", "prim::CallFunction_python", "^::PythonOp"}
TORCH_NETWORK = {"rpc::rpc_sync", "rpc::rpc_async", "rpc::rpc_remote"}
TORCH_NATIVE = {"aoti::shared_library"}
TORCH_DOMAINS = {
    "aten", "prim", "prims", "quantized", "_quantized", "quantization", "quantized_decomposed", "sparse",
    "mkldnn",
    "onednn", "mkldnn_prepacked", "prepacked", "xnnpack", "profiler", "static_runtime", "inductor",
    "inductor_prims",
    "rngprims", "_native", "native", "export", "mkl", "cuda", "_caffe2", "torchvision", "image", "torchaudio",
    "torchtext", "higher_order", "_c10d_functional", "c10d_functional", "_dtensor", "rnn", "nnapi", "_nnapi",
    "fb", "torch_sparse", "torch_scatter", "torch_cluster", "torch_spline_conv", "torchao", "onnx",
    "debug_mode_ops",
    "_c10d_functional_autograd", "symm_mem", "tensorexpr", "cudnn", "metal", "metal_prepacked", "vulkan",
    "vulkan_prepacked", "torch_ipex", "streaming", "bitsandbytes", "fbgemm", "debugprims", "_test",
    "math", "operator", "builtins", "torch", "sym",
}  # fmt: skip
EXECUTORCH_DOMAINS = {
    "aten", "prim", "prims", "executorch_prim", "quantized_decomposed", "quantized", "dim_order_ops", "llama",
    "cadence", "cortex_m", "et_vk", "et_copy_index", "edge", "torchao", "sdpa", "xnnpack", "qaisw", "mlx",
}  # fmt: skip
# Backends whose part of the file is a graph, and those whose part is a shared library.
# Source: executorch/backends, ExecuTorch 1.0.
EXECUTORCH_BACKENDS = {
    "XnnpackBackend", "CoreMLBackend", "VulkanBackend", "QnnBackend", "MPSBackend", "NeuropilotBackend",
    "EthosUBackend", "ArmBackend", "TOSABackend", "VgfBackend", "EnnBackend", "OpenvinoBackend",
    "NeutronBackend",
    "CadenceBackend", "MLXBackend", "MediaTekBackend",
}  # fmt: skip
EXECUTORCH_NATIVE = {"CudaBackend", "MetalBackend", "AotiBackend"}
# Layers that somebody else's app brings.
COREML_CUSTOM = {"customLayer", "customModel", "custom_layer"}
# Source: openvino_tokenizers, the operators of its extension.
OPENVINO_OPSET = re.compile(r"opset\d{1,2}|experimental|util|internal|ie_internal_opset|")


def reach(framework: Framework, operator: Operator) -> Reach:
    """How far running the operator reaches."""
    found = _JUDGES[framework](operator)
    return Reach.COMPUTES if found is Reach.CUSTOM and operator.is_local else found


def escapes(path: str) -> bool:
    """Whether a file name leaves the model's folder, or is none: absolute, `..`, URL, control character.

    `*/` begins what onnxruntime takes for an address in its own memory. Source: onnxruntime,
    core/framework/tensorprotoutils.h, kTensorProtoMemoryAddressTag.
    """
    parts = re.split(r"[/\\]", path)
    return bool(
        path.startswith(("/", "\\", "~", "*/"))
        or ".." in parts
        or re.match(r"[A-Za-z]:", path)
        or re.match(r"[A-Za-z][A-Za-z0-9+.-]*:/?/?", path)
        or re.search(r"[\x00-\x1f\x7f]", path)
    )


def _tensorflow(operator: Operator) -> Reach:
    name = operator.name
    if name in TENSORFLOW_CODE:
        return Reach.CODE
    if name in TENSORFLOW_FILES:
        return Reach.FILES
    if name in TENSORFLOW_NETWORK:
        return Reach.NETWORK
    if name == "Abort":
        return Reach.STOPS
    if name in TENSORFLOW_SAVES or name in TENSORFLOW_DEBUGS or name in ("DecodeProtoV2", "EncodeProto"):
        return _tensorflow_by_text(operator)
    if name in TENSORFLOW_NATIVE_CALLS:
        return Reach.CUSTOM
    if name.startswith("_") or name in _known("tensorflow"):
        return Reach.COMPUTES
    # A function that is called but stands nowhere: no loader can run it.
    return Reach.COMPUTES if operator.domain == "function" else Reach.CUSTOM


def _tensorflow_by_text(operator: Operator) -> Reach:
    texts = operator.texts
    if operator.name in TENSORFLOW_SAVES:
        return Reach.FILES if any(map(escapes, texts)) else Reach.COMPUTES
    if operator.name in TENSORFLOW_DEBUGS:
        if any(re.match(r"grpcs?://", each) for each in texts):
            return Reach.NETWORK
        return Reach.FILES if any(each.startswith("file:") for each in texts) else Reach.COMPUTES
    return Reach.COMPUTES if all(map(DESCRIPTORS.fullmatch, texts)) else Reach.FILES


def _tflite(operator: Operator) -> Reach:
    if operator.domain == "builtin":
        return Reach.COMPUTES
    if operator.name.startswith("Flex"):
        return _tensorflow(Operator(operator.name[4:], texts=operator.texts))
    return Reach.COMPUTES if operator.name in _known("tflite") else Reach.CUSTOM


def _onnx(operator: Operator) -> Reach:
    name, domain = operator.name, operator.domain
    if name in ONNX_CODE:
        return Reach.CODE
    if domain == EXTENSIONS:
        if name == "ImageReader":
            return Reach.FILES
        if ONNX_NETWORK.fullmatch(name):
            return Reach.NETWORK
        return Reach.COMPUTES if name in _known("onnx-extensions") else Reach.CUSTOM
    if name == "EPContext":
        return Reach.FILES if any(map(escapes, operator.texts)) else Reach.CUSTOM
    if domain not in ONNX_DOMAINS:
        return Reach.CUSTOM
    return Reach.CUSTOM if name in ("ATen", "ExternalOp") and domain else Reach.COMPUTES


def _paddle(operator: Operator) -> Reach:
    name = operator.name
    if name in PADDLE_CODE:
        return Reach.CODE
    if name in PADDLE_FILES or (name in PADDLE_SAVES and any(map(escapes, operator.texts))):
        return Reach.FILES
    if name in PADDLE_NETWORK:
        return Reach.NETWORK
    return Reach.CUSTOM if name in PADDLE_NATIVE or operator.domain == "custom_op" else Reach.COMPUTES


def _torch(operator: Operator) -> Reach:
    for names, found in (
        (TORCH_FILES, Reach.FILES),
        (TORCH_CODE, Reach.CODE),
        (TORCH_NETWORK, Reach.NETWORK),
        (TORCH_NATIVE, Reach.NATIVE),
    ):
        if operator.full_name in names:
            return found
    return Reach.COMPUTES if operator.domain in TORCH_DOMAINS else Reach.CUSTOM


def _executorch(operator: Operator) -> Reach:
    if operator.domain == "backend":
        if operator.name in EXECUTORCH_NATIVE:
            return Reach.NATIVE
        return Reach.COMPUTES if operator.name in EXECUTORCH_BACKENDS else Reach.CUSTOM
    if operator.full_name in TORCH_FILES:
        return Reach.FILES
    return Reach.COMPUTES if operator.domain in EXECUTORCH_DOMAINS else Reach.CUSTOM


def _coreml(operator: Operator) -> Reach:
    return Reach.CUSTOM if operator.name in COREML_CUSTOM else Reach.COMPUTES


def _openvino(operator: Operator) -> Reach:
    if OPENVINO_OPSET.fullmatch(operator.domain) or operator.name in _known("openvino-extensions"):
        return Reach.COMPUTES
    return Reach.CUSTOM


def _stablehlo(operator: Operator) -> Reach:
    return Reach.COMPUTES if operator.name in _known("stablehlo-calls") else Reach.CUSTOM


_JUDGES: dict[Framework, Callable[[Operator], Reach]] = {
    Framework.TENSORFLOW: _tensorflow,
    Framework.TFLITE: _tflite,
    Framework.ONNX: _onnx,
    Framework.PADDLE: _paddle,
    Framework.TORCH: _torch,
    Framework.EXECUTORCH: _executorch,
    Framework.COREML: _coreml,
    Framework.OPENVINO: _openvino,
    Framework.STABLEHLO: _stablehlo,
}


@cache
def _known(table: str) -> frozenset[str]:
    tables = json.loads(Path(__file__).with_suffix(".json").read_bytes())
    return frozenset(tables[table].split())
