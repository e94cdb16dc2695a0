"""Sentences of programs, taken apart by masking: what varies becomes fields, what stays is the sentence, said once.

`Accepted password for ann from 10.0.0.1 port 22` is the sentence `Accepted password for <user> from <source_ip> port <port>` and three
fields. Only what is no ordinary word is masked (numbers, addresses, paths, quoted text, `key=value`), and the person after a word like
`user` or `student`: all other words stay where they were written, so that a name among them keeps its sentence. A mask that a file shows
fewer than three times is no sentence of a program: such text stays whole.

The idea of masking before grouping is that of log parsers like Drain (He et al., ICWS 2017); there is no tree here, because masked
lines group by equality.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

Cells = dict[str, str | None]

_LEAST_LINES = 3
_MOST_FORMS = 400
_WIDEST_FORM = 24
_MOST_NAMES = 80
_LONGEST = 4_000
"""Longer texts are no sentence of a program and stay whole."""

_WORD = r"[A-Z](?:[^\W\d_]|['’.-](?=[^\W_]))*"
_NAME = rf"(?:{_WORD}, {_WORD}(?: {_WORD}\.?)?|{_WORD}(?: (?:[a-z]{{2,3}} )?{_WORD}\.?){{1,3}})(?![\w=:@/\\])"
_STREET = r"(?:St|Street|Ave|Avenue|Rd|Road|Dr|Drive|Ln|Lane|Ct|Court|Cir|Circle|Blvd|Boulevard|Pl|Place|Way|Pkwy|Parkway)\b"
_ROLE = r"(?:[Ss]tudent|STUDENT|[Pp]upil|[Ll]earner|[Cc]hild|[Pp]arent|[Gg]uardian|[Tt]eacher|[Uu]ser|USER)(?:[ _]?[Nn]ame)?s?"
_BARE = r"[^\s,;&()\[\]{}<>\"]+"
_FORMS = {
    "url": r"\b[a-z][a-z0-9+.-]{1,15}://[^\s\"'<>|]+",
    "email": r"(?:mailto:)?(?<![\w.%+'-])[\w.%+'-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+",
    "pair": rf"{_NAME}|{_BARE}",
    "when": r"\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d)?(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?\b"
    r"|\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)[a-z]* \d{1,2},? \d{4}\b",
    "phone": r"(?<![\w.-])(?:\+?1[ .-])?(?:\(\d{3}\) ?|\d{3}[ .-])\d{3}[ .-]\d{4}(?![\w-])",
    "address": rf"\b\d{{1,6}} (?:[NSEW]\.? )?(?:{_WORD} ){{1,3}}{_STREET}\.?",
    "ip": r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?![\w.]\d)"
    r"|(?<![\w:])(?=[0-9:]*(?:[a-fA-F]|::))(?:[0-9a-fA-F]{0,4}:){2,7}[0-9a-fA-F]{0,4}(?![\w:])",
    "path": r"(?<![\w:/\\])(?:[A-Za-z]:)?[/\\](?:[\w.@%+~$-]+[/\\])+[\w.@%+~$?=&-]*",
    "number": r"(?<![\w.@#$/\\-])[+-]?\d+(?:[.,]\d+)*%?(?![\w@#$/\\-]|[.:]\w)",
    "token": r"(?<![\w@#$])[\w@#$][\w.:@#$/\\-]*\d[\w@#$/\\-]*(?:[.:][\w@#$/\\-]+)*",
    "login": r"(?!(?:is|was|has|not|name|id|unknown|and|or|from|by)\b)[\w.+-]+",
    "person": _NAME,
}
_QUOTED = {'"': r'(?:[^"\\]|\\.){1,300}', "'": r"[^']{1,300}"}
_MASKS = re.compile(
    "|".join(
        (
            rf"(?P<role>{_ROLE})(?:[:=]? +|=)(?P<person>{_NAME})",
            rf"\b[Uu]ser (?P<login>{_FORMS['login']})(?= (?:from|by|at|on|via|logged|signed|with|has)\b)",
            rf"(?P<quoted>\"{_QUOTED[chr(34)]}\"|(?<![\w\'])'{_QUOTED[chr(39)]}'(?!\w))",
            rf"(?P<url>{_FORMS['url']})",
            rf"(?P<email>{_FORMS['email']})",
            rf"(?P<key>(?<![\w?&/.])[A-Za-z_@][\w.@-]{{0,60}})=(?P<pair>\"(?:[^\"\\]|\\.)*\"|'[^']*'|{_FORMS['pair']})",
            *(rf"(?P<{kind}>{_FORMS[kind]})" for kind in ("when", "phone", "address", "ip", "path", "number", "token")),
        )
    )
)
_TOLD = frozenset({"email", "person", "pair"})
"""Kinds that are told by themselves: fields also where they never vary or where the sentence is the only one."""
_PLAIN = frozenset({"quoted", "number", "token", "ip", "path", "url"})
_OWN_NAME = {"quoted": "text", "when": "moment", "pair": "value", "number": "value"}

_BEFORE = re.compile(r"(?:(?<![\w<.-])([A-Za-z][A-Za-z_]{1,24})[ _])?(?<![\w<.-])([A-Za-z][\w-]{1,24})(?: ?[:=#(\[]| is| was)? ?[\"'(\[]?$")
_JOINING = frozenset(
    "a an and any as at been by for from got has have in is it no not of on or per than that the then this to via was were with".split()
)
_JOINED = frozenset(["id", "ids", "name", "number", "no", "ip", "email", "address", "key", "code", "host", "phone"])
_PEOPLE = frozenset(
    "user username account login student pupil learner child parent guardian teacher staff member person actor email mail"
    " student_id user_id student_name user_name first_name last_name account_name account_id".split()
)
_THINGS = frozenset(
    "host port pid uid gid euid tty session request block task job container attempt thread query node server client device process"
    " version size bytes code status error path file url uri domain service id ip address".split()
)
"""Words before a value that name it whatever the sentence is about. Others do so only in a sentence about a person: `score 85` of a
student, but not of a disk."""


@dataclass(frozen=True)
class Masked:
    """One text under its mask: the words between, and for each masked place its kind, the word that names it and its value."""

    mask: str
    kinds: tuple[str, ...]
    names: tuple[str, ...]
    values: tuple[str, ...]
    between: tuple[str, ...]


@dataclass(frozen=True)
class _Form:
    """A sentence of which a file has many: what it says, the names of its fields, and how to read one at a stroke."""

    pattern: re.Pattern[str]
    said: str
    names: tuple[str, ...]


@dataclass
class Sentences:
    """The sentences of one file, learned from some of its texts; `split` takes any text apart by them."""

    known: dict[str, tuple[bool, ...]] = field(default_factory=dict)  # mask → which of its places vary
    names: frozenset[str] = frozenset()
    forms: dict[str, list[_Form]] = field(default_factory=dict)  # by their first word; those that begin with a field by none

    @classmethod
    def learn(cls, texts: Iterable[str]) -> Sentences:
        counts: Counter[str] = Counter()
        firsts: dict[str, tuple[Masked, list[bool]]] = {}
        names: Counter[str] = Counter()
        for text in texts:
            if (found := masked(text)) is None:
                continue
            counts[found.mask] += 1
            first, changed = firsts.setdefault(found.mask, (found, [kind in _TOLD for kind in found.kinds]))
            for place, (old, new) in enumerate(zip(first.values, found.values, strict=True)):
                changed[place] = changed[place] or old != new
            names.update(found.names)
        often = [mask for mask, seen in counts.most_common() if seen >= _LEAST_LINES]
        known = {mask: tuple(firsts[mask][1]) for mask in often}
        learned = cls(known, frozenset(n for n, _ in names.most_common(_MOST_NAMES)))
        for mask in often[:_MOST_FORMS]:
            learned._form(firsts[mask][0], known[mask])
        return learned

    def _form(self, first: Masked, varies: tuple[bool, ...]) -> None:
        if len(varies) > _WIDEST_FORM:
            return
        said, fields = _sentence(first, varies, self.names)
        parts = [
            re.escape(words) + (f"((?>{_reading(kind, words)}))" if place_varies and value.strip() else re.escape(value))
            for words, kind, value, place_varies in zip(first.between, first.kinds, first.values, varies, strict=False)
        ]
        pattern = re.compile("".join(parts) + re.escape(first.between[-1]))
        word, blank, _ = first.between[0].partition(" ")
        self.forms.setdefault(word if blank else "", []).append(_Form(pattern, said, tuple(fields)))

    def split(self, text: str) -> tuple[str, Cells]:
        """The sentence and its fields; a text of no known sentence is its own, but for the people and e-mails told by their words."""
        for form in (*self.forms.get(text.partition(" ")[0], ()), *self.forms.get("", ())):
            if match := form.pattern.fullmatch(text):
                return form.said, dict(zip(form.names, match.groups(), strict=True))
        found = masked(text)
        if found is None:
            return text, {}
        varies = self.known.get(found.mask)
        if varies is None:
            varies = tuple(kind in _TOLD for kind in found.kinds)
        return _sentence(found, varies, self.names)


def _reading(kind: str, words: str) -> str:
    """How a place of this kind is read after these words."""
    if kind in ("quoted", "pair") and words[-1:] in ('"', "'"):
        return _QUOTED[words[-1]]
    return _FORMS[kind]


def masked(text: str) -> Masked | None:
    """The text under its mask; None where nothing is masked."""
    if len(text) > _LONGEST:
        return None
    kinds: list[str] = []
    values: list[str] = []
    between: list[str] = []
    keys: list[str | None] = []
    end = 0
    for match in _MASKS.finditer(text):
        kind, start, stop, key = _place(match)
        kinds.append(kind)
        values.append(text[start:stop])
        between.append(text[end:start])
        keys.append(key)
        end = stop
    if not kinds:
        return None
    between.append(text[end:])
    mask = "".join(f"{words}\x00{kind}\x00" for words, kind in zip(between, kinds, strict=False)) + between[-1]
    about_people = any(k == "person" or _slug(key or "") in _PEOPLE for k, key in zip(kinds, keys, strict=True))
    names: list[str] = []
    before = ""
    for kind, words, key in zip(kinds, between, keys, strict=False):
        before = words if len(words) > 2 else f"{before}{words}"
        names.append(_slug(key) if key else _name(before, kind, about_people))
        about_people = about_people or names[-1] in _PEOPLE
        before = ""
    return Masked(mask, tuple(kinds), tuple(names), tuple(values), tuple(between))


def _place(match: re.Match[str]) -> tuple[str, int, int, str | None]:
    """Kind, span and key of a match; quotes stay outside."""
    if match["person"] is not None:
        return "person", *match.span("person"), match["role"].lower()
    if match["login"] is not None:
        return "login", *match.span("login"), "user"
    if match["pair"] is not None:
        start, end = match.span("pair")
        quoted = match["pair"][:1] in "\"'" and end - start > 2
        return "pair", start + quoted, end - quoted, match["key"]
    kind = match.lastgroup or ""
    start, end = match.span(kind)
    return (kind, start + 1, end - 1, None) if kind == "quoted" else (kind, start, end, None)


def _name(before: str, kind: str, about_people: bool) -> str:
    """A field's name by the word before it, where that is a noun of a person or a machine's thing; else by its kind."""
    own = _OWN_NAME.get(kind, kind)
    found = _BEFORE.search(before[-60:])
    if not found:
        return own
    first, last = (found[1] or "").lower(), found[2].lower()
    if last in _JOINING:
        if kind == "ip":
            return {"from": "source_ip", "to": "target_ip"}.get(last, "ip")
        return "user" if last in ("for", "by") and first == "user" else own
    if last in _JOINED and first and first not in _JOINING:
        return f"{_slug(first)}_{last}"
    told = last in _PEOPLE or (kind in _PLAIN and (before.rstrip().endswith(("=", ":")) or last in _THINGS or about_people))
    return _slug(last) if told else own


def _slug(words: str) -> str:
    return re.sub(r"[\s-]+", "_", words.strip()) if not words.isupper() else re.sub(r"[\s-]+", "_", words.strip()).lower()


def _sentence(found: Masked, varies: tuple[bool, ...], known_names: frozenset[str]) -> tuple[str, Cells]:
    fields: Cells = {}
    parts: list[str] = []
    for place, value in enumerate(found.values):
        parts.append(found.between[place])
        if not varies[place] or not value.strip():
            parts.append(value)
            continue
        kind = found.kinds[place]
        name = found.names[place] if found.names[place] in known_names or kind == "person" else _OWN_NAME.get(kind, kind)
        unique, again = name, 2
        while unique in fields:
            unique, again = f"{name}#{again}", again + 1
        fields[unique] = value
        parts.append(f"<{name}>")
    parts.append(found.between[-1])
    return "".join(parts), fields
