"""Texts that are written in English with variable parts, and the same in Russian.

What is stored, logged or raised stays English, so that queries and logs have one text for one
thing; whoever shows it to people asks here for their language. The words stand in
`orchestration/russian/`. A text that has no Russian words is shown in English; tests look for such
texts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property

from orchestration.russian.errors import CAUSES, ERRORS
from orchestration.russian.progress import PARTS, PROGRESS
from orchestration.russian.remedies import REMEDIES, WANTED
from orchestration.russian.rows import REASONS
from orchestration.russian.sentences import BEHIND_A_NAME, SENTENCES

# Longer texts are logs of other programs: no pair fits them, and to try takes seconds.
_LONGEST = 2000
# Variable parts that hold numbers of ours, never a cell of a file.
_COUNTS = frozenset(
    {"rows", "loaded", "refused", "total", "promised", "found", "announced", "expected", "sum"}
)
# Variable parts that may be empty.
_OPTIONAL = ("more", "problem")

# A failure as `runner.run_failures` writes it: step, text, place, remedy.
_STEP = re.compile(r"^(?P<step>\w+): (?P<text>.+)$", re.DOTALL)
_PLACE = re.compile(
    r"^(?P<text>.+?) \((?:file (?P<file>[^()]+?))?(?:, )?(?:line (?P<line>\d+))?(?:, )?"
    r"(?:column '(?P<column>[^']+)')?\)$",
    re.DOTALL,
)
_REMEDY = re.compile(r"\.? What to do: (?P<remedy>.*)$", re.DOTALL)
_PLACES = {"en": ("file", "line", "column"), "ru": ("файл", "строка", "столбец")}
_WHAT_TO_DO = {"en": "What to do", "ru": "Что делать"}


def _number_in_russian(value: str) -> str:
    """12,345.6 as 12 345,6; what is no number stays as it is."""
    if re.fullmatch(r"[\d,]+(\.\d+)?", value):
        return value.replace(",", "\u00a0").replace(".", ",")
    return value


class Phrases:
    """Pairs of an English and a Russian text, variable parts in braces; the first that fits wins.

    `parts`: what turns variable parts of a name into Russian.
    """

    def __init__(
        self,
        pairs: Sequence[tuple[str, str]],
        parts: Mapping[str, Callable[[str], str]] | None = None,
    ) -> None:
        self._pairs = pairs
        self._parts = parts or {}

    def russian(self, text: str) -> str | None:
        """The text in Russian; None where no pair fits."""
        if len(text) > _LONGEST:
            return None
        for pattern, words in self._patterns:
            if fits := pattern.match(text):
                values = {name: value or "" for name, value in fits.groupdict().items()}
                for name in _COUNTS & values.keys():
                    values[name] = _number_in_russian(values[name])
                for name in self._parts.keys() & values.keys():
                    values[name] = self._parts[name](values[name])
                return words.format(**values)
        return None

    @cached_property
    def _patterns(self) -> list[tuple[re.Pattern[str], str]]:
        return [(_pattern(english), words) for english, words in self._pairs]


def _pattern(english: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", english)
    expression = re.escape(parts[0])
    for name, literal in zip(parts[1::2], parts[2::2], strict=True):
        some = ".*?" if name in _OPTIONAL else ".+?"
        expression += f"(?P<{name}>{some}){re.escape(literal)}"
    return re.compile(f"^{expression}$", re.DOTALL)


# --- parts that are texts of their own ------------------------------------------------------------


def _reason(text: str) -> str:
    """Why rows were refused, with the values that were."""
    found = re.match(r"(.+?)( \('.*\))?$", text, re.DOTALL)
    reason, values = found.groups() if found else (text, None)
    words = ROW_REASONS.russian(reason)
    if words is None:
        return _cause(text)
    return words + (values or "").replace(" more)", " ещё)").replace(" and ", " и ")


def _cause(text: str) -> str:
    return _CAUSES.russian(text) or text


def _more(text: str) -> str:
    """The end of a list: `a, b and 3 more`."""
    return re.sub(r" and (\d+) more$", r" и ещё \1", text)


def _wanted(text: str) -> str:
    return _WANTED.russian(text) or text


_WANTED = Phrases(WANTED)
_CAUSES = Phrases(CAUSES)
ROW_REASONS = Phrases(REASONS)
"""Why a row was refused (`raw.quarantine.reason`)."""

_REMEDIES = Phrases(REMEDIES, {"remedy": lambda text: remedy(text, "ru"), "wanted": _wanted})
_ERRORS = Phrases(
    ERRORS,
    {
        "reason": _reason,
        "wanted": _wanted,
        "what": _cause,
        "period": lambda text: text.replace(" to ", " – "),
    },
)
_SENTENCES = Phrases(
    SENTENCES,
    {
        "reason": _reason,
        "list": _more,
        "details": lambda text: "; ".join(sentence(part, "ru") for part in text.split("; ")),
    },
)
_PARTS = Phrases(PARTS)
_PROGRESS = Phrases(
    PROGRESS,
    {
        "what": _cause,
        "error": lambda text: error(text, "ru"),
        "whose": lambda text: _PARTS.russian(text) or text,
        "words": lambda text: _PARTS.russian(text) or text,
    },
)
_BEHIND_A_NAME = Phrases(
    BEHIND_A_NAME,
    {
        "sentence": lambda text: _sentence(text) or text,
        "error": lambda text: error(text, "ru"),
    },
)


# --- what people are shown ------------------------------------------------------------------------


def number(value: int, language: str) -> str:
    """A whole number with its thousands apart: 12,345, in Russian 12 345 with a no-break space."""
    text = f"{value:,}"
    return _number_in_russian(text) if language == "ru" else text


def row_reason(reason: str, language: str) -> str:
    """Why a row was refused."""
    return (ROW_REASONS.russian(reason) if language == "ru" else None) or reason


def remedy(text: str, language: str) -> str:
    """What is to be done, of a refused row (`raw.quarantine.remedy`), an error or a finding."""
    return (_REMEDIES.russian(text) if language == "ru" else None) or text


def error(message: str, language: str) -> str:
    """The message of an error, without its place and remedy."""
    return (_ERRORS.russian(message) if language == "ru" else None) or message


def sentence(text: str, language: str) -> str:
    """What the command line or the doctor says, or a load on its way."""
    if language != "ru":
        return text
    return _sentence(text) or _PROGRESS.russian(text) or _BEHIND_A_NAME.russian(text) or text


def _sentence(text: str) -> str | None:
    if words := _SENTENCES.russian(text):
        return words
    if words := _failure(text):
        return with_capital(words) if text[:1].isupper() else words
    told = failure(text, "ru") if _REMEDY.search(text) else text
    return None if told == text else told


def with_capital(words: str) -> str:
    """The beginning of a sentence; a name such as company.toml begins as it is written."""
    first, _, _ = words.partition(" ")
    is_name = any(character in first for character in "./_")
    return words if is_name else words[:1].upper() + words[1:]


def what_to_do(text: str, language: str) -> str:
    """`What to do: ...`, without an end."""
    return f"{_WHAT_TO_DO[language]}: {remedy(text.rstrip('.'), language)}"


def place(file: str | None, line: int | str | None, column: str | None, language: str) -> str:
    """Where an error is, in brackets; nothing where that is not known."""
    names = _PLACES[language]
    shown = column if language == "ru" else f"'{column}'"
    parts = zip(names, (file, line, column and shown), strict=True)
    where = ", ".join(f"{name} {value}" for name, value in parts if value is not None and value)
    return f" ({where})" if where else ""


def days(first: object, last: object, language: str) -> str:
    """A period, both ends included."""
    return f"{first} – {last}" if language == "ru" else f"{first} to {last}"


def split(failure: str) -> tuple[str, str]:
    """The step that failed and what it said; no step where the run itself failed."""
    found = _STEP.match(failure.strip())
    return (found["step"], found["text"]) if found else ("", failure.strip())


def failure_in_russian(said: str) -> str | None:
    """What a step said, with file, line and column, without the remedy; None without words."""
    words = _failure(_REMEDY.sub("", said))
    return None if words is None else f"{words}."


def failure(text: str, language: str) -> str:
    """What a failed run says, with its step, place and remedy."""
    step, said = split(text)
    found = _REMEDY.search(said)
    words = _failure(_REMEDY.sub("", said)) if language == "ru" else None
    if words is None:
        return text
    told = f". {what_to_do(found['remedy'], language)}" if found else ""
    return f"{f'{step}: ' if step else ''}{words}{told}."


def _failure(said: str) -> str | None:
    text = said.rstrip(".")
    found = _PLACE.match(text)
    where = ""
    if found and (found["file"] or found["line"] or found["column"]):
        text = found["text"]
        where = place(found["file"], found["line"], found["column"], "ru")
    words = _ERRORS.russian(text)
    return None if words is None else f"{words}{where}"
