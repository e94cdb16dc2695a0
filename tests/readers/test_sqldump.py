"""SQL dumps: rows as each dialect spells them, the words beside them, and dumps that are cut or broken."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Callable, Sequence

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from scanners.schemas import ParsedFile
from tests.readers.conftest import parse_bytes, texts_of

Parse = Callable[..., ParsedFile]
Rows = Sequence[Sequence[str | None]]

MYSQL = r"""mysqldump: [Warning] Using a password on the command line interface can be insecure.
-- MySQL dump 10.13  Distrib 8.0.36, for Linux (x86_64)
--
-- Host: localhost    Database: school
-- ------------------------------------------------------
-- Server version	8.0.36
/*M!999999\- enable the sandbox mode */
/*!40101 SET @OLD_CHARACTER_SET_CLIENT=@@CHARACTER_SET_CLIENT */;
--
-- Table structure for table `students`
--
DROP TABLE IF EXISTS `students`;
CREATE TABLE `students` (
  `id` int NOT NULL AUTO_INCREMENT,
  `name` varchar(50) DEFAULT 'nobody' COMMENT 'Zoë''s idea',
  `doc` blob,
  `both` varchar(9) GENERATED ALWAYS AS (concat(`name`,_utf8mb4' ')) VIRTUAL,
  PRIMARY KEY (`id`),
  KEY `by_name` (`name`(10))
) ENGINE=InnoDB AUTO_INCREMENT=3 DEFAULT CHARSET=utf8mb4;
LOCK TABLES `students` WRITE;
/*!40000 ALTER TABLE `students` DISABLE KEYS */;
INSERT INTO `students` VALUES (1,'O\'Rourke; \"Zo\\ë\"\n(x)',_binary 'abc'),(2,NULL,0x416E6E),
(03,'it''s, (all)',X'C3A9');
/*!40000 INSERT INTO `students` (`id`, `name`) VALUES (4, "say ""hi"" now") ON DUPLICATE KEY UPDATE name='twice' */;
UNLOCK TABLES;
# ask Mateo before the next export
DELIMITER ;;
/*!50003 CREATE*/ /*!50003 TRIGGER `t` BEFORE INSERT ON `students` FOR EACH ROW begin insert into log values ('in;side'); end */;;
DELIMITER ;
UPDATE students SET name='Priya', local=9000003 WHERE id = 2;
-- Dump completed on 2026-09-01 10:00:00
"""
POSTGRES = r"""--
-- PostgreSQL database dump
--
\restrict abc
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.students (
    id integer NOT NULL,
    name text DEFAULT 'it''s'::text,
    doc bytea,
    words tsvector GENERATED ALWAYS AS (to_tsvector('english', name)) STORED,
    CONSTRAINT named CHECK ((id > 0))
);
COMMENT ON COLUMN public.students.name IS 'as Zoë says';
COPY public.students (id, name, doc) FROM stdin;
1	Zoë\tA\\b\101	\\x416e6e
2	\N	\N

\.

INSERT INTO public.students VALUES (5, E'a\nb\u00e9', '\x416e'::bytea);
INSERT INTO public.students VALUES (6, $q$dol'lar; $$ $q$, NULL::bytea);
CREATE FUNCTION public.f() RETURNS int LANGUAGE plpgsql AS $_$ begin
 perform 'in;side'; end $_$;
COPY sis.students (id, "na me") FROM stdin WITH (FORMAT csv, HEADER, DELIMITER ';', NULL 'none');
id;na me
1;"a;
b"
2;none
\.
--
-- PostgreSQL database dump complete
--
"""
SQL_SERVER = """USE [School]
GO
/****** Object:  Table [dbo].[Students]    Script Date: 9/1/2026 10:00:00 AM ******/
CREATE TABLE [dbo].[Students](
	[Id] [int] IDENTITY(1,1) NOT NULL,
	[Parent's name] [nvarchar](50) NULL,
	[Born] [datetime] NOT NULL CONSTRAINT [DF] DEFAULT (getdate()),
 CONSTRAINT [PK] PRIMARY KEY CLUSTERED ([Id] ASC) ON [PRIMARY]
) ON [PRIMARY]
GO
SET IDENTITY_INSERT [dbo].[Students] ON
INSERT [dbo].[Students] ([Id], [Parent's name], [Born]) VALUES (1, N'O''Rourke', CAST(N'2010-01-31T00:00:00.000' AS DateTime))
INSERT [dbo].[Students] ([Id], [Parent's name], [Born]) VALUES (2, N'C:\\', CAST(0x00009D0800000000 AS DateTime))
INSERT [dbo].[Students] ([Id], [Parent's name], [Born]) VALUES (3, N'x' + NCHAR(10) + N'y', CAST(0xA6320B00 AS Date))
INSERT [dbo].[Students] VALUES (4, lower(N'X'), CAST(NULL AS Date))
GO
EXEC sys.sp_addextendedproperty @name=N'MS_Description', @value=N'as Zoë says'
GO
"""
SQLITE = r"""PRAGMA foreign_keys=OFF;
BEGIN TRANSACTION;
CREATE TABLE "stu""dents" (id integer primary key, 'na me' text, x) without rowid;
INSERT INTO "stu""dents" VALUES(1,replace(replace('a\r\nb','\r',char(13)),'\n',char(10)),X'416e6e');
INSERT INTO "stu""dents" VALUES(2,unistr('a\u000ab'),-1.5e-10);
INSERT INTO "stu""dents" VALUES(3,'C:\',NULL);
CREATE TABLE empty (a, b);
CREATE TRIGGER t AFTER INSERT ON s BEGIN INSERT INTO log VALUES(new.id, 'in;side'); END;
COMMIT;
"""
ORACLE = """REM INSERTING into PEOPLE
SET DEFINE OFF;
Insert into PEOPLE (ID,NAME,BORN) values (1,'Zoë',to_date('31-JAN-10','DD-MON-RR'));
Insert into PEOPLE (ID,NAME,BORN) values (2,'a' || chr(10) || 'b',DATE '2010-01-31');
"""


def tables(parsed: ParsedFile) -> dict[str, list[dict[str, str | None]]]:
    return {table.name: table.data.to_pylist() for table in parsed.tables}


def lines(parsed: ParsedFile, name: str) -> list[str | None]:
    return [row["line"] for row in tables(parsed).get(name, [])]


def rows_of(*columns: str) -> Callable[..., list[dict[str, str | None]]]:
    return lambda *rows: [dict(zip(columns, row, strict=True)) for row in rows]


@pytest.mark.parametrize("name", ["a.sql", "a.txt", "a"])
def test_mysql(parse: Parse, name: str) -> None:
    parsed = parse(name, MYSQL if name == "a.sql" else MYSQL.partition("\n")[2])
    assert (parsed.format, parsed.status, parsed.reason) == ("sql", "scanned", None)
    assert tables(parsed)["students"] == rows_of("id", "name", "doc")(
        ("1", 'O\'Rourke; "Zo\\ë"\n(x)', "abc"), ("2", None, "Ann"), ("03", "it's, (all)", "é"), ("4", 'say "hi" now', None)
    )
    assert lines(parsed, "further statements") == ["nobody", "Zoë's idea", "twice", "in;side", "Priya; 9000003; 2"]
    assert lines(parsed, "comments")[-1] == " ask Mateo before the next export"


def test_postgres(parse: Parse) -> None:
    parsed = parse("a.sql", POSTGRES)
    assert (parsed.status, parsed.reason) == ("partly_scanned", "rows of another width than their columns in line 18")
    assert tables(parsed)["public.students"] == rows_of("id", "name", "doc")(
        ("1", "Zoë\tA\\bA", "Ann"), ("2", None, None), ("5", "a\nbé", "An"), ("6", "dol'lar; $$ ", None)
    )
    assert tables(parsed)["sis.students"] == rows_of("id", "na me")(("1", "a;\nb"), ("2", None))
    assert lines(parsed, "further statements") == ["it's", "english", "as Zoë says", " begin", " perform 'in;side'; end "]


def test_sql_server(parse: Parse) -> None:
    parsed = parse("a.sql", SQL_SERVER.encode("utf-16"))
    assert (parsed.status, parsed.reason) == ("scanned", None)
    assert tables(parsed)["Students"] == rows_of("Id", "Parent's name", "Born")(
        ("1", "O'Rourke", "2010-01-31T00:00:00.000"), ("2", "C:\\", "2010-01-24"), ("3", "x\ny", "2010-04-01"), ("4", "lower(N'X')", None)
    )
    assert lines(parsed, "further statements") == ["MS_Description; as Zoë says"]


def test_sqlite(parse: Parse) -> None:
    parsed = parse("a.sql", SQLITE)
    assert (parsed.status, parsed.reason) == ("scanned", None)
    assert tables(parsed) == {
        'stu"dents': rows_of("id", "na me", "x")(("1", "a\r\nb", "Ann"), ("2", "a\nb", "-1.5e-10"), ("3", "C:\\", None)),
        "empty": [],
        "further statements": [{"line": "na me"}, {"line": "in;side"}],
    }


def test_oracle(parse: Parse) -> None:
    parsed = parse("a.sql", ORACLE)
    assert (parsed.status, tables(parsed)["PEOPLE"]) == (
        "scanned",
        rows_of("ID", "NAME", "BORN")(("1", "Zoë", "31-JAN-10"), ("2", "a\nb", "2010-01-31")),
    )


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ("INSERT INTO t VALUES (1);", [{"column_1": "1"}]),
        ("insert ignore into a.t(x,\n y) value (1, TRUE) , ( 2 ,'b' /* of Zoë */ ) ;", [{"x": "1", "y": "TRUE"}, {"x": "2", "y": "b"}]),
        ("REPLACE INTO t (`a b`, [c], \"d\") VALUES ('1', '2', '3')", [{"a b": "1", "c": "2", "d": "3"}]),
        ("INSERT INTO t (a) VALUES (1); INSERT INTO t (b) VALUES (2);", [{"a": "1", "b": None}, {"a": None, "b": "2"}]),
        ("INSERT INTO t (a) VALUES ('Dan\\'s'), ('C:\\n');", [{"a": "Dan's"}, {"a": "C:\n"}]),
        ("INSERT INTO t (a) OVERRIDING SYSTEM VALUE VALUES (ARRAY['x, y', 'z']::text[]);", [{"a": "ARRAY['x, y', 'z']::text[]"}]),
        ("INSERT INTO t (a, b) VALUES (1 + 2, (SELECT max(id) FROM u));", [{"a": "1 + 2", "b": "(SELECT max(id) FROM u)"}]),
        ("INSERT INTO t (a, b) VALUES ('1', DEFAULT) RETURNING id;", [{"a": "1", "b": None}]),
        ("CREATE TABLE T (x int, y int);\nINSERT INTO t VALUES (1, 2);", [{"x": "1", "y": "2"}]),
        ("COPY t FROM stdin;\n1\tb\n\\.\n", [{"column_1": "1", "column_2": "b"}]),
        ("COPY t (a, b) FROM stdin CSV;\n1,\"b \"\"c\"\"\"\n\\.\n", [{"a": "1", "b": 'b "c"'}]),
        ("COPY t (a, b) FROM stdin WITH DELIMITER AS '|' NULL AS '';\n1|x\\|y\n|z\n\\.\n", [{"a": "1", "b": "x|y"}, {"a": None, "b": "z"}]),
    ],
)  # fmt: skip
def test_rows(parse: Parse, statements: str, expected: list[dict[str, str | None]]) -> None:
    parsed = parse("a.sql", statements)
    assert (parsed.status, parsed.reason) == ("scanned", None)
    assert next(rows for name, rows in tables(parsed).items() if name.casefold() == "t") == expected


@pytest.mark.parametrize(
    ("text", "kept", "reason"),
    [
        ("INSERT INTO t (a) VALUES (1);\nINSERT INTO t (a) VALUES ('x\n", ["1"], "no SQL at line 2"),
        ("INSERT INTO t (a) VALUES (1),\n(2), (zoë;\nINSERT INTO t (a) VALUES (3);", ["1", "2", "3"], "no SQL at line 2"),
        ("INSERT INTO t (a) VALUES (1), (2, 'zoë');", ["1"], "rows of another width than their columns in line 1"),
        ("INSERT INTO t (a) VALUES (1);\nzoë is here\nINSERT INTO t (a) VALUES (2);", ["1", "2"], "no SQL at line 2"),
        ("INSERT INTO t (a) VALUES (X'FFFE');", [None], "1 binary values are no text"),
        ("COPY t (a) FROM stdin;\n1\n2\n", ["1", "2"], "the dump is cut off: the data of line 2 is not ended"),
        ("BEGIN;\nINSERT INTO t (a) VALUES (1);\n", ["1"], "the dump is cut off: the transaction of line 1 is not ended"),
        ("-- MySQL dump 10\nINSERT INTO t (a) VALUES (1);\n", ["1"], "the dump is cut off: its closing comment is missing"),
    ],
)
def test_broken(parse: Parse, text: str, kept: list[str | None], reason: str) -> None:
    parsed = parse("a.sql", text)
    assert (parsed.status, parsed.reason) == ("partly_scanned", reason)
    assert [row["a"] for row in tables(parsed)["t"]] == kept
    assert ("zoë" in text) == ("zoë" in "\n".join(filter(None, lines(parsed, "rejected lines"))))


def test_bytes_between_rows(parse: Parse) -> None:
    photo = bytes(b for b in range(1, 256) if b not in b"'\\") * 8
    data = b"CREATE TABLE `t` (`a` int, `b` blob) ENGINE=InnoDB;\nINSERT INTO `t` VALUES (1,_binary '%s'),(2,_binary 'caf\xe9');\n" % photo
    parsed = parse("a.sql", data + "INSERT INTO `t` VALUES (3,'Zoë');\n".encode())
    assert (parsed.status, parsed.reason) == ("partly_scanned", "1 binary values are no text")
    assert tables(parsed)["t"] == rows_of("a", "b")(("1", None), ("2", "café"), ("3", "Zoë"))


@pytest.mark.parametrize(
    ("name", "kind", "text", "format_name"),
    [
        ("a.sql", "sent", "-- what we sent\nSELECT email FROM students WHERE school = 'Elm';\n", "text"),
        ("a.sql", "sent", "CREATE TABLE x (id int);\nINSERT INTO x SELECT id FROM students;\n", "text"),
        ("a.sql", "export", "WITH s AS (SELECT 1)\nSELECT * FROM s;\n", "text"),
        ("a.sql", "export", "COPY (SELECT * FROM students) TO 'a.csv';\n", "text"),
        ("a.md", "export", "Use this:\n\nINSERT INTO t VALUES (1);\n", "text"),
        ("a.sql", "sent", "INSERT INTO t (a) VALUES (1);\n", "table"),
        ("a.sql", "export", "CREATE TABLE t (a int);\n", "table"),
    ],
)
def test_dumps_and_queries(parse: Parse, name: str, kind: str, text: str, format_name: str) -> None:
    parsed = parse(name, text, kind)
    assert parsed.status == "scanned"
    assert ("line" in parsed.tables[0].columns) == (format_name == "text")


def test_an_archive_of_pg_dump(parse: Parse) -> None:
    parsed = parse("a.dump", b"PGDMP\x01\x0e" + bytes(60))
    assert (parsed.status, parsed.reason) == ("quarantined", "an archive of pg_dump is not read, only its plain form")


# ---- random rows, as each program writes them

LETTERS = st.characters(exclude_characters="\ufeff", exclude_categories=["Cs", "Cc"]) | st.sampled_from("'\\\n\t;,()\"$")
CELLS = st.none() | st.text(LETTERS, min_size=1, max_size=12)
ROWS = st.lists(st.tuples(CELLS, CELLS), min_size=1, max_size=5)


def quoted(cell: str | None, escapes: str = "") -> str:
    if cell is None:
        return "NULL"
    if escapes:
        return "'" + re.sub(r"['\"\\\n\t]", lambda m: "\\" + {"\n": "n", "\t": "t"}.get(m[0], m[0]), cell) + "'"
    return "'" + cell.replace("'", "''") + "'"


def mysql(rows: Rows) -> str:
    values = ",".join(f"({n},{quoted(a, 'yes')},{quoted(b, 'yes')})" for n, (a, b) in enumerate(rows))
    created = "CREATE TABLE `t` (`n` int, `a` text, `b` text) ENGINE=InnoDB;"
    return f"-- MySQL dump 10\n{created}\nINSERT INTO `t` VALUES {values};\n-- Dump completed\n"


def copied(cell: str | None) -> str:
    return "\\N" if cell is None else re.sub(r"[\\\n\t]", lambda m: "\\" + {"\n": "n", "\t": "t"}.get(m[0], m[0]), cell)


def postgres(rows: Rows) -> str:
    data = "".join(f"{n}\t{copied(a)}\t{copied(b)}\n" for n, (a, b) in enumerate(rows))
    return f"-- PostgreSQL database dump\n\nCOPY public.t (n, a, b) FROM stdin;\n{data}\\.\n-- PostgreSQL database dump complete\n"


def sql_server(rows: Rows) -> str:
    values = [f"INSERT [dbo].[t] ([n], [a], [b]) VALUES ({n}, N{quoted(a)}, N{quoted(b)})\n" for n, (a, b) in enumerate(rows)]
    return "USE [x]\nGO\n" + "".join(values).replace("NNULL", "NULL") + "GO\n"


def sqlite(rows: Rows) -> str:
    con = sqlite3.connect(":memory:", isolation_level=None)
    con.execute("CREATE TABLE t (n, a, b)")
    con.executemany("INSERT INTO t VALUES (?, ?, ?)", [(n, *row) for n, row in enumerate(rows)])
    text = "\n".join(con.iterdump())
    con.close()
    return text


DUMPS = {"mysql": mysql, "postgres": postgres, "sql server": sql_server, "sqlite": sqlite}


@pytest.mark.parametrize("program", DUMPS)
@settings(max_examples=25, deadline=None)
@given(rows=ROWS)
@example(rows=[("'", "\\"), ("\\'", "x');--"), ("\\N", "\\.")])
def test_random_rows_come_back(program: str, rows: Rows) -> None:
    parsed = parse_bytes("a.sql", DUMPS[program](rows))
    assert (parsed.status, parsed.reason) == ("scanned", None)
    assert tables(parsed)["t"] == [{"n": str(n), "a": a, "b": b} for n, (a, b) in enumerate(rows)]


@pytest.mark.parametrize("program", DUMPS)
@settings(max_examples=25, deadline=None)
@given(rows=ROWS, data=st.data())
def test_a_cut_dump_keeps_its_whole_rows_and_says_so(program: str, rows: Rows, data: st.DataObject) -> None:
    whole = DUMPS[program](rows)
    cut = whole[: data.draw(st.integers(0, len(whole)))]
    parsed = parse_bytes("a.sql", cut)
    found = tables(parsed).get("t", [])
    everything = [{"n": str(n), "a": a, "b": b} for n, (a, b) in enumerate(rows)]
    if parsed.status == "scanned" and program != "sql server":  # whose scripts have no end
        assert found in ([], everything)
        assert found == everything or "INSERT" not in cut
    if found:
        assert [row["n"] for row in found] == [row["n"] for row in everything[: len(found)]]
    if parsed.status != "quarantined":
        digits = set(re.findall(r"\d+(?=[,\t])", cut))
        assert digits <= set(re.findall(r"\d+", texts_of(parsed))), "a number of a row is nowhere"


PIECES = ["INSERT INTO t VALUES (", "'", "\\", "1", ",", ")", ";", "\n", "--", "/*", "*/", "$$", "`", '"', "[", "COPY t FROM stdin;\n"]
PIECES += ["\\.\n", "CREATE TABLE t (", "\nGO\n", "DELIMITER //\n", "//", "BEGIN", " a ", "é", "E'", "0x", "::", "CAST("]


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(PIECES), max_size=30))
def test_anything_ends(pieces: list[str]) -> None:
    parsed = parse_bytes("a.sql", "INSERT INTO t VALUES (1);\n" + "".join(pieces))
    assert parsed.status in ("scanned", "partly_scanned")
    assert bool(parsed.reason) == (parsed.status == "partly_scanned")
