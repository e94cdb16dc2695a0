"""A log of a format that nobody named, and the many that begin with a time (Log4j, Apache's error log, Hadoop …): learned from its lines.

The last to be asked but the reader of plain text, and only about logs: a letter that begins with a date is no log.
"""

from __future__ import annotations

import re

from scanners.readers.lines import LinesReader
from scanners.readers.machine_lines import Line, head, line_parts, pays, sample
from scanners.readers.source import Parts

_LOG_NAME = re.compile(r".*[.](?:log|out|err|trc)(?:[.-]\d[\d-]*)?", re.IGNORECASE)


class UnnamedLinesReader(LinesReader):
    """Lines of a program, one row each."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        if kind != "log" and not _LOG_NAME.fullmatch(name):
            return False
        lines = sample(head)
        return bool(lines) and pays(lines)

    def _parts(self, text: str) -> Parts:
        return line_parts("log", _split, text)


def _split(line: str) -> Line | None:
    return head(line.strip())
