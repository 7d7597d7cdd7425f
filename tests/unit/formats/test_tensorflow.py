import pytest

from tests.unit.formats.graph_bytes import (
    num,
    part,
    rules,
    saved_model,
    tf_const,
    tf_function,
    tf_graph,
    tf_node,
)

READ = (tf_const("p", "/etc/passwd"), tf_node("r", "ReadFile", "p"))


def attribute(key: str, *value: bytes) -> bytes:
    return part(5, part(1, key), part(2, *value))


def called(field: int, name: str) -> bytes:
    named = part(1, name)
    return attribute("f", part(10, named) if field == 10 else part(1, part(9, named)))


@pytest.mark.parametrize(
    "op", ["ReadFile", "WriteFile", "MatchingFiles", "TFRecordDatasetV2", "SqlDataset", "ImportEvent"]
)
def test_operators_on_files_are_found(op: str) -> None:
    graph = tf_graph(tf_node("n", op))
    assert rules("saved_model.pb", saved_model(graph)) == {"MDL041"}
    assert rules("frozen.pb", graph) == {"MDL041"}
    assert rules("no-name", graph) == {"MDL041"}
    assert rules("no-name", saved_model(graph)) == {"MDL041"}


@pytest.mark.parametrize("op", ["PyFunc", "EagerPyFunc", "PyFuncStateless"])
def test_python_is_found_in_functions(op: str) -> None:
    functions = tf_function("__inference_f_1", tf_node("n", op))
    graph = tf_graph(
        tf_node("c", "PartitionedCall", attrs=called(10, "__inference_f_1")), functions=functions
    )
    assert rules("saved_model.pb", saved_model(graph)) == {"MDL040"}


@pytest.mark.parametrize("field", [10, 1])
def test_an_operator_called_as_a_function_is_found(field: int) -> None:
    graph = tf_graph(tf_node("c", "PartitionedCall", attrs=called(field, "ReadFile")))
    assert rules("saved_model.pb", saved_model(graph)) == {"MDL041"}


def test_a_savers_own_operators_are_fine() -> None:
    functions = tf_function(
        "__inference__traced_save_9",
        tf_const("suffix", "_temp/part"),
        tf_node("join", "StringJoin", "file_prefix", "suffix:output:0"),
        tf_node("shard", "ShardedFilename", "join:output:0"),
        tf_node("save", "SaveV2", "shard:filename:0"),
        tf_node("merge", "MergeV2Checkpoints", "save", "file_prefix"),
    )
    graph = tf_graph(tf_node("x", "Placeholder"), functions=functions)
    assert rules("saved_model.pb", saved_model(graph)) == set()


@pytest.mark.parametrize("op", ["SaveV2", "RestoreV2", "MergeV2Checkpoints", "InitializeTableFromTextFileV2"])
@pytest.mark.parametrize("path", ["/home/user/.bashrc", "../../x", "gs://bucket/x", "~/.ssh/id_rsa"])
def test_a_constant_path_outside_is_found(op: str, path: str) -> None:
    joined = tf_node("j", "StringJoin", "a", "b")
    inputs = ("x", "j") if op.startswith("Init") else ("j", "x")
    graph = tf_graph(tf_const("a", path[:3]), tf_const("b", path), joined, tf_node("s", op, *inputs))
    assert rules("saved_model.pb", saved_model(graph)) == {"MDL041"}


def test_an_asset_may_have_any_path_where_it_was_made() -> None:
    graph = tf_graph(
        tf_const("asset", "/build/vocab.txt"), tf_node("i", "InitializeTableFromTextFileV2", "t", "asset")
    )
    entry = part(1, part(1, "asset:0")) + part(2, "vocab.txt")
    assert rules("saved_model.pb", saved_model(graph, part(6, entry))) == set()
    collection = part(4, part(1, "saved_model_assets"), part(2, part(5, part(1, part(2, entry)))))
    assert rules("saved_model.pb", saved_model(graph, collection)) == set()
    outside = part(6, part(1, part(1, "asset:0")) + part(2, "../../x"))
    assert rules("saved_model.pb", saved_model(graph, outside)) == {"MDL044"}


def test_debug_addresses_and_printed_files_are_found() -> None:
    watch = tf_node(
        "d", "DebugIdentityV2", attrs=attribute("debug_urls", part(1, part(2, "grpc://192.0.2.1:1")))
    )
    assert rules("g.pb", tf_graph(watch)) == {"MDL042"}
    shown = tf_node("p", "PrintV2", attrs=attribute("output_stream", part(2, "file:///tmp/x")))
    assert rules("g.pb", tf_graph(shown)) == {"MDL041"}
    honest = tf_node("p", "PrintV2", attrs=attribute("output_stream", part(2, "stderr")))
    assert rules("g.pb", tf_graph(honest)) == set()
    descriptor = tf_node("p", "DecodeProtoV2", attrs=attribute("descriptor_source", part(2, "/tmp/d.pb")))
    assert rules("g.pb", tf_graph(descriptor)) == {"MDL041"}


def test_a_function_named_like_an_operator_hides_nothing() -> None:
    graph = tf_graph(*READ, functions=tf_function("ReadFile", tf_node("n", "NoOp")))
    assert rules("saved_model.pb", saved_model(graph)) == {"MDL041"}


def test_custom_operators_are_a_gap() -> None:
    assert rules("g.pb", tf_graph(tf_node("n", "Ours>Twist"))) == {"gap:unknown-operator"}
    assert rules("g.pb", tf_graph(tf_node("n", "MatMul"), tf_node("m", "XlaCallModule"))) == set()


def test_a_disguised_head_does_not_hide_a_saved_model() -> None:
    # The head is that of a Core ML model; TensorFlow skips the fields that it does not know.
    disguise = num(1, 1) + part(500, b"") + saved_model(tf_graph(*READ))
    assert "MDL041" in rules("saved_model.pb", disguise)


def test_text_graphs_are_read() -> None:
    text = (
        b'node { name: "p" op: "Const" attr { key: "value" value { tensor { string_val: "\\057etc" } } } }\n'
    )
    save = b'node { name: "s" op: "Save" "V2" input: "p" }'
    assert rules("g.pbtxt", text + save) == {"MDL041"}
    library = b'library { function { signature { name: "f" } node_def { name: "n" op: "PyFunc" } } }'
    assert rules("g.pbtxt", text + library) == {"MDL040"}
    assert (
        rules(
            "saved_model.pbtxt", b"meta_graphs < graph_def < " + save.replace(b"input", b"device") + b" > >"
        )
        == set()
    )
    assert rules("g.pbtxt", b"node { name: ") == {"gap:malformed"}


def test_keras_metadata_hands_its_configurations_over() -> None:
    code = b'{"class_name": "__lambda__", "config": {"code": "4wE="}}'
    config = b'{"class_name": "Lambda", "config": {"function": ' + code + b"}}"
    octets = part(1, num(2, 1), part(3, "root.layer"), part(4, "_tf_keras_layer"), part(5, config))
    assert any(each.startswith("MDL06") for each in rules("keras_metadata.pb", octets))


def test_a_checkpoints_index_that_lies_is_found() -> None:
    magic = 0xDB4775248B80FB57.to_bytes(8, "little")
    honest = bytes(100) + bytes([0, 8, 20, 8]).ljust(40, b"\0") + magic
    assert rules("variables.index", honest) == set()
    lies = bytes(100) + b"\0\x08\xff\xff\xff\x7f\x08".ljust(40, b"\0") + magic
    assert rules("variables.index", lies) == {"MDL021"}
    assert rules("variables.data-00000-of-00001", b"\1\2\3\4") == set()


@pytest.mark.parametrize("head", [num(1, 8) + part(7, b""), num(1, 1) + part(2, b"") + part(500, b"")])
def test_a_disguised_head_does_not_hide_a_graph(head: bytes) -> None:
    assert "MDL041" in rules("frozen.pb", head + tf_graph(*READ))
    assert rules("model.bin", head + tf_graph(*READ)) & {"MDL020", "gap:unrecognised"}
