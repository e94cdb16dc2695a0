"""SQL dumps: mysqldump, pg_dump, SQLite's `.dump`, phpMyAdmin, scripts of SQL Server and others. A table of text for each of SQL.

Rows are what INSERT and COPY say. Literals of other statements (UPDATE, defaults and comments of columns, functions) are lines of
`further statements`, what people wrote in comments those of `comments`. How values are spelled is in sqlvalues.py, with why no
general parser is asked.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise

import pyarrow as pa

from scanners.errors import Quarantine
from scanners.readers import encoding, tables
from scanners.readers.encoding import Decoded
from scanners.readers.source import Reading, Source, extension
from scanners.readers.sqlvalues import BARE, CAST, HEX, NAME, NULL, QUOTED_HEX, TEXT, Dialect, Token, Values, identifiers, unquoted
from scanners.readers.tables import RowTable
from scanners.schemas import TextTable

FURTHER = "further statements"
COMMENTS = "comments"
_CUSTOM = b"PGDMP"
_BATCH_ROWS = 20_000
_MAX_LISTS = 100
_SNIFFED = 256 * 1024
_MAX_RESTARTS = 300
_MAX_UNCLOSED = 20
"""How often a quote or comment may be without an end: each is looked for in all the rest."""
_MAX_TOKENS = 2_000
"""Of one value."""

_INSERT = re.compile(
    rf"""(?:INSERT|REPLACE)\s++(?:(?:LOW_PRIORITY|DELAYED|HIGH_PRIORITY|IGNORE|OVERWRITE|OR\s++\w++)\s++)*+(?:INTO\s++)?+(?!INTO\b)
    (?P<name>{NAME})\s*+(?:\((?P<columns>\s*+{NAME}(?:\s*+,\s*+{NAME})*+\s*+)\))?+\s*+(?:OVERRIDING\s++\w++\s++VALUE\s++)?+VALUES?\s*+(?=\()""",
    re.VERBOSE | re.IGNORECASE,
)
_NEXT_ROW = re.compile(r"\s*+,\s*+(?=\()")
_ROW_END = re.compile(r"\s*+(?:,\s*+\(|;|\Z)")
_COPY = re.compile(
    rf"""COPY\s++(?P<name>{NAME})\s*+(?:\((?P<columns>[^)]*+)\))?+\s*+FROM\s++stdin\b(?P<options>(?:'[^']*+'|[^;'])*+);[^\r\n]*+\r?\n""",
    re.VERBOSE | re.IGNORECASE,
)
_COPY_END = re.compile(r"(?m)^\\\.[ \t]*\r?$")
_OPTION = re.compile(r"(?i)\b(DELIMITER|NULL|QUOTE|ESCAPE)\s+(?:AS\s+)?(E?'(?:[^']|'')*')")
_HEADER = re.compile(r"(?i)\bHEADER\b(?!\s+(?:false|off|0)\b)")
_CREATE = re.compile(
    rf"""CREATE\s++(?:OR\s++REPLACE\s++)?+(?:(?:GLOBAL|LOCAL|TEMP|TEMPORARY|UNLOGGED|FOREIGN|EXTERNAL|COLUMN|MEMORY|CACHED)\s++)*+
    TABLE\s++(?:IF\s++NOT\s++EXISTS\s++)?+(?P<name>{NAME})\s*+(?=\()""",
    re.VERBOSE | re.IGNORECASE,
)
_ROUTINE = re.compile(r"(?i)(?:CREATE|ALTER)\s(?:[^;'(]{0,200}?\s)?(?:TRIGGER|PROCEDURE|PROC|FUNCTION)\s")
_DEFINITION = re.compile(r"(?i)(?:CREATE|ALTER|COMMENT|DROP|GRANT|REVOKE)\b")
_TERMINATOR = re.compile(r"(?i)DELIMITER[ \t]++(\S++)[^\r\n]*+")
_CLIENT = re.compile(r"\\(?:(connect|restrict|unrestrict|encoding|c|set ON_ERROR_STOP)\b)?[^\r\n]*+")
_OPENING = re.compile(
    r"(?i)\\|(?:USE\s+[\w`\"\[\]]+\s*[;\n]|(?:ALTER|BEGIN|COPY|CREATE|DELETE|DELIMITER|DROP|INSERT|LOCK|PRAGMA|REM|REPLACE|SELECT|SET|START|TRUNCATE)\b)"
)
"""What a dump begins with, whatever its file is called."""
_CHATTER = re.compile(r"(?:mysqldump|mariadb-dump|mysql|pg_dump|Warning): [^\r\n]*+")
"""What the program says on its error output, where that was put into the dump."""
_STATEMENT = re.compile(
    r"(?i)(?:ALTER|ANALYZE|ATTACH|BEGIN|CALL|CHANGE|CHECKPOINT|COMMENT|COMMIT|COPY|CREATE|DEALLOCATE|DECLARE|DEFINE|DELETE|DENY|DETACH|"
    r"DISABLE|DO|DROP|ELSE|ENABLE|END|EXEC|EXECUTE|EXIT|FLUSH|GRANT|IF|IMPORT|INSERT|KILL|LOAD|LOCK|MERGE|NOTIFY|OPTIMIZE|PRAGMA|PRINT|"
    r"PROMPT|PURGE|QUIT|RAISERROR|REFRESH|REINDEX|RELEASE|REM|RENAME|REPAIR|REPLACE|RESET|RETURN|REVOKE|ROLLBACK|SAVEPOINT|SECURITY|SELECT|"
    r"SET|SHOW|SPOOL|START|TABLE|TRUNCATE|UNLOCK|UPDATE|UPSERT|USE|VACUUM|VALUES|WAITFOR|WHENEVER|WHILE|WITH)\b(?![\s]*[:.])"
)
_RESTART = re.compile(
    r"(?im)^[ \t]*(?=(?:INSERT|REPLACE|CREATE|COPY|UPDATE|ALTER|DROP|LOCK|UNLOCK|COMMIT|DELETE)\s+\S|(?:GO|COMMIT;)\s*$|--|/\*)"
)
_NEXT = re.compile(r"(?i)\s*(?:INSERT\s+(?:INTO\s)?|CREATE\s+TABLE\s|COPY\s+\S+\s*(?:\([^)]*\))?\s*FROM\s+stdin)")
_NO_COLUMN = frozenset(
    {"constraint", "primary", "key", "unique", "index", "fulltext", "spatial", "foreign", "check", "exclude", "like", "period"}
)
_SETTING = re.compile(
    r"(?i)SET\s+(?:(?:SESSION|GLOBAL|LOCAL)\s+)?(?:@@\w+\.|@OLD_|@saved_|NAMES|CHARACTER|SQL_MODE|TIME_ZONE|SQL_NOTES|\w+_CHECKS|\w+_timeout|"
    r"AUTOCOMMIT|client_\w+|standard_conforming_strings|check_function_bodies|xmloption|row_security|default_\w+|search_path|ANSI_|QUOTED_|"
    r"IDENTITY_INSERT|NOCOUNT|DATEFORMAT|DEFINE)|SELECT\s+pg_catalog\.(?:set_config|setval)|PRAGMA\s+foreign_keys|LOCK|UNLOCK|USE\b"
)
"""What dumps set for themselves: no data is in it."""
_BOILERPLATE = re.compile(
    r"(?i)[-\s=#*]*(?:(?:MySQL|MariaDB|PostgreSQL database|phpMyAdmin SQL) dump\b.*|https?://www\.phpmyadmin\.net/?|version \d.*|"
    r"(?:Host|Generation Time|PHP Version|Server version|Database|Current Database): .*|Server version\s+\d.*|"
    r"Dumped (?:from|by) .* version .*|Dump completed.*|(?:Started|Completed) on \d.*|PostgreSQL database dump complete|"
    r"(?:(?:Temporary )?Table structure for|Dumping data for|Dumping (?:routines|events) for|Temporary (?:view|table) structure for|"
    r"Final view structure for|Indexes for|AUTO_INCREMENT for|Constraints for) (?:table|view|dumped tables|database)?.*|"
    r"(?:Data for )?Name: .*; Type: .*|TOC entry .*|Dependencies: [\d ]*|Object:\s+\w+ \[.*|M?!\d+\\- enable the sandbox.*)?[-\s=#*]*"
)
_TRAILERS = (
    (re.compile(r"\A.{0,2000}?^-- (?:MySQL|MariaDB) dump ", re.M | re.S), "-- Dump completed"),
    (re.compile(r"\A.{0,2000}?^-- PostgreSQL database dump\s*$", re.M | re.S), "PostgreSQL database dump complete"),
)
_MYSQL = re.compile(r"(?i)(?:MySQL|MariaDB|phpMyAdmin SQL) dump|\bENGINE\s*=|/\*M?!\d|INSERT INTO `|AUTO_INCREMENT")
_POSTGRES = re.compile(r"(?i)PostgreSQL database dump|standard_conforming_strings = on|FROM stdin|pg_catalog\.")
_SQL_SERVER = re.compile(r"(?im)\[dbo\]\.|^GO\s*$|IDENTITY_INSERT|INSERT (?:INTO )?\[")
_ESCAPED = re.compile(r"\w\\'\w|[^\\]\\[nr\"]")
_QUERY = re.compile(r"(?im)^\s*(?:SELECT|WITH)\b(?!\s+pg_catalog)")
_LINE_START = re.compile(r"(?m)^[ \t]*(?=\S)")


class SqlDumpReader:
    """Text that creates tables or fills them; a query, as it may lie beside what was sent, is text."""

    def matches(self, name: str, head: bytes, kind: str) -> bool:
        if head.startswith(_CUSTOM):
            return True
        if b"\x00" not in head[:200] and not re.search(rb"(?i)\b(?:INSERT|REPLACE|COPY|CREATE)\s", head):
            return False
        text = encoding.decode(head).text or head.decode("latin-1")
        starts = [match.end() for match in _LINE_START.finditer(text)]
        if not any(_INSERT.match(text, at) or _COPY.match(text, at) for at in starts):
            created = kind != "sent" and any(_CREATE.match(text, at) for at in starts)
            if not created or _QUERY.search(text):
                return False
        return extension(name) == "sql" or bool(_OPENING.match(text, _beginning(text)))

    def read(self, source: Source) -> Reading:
        if source.data.startswith(_CUSTOM):
            raise Quarantine("an archive of pg_dump is not read, only its plain form")
        decoded, raw = _decode(source.data)
        dump = _Dump(decoded.text, raw)
        dump.read()
        return Reading(tables.parsed("sql", dump.found(), decoded, dump.rejected, dump.reasons()))


def _beginning(text: str) -> int:
    """Where the first statement stands, behind blanks, comments and settings of the client."""
    token, position = Dialect().token, 0
    while (match := token.match(text, position)) and match.lastgroup in ("space", "comment"):
        position = match.end()
    return position


def _decode(data: bytes) -> tuple[Decoded, bool]:
    """The text, and whether it holds bytes as they are: MySQL writes binary values so, between the rows of a text."""
    decoded = encoding.decode(data)
    if decoded.binary_from is None or not _MYSQL.search(decoded.text[:_SNIFFED]):
        return decoded, False
    return Decoded(data.decode("utf-8", "surrogateescape").replace("\x00", ""), "utf-8"), True


def sniff(text: str) -> Dialect:
    """The dialect by what only one of them writes; of an unknown one, whether a backslash escapes by how it is used."""
    head = text[:_SNIFFED]
    if _SQL_SERVER.search(head):
        return Dialect(brackets=True)
    if re.search(r"(?i)standard_conforming_strings = off", head):
        return Dialect(backslash=True)
    if _POSTGRES.search(head) or head.lstrip().startswith("PRAGMA"):
        return Dialect()
    return Dialect(backslash=bool(_MYSQL.search(head) or _ESCAPED.search(head)))


class _Broken(Exception):
    """What begins at `start` cannot be read as SQL."""

    def __init__(self, start: int, unclosed: bool = False) -> None:
        super().__init__()
        self.start, self.unclosed = start, unclosed


@dataclass
class _Table:
    """The rows of one table, gathered a batch at a time for each list of columns that they come with."""

    parts: tuple[str, ...]
    created: tuple[str, ...] = ()
    stored: tuple[str, ...] = ()
    """Of the created columns those that are not computed: rows without a list of columns have these."""
    done: list[pa.Table] = field(default_factory=list)
    batches: dict[tuple[str, ...], list[Sequence[str | None]]] = field(default_factory=dict)

    lists: set[tuple[str, ...]] = field(default_factory=set)
    varied: RowTable = field(default_factory=lambda: RowTable(""))
    """Rows beyond the first `_MAX_LISTS` different lists of columns."""

    def names(self, width: int) -> tuple[str, ...]:
        """For a row that says no names itself."""
        fitting = next((columns for columns in (self.created, self.stored) if len(columns) == width), None)
        return fitting or tuple(f"column_{n}" for n in range(1, width + 1))

    def add(self, names: tuple[str, ...], row: Sequence[str | None]) -> None:
        self.lists.add(names)
        if len(self.lists) > _MAX_LISTS:
            self.varied.add(dict(zip(names, row, strict=True)))
            return
        batch = self.batches.setdefault(names, [])
        batch.append(row)
        if len(batch) >= _BATCH_ROWS:
            self._finish(names)

    def finished(self, name: str) -> list[TextTable]:
        for names in list(self.batches):
            self._finish(names)
        self.varied.name = name
        if self.done:
            return [TextTable(name, pa.concat_tables(self.done, promote_options="default")), *self.varied.tables()]
        return [TextTable(name, tables.columns_table({column: [] for column in self.created}))] if self.created else []

    def _finish(self, names: tuple[str, ...]) -> None:
        if rows := self.batches.pop(names):
            columns = zip(*rows, strict=True)
            self.done.append(pa.table([tables.strings([cell or None for cell in column]) for column in columns], names=list(names)))


class _Dump:
    """One pass over the text of a dump. What could not be read is in `rejected` afterwards, by line number."""

    def __init__(self, text: str, raw: bool) -> None:
        self.text = text
        self.dialect = sniff(text)
        self.other = replace(self.dialect, backslash=not self.dialect.backslash)
        self.values = Values(self.dialect, raw)
        self.rejected: dict[int, str] = {}
        self.why: list[str] = []
        self._tables: dict[tuple[str, ...], _Table] = {}
        self._comments: list[str] = []
        self._further: list[str] = []
        self._terminator = ";"
        self._begun: int | None = None
        self._restarts = self._unclosed = 0
        self._counted = (0, 1)
        self._unread: list[int] = []
        self._unfit: list[int] = []

    def read(self) -> None:
        position = self._skip(0)
        while position < len(self.text):
            try:
                position = self._statement(position)
            except _Broken as broken:
                position = self._give_up(broken)
            position = self._skip(position)

    def found(self) -> list[TextTable]:
        """The tables, by their own names, with the schema in front where two have the same."""
        last = Counter(table.parts[-1].casefold() for table in self._tables.values())
        result: list[TextTable] = []
        for table in self._tables.values():
            alone = last[table.parts[-1].casefold()] == 1
            result += table.finished(tables.clean_name(table.parts[-1] if alone else ".".join(table.parts)))
        lines = ((self._further, FURTHER), (self._comments, COMMENTS))
        return result + [tables.lines_table(texts, name) for texts, name in lines if any(text.strip() for text in texts)]

    def reasons(self) -> list[str]:
        why = list(self.why)
        if self._unread:
            why.append(f"no SQL at {tables.numbered(self._unread)}")
        if self._unfit:
            why.append(f"rows of another width than their columns in {tables.numbered(self._unfit)}")
        if self.values.binary:
            why.append(f"{self.values.binary:,} binary values are no text")
        for begins, ends in _TRAILERS:
            if begins.match(self.text[:_SNIFFED]) and ends not in self.text[-2000:]:
                why.append("the dump is cut off: its closing comment is missing")
        if self._begun is not None:
            why.append(f"the dump is cut off: the transaction of line {self._line(self._begun):,} is not ended")
        return why

    # ---- statements

    def _skip(self, position: int) -> int:
        """Behind blanks, comments and ends of statements."""
        match_token = self.dialect.token.match
        while match := match_token(self.text, position):
            if match.lastgroup == "comment":
                self._comment(match[0])
            elif match.lastgroup not in ("space", "go") and match[0] != ";":
                if self._terminator == ";" or not self.text.startswith(self._terminator, position):
                    return position
                position += len(self._terminator)
                continue
            position = match.end()
        return position

    def _statement(self, start: int) -> int:
        """Read one statement. Where it ends; raises `_Broken` with the place from which on nothing could be read."""
        text = self.text
        if match := _INSERT.match(text, start):
            return self._insert(match)
        if match := _COPY.match(text, start):
            return self._copy(match)
        if match := _TERMINATOR.match(text, start):
            self._terminator = match[1]
            return match.end()
        if match := _CLIENT.match(text, start):
            self._further += [] if match[1] or match[0] == "\\." else [match[0]]
            return match.end()
        if match := _CHATTER.match(text, start):
            self._comments.append(match[0])
            return match.end()
        if _STATEMENT.match(text, start) or text.startswith("(", start):
            return self._other(start)
        if (match := self.dialect.token.match(text, start)) and match.lastgroup == "broken":
            raise _Broken(start, unclosed=True)
        end = _line_end(text, start)
        self._reject(start, end, self._unread)
        return end

    def _insert(self, match: re.Match[str]) -> int:
        table = self._table(identifiers(match["name"]))
        listed = _listed(match["columns"]) if match["columns"] else None
        width = len(listed) if listed else len(table.stored) or None
        position = match.end()
        while True:
            row, end = self._row(position, width)
            names = listed or table.names(len(row))
            if len(names) == len(row):
                table.add(names, row)
            else:
                self._reject(position, end, self._unfit)
            if match_next := _NEXT_ROW.match(self.text, end):
                position = match_next.end()
                continue
            after = self._skip_blanks(end)
            if not self.text.startswith(",", after):
                return self._after_rows(after)
            position = self._skip_blanks(after + 1)
            if not self.text.startswith("(", position):
                raise _Broken(position)

    def _after_rows(self, position: int) -> int:
        """What stands behind the rows: the end, the next statement, or a clause (ON DUPLICATE KEY UPDATE, RETURNING)."""
        text = self.text
        if (
            position >= len(text)
            or text[position] == ";"
            or _STATEMENT.match(text, position)
            or text.startswith(self._terminator, position)
        ):
            return position
        return position if self.dialect.token.match(text, position).lastgroup == "go" else self._other(position)  # type: ignore[union-attr]

    def _row(self, position: int, width: int | None) -> tuple[list[str | None], int]:
        """The values between the parentheses that open at `position`, and where they end."""
        try:
            return self._row_in(self.dialect, position)
        except _Broken:
            # A dump whose backslashes mean something else than in its dialect: only a row that then fits counts.
            if width:
                row, end = self._row_in(self.other, position)
                if len(row) == width and _ROW_END.match(self.text, end):
                    return row, end
            raise

    def _row_in(self, dialect: Dialect, start: int) -> tuple[list[str | None], int]:
        text, values, match_value = self.text, self.values, dialect.value.match
        position = start + 1
        row: list[str | None] = []
        while True:
            match = match_value(text, position)
            if match is None:
                value, position = self._expression(dialect, position, start)
                if value is None and not row and text.startswith("()", start):
                    return row, position
                row.append(value)
            else:
                position = match.end()
                kind = match.lastindex
                if kind in (TEXT, CAST):
                    body = match[kind]
                    plain = "\\" not in body and "'" not in body and not values.raw
                    row.append(body if plain else values.text(body, dialect))
                elif kind == BARE:
                    row.append(match[BARE])
                else:
                    row.append(None if kind == NULL else values.hexadecimal(match[HEX] or match[QUOTED_HEX] or ""))
            if text[position - 1] == ")":
                return row, position

    def _expression(self, dialect: Dialect, start: int, row: int) -> tuple[str | None, int]:
        """One value of any form, and where the comma or parenthesis behind it ends. Raises `_Broken` at its row."""
        tokens: list[Token] = []
        depth = 0
        for token in self._tokens(dialect, start):
            if token.kind in ("broken", "go") or token.text == ";" or len(tokens) >= _MAX_TOKENS:
                raise _Broken(row, token.kind == "broken")
            if not depth and token.text in (",", ")"):
                self._comments_of(tokens)
                return self.values.expression(tokens, self.text[start : token.start]), token.start + 1
            depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
            tokens.append(token)
        raise _Broken(row)

    def _other(self, start: int) -> int:
        """A statement whose literals alone are kept, and the columns of a table that is created."""
        text = self.text
        tokens: list[Token] = []
        depth, end = 0, len(text)
        routine, begun, last = bool(_ROUTINE.match(text, start)), False, ""
        for token in self._tokens(self.dialect, start):
            if token.kind == "go" or (text.startswith(self._terminator, token.start) and self._ends(routine, begun, last)):
                end = token.start + (len(self._terminator) if token.kind != "go" else 0)
                break
            if token.kind == "broken":
                raise _Broken(start, unclosed=True)
            begins_line = tokens and text[tokens[-1].start + len(tokens[-1].text) : token.start].count("\n")
            if begins_line and depth <= 0 and not routine and self._terminator == ";" and _NEXT.match(text, token.start):
                end = token.start
                break
            depth += (token.text == "(") - (token.text == ")")
            tokens.append(token)
            if routine and token.kind == "word":
                last = token.text.casefold()
                begun |= last == "begin"
        self._comments_of(tokens)
        self._keep(text[start : start + 200], [token for token in tokens if token.kind != "comment"], start)
        return end

    def _ends(self, routine: bool, begun: bool, last: str) -> bool:
        """Whether a semicolon ends the statement: in the body of a routine only after END, in SQL Server only GO does."""
        if not routine or self._terminator != ";":
            return True
        return not self.dialect.brackets and (not begun or last == "end")

    def _keep(self, opening: str, tokens: Sequence[Token], start: int) -> None:
        words = [token.text.casefold() for token in tokens[:2]]
        if words[:1] == ["begin"] or words == ["start", "transaction"]:
            self._begun = start if len(tokens) <= 2 else self._begun
        elif words[:1] in (["commit"], ["rollback"], ["end"]):
            self._begun = None
        defines = bool(_DEFINITION.match(opening))
        if match := _CREATE.match(self.text, start):
            self._create(identifiers(match["name"]), [t for t in tokens if t.start >= match.end()])
        if _SETTING.match(opening):
            return
        kinds = ("string", "dollar") if defines else ("string", "dollar", "number")
        kinds = (*kinds, "double") if self.dialect.backslash else kinds
        literals = [found for token in tokens if token.kind in kinds and (found := self.values.literal(token))]
        if defines or any("\n" in literal for literal in literals):
            self._further += [line for literal in literals for line in literal.splitlines()]
        elif literals:
            self._further.append("; ".join(literals))

    def _create(self, parts: tuple[str, ...], tokens: Sequence[Token]) -> None:
        columns, stored = [], []
        for definition in _definitions(tokens):
            first = definition[0]
            if first.kind == "word" and first.text.casefold() in _NO_COLUMN:
                continue
            columns.append(unquoted(first.text))
            rest = [token.text.casefold() for token in definition[1:]]
            if not any(word == "as" and following == "(" for word, following in pairwise(rest)):
                stored.append(len(columns) - 1)
        names = tables.unique_names(columns)
        table = self._table(parts)
        table.created, table.stored = tuple(names), tuple(names[n] for n in stored)

    # ---- COPY

    def _copy(self, match: re.Match[str]) -> int:
        table = self._table(identifiers(match["name"]))
        names = _listed(match["columns"]) if match["columns"] else table.created
        end = _COPY_END.search(self.text, match.end())
        stop = end.start() if end else len(self.text)
        if end is None:
            self.why.append(f"the dump is cut off: the data of line {self._line(match.end()):,} is not ended")
        options = match["options"]
        told = {name.upper(): self._option(value) for name, value in _OPTION.findall(options)}
        if re.search(r"(?i)\bCSV\b", re.sub(r"'[^']*'", "", options)):
            self._copy_csv(table, names, match.end(), stop, told, bool(_HEADER.search(options)))
        else:
            self._copy_text(table, names, match.end(), stop, told)
        return end.end() if end else stop

    def _option(self, quoted: str) -> str:
        body = quoted.partition("'")[2][:-1].replace("''", "'")
        return (self.values.copied(body) or "") if quoted[0] in "Ee" else body

    def _copy_text(self, table: _Table, names: tuple[str, ...], start: int, stop: int, told: dict[str, str]) -> None:
        text, copied = self.text, self.values.copied
        delimiter, null = told.get("DELIMITER") or "\t", told.get("NULL", "\\N")
        slow = self.values.raw
        for first, last in _lines(text, start, stop):
            line = text[first:last]
            if "\\" in line and delimiter != "\t":
                fields = re.findall(rf"((?:\\.|[^\\{re.escape(delimiter)}])*)(?:{re.escape(delimiter)}|\Z)", line, re.S)[
                    : len(names) or None
                ]
            else:
                fields = line.split(delimiter)
            if slow or "\\" in line or null != "\\N":
                row = [None if f == null else copied(f) if slow or "\\" in f else f for f in fields]
            else:
                row = fields
            columns = names or table.names(len(row))
            if len(columns) == len(row):
                table.add(columns, row)
            else:
                self._reject(first, last, self._unfit)

    def _copy_csv(self, table: _Table, names: tuple[str, ...], start: int, stop: int, told: dict[str, str], header: bool) -> None:
        quote = told.get("QUOTE") or '"'
        escape = told.get("ESCAPE") or quote
        lines = [self.text[first:last] + "\n" for first, last in _lines(self.text, start, stop)]
        reader = csv.reader(
            lines,
            delimiter=told.get("DELIMITER") or ",",
            quotechar=quote,
            doublequote=escape == quote,
            escapechar=None if escape == quote else escape,
            strict=True,
        )
        csv.field_size_limit(2**31 - 1)
        done = 0
        try:
            for row in reader:
                if header and not done:
                    names = names or tuple(tables.unique_names(row))
                elif len(columns := names or table.names(len(row))) == len(row):
                    table.add(columns, [None if cell == told.get("NULL") else cell for cell in row])
                else:
                    self._reject_text(self._line(start) + done, "".join(lines[done : reader.line_num]), self._unfit)
                done = reader.line_num
        except csv.Error:
            self._reject_text(self._line(start) + done, "".join(lines[done:]), self._unread)

    # ---- small

    def _tokens(self, dialect: Dialect, position: int) -> Iterator[Token]:
        match_token = dialect.token.match
        while match := match_token(self.text, position):
            kind = match.lastgroup or "mark"
            if kind != "space":
                yield Token(kind, match[0], position)
            position = match.end()

    def _skip_blanks(self, position: int) -> int:
        match_token = self.dialect.token.match
        while (match := match_token(self.text, position)) and match.lastgroup in ("space", "comment"):
            if match.lastgroup == "comment":
                self._comment(match[0])
            position = match.end()
        return position

    def _comments_of(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            if token.kind == "comment":
                self._comment(token.text)

    def _comment(self, raw: str) -> None:
        body = raw[2:-2] if raw.startswith("/*") else raw.lstrip("-#")
        self._comments += [line for line in body.splitlines() if not _BOILERPLATE.fullmatch(line)]

    def _table(self, parts: tuple[str, ...]) -> _Table:
        key = tuple(part.casefold() for part in parts)
        if key not in self._tables:
            self._tables[key] = _Table(parts)
        return self._tables[key]

    def _line(self, position: int) -> int:
        """The line of a position; cheap where positions come in order."""
        at, line = self._counted if self._counted[0] <= position else (0, 1)
        self._counted = (position, line + self.text.count("\n", at, position))
        return self._counted[1]

    def _give_up(self, broken: _Broken) -> int:
        """Reject what cannot be read, and begin again at a line that begins like a statement."""
        self._restarts += 1
        self._unclosed += broken.unclosed
        may = self._restarts <= _MAX_RESTARTS and self._unclosed <= _MAX_UNCLOSED
        again = _RESTART.search(self.text, _line_end(self.text, broken.start)) if may else None
        end = again.start() if again else len(self.text)
        self._reject(broken.start, end, self._unread)
        return end

    def _reject(self, start: int, end: int, lines: list[int]) -> None:
        self._reject_text(self._line(start), self.text[start:end], lines)

    def _reject_text(self, number: int, text: str, lines: list[int]) -> None:
        if not lines or lines[-1] != number:
            lines.append(number)
        for offset, line in enumerate(text.splitlines()):
            at = number + offset
            self.rejected[at] = f"{self.rejected[at]} {line}" if at in self.rejected else line


@lru_cache(maxsize=256)
def _listed(columns: str) -> tuple[str, ...]:
    """The names of a list of columns; of a dotted one the last part."""
    return tuple(tables.unique_names([identifiers(name)[-1] for name in re.findall(NAME, columns)]))


def _definitions(tokens: Sequence[Token]) -> list[list[Token]]:
    """What stands between the commas of the parentheses that the tokens begin with."""
    depth = 0
    found: list[list[Token]] = [[]]
    for token in tokens:
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        if not depth:
            break
        if depth == 1 and token.text == ",":
            found.append([])
        elif depth > 1 or token.text != "(":
            found[-1].append(token)
    return [definition for definition in found if definition]


def _line_end(text: str, position: int) -> int:
    return text.find("\n", position) + 1 or len(text)


def _lines(text: str, start: int, stop: int) -> Iterator[tuple[int, int]]:
    """Where the lines between two places begin and end, without their breaks."""
    while start < stop:
        end = text.find("\n", start, stop)
        end = stop if end < 0 else end
        yield start, end - 1 if text.startswith("\r", end - 1) and end > start else end
        start = end + 1
