"""Syslog: RFC 3164 as daemons write it, RFC 5424 with its structured data, and the sentences of sshd, sudo and cron as fields."""

from __future__ import annotations

import re

from scanners.readers.linemask import Cells
from scanners.readers.lines import LinesReader
from scanners.readers.machine_lines import Line, fits, line_parts
from scanners.readers.source import Parts

_LEAST_SHARE = 0.6
_MONTH = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"
_OLD = re.compile(
    rf"""(?:<(?P<priority>\d{{1,3}})>)?
    (?P<time>(?:{_MONTH})\ [ \d]\d\ (?:\d{{4}}\ )?\d\d:\d\d:\d\d(?:\.\d+)?|\d{{4}}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d))
    \ (?P<host>\S+)\ (?P<process>[^\s:\[(]+(?:\([^()\s]*\))?)(?:\[(?P<pid>\d+)\])?(?:\ \((?P<part>[^()]*)\))?:(?:\ (?P<message>.*)|)""",
    re.VERBOSE | re.DOTALL,
)
"""What daemons write (RFC 3164, 4.1), and the same with the time of RFC 3339 as rsyslog and systemd write it."""
_NEW = re.compile(
    r"<(?P<priority>\d{1,3})>(?P<version>\d{1,2}) (?P<time>\S+) (?P<host>\S+) (?P<process>\S+) (?P<pid>\S+) (?P<message_id>\S+)"
    r" (?P<data>-|(?:\[(?:[^\]\"\\]|\\.|\"(?:[^\"\\]|\\.)*\")*\])+)(?: (?P<message>.*))?",
    re.DOTALL,
)
_ELEMENT = re.compile(r"\[([^\s\]=\"]+)((?: +[^\s\]=\"]+=\"(?:[^\"\\]|\\.)*\")*) *\]")
_PARAMETER = re.compile(r" +([^\s\]=\"]+)=\"((?:[^\"\\]|\\.)*)\"")

_WHO = r"(?:(?P<known>invalid user|illegal user) )?(?P<user>.*?)"
_SENTENCES = {
    "sshd": (
        rf"(?P<outcome>Accepted|Failed|Postponed|Partial) (?P<method>\S+) for {_WHO} from (?P<source_ip>\S+) port (?P<port>\d+)"
        r"(?: (?P<more>.*))?",
        r"(?P<outcome>Invalid|Illegal) user (?P<user>.*?) from (?P<source_ip>\S+)(?: port (?P<port>\d+))?",
        rf"(?P<outcome>(?:Connection|Disconnected|Received disconnect|Connection (?:closed|reset))[\w ]*?) (?:by|from)"
        rf" (?:(?:(?P<stage>authenticating|invalid) )?user {_WHO} )?(?P<source_ip>[\d.:a-fA-F]+) port (?P<port>\d+)(?P<more>.*)",
        r"User (?P<user>.*?) from (?P<source_host>\S+) (?P<outcome>not allowed .*)",
        r"pam_unix\(sshd:session\): session (?P<outcome>opened|closed) for user (?P<user>[^\s(]+)(?P<more>.*)",
    ),
    "sudo": (
        r" *(?P<user>\S+) : (?:(?P<outcome>[^;=]+) ; )?TTY=(?P<tty>\S+) ; PWD=(?P<directory>.*?) ; USER=(?P<target_user>\S+)"
        r"(?: ; (?P<more>(?!COMMAND=)[A-Z]+=.*?))?(?: ; COMMAND=(?P<command>.*))?",
        r"pam_unix\(sudo:session\): session (?P<outcome>opened|closed) for user (?P<user>[^\s(]+)(?P<more>.*)",
    ),
    "cron": (r"\((?P<user>[^()]+)\) (?P<outcome>[A-Z][A-Z ]+) \((?P<command>.*)\)",),
}
_PROGRAMS = {
    name: tuple(re.compile(form, re.DOTALL) for form in forms)
    for program, forms in _SENTENCES.items()
    for name in (
        {program, "crond", "CRON", "anacron"} if program == "cron" else {program, "sshd-session"} if program == "sshd" else {program}
    )
}


class SyslogReader(LinesReader):
    """Lines of a system log, one row each."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        return fits(head, syslog_line, _LEAST_SHARE)

    def _parts(self, text: str) -> Parts:
        return line_parts("syslog", syslog_line, text)


def syslog_line(line: str) -> Line | None:
    """One line of either form; None for any other."""
    if line[:1] == "<" and (match := _NEW.fullmatch(line)):
        return _new(match)
    match = _OLD.fullmatch(line)
    if not match:
        return None
    before = {name: value for name, value in match.groupdict().items() if value and name != "message"}
    message = match["message"] or ""
    return Line(before["time"], dict(before), message.strip(), fixed(before["process"], message))


def _new(match: re.Match[str]) -> Line:
    before: Cells = {
        name: value for name, value in match.groupdict().items() if value and value != "-" and name not in ("message", "data", "version")
    }
    for element in _ELEMENT.finditer(match["data"]):
        for name, value in _PARAMETER.findall(element[2]):
            before[f"{element[1]}.{name}"] = re.sub(r'\\(["\\\]])', r"\1", value)
        if not element[2]:
            before[element[1]] = "true"
    message = (match["message"] or "").removeprefix("\ufeff")
    return Line(match["time"] if match["time"] != "-" else None, before, message.strip(), fixed(match["process"], message))


def fixed(process: str, message: str) -> Cells:
    """The fields of a sentence that these programs always write alike; empty for any other sentence."""
    for form in _PROGRAMS.get(process.partition("(")[0].rpartition("/")[2], ()):
        if match := form.fullmatch(message.rstrip()):
            return {name: value.strip() for name, value in match.groupdict().items() if value and value.strip()}
    return {}
