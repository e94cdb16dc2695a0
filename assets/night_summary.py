"""The night in Markdown, for the page of the published mart in Dagster's UI: names of parties, verdicts and counts."""

from __future__ import annotations

from hallpass.summary import SECTIONS, Review, Summary


def markdown(summary: Summary) -> str:
    return "\n\n".join(it for it in (_head(summary), _table(summary), _worst(summary), _review(summary.review)) if it)


def _head(summary: Summary) -> str:
    files = ", ".join(f"{number:,} {status.replace('_', ' ')}" for status, number in summary.files.items()) or "none"
    return (
        f"**{plain(summary.district)}**, as of {summary.as_of}: {summary.deliveries:,} deliveries (files: {files}), "
        f"{summary.flows:,} flows, {summary.flows_not_authorized:,} of them not authorized, about {summary.students:,} students."
    )


def _table(summary: Summary) -> str:
    head = ["| Party | " + " | ".join(SECTIONS) + " |", "|" + " --- |" * (len(SECTIONS) + 1)]
    rows = [
        f"| {plain(party.name)} | " + " | ".join(_cell(party.verdicts.get(it), party.failing.get(it, 0)) for it in SECTIONS) + " |"
        for party in summary.parties
    ]
    return "\n".join(head + rows)


def _worst(summary: Summary) -> str:
    if not summary.worst:
        return "No control fails."
    return "\n".join(f"- {it.severity}: {plain(it.party)}, `{it.control_id}`, {it.violations:,} violations" for it in summary.worst)


def _review(review: Review | None) -> str:
    """Counts alone: a decision's line names files and fields."""
    if review is None:
        return ""
    counts = ", ".join(f"{number:,} {status}" for status, number in review.decisions.items()) or "none"
    return f"Decisions on what a field is: {counts}. Fields for review, because no detector could tell: {review.undetermined:,}."


def _cell(verdict: str | None, failing: int) -> str:
    words = (verdict or "-").replace("_", " ").lower()
    return f"**{words}** ({failing})" if failing else words


def plain(name: str) -> str:
    """A name out of a register is text, not Markdown."""
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>|#" else letter for letter in name if letter.isprintable())
