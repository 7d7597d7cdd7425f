"""Write the table of Keras classes and functions that a model configuration may name.

Run in an environment with keras 3:
    KERAS_BACKEND=torch python tools/keras_policy.py > src/hauberk/analysis/keras_policy.json
"""

import importlib
import inspect
import json
import pkgutil
import sys

import keras
from keras.src.saving.keras_saveable import KerasSaveable

# Modules whose functions compute and nothing else.
FUNCTIONS = (
    "activations",
    "constraints",
    "initializers",
    "losses",
    "metrics",
    "regularizers",
    "ops",
    "quantizers",
)
# Functions of those modules that turn a configuration into an object: not for a configuration to name.
NOT_FOR_MODELS = {"deserialize", "get", "serialize", "from_config", "custom_gradient"}
# Classes of Keras that run what their configuration gives them, or load another file: each has a rule.
GADGETS = {"FlaxLayer", "JaxLayer", "Lambda", "TFSMLayer", "TorchModuleWrapper"}
# Names that Keras 1 and 2 wrote, and that Keras 3 no longer has.
LEGACY = {
    "Merge", "Highway", "MaxoutDense", "TimeDistributedDense", "AtrousConvolution1D", "AtrousConvolution2D",
    "Convolution1D", "Convolution2D", "Convolution3D", "Deconvolution2D", "SeparableConvolution2D",
    "SeparableConvolution1D", "Deconvolution3D", "CuDNNGRU", "CuDNNLSTM", "ConvLSTM2DCell", "ConvRNN2D",
    "LocallyConnected1D", "LocallyConnected2D", "ThresholdedReLU", "Model", "Sequential", "Functional",
    "Network", "Container", "TensorFlowOpLayer", "TFOpLambda", "SlicingOpLambda", "ClassMethod",
    "InstanceMethod", "InstanceProperty", "VarianceScaling", "RandomNormal", "L1L2", "PeepholeLSTMCell",
    "DenseFeatures", "BatchNormalizationV1", "BatchNormalizationV2", "LayerNormalization", "GRUV1",
    "LSTMV1", "SyncBatchNormalization", "RandomHeight", "RandomWidth", "KernelizedRandomFourierFeatures",
    "RandomFourierFeatures", "AddLoss", "AddMetric", "Policy", "PolicyV1", "MeanRelativeError",
    "SumOverBatchSize",
    "MeanMetricWrapper", "SumOverBatchSizeMetricWrapper", "TFOptimizer", "NoNormPolicy", "GlorotUniformV2",
    "StackedRNNCells", "DeviceCell", "CosineProximity", "WideDeepModel", "LinearModel", "WarmupCosine",
    "Zeros", "Ones", "Constant", "RandomUniform", "TruncatedNormal", "Orthogonal", "Identity",
    "ExperimentalRNN", "BaseRandomLayer", "CategoryCrossing", "CategoryEncoding", "Discretization",
    "PreprocessingLayer", "SequenceFeatures", "Split", "IndexLookup", "FeatureSpace", "Cross", "Feature",
}  # fmt: skip


def classes() -> set[str]:
    """Names of all classes that Keras can save, wherever they are defined."""
    found = set()
    for each in pkgutil.walk_packages(keras.src.__path__, "keras.src."):
        if each.name.endswith("_test") or ".backend.tensorflow" in each.name or ".backend.jax" in each.name:
            continue
        try:
            module = importlib.import_module(each.name)
        except Exception as error:  # a backend that is not installed
            print(f"{each.name}: {error}", file=sys.stderr)
            continue
        for name, value in vars(module).items():
            is_own = inspect.isclass(value) and value.__module__.startswith("keras.")
            if is_own and (issubclass(value, KerasSaveable) or hasattr(value, "from_config")):
                found |= {name, value.__name__}
    return found


def functions() -> set[str]:
    """Names of the public functions that compute."""
    found = set()
    for name in FUNCTIONS:
        root = getattr(keras, name)
        modules = [root, *(value for value in vars(root).values() if inspect.ismodule(value))]
        for module in modules:
            found |= {each for each, value in vars(module).items() if inspect.isfunction(value)}
    return found - NOT_FOR_MODELS


if __name__ == "__main__":
    table = {
        "keras": keras.__version__,
        "classes": sorted((classes() | LEGACY) - GADGETS),
        "functions": sorted(functions()),
    }
    print(json.dumps(table, indent=0))
