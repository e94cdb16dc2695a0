"""`python -m benchmarks.trust`: bad files, silent loss, disguises and the same table told in other ways. Prints Markdown.

Each file is scanned as a delivery of its own by `scan_delivery`, in this process (its readers in their sandbox), with a roster of ten
made-up students. Without `--corpus` only made files are tried. Names of nobody on the roster are not the point, so spaCy runs only where
a text is made to be slow and where an SSN stands in prose. Everything that failed is listed.
"""

from __future__ import annotations

import argparse
import io
import platform
import random
import signal
import tarfile
import time
import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from email.message import EmailMessage
from functools import cache, partial
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks import bad_files, forms
from benchmarks.bad_files import BadFile, zipped
from benchmarks.disguises import DISGUISES, EMAIL, ID, KINDS, NAME, PLAIN, SSN, Disguise
from scanners.detectors.engine import Prose
from scanners.intake import Delivery, inventory
from scanners.oneroster import Roster
from scanners.readers.source import Limits
from scanners.sandbox import read_files
from scanners.scan import Reader, ScanContext, scan_delivery
from scanners.schemas import DeliveryResult
from tests.scanners import district

DAY = date(2026, 9, 1)
HANG_SECONDS = 60
SHOWN = 40
ELEMENTS = {EMAIL: "student_contact.email", ID: "student_id.local", NAME: "student_name", SSN: "student_id.ssn"}
HEADERS = {EMAIL: "email", ID: "student_id", NAME: "student_name", SSN: "ssn"}
SAID = {
    EMAIL: "Please write to {} today.",
    ID: "Asked about student id {} today.",
    NAME: "{} was late today.",
    SSN: "The SSN is {} by phone.",
}
DISGUISED_FORMS = ("csv", "json", "xlsx", "sql", "xml", "eml", "log")
PART = 32 * 1024


class Hang(Exception):
    """A scan that does not end."""


@dataclass(frozen=True)
class Outcome:
    """What became of a bad file. `error` names an exception that came out of the scan."""

    file: BadFile
    seconds: float
    statuses: tuple[tuple[str, str | None], ...] = ()
    found: bool = False
    error: str | None = None

    @property
    def flagged(self) -> bool:
        return any(status != "scanned" for status, _ in self.statuses)

    @property
    def unclassified(self) -> bool:
        """Without a row, or not scanned without saying why."""
        return not self.error and (not self.statuses or any(status != "scanned" and not reason for status, reason in self.statuses))

    @property
    def lost(self) -> bool:
        return self.file.planted is not None and not self.error and not self.found and not self.flagged


def main(arguments: list[str] | None = None) -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument(
        "--corpus", type=Path, help="a folder of public bad files: CSV spectrum, JSONTestSuite, naughty strings (blns.json)"
    )
    options.add_argument("--seed", type=int, default=7400)
    options.add_argument("--times", type=int, default=12, help="of each damage by chance and format")
    options.add_argument("--rows", default="4,5,6,7", help="of TRUST.md's scoreboard")
    given = options.parse_args(arguments)
    warnings.simplefilter("ignore")
    begun = time.perf_counter()
    context = district.context(roster=roster())
    print(head(given))
    with TemporaryDirectory(prefix="trust-") as folder:
        wanted = set(given.rows.split(","))
        if wanted & {"4", "5"}:
            print(told_of_bad(bad(given.corpus, given.seed, given.times, context, Path(folder))), flush=True)
        if "6" in wanted:
            print(told_of_disguises(disguised(with_prose(context), Path(folder))), flush=True)
        if "7" in wanted:
            print(told_of_changes(changed(context, given.seed, Path(folder))), flush=True)
    print(f"\n{time.perf_counter() - begun:,.0f} s in all.")


def head(given: argparse.Namespace) -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in ("hallpass", "pyarrow", "presidio-analyzer", "spacy"))
    corpus = "with a corpus of public files" if given.corpus else "made files only"
    tried = f"Seed {given.seed}, {given.times} times each damage, {corpus}."
    return f"# Trust: rows 4 to 7\n\n{tried} Python {platform.python_version()}, {packages}.\n"


def roster() -> Roster:
    students = tuple(replace(s, ssn=f"4{n:02d}-5{n % 10}-{6100 + 37 * n}") for n, s in enumerate(district.STUDENTS, 11))
    return replace(district.ROSTER, people=(*students, *district.GUARDIANS, *district.STAFF))


def people() -> list[bad_files.Student]:
    """Those of the roster whose name is theirs alone."""
    named = Counter((p.given, p.family) for p in roster().people)
    alone = [p for p in roster().people if p.kind == "student" and named[(p.given, p.family)] == 1]
    return [bad_files.Student(p.sourced_id, f"{p.given} {p.family}", p.emails[0]) for p in alone]


def with_prose(context: ScanContext) -> ScanContext:
    prose = Prose(context.index)
    return replace(context, analyzer=cache(lambda: prose))


def key_of(who: bad_files.Student) -> str:
    return f"student:{who.number.casefold()}"


# -- scanning -------------------------------------------------------------------------------------------------------------------------


def scan(
    files: dict[str, bytes], context: ScanContext, folder: Path, kind: str = "export", party: str = "vendor", reader: Reader = read_files
) -> DeliveryResult:
    """These files as one delivery, from the disk through the sandbox."""
    with TemporaryDirectory(dir=folder) as place:
        day = Path(place) / party / DAY.isoformat()
        for name, data in files.items():
            (day / kind).mkdir(parents=True, exist_ok=True)
            (day / kind / name).write_bytes(data)
        delivery = Delivery(f"{party}/{DAY}", party, DAY, day)
        return scan_delivery(delivery, inventory(delivery), context, reader)


def pairs(result: DeliveryResult) -> set[tuple[str, str]]:
    return {(row["subject_key"], row["data_element"]) for row in result.tables["sightings"].to_pylist() if row["subject_key"]}


def outcome(file: BadFile, context: ScanContext, folder: Path, reader: Reader = read_files) -> Outcome:
    begun = time.perf_counter()
    signal.signal(signal.SIGALRM, _hang)
    signal.alarm(10 * HANG_SECONDS)
    try:
        result = scan({file.name: file.data}, context, folder, file.kind, file.party, reader)
    except Exception as error:  # any at all is what is counted here
        return Outcome(file, time.perf_counter() - begun, error=type(error).__name__)
    finally:
        signal.alarm(0)
    statuses = tuple((row["status"], row["reason"]) for row in result.tables["files"].to_pylist())
    found = file.planted is not None and any(key == key_of(file.planted) for key, _ in pairs(result))
    return Outcome(file, time.perf_counter() - begun, statuses, found)


def _hang(*_: object) -> None:
    raise Hang


# -- rows 4 and 5 -----------------------------------------------------------------------------------------------------------------------


def bad(corpus: Path | None, seed: int, times: int, context: ScanContext, folder: Path) -> Iterator[Outcome]:
    who = people()
    if corpus:
        yield from (outcome(file, context, folder) for file in bad_files.of_folder(corpus, who, seed))
    yield from (outcome(file, context, folder) for file in bad_files.made(who, seed, times))
    in_parts = partial(read_files, limits=Limits(part_bytes=PART))
    yield from (outcome(file, context, folder, in_parts) for file in bad_files.in_five_parts(who, PART))
    slow = with_prose(context)
    yield from (outcome(file, slow, folder) for file in bad_files.slow_texts(who[0]))


def told_of_bad(outcomes: Iterable[Outcome]) -> str:
    by_group: dict[str, list[Outcome]] = defaultdict(list)
    for it in outcomes:
        by_group[it.file.group].append(it)
    lines = [
        "## 4 and 5: bad inputs, silent loss\n",
        "| group | N | crashes | hangs | unclassified | planted | found | flagged only | lost | slowest, s |",
    ]
    lines += ["|---|" + "---:|" * 9, *(_group_line(group, its) for group, its in by_group.items())]
    everything = [it for its in by_group.values() for it in its]
    lines += [_group_line("**all**", everything), ""]
    failed = [it for it in everything if it.error or it.unclassified or it.lost or it.seconds > HANG_SECONDS]
    lines += [f"- {it.file.group}: `{it.file.name}` ({len(it.file.data):,} B, {it.file.kind}): {_failure(it)}" for it in failed[:SHOWN]]
    return "\n".join([*lines, f"- and {len(failed) - SHOWN:,} more" if len(failed) > SHOWN else ""])


def _group_line(group: str, its: Sequence[Outcome]) -> str:
    planted = [it for it in its if it.file.planted and not it.error]
    counts = (
        len(its),
        sum(it.error is not None and it.error != "Hang" for it in its),
        sum(it.seconds > HANG_SECONDS for it in its),
        sum(it.unclassified for it in its),
        len(planted),
        sum(it.found for it in planted),
        sum(it.flagged and not it.found for it in planted),
        sum(it.lost for it in planted),
    )
    return f"| {group} | {' | '.join(f'{n:,}' for n in counts)} | {max(it.seconds for it in its):.2f} |"


def _failure(it: Outcome) -> str:
    if it.error:
        return it.error
    if it.seconds > HANG_SECONDS:
        return f"{it.seconds:.0f} s"
    return "no state or no reason" if it.unclassified else "lost"


# -- row 6 ------------------------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Try:
    """A disguised value in a file: in a column of its kind (`cell`) or in a sentence (`text`)."""

    disguise: str
    kind: str
    form: str
    place: str
    found: bool
    told: bool  # the element was told, though not whose


def disguised(
    context: ScanContext, folder: Path, disguises: Sequence[Disguise] = (PLAIN, *DISGUISES), names: Sequence[str] = DISGUISED_FORMS
) -> Iterator[Try]:
    for disguise in disguises:
        for kind in disguise.kinds:
            for name in names:
                for place, rows in (("cell", _cells(disguise, kind)), ("text", _sentences(disguise, kind))):
                    if (data := _encoded({**forms.EXPORTS, **forms.LOGS}[name], rows, name, disguise.encoding)) is not None:
                        result = scan({f"a.{name}": data}, context, folder, "log" if name in forms.LOGS else "export")
                        elements = {row["data_element"] for row in result.tables["findings"].to_pylist()}
                        wanted = (key_of(people()[1]), ELEMENTS[kind])
                        yield Try(disguise.name, kind, name, place, wanted in pairs(result), ELEMENTS[kind] in elements)


def _encoded(form: forms.Form, rows: forms.Rows, name: str, encoding: str | None) -> bytes | None:
    data = form(rows)
    if encoding is None:
        return data
    return None if name in forms.BINARY or name == "eml" else data.decode().replace("UTF-8", encoding.upper()).encode(encoding)


def value_of(who: bad_files.Student, kind: str) -> str:
    ssn = next(p.ssn for p in roster().people if p.sourced_id == who.number) or ""
    return {EMAIL: who.email, ID: who.number, NAME: who.name, SSN: ssn}[kind]


def _cells(disguise: Disguise, kind: str) -> list[forms.Row]:
    return [{"entry": f"e{n}", HEADERS[kind]: disguise.put(value_of(who, kind))} for n, who in enumerate(people()[:5])]


def _sentences(disguise: Disguise, kind: str) -> list[forms.Row]:
    said = [SAID[kind].format(disguise.put(value_of(people()[1], kind))), "Read chapter three at home.", "All of the work was handed in."]
    return [{"entry": f"e{n}", "note": text} for n, text in enumerate(said)]


def told_of_disguises(tries: Iterable[Try]) -> str:
    tries = list(tries)
    lines = ["\n## 6: evasion (found / tried, the right student and element)\n"]
    lines.append("| disguise | " + " | ".join(f"{kind}, {place}" for kind in KINDS for place in ("cell", "text")) + " | all |")
    lines.append("|---|" + "---:|" * (2 * len(KINDS) + 1))
    for disguise in dict.fromkeys(it.disguise for it in tries):
        own = [it for it in tries if it.disguise == disguise]
        cells = [_share(it for it in own if (it.kind, it.place) == (kind, place)) for kind in KINDS for place in ("cell", "text")]
        lines.append(f"| {disguise} | {' | '.join(cells)} | {_share(own)} |")
    lines += ["", "| format | cell | text |", "|---|---:|---:|"]
    for form in DISGUISED_FORMS:
        own = [it for it in tries if it.form == form and it.disguise != PLAIN.name]
        lines.append(f"| {form} | {_share(it for it in own if it.place == 'cell')} | {_share(it for it in own if it.place == 'text')} |")
    real = [it for it in tries if it.disguise != PLAIN.name]
    told = sum(it.told and not it.found for it in real)
    lines.append(f"\nIn all {_share(real)}; of the others {told:,} were told as the element, though not whose. Missed:\n")
    missed: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for it in tries:
        if not it.found:
            missed[(it.disguise, it.kind, it.place)].append(it.form + (" (told)" if it.told else ""))
    return "\n".join([*lines, *(f"- {d}, {kind}, {place}: {', '.join(names)}" for (d, kind, place), names in missed.items())])


def _share(tries: Iterable[Try]) -> str:
    found = [it.found for it in tries]
    return f"{sum(found)} / {len(found)}" if found else ""


# -- row 7 ------------------------------------------------------------------------------------------------------------------------------

Change = Callable[[forms.Rows, random.Random], dict[str, bytes]]


def changed(context: ScanContext, seed: int, folder: Path, times: int = 3) -> Iterator[tuple[str, bool, int]]:
    """(change, whether the same pairs came out, how many differ) of each change on tables in an order by chance."""
    for turn in range(times):
        chance = random.Random(seed + turn)
        rows = table(chance)
        before = pairs(scan({"a.csv": forms.as_csv(rows)}, context, folder))
        for name, change in CHANGES.items():
            after = pairs(scan(change(rows, chance), context, folder))
            yield name, after == before, len(after ^ before)


def table(chance: random.Random) -> list[forms.Row]:
    rows = [
        {"student_id": p.sourced_id, "name": f"{p.given} {p.family}", "email": p.emails[0], "ssn": p.ssn or ""}
        | {"birth_date": str(p.birth_date), "grade": p.grades[0], "sped": chance.choice("YN"), "score": str(chance.randrange(40, 100))}
        for p in roster().people
        if p.kind == "student"
    ]
    chance.shuffle(rows)
    return rows


def _reordered_columns(rows: forms.Rows, chance: random.Random) -> dict[str, bytes]:
    columns = list(rows[0])
    chance.shuffle(columns)
    return {"a.csv": forms.as_csv([{name: row[name] for name in columns} for row in rows])}


def _tarred(rows: forms.Rows, chance: random.Random) -> dict[str, bytes]:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as archive:
        data = forms.as_csv(rows)
        info = tarfile.TarInfo("in/a.csv")
        info.size = len(data)
        archive.addfile(info, io.BytesIO(data))
    return {"a.tar.gz": out.getvalue()}


def _mailed(rows: forms.Rows, chance: random.Random) -> dict[str, bytes]:
    """As an attachment: in the text of a mail a table is prose."""
    mail = EmailMessage()
    mail["From"], mail["Date"] = "desk@vendor.example", "Tue, 01 Sep 2026 10:00:00 -0500"
    mail.set_content("As agreed.")
    mail.add_attachment(forms.as_csv(rows), maintype="text", subtype="csv", filename="students.csv")
    return {"a.eml": mail.as_bytes()}


def _repeated(rows: forms.Rows, times: int) -> list[forms.Row]:
    return [row for row in rows for _ in range(times)]


CHANGES: dict[str, Change] = {
    "rows in another order": lambda rows, chance: {"a.csv": forms.as_csv(chance.sample(list(rows), len(rows)))},
    "columns in another order": _reordered_columns,
    "each row three times": lambda rows, chance: {"a.csv": forms.as_csv(_repeated(rows, 3))},
    "UTF-16": lambda rows, chance: {"a.csv": forms.as_csv(rows, encoding="utf-16")},
    "UTF-16 without a mark": lambda rows, chance: {"a.csv": forms.as_csv(rows, encoding="utf-16-le")},
    "UTF-8 with a mark": lambda rows, chance: {"a.csv": forms.as_csv(rows, encoding="utf-8-sig")},
    "Latin-1": lambda rows, chance: {"a.csv": forms.as_csv(rows, encoding="latin-1")},
    "semicolons": lambda rows, chance: {"a.csv": forms.as_csv(rows, ";")},
    "old Mac line ends": lambda rows, chance: {"a.csv": forms.as_csv(rows).replace(b"\r\n", b"\r")},
    "zipped": lambda rows, chance: {"a.zip": zipped({"in/a.csv": forms.as_csv(rows)})},
    "zipped twice": lambda rows, chance: {"a.zip": zipped({"b.zip": zipped({"a.csv": forms.as_csv(rows)})})},
    "tar.gz": _tarred,
    "attached to a mail": _mailed,
    "split in two files": lambda rows, chance: {"a.csv": forms.as_csv(rows[:5]), "b.csv": forms.as_csv(rows[5:])},
    "split in two members": lambda rows, chance: {"a.zip": zipped({"a.csv": forms.as_csv(rows[:5]), "b.csv": forms.as_csv(rows[5:])})},
} | {
    name: lambda rows, chance, name=name, form=form: {f"a.{name}": form(rows)}
    for name, form in forms.EXPORTS.items()
    if name not in ("csv", "eml", "pdf", "txt")
}  # type: ignore[misc]


def told_of_changes(results: Iterable[tuple[str, bool, int]]) -> str:
    by_change: dict[str, list[tuple[bool, int]]] = defaultdict(list)
    for name, same, differ in results:
        by_change[name].append((same, differ))
    lines = [
        "\n## 7: metamorphic (the same student and element pairs as the CSV)\n",
        "| change | same / tried | pairs that differ |",
        "|---|---:|---:|",
    ]
    lines += [f"| {name} | {sum(same for same, _ in its)} / {len(its)} | {sum(d for _, d in its)} |" for name, its in by_change.items()]
    everything = [it for its in by_change.values() for it in its]
    return "\n".join([*lines, f"| **all** | {sum(same for same, _ in everything)} / {len(everything)} | {sum(d for _, d in everything)} |"])


if __name__ == "__main__":
    main()
