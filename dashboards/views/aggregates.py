"""Is what is called aggregate truly so? What the disclosure audit found, file by file, and what to do about it."""

from __future__ import annotations

from collections import defaultdict

import streamlit as st

from dashboards import queries, words
from dashboards.markup import Markup, heading, join, link, table, tag
from dashboards.queries import AuditCheck, AuditedFile, AuditFinding, Mart

FILES = 300
FINDINGS = 50
WITHHELD = (
    "How each number is known, and the number itself, are withheld: they reveal small counts. The district can have them shown "
    "(show_witnesses in district.yaml), and whoever has the file can run hallpass audit on it."
)
PASSED = "No disclosure was found, under the assumptions that the verdict of clause II.B names."


def show(mart: Mart) -> None:
    files = queries.audited_files(mart)
    names = {party.party_id: party.name for party in queries.parties(mart)}
    asked = st.query_params.get("file", "")
    if file := next((it for it in files if it.file_id == asked), None):
        show_file(mart, file, names)
        return
    about = "Every table that a party calls aggregate is audited: can a single student be seen in it, or computed from it?"
    st.html(heading(f"Aggregates: {words.amount(len(files), 'file')}", about))
    st.html(_files(mart, files, names) if files else tag("p", "Nobody delivered a table that is called aggregate.", "faint"))


def _files(mart: Mart, files: list[AuditedFile], names: dict[str, str]) -> Markup:
    found: dict[str, list[AuditCheck]] = defaultdict(list)
    for check in queries.audit_checks(mart):
        found[check.file_id].append(check)
    rows = [
        (
            link(it.path, "aggregates", {"file": it.file_id}),
            link(names.get(it.party_id, it.party_id), "parties", {"party": it.party_id}),
            words.day(it.received_on),
            _verdict(it),
            join([tag("div", _told(check)) for check in in_order(found[it.file_id])]) or "–",
        )
        for it in files[:FILES]
    ]
    more = tag("p", f"The first {FILES} of {len(files):,}.", "faint") if len(files) > FILES else ""
    return join([table(("File", "Party", "Received", "Audit", "What was found"), rows, css="files"), more])


def in_order(checks: list[AuditCheck]) -> list[AuditCheck]:
    """Table by table, the worst check first."""
    order = list(words.AUDITS)
    return sorted(checks, key=lambda it: (it.table_name, it.verdict, order.index(it.check_id) if it.check_id in order else len(order)))


def _verdict(file: AuditedFile) -> Markup:
    if file.findings:
        return tag("span", "discloses", "bad")
    if file.unfinished or file.status == "partly_scanned":
        return tag("span", "not finished")
    return tag("span", "not read" if file.status == "quarantined" else "nothing found")


def _told(check: AuditCheck) -> str:
    said = words.AUDITS.get(check.check_id, (words.plain(check.check_id), ""))[0]
    return f"{check.findings:,} × {said}" if check.verdict == "FAIL" else f"not finished: whether {said}"


def show_file(mart: Mart, file: AuditedFile, names: dict[str, str]) -> None:
    st.html(tag("div", join([link("Aggregates", "aggregates", {}), file.path], "  ›  "), "crumbs"))
    facts = join(
        [
            link(names.get(file.party_id, file.party_id), "parties", {"party": file.party_id}),
            f"delivered {words.day(file.received_on)}",
            _verdict(file),
            link("its fields", "files", {"file": file.file_id}),
        ],
        " · ",
    )
    st.html(join([tag("h2", file.path), tag("p", facts)]))
    checks = in_order(queries.audit_checks(mart, file.file_id))
    if not checks:
        st.html(tag("p", PASSED if file.status == "scanned" else f"The file is {words.STATES[file.status][0]}."))
        return
    shown = any(check.witnesses for check in checks)
    if not shown:
        st.html(tag("p", WITHHELD, "faint"))
    for check in checks:
        findings = queries.audit_findings(mart, file.file_id, check.table_name, check.check_id, FINDINGS)
        st.html(_check(check, [it for it in findings if it.verdict == check.verdict], shown))


def _check(check: AuditCheck, findings: list[AuditFinding], shown: bool) -> Markup:
    said, mend = words.AUDITS.get(check.check_id, (words.plain(check.check_id), ""))
    title = f"{check.table_name or 'The table'}: {_told(check)}"
    todo = mend if check.verdict == "FAIL" else f"Nobody knows whether {said}: publish less in one table, or put earlier releases back."
    rows = [(it.cell or "the whole table", *((_between(it), it.witness or "–") if shown else ())) for it in findings]
    header = ("Cell", *(("Between", "How it is known") if shown else ()))
    more = tag("p", f"The first {FINDINGS} of {check.findings:,}; the mart's table aggregate_audits has all.", "faint")
    return join([heading(title, f"What to do: {todo}"), table(header, rows, css="audit"), more if check.findings > len(findings) else ""])


def _between(finding: AuditFinding) -> str:
    if finding.value_low is None or finding.value_high is None:
        return "–"
    if finding.value_low == finding.value_high:
        return f"{finding.value_low:,g}"
    return f"{finding.value_low:,g} to {finding.value_high:,g}"
