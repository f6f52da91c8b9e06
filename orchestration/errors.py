"""Errors that are shown to the people who run the pipeline, in their words."""

from __future__ import annotations

from pathlib import Path


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
        super().__init__(self._text())

    def _text(self) -> str:
        where = [
            f"file {self.file}" if self.file else "",
            f"line {self.line}" if self.line is not None else "",
            f"column '{self.column}'" if self.column else "",
        ]
        place = ", ".join(part for part in where if part)
        text = self.message.rstrip(".")
        if place:
            text += f" ({place})"
        if self.remedy:
            text += f". What to do: {self.remedy.rstrip('.')}"
        return f"{text}."

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions with keyword arguments do not survive pickling between processes by default.
        return (_rebuild, (self.message, self.file, self.line, self.column, self.remedy))


def _rebuild(
    message: str, file: str | None, line: int | None, column: str | None, remedy: str | None
) -> UserError:
    return UserError(message, file=file, line=line, column=column, remedy=remedy)
