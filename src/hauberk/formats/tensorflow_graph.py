"""TensorFlow graphs: nodes of the main graph and of every function, with the constant names they are given.

Source: tensorflow/core/framework/{graph,node_def,attr_value,function,tensor}.proto and
tensorflow/core/protobuf/meta_graph.proto.
"""

from __future__ import annotations

import re

from hauberk.core.errors import OverBudget
from hauberk.core.view import FlawKind
from hauberk.formats.graph import Operator, Sketch
from hauberk.formats.protobuf import LEN, VARINT, Message, signed

# Runs of numbers in lists and tensors; nobody looks at them.
DULL_NUMBERS = re.compile(rb"(?:\x18[\x80-\xff]{0,9}[\x00-\x7f]|\x25[\s\S]{4}|\x28[\x00\x01])++")
# Bytes of a constant text that is kept: paths are shorter.
MAX_CONSTANT = 4096
# Strings of one constant that are kept; vocabularies have many, file names come first.
MAX_STRINGS = 64
# Steps back from a node to the constants that reach it.
MAX_STEPS = 32
# Nodes of one graph or function that are kept to follow names back.
MAX_NODES = 2_000_000
# Nodes that pass texts on: what they are given reaches whoever asks them.
PASSES = {
    "Identity", "IdentityN", "PlaceholderWithDefault", "StringJoin", "ShardedFilename", "ShardedFilespec",
    "Pack",
    "ConcatV2", "Concat", "Reshape", "ExpandDims", "Squeeze", "Fill", "Tile", "StringLower", "StringUpper",
    "Add",
    "AddV2", "Select", "SelectV2", "Substr", "ReduceJoin", "StringStrip", "Slice", "StridedSlice", "GatherV2",
    "Merge",
    "Switch", "StaticRegexReplace", "RegexReplace", "StringFormat", "AsString", "Snapshot", "StopGradient",
    "DecodeBase64",
}  # fmt: skip
# The operators whose constant inputs are of interest: those that open what the text names.
ASKS = {
    "Save", "SaveSlices", "SaveV2", "Restore", "RestoreSlice", "RestoreV2", "MergeV2Checkpoints",
    "ShardedFilename",
    "ShardedFilespec", "DTensorRestoreV2", "InitializeTableFromTextFile", "InitializeTableFromTextFileV2",
    "CacheDataset", "CacheDatasetV2", "ReadFile", "WriteFile", "MatchingFiles", "RemoteCall",
    "TextLineDataset", "TFRecordDataset", "TFRecordDatasetV2", "FixedLengthRecordDataset",
    "FixedLengthRecordDatasetV2", "LoadAndRemapMatrix", "CreateSummaryFileWriter", "CreateSummaryDbWriter",
    "ImportEvent", "DataServiceDatasetV4", "LoadDataset", "SaveDatasetV2", "SnapshotDatasetV2",
}  # fmt: skip
# Inputs after the file name: the names of tensors, and what is written; no file is opened by them.
FILE_INPUTS = 1
# The attributes whose texts are paths or addresses.
PATH_ATTRIBUTES = {
    "debug_urls", "output_stream", "descriptor_source", "memory_region_name", "container_path",
    "file_pattern",
    "token", "path", "filename", "target_device",
}  # fmt: skip


class Node:
    """A NodeDef, as far as names are followed through it."""

    __slots__ = ("inputs", "name", "offset", "op", "texts")

    def __init__(self, offset: int) -> None:
        self.name = self.op = ""
        self.inputs: list[str] = []
        self.texts: list[str] = []
        self.offset = offset


class GraphWalk:
    """A walk over graphs, which notes operators in a sketch. `assets` are tensors that a loader fills in."""

    __slots__ = ("_asking", "_called", "assets", "functions", "has_nodes", "sketch")

    def __init__(self, sketch: Sketch) -> None:
        self.sketch = sketch
        self.functions: set[str] = set()
        self.has_nodes = False
        self.assets: set[str] = set()
        self._asking: list[tuple[Node, dict[str, Node], str]] = []
        self._called: list[tuple[str, str, int]] = []

    def graph(self, message: Message, where: str = "graph") -> None:
        """A GraphDef: its nodes, and its library of functions."""
        known: dict[str, Node] = {}
        for each in message.fields():
            if each.wire != LEN:
                continue  # as TensorFlow does with a field of another type
            if each.number == 1:
                self._node(message.inner(each), where, known)
            elif each.number == 2:
                self._library(message.inner(each))

    def finish(self) -> None:
        """Judge what had to wait until all was read: the names that reach the operators that open files."""
        for node, known, where in self._asking:
            texts = tuple(dict.fromkeys(node.texts + _reaching(node, known, self.assets)))
            self.sketch.operator(Operator(node.op, "", where, texts, node.offset))
        for name, where, offset in self._called:
            if name not in self.functions:
                self.sketch.operator(Operator(name, "function", where, (), offset))

    def _library(self, message: Message) -> None:
        for each in message.fields():
            if each.number == 1:
                self._function(message.inner(each))

    def _function(self, message: Message) -> None:
        name = "function"
        known: dict[str, Node] = {}
        for each in message.fields():
            if each.number == 1:
                name = _first_text(message.inner(each)) or name
                self.define(name)
            elif each.number == 3:
                self._node(message.inner(each), name, known)
            elif each.number == 5:
                self._attribute(message.inner(each), Node(each.start), name)

    def _node(self, message: Message, where: str, known: dict[str, Node]) -> None:
        node = Node(message.start)
        ops: list[str] = []
        for each in message.fields():
            if each.number == 1:
                node.name = message.text(each)
            elif each.number == 2:
                ops.append(message.text(each))
            elif each.number == 3:
                node.inputs.append(message.text(each))
            elif each.number == 5:
                self._attribute(message.inner(each), node, where)
        if len(known) >= MAX_NODES:
            raise OverBudget(f"a graph has more than {MAX_NODES} nodes", message.start)
        node.op = ops[-1] if ops else ""
        if len(set(ops)) > 1:
            self.sketch.flaw(FlawKind.DISAGREES, f"a node is both {ops[0]} and {ops[1]}", message.start)
        known[node.name] = node
        self.has_nodes = self.has_nodes or bool(node.op)
        for op in dict.fromkeys(ops):
            self.use(op, node, known, where)

    def define(self, name: str) -> None:
        """Note a function of the library."""
        self.functions.add(name)
        self.sketch.define("", name)
        self.sketch.define("function", name)

    def call(self, name: str, where: str, offset: int) -> None:
        """Note that a function is called, by a name that may be an operator's."""
        self._called.append((name, where, offset))

    def use(self, op: str, node: Node, known: dict[str, Node], where: str) -> None:
        """Note the use of an operator; those that open files wait until all constants are known."""
        if op in ASKS:
            self._asking.append((node, known, where))
        else:
            texts = () if op == "Const" else tuple(node.texts)
            self.sketch.operator(Operator(op, "", where, texts, node.offset))

    def _attribute(self, message: Message, node: Node, where: str) -> None:
        key = ""
        for each in message.fields():
            if each.number == 1:
                key = message.text(each)
            elif each.number == 2:
                self._value(message.inner(each), key, node, where)

    def _value(self, message: Message, key: str, node: Node, where: str) -> None:
        for each in message.fields():
            if each.number == 1:
                self._list(message.inner(each), key, node, where)
            elif each.number == 2 and key in PATH_ATTRIBUTES and each.value <= MAX_CONSTANT:
                node.texts.append(message.text(each))
            elif each.number == 8:
                node.texts += _strings(message.inner(each), self.sketch)
            elif each.number == 10:
                self._named(message.inner(each), node, where)

    def _list(self, message: Message, key: str, node: Node, where: str) -> None:
        for each in message.fields(DULL_NUMBERS):
            if each.number == 2 and key in PATH_ATTRIBUTES and each.value <= MAX_CONSTANT:
                node.texts.append(message.text(each))
            elif each.number == 8:
                node.texts += _strings(message.inner(each), self.sketch)
            elif each.number == 9:
                self._named(message.inner(each), node, where)

    def _named(self, message: Message, node: Node, where: str) -> None:
        """A NameAttrList: a function that is called, which may be an operator too."""
        for each in message.fields():
            if each.number == 1:
                self.call(message.text(each), where, message.start)
            elif each.number == 2:
                self._attribute(message.inner(each), Node(each.start), where)


def _reaching(node: Node, known: dict[str, Node], assets: set[str]) -> list[str]:
    """The constant texts that reach the node's file names, through nodes that pass them on."""
    texts: list[str] = []
    todo = [(each, 0) for each in node.inputs[: 8 if node.op == "RemoteCall" else _asked(node.op)]]
    seen: set[str] = set()
    while todo:
        name, steps = todo.pop()
        name = name.lstrip("^").partition(":")[0]
        source = known.get(name)
        if source is None or name in seen or steps > MAX_STEPS or name in assets:
            continue
        seen.add(name)
        if source.op == "Const":
            texts += source.texts
        elif source.op in PASSES:
            todo += [(each, steps + 1) for each in source.inputs]
    return texts


def _asked(op: str) -> int:
    """How many of the first inputs are names of files or resources."""
    if op in ("InitializeTableFromTextFile", "InitializeTableFromTextFileV2", "MergeV2Checkpoints"):
        return 2
    return 8 if op.endswith(("Dataset", "DatasetV2", "DatasetV4", "Writer")) else FILE_INPUTS


def _strings(message: Message, sketch: Sketch) -> list[str]:
    """The strings of a constant tensor."""
    found: list[str] = []
    for each in message.fields(DULL_NUMBERS):
        if each.number == 8 and each.wire == LEN and each.value <= MAX_CONSTANT:
            found.append(message.text(each))
            if len(found) >= MAX_STRINGS:
                break
        elif each.number == 2:
            _shape(message.inner(each), sketch)
    return found


def _shape(message: Message, sketch: Sketch) -> None:
    for each in message.fields():
        if each.number != 2 or each.wire != LEN:
            continue
        dimension = message.inner(each)
        for part in dimension.fields():
            if part.number == 1 and part.wire == VARINT and signed(part.value) < 0:
                said = "a constant has a negative dimension"
                sketch.flaw(FlawKind.LIES, said, dimension.start)


def _first_text(message: Message) -> str:
    for each in message.fields():
        if each.number == 1:
            return message.text(each)
    return ""
