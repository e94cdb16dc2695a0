"""What a mart must keep to be published: names, keys, references, vocabularies and sums of the public interface.

Here belongs what is true of every mart whatever its district. A policy failure is no defect: it is what the mart is for. The sentences
say what is wrong and how often, and never quote a row.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb

from lineage.stage import create_mart, mart_tables

VOCABULARIES: Mapping[tuple[str, str], str] = {
    ("parties", "kind"): "district vendor subprocessor agency researcher third_party",
    ("files", "status"): "scanned partly_scanned quarantined duplicate",
    ("fields", "pii_class"): "direct sensitive indirect none",
    ("findings", "pii_class"): "direct sensitive indirect none",
    ("findings", "subject_kind"): "student guardian staff unknown",
    ("disclosures", "subject_kind"): "student staff",
    ("disclosures", "pii_class"): "direct sensitive indirect",
    ("disclosures", "basis"): "agreement subprocessor directory staff_directory operation none",
    ("aggregate_audits", "verdict"): "FAIL INCONCLUSIVE",
    ("aggregate_audits", "check_id"): "grain small_cell zero_or_full exact_disclosure interval differencing reidentification",
    ("trackers", "storage"): "cookie local_storage session_storage indexed_db service_worker",
    ("retention", "status"): "within overdue held destroyed destroyed_early pending",
    ("decisions", "status"): "applied expired overruled waiting unmatched",
    ("controls", "severity"): "critical high medium low",
    ("control_results", "verdict"): "PASS FAIL INCONCLUSIVE NOT_APPLICABLE",
    ("control_results", "severity"): "critical high medium low",
}
OPTIONAL_VOCABULARIES: Mapping[tuple[str, str], str] = {
    ("disclosures", "exempt_basis"): "school_official parent consent directory",
    ("violations", "severity"): "critical high medium low",
}
"""Here NULL is a value too."""

KEYS: Mapping[str, tuple[str, ...]] = {
    "parties": ("party_id",),
    "deliveries": ("delivery_id",),
    "files": ("file_id",),
    "fields": ("file_id", "field_path"),
    "disclosures": ("subject_key", "from_party_id", "to_party_id", "data_element"),
    "flows": ("from_party_id", "to_party_id", "data_element"),
    "decisions": ("line",),
    "undetermined": ("file_id", "field_path"),
    "controls": ("control_id",),
    "control_results": ("control_id", "party_id"),
    "runs": ("run_id",),
}

REFERENCES: tuple[tuple[str, str, str], ...] = (
    ("deliveries", "party_id", "parties"),
    ("files", "delivery_id", "deliveries"),
    ("fields", "file_id", "files"),
    ("findings", "file_id", "files"),
    ("disclosures", "from_party_id", "parties"),
    ("disclosures", "to_party_id", "parties"),
    ("disclosures", "evidence_file_id", "files"),
    ("flows", "from_party_id", "parties"),
    ("flows", "to_party_id", "parties"),
    ("flows", "evidence_file_id", "files"),
    ("trackers", "file_id", "files"),
    ("trackers", "party_id", "parties"),
    ("aggregate_audits", "file_id", "files"),
    ("retention", "party_id", "parties"),
    ("authorizations", "party_id", "parties"),
    ("subprocessors", "party_id", "parties"),
    ("subprocessors", "subprocessor_id", "parties"),
    ("undetermined", "file_id", "files"),
    ("undetermined", "party_id", "parties"),
    ("control_results", "control_id", "controls"),
    ("control_results", "party_id", "parties"),
    ("control_results", "evidence_file_id", "files"),
    ("violations", "control_id", "controls"),
    ("violations", "party_id", "parties"),
    ("violations", "file_id", "files"),
)
"""(table, column, table it points into by that table's key); NULL points nowhere and may."""

SUMS: tuple[tuple[str, str], ...] = (
    ("parties: no district", "SELECT count(*) = 0 FROM parties WHERE party_id = 'district'"),
    ("controls: no row", "SELECT count(*) = 0 FROM controls"),
    ("runs: no row", "SELECT count(*) = 0 FROM runs"),
    (
        "flows: subjects differ from the disclosures'",
        """SELECT count(*) FROM flows w FULL JOIN (
               SELECT from_party_id, to_party_id, data_element, count(DISTINCT subject_key) AS n FROM disclosures GROUP BY ALL) d
           USING (from_party_id, to_party_id, data_element) WHERE coalesce(w.subjects, 0) <> coalesce(d.n, 0)""",
    ),
    (
        "flows: authorized differs from its disclosures",
        """SELECT count(*) FROM flows w JOIN (SELECT from_party_id, to_party_id, data_element, bool_and(authorized) AS a FROM disclosures
           GROUP BY ALL) d USING (from_party_id, to_party_id, data_element) WHERE w.authorized IS DISTINCT FROM d.a""",
    ),
    ("flows: neither subjects nor records", "SELECT count(*) FROM flows WHERE subjects = 0 AND unresolved_records = 0"),
    ("disclosures: end before they begin", "SELECT count(*) FROM disclosures WHERE last_seen_on < first_seen_on"),
    (
        "disclosures: not authorized, without a reason",
        "SELECT count(*) FROM disclosures WHERE NOT authorized AND coalesce(trim(reason), '') = ''",
    ),
    ("disclosures: basis contradicts authorized", "SELECT count(*) FROM disclosures WHERE authorized = (basis = 'none')"),
    (
        "disclosures: to the district or to the sender itself",
        "SELECT count(*) FROM disclosures WHERE to_party_id IN ('district', from_party_id)",
    ),
    ("disclosures: a subject key is too short for a pseudonym", "SELECT count(*) FROM disclosures WHERE length(subject_key) < 16"),
    (
        "files: not read whole, without a reason",
        "SELECT count(*) FROM files WHERE status IN ('quarantined', 'partly_scanned') AND coalesce(trim(reason), '') = ''",
    ),
    (
        "control_results: a control without a verdict on a registered party, or the reverse",
        """SELECT count(*) FROM (SELECT control_id, party_id FROM controls, parties WHERE kind <> 'third_party') d
           FULL JOIN control_results r USING (control_id, party_id) WHERE r.verdict IS NULL OR d.control_id IS NULL""",
    ),
    ("decisions: no reason", "SELECT count(*) FROM decisions WHERE coalesce(trim(reason), '') = ''"),
    ("undetermined: no reason", "SELECT count(*) FROM undetermined WHERE coalesce(trim(why), '') = ''"),
    (
        "undetermined: a field that is not in the table of fields",
        "SELECT count(*) FROM undetermined ANTI JOIN fields USING (file_id, field_path)",
    ),
    ("control_results: no reason", "SELECT count(*) FROM control_results WHERE coalesce(trim(reason), '') = ''"),
    (
        "control_results: violations differ from the table of violations",
        """SELECT count(*) FROM control_results r FULL JOIN (SELECT control_id, party_id, count(*) AS n FROM violations GROUP BY ALL) v
           USING (control_id, party_id) WHERE coalesce(r.violations, 0) <> coalesce(v.n, 0)""",
    ),
    (
        "control_results: the verdict contradicts the violations",
        """SELECT count(*) FROM control_results WHERE (verdict = 'FAIL') <> (coalesce(violations, 0) > 0)
           AND verdict IN ('FAIL', 'PASS', 'NOT_APPLICABLE')""",
    ),
    (
        "clause_status: not the worst verdict of its controls",
        """SELECT count(*) FROM clause_status s JOIN (
               SELECT clause, party_id, min(list_position(['FAIL', 'INCONCLUSIVE', 'PASS', 'NOT_APPLICABLE'], verdict)) AS worst
               FROM control_results GROUP BY ALL) w USING (clause, party_id)
           WHERE list_position(['FAIL', 'INCONCLUSIVE', 'PASS', 'NOT_APPLICABLE'], s.verdict) <> w.worst""",
    ),
)
"""(what is wrong, how often: a number or a truth)"""


def defects(stage_mart: Path) -> list[str]:
    """One sentence a defect; empty: the mart may be published. An unreadable file, or a check that cannot run, is a defect too."""
    try:
        con = duckdb.connect(str(stage_mart), read_only=True, config={"temp_directory": "", "autoload_known_extensions": "false"})
    except duckdb.Error as error:
        return [f"the mart cannot be opened: {type(error).__name__}"]
    with con:
        missing = list(_missing(con))
        return missing or [*_vocabulary_defects(con), *_key_defects(con), *_reference_defects(con), *_sum_defects(con)]


def _missing(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """Tables and columns of mart.sql that are not there; where any is missing nothing else is asked."""
    with duckdb.connect() as model:
        model.execute("ATTACH ':memory:' AS wanted")
        create_mart(model, "wanted")
        wanted = mart_tables(model, "wanted")
    have = mart_tables(con, str(con.execute("SELECT current_database()").fetchall()[0][0]))
    for table, columns in wanted.items():
        if table not in have:
            yield f"{table}: missing"
        elif absent := [column for column in columns if column not in have[table]]:
            yield f"{table}: no column {', '.join(absent)}"


def _vocabulary_defects(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    for vocabularies, null_too in ((VOCABULARIES, False), (OPTIONAL_VOCABULARIES, True)):
        for (table, column), words in vocabularies.items():
            known = f"list_contains({words.split()!r}, {column})"
            if count := _count(con, f"SELECT count(*) FROM {table} WHERE coalesce({known}, {str(null_too).lower()}) IS NOT TRUE"):
                yield f"{table}.{column}: outside its vocabulary in {count:,} rows"
    for table in ("fields", "findings", "disclosures", "flows"):
        if count := _count(con, f"SELECT count(*) FROM {table} WHERE data_element IS NULL"):
            yield f"{table}.data_element: NULL in {count:,} rows"


def _key_defects(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    for table, key in KEYS.items():
        empty = _count(con, f"SELECT count(*) FROM {table} WHERE {' OR '.join(f'{column} IS NULL' for column in key)}")
        twice = _count(con, f"SELECT count(*) FROM (SELECT 1 FROM {table} GROUP BY {', '.join(key)} HAVING count(*) > 1)")
        if empty or twice:
            yield f"{table}: the key {', '.join(key)} is NULL in {empty:,} rows and repeated {twice:,} times"


def _reference_defects(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    for table, column, other in REFERENCES:
        (key,) = KEYS[other]
        if lost := _count(con, f"SELECT count(*) FROM {table} t ANTI JOIN {other} o ON t.{column} = o.{key} WHERE t.{column} IS NOT NULL"):
            yield f"{table}.{column}: {lost:,} rows point at no row of {other}"


def _sum_defects(con: duckdb.DuckDBPyConnection) -> Iterator[str]:
    for what, query in SUMS:
        try:
            if count := _count(con, query):
                yield f"{what}: {count:,}"
        except duckdb.Error as error:
            yield f"{what}: the check could not run: {type(error).__name__}"


def _count(con: duckdb.DuckDBPyConnection, query: str) -> int:
    row = con.execute(query).fetchone()
    return int(row[0]) if row else 0
