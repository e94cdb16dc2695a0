"""YAML read as text: maps, lists and the scalars exactly as somebody wrote them, each with its line.

YAML guesses types (`0012` is ten, `NO` is false, `1e5` a number); here the schema decides instead, so ids stay what was written.
Only null is a value of its own (a plain `null`, `~` or nothing). What a key means belongs in `models.py`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from lineage.register.problems import Problem

Value = str | None | list["Value"] | dict[str, "Value"]
Place = tuple[str | int, ...]

FILE_BYTES = 1 << 20
NODES = 50_000
DEPTH = 40


@dataclass(frozen=True)
class Document:
    """A YAML file's value and the lines of its keys and items."""

    file: str
    value: dict[str, Value]
    lines: dict[Place, int] = field(default_factory=dict)

    def line(self, place: Place) -> int:
        """The line of `place`, or of the nearest place around it that the file has."""
        while place not in self.lines and place:
            place = place[:-1]
        return self.lines.get(place, 1)


def read_yaml(path: Path, file: str) -> tuple[Document | None, list[Problem]]:
    """The file's map; without one (unreadable, empty, a list), None and why."""
    try:
        with path.open("rb") as stream:
            data = stream.read(FILE_BYTES + 1)
    except OSError as error:
        return None, [Problem(file, None, f"the file cannot be read ({type(error).__name__})", "Check that it is there and readable.")]
    if len(data) > FILE_BYTES:
        return None, [Problem(file, None, f"more than {FILE_BYTES:,} bytes", "A register file is a page or two; split or clean it.")]
    return parse_yaml(data, file)


def parse_yaml(data: bytes, file: str) -> tuple[Document | None, list[Problem]]:
    """As `read_yaml`, of bytes."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        return None, [Problem(file, line, "bytes that are not UTF-8", "Save the file as UTF-8.")]
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        return None, [_broken(file, text, error)]
    except RecursionError:
        return None, [Problem(file, None, "lists or maps nested too deeply", "Write the keys of the interface, nothing below them.")]
    if root is None or (isinstance(root, ScalarNode) and _scalar(root) is None):
        return None, [Problem(file, 1, "the file is empty", "Write its keys, or remove the file.")]
    if not isinstance(root, MappingNode):
        what = "a list" if isinstance(root, SequenceNode) else "a single text"
        return None, [Problem(file, _line(root), f"{what} where a map of keys is expected", "Write `key: value` lines.")]
    reading = _Reading(file)
    value = reading.mapping(root, ())
    if reading.problems:
        return None, reading.problems
    return Document(file, value, reading.lines), []


class _Reading:
    """Turns nodes into values and notes lines and what is wrong on the way. Stops early when a file unfolds without end."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.lines: dict[Place, int] = {}
        self.problems: list[Problem] = []
        self.nodes = 0
        self.too_big = False

    def mapping(self, node: MappingNode, place: Place) -> dict[str, Value]:
        self.lines.setdefault(place, _line(node))
        value: dict[str, Value] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, ScalarNode):
                self.wrong(key_node, "a key that is a list or a map", "Keys are plain words.")
                continue
            key = str(key_node.value)
            if key_node.tag == "tag:yaml.org,2002:merge":
                self.wrong(key_node, "a merge key `<<`", "Write the keys out.")
            elif key in value:
                first = self.lines[(*place, key)]
                self.wrong(key_node, f"the key `{key}` a second time (first on line {first})", "Keep one of the two.")
            else:
                self.lines[(*place, key)] = _line(key_node)
                value[key] = self.value(value_node, (*place, key))
        return value

    def value(self, node: Node, place: Place) -> Value:
        self.nodes += 1
        if self.too_big:
            return None
        if self.nodes > NODES or len(place) > DEPTH:
            self.too_big = True
            self.wrong(node, "anchors that unfold without end, or nesting that is too deep", "Write the values out.")
            return None
        self.lines.setdefault(place, _line(node))
        if isinstance(node, ScalarNode):
            if not node.tag.startswith("tag:yaml.org,2002:"):
                self.wrong(node, "a tag that is not YAML's own", "Remove the `!…` before the value.")
            return _scalar(node)
        if isinstance(node, SequenceNode):
            return [self.value(item, (*place, number)) for number, item in enumerate(node.value)]
        if isinstance(node, MappingNode):
            return self.mapping(node, place)
        raise AssertionError(f"a YAML node of no known kind: {type(node).__name__}")

    def wrong(self, node: Node, found: str, mend: str) -> None:
        self.problems.append(Problem(self.file, _line(node), found, mend))


def _scalar(node: ScalarNode) -> str | None:
    plain_null = node.tag == "tag:yaml.org,2002:null"
    return None if plain_null else str(node.value)


def _line(node: Node) -> int:
    return int(node.start_mark.line) + 1


def _broken(file: str, text: str, error: yaml.YAMLError) -> Problem:
    if isinstance(error, yaml.MarkedYAMLError) and error.problem_mark is not None:
        line = error.problem_mark.line + 1
        said = error.problem or "not YAML"
        lines = text.splitlines()
        if "\t" in said or (line <= len(lines) and lines[line - 1].lstrip(" ").startswith("\t")):
            return Problem(file, line, "a tab in the indentation", "Indent with spaces.")
        if "single document" in f"{error.context} {said}":
            return Problem(file, line, "a second document (`---`)", "Write one document a file.")
        if "undefined alias" in said:
            return Problem(file, line, "an alias (`*…`) without its anchor", "Write the value out.")
        return Problem(file, line, f"not readable as YAML ({said})", "Check indentation, colons and quotes near this line.")
    position = getattr(error, "position", 0)
    return Problem(file, text.count("\n", 0, position) + 1, "a control character", "Remove it; save the file as plain UTF-8 text.")
