import json

import pytest

from hauberk.analysis import keras_policy, skops_policy
from hauberk.analysis.keras_policy import KerasMeaning
from hauberk.analysis.skops_policy import SkopsMeaning
from hauberk.core.asset import Asset, Bytes
from hauberk.formats import keras_config
from hauberk.formats.format import Claim
from hauberk.formats.skops_schema import SkopsNode


def worst(config):
    (view,) = keras_config.read(Asset("config.json", Bytes(json.dumps(config).encode())))
    return [keras_policy.meaning(each) for each in view.objects]


def function(module, name, registered="function"):
    return {"module": module, "class_name": "function", "config": name, "registered_name": registered}


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ({"module": "keras.layers", "class_name": "Dense", "config": {"units": 3}}, KerasMeaning.KNOWN),
        ({"module": "keras.src.models.functional", "class_name": "Functional", "config": {},
          "registered_name": "Functional"}, KerasMeaning.KNOWN),
        ({"module": "keras.src.ops.numpy", "class_name": "Add", "config": {}}, KerasMeaning.KNOWN),
        ({"class_name": "Dense", "config": {}}, KerasMeaning.KNOWN),
        ({"class_name": "Lambda", "config": {"function": function("builtins", "relu")}}, KerasMeaning.KNOWN),
        (function("builtins", "mean_squared_error"), KerasMeaning.KNOWN),
        (function("builtins", "eval"), KerasMeaning.FOREIGN),
        (function("os", "system"), KerasMeaning.FOREIGN),
        (function("numpy.f2py", "compile"), KerasMeaning.FOREIGN),
        (function("keras.utils", "get_file"), KerasMeaning.GADGET),
        (function("keras.src.utils.python_utils", "func_load"), KerasMeaning.GADGET),
        (function("keras.models", "load_model"), KerasMeaning.GADGET),
        ({"module": "keras.models", "class_name": "load_model", "config": {}}, KerasMeaning.GADGET),
        ({"module": "os", "class_name": "__typespec__", "spec_name": "system", "config": []},
         KerasMeaning.FOREIGN),
        ({"class_name": "__lambda__", "config": {"value": "4wE="}}, KerasMeaning.CODE),
        ({"class_name": "Lambda", "config": {"function": ["4wEAAAAAAAAAAAAAAAAAAAA", None, None]}},
         KerasMeaning.CODE),
        ({"class_name": "Lambda", "config": {"function": "x", "function_type": "lambda"}}, KerasMeaning.CODE),
        ({"class_name": "TFSMLayer", "config": {"filepath": "x"}}, KerasMeaning.LOADS),
        ({"class_name": "Custom>Lambda", "config": {"function": "evil"}}, KerasMeaning.GADGET),
        ({"class_name": "TFOpLambda", "config": {"function": "py_function"}}, KerasMeaning.OUTSIDE),
        ({"class_name": "TFOpLambda", "config": {"function": "__operators__.add"}}, KerasMeaning.KNOWN),
        ({"class_name": "Mine", "config": {}, "registered_name": "Pack>Mine"}, KerasMeaning.CUSTOM),
    ],
)  # fmt: skip
def test_what_an_object_amounts_to(config, expected):
    assert expected in worst(config)
    assert len(set(worst(config)) - {expected, KerasMeaning.KNOWN}) == 0


def test_objects_are_found_however_deep_they_stand():
    nested = function("os", "system")
    for _ in range(30):
        nested = {"class_name": "TimeDistributed", "config": {"layer": [nested]}}
    assert KerasMeaning.FOREIGN in worst(nested)


def test_a_config_that_comes_class_last_is_recognised():
    octets = b'{"config": {"pad": "' + b"x" * 9000 + b'"}, "class_name": "Lambda"}'
    assert keras_config.claim(Asset("x.json", Bytes(octets))) is Claim.CERTAIN
    assert (
        keras_config.claim(Asset("m.keras!config.json", Bytes(b' {"\\u0063lass_name": 1}'))) is Claim.CERTAIN
    )
    assert keras_config.claim(Asset("config.json", Bytes(b'{"architectures": []}'))) is Claim.NONE


@pytest.mark.parametrize("text", ["gARj", "gA!Rj", "g\nARj", "x"])
def test_the_module_of_a_wrapper_is_handed_over_whatever_it_is(text):
    octets = json.dumps({"class_name": "TorchModuleWrapper", "config": {"module": text}}).encode()
    _, inner = keras_config.read(Asset("config.json", Bytes(octets)))
    assert inner.content.octets in (b"\x80\x04c", b"x")


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (SkopsNode("ObjectNode", "sklearn.linear_model._ridge", "Ridge"), SkopsMeaning.KNOWN),
        (SkopsNode("FunctionNode", "numpy", "log1p"), SkopsMeaning.KNOWN),
        (SkopsNode("FunctionNode", "numpy", "load"), SkopsMeaning.REACHES),
        (SkopsNode("FunctionNode", "numpy.f2py", "compile"), SkopsMeaning.REACHES),
        (SkopsNode("FunctionNode", "builtins", "eval"), SkopsMeaning.REACHES),
        (SkopsNode("TypeNode", "builtins", "str"), SkopsMeaning.KNOWN),
        (SkopsNode("OperatorFuncNode", "operator", "methodcaller"), SkopsMeaning.REACHES),
        (SkopsNode("OperatorFuncNode", "operator", "itemgetter"), SkopsMeaning.KNOWN),
        (SkopsNode("MethodNode", "builtins", "str", "upper", "os.PathLike"), SkopsMeaning.REACHES),
        (SkopsNode("MethodNode", "builtins", "str", "__init__", "builtins.str"), SkopsMeaning.REACHES),
        (SkopsNode("ObjectNode", "mine", "Model"), SkopsMeaning.UNKNOWN),
    ],
)
def test_what_a_skops_node_amounts_to(node, expected):
    assert skops_policy.meaning(node) is expected
