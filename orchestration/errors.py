"""Errors that are shown to the people who run the pipeline, in their words."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import Path

from orchestration import phrases


class UserError(Exception):
    """Something the reader of the message can mend.

    The text says what is wrong, where (file, line, column) and what to do. It must never carry
    a secret or a personal datum: values of personal columns are left out by the caller.

    `is_final`: what else is asked of the same source would fail the same way. `may_pass`: waiting
    may mend it, so a step that raises it is worth another try.
    """

    is_final = False

    @property
    def may_pass(self) -> bool:
        return False

    def __init__(
        self,
        message: str,
        *,
        file: Path | str | None = None,
        line: int | None = None,
        column: str | None = None,
        remedy: str | None = None,
    ) -> None:
        self.message = message
        self.file = str(file) if file is not None else None
        self.line = line
        self.column = column
        self.remedy = remedy
        super().__init__(self.text())

    def text(self, language: str = "en") -> str:
        """The whole error for people, in their language."""
        remedy = f". {phrases.what_to_do(self.remedy, language)}" if self.remedy else ""
        return f"{self.what(language)}{remedy}."

    def what(self, language: str = "en") -> str:
        """What is wrong, and where, without the remedy and without an end."""
        message = phrases.error(self.message.rstrip("."), language)
        where = phrases.place(self.file, self.line, self.column, language)
        return f"{phrases.with_capital(message) if language == 'ru' else message}{where}"

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions with keyword arguments do not survive pickling between processes by default.
        return (_rebuild, (self.message, self.file, self.line, self.column, self.remedy))


def _rebuild(
    message: str, file: str | None, line: int | None, column: str | None, remedy: str | None
) -> UserError:
    return UserError(message, file=file, line=line, column=column, remedy=remedy)


def near_names(name: str, known: Iterable[str], *, most: int = 3) -> list[str]:
    """Those of `known` that `name` may be a slip of, the most alike first, whatever the case."""
    by_small_letters = {word.lower(): word for word in sorted(known, reverse=True)}
    near = difflib.get_close_matches(name.lower(), by_small_letters, n=most, cutoff=0.5)
    return [by_small_letters[word] for word in near]
