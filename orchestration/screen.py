"""What a command says to the person who started it, in that person's language."""

from __future__ import annotations

from typing import Literal, NoReturn

import typer
from rich.console import Console
from rich.table import Table

from orchestration import phrases
from orchestration.errors import UserError

Mark = Literal["good", "bad", "warning", "note"]
_MARKS: dict[Mark, str] = {
    "good": "[green]✓[/green] ",
    "bad": "[red]✗[/red] ",
    "warning": "[yellow]![/yellow] ",
    "note": "[yellow]·[/yellow] ",
}


class Screen:
    """The terminal. `say` translates whole sentences of `russian/sentences.py`; `show` does not."""

    def __init__(self, language: str) -> None:
        self.language = language
        self._console = Console(highlight=False, soft_wrap=True)

    def say(self, text: str, *, mark: Mark | None = None, style: str | None = None) -> None:
        """Print a sentence; spaces and line ends before it stay."""
        words = text.lstrip()
        self._print(
            text[: len(text) - len(words)], phrases.sentence(words, self.language), mark, style
        )

    def show(self, text: str, *, mark: Mark | None = None) -> None:
        """Print a name, a path, or words that are in the right language already."""
        words = text.lstrip()
        self._print(text[: len(text) - len(words)], words, mark, None)

    def say_pairs(self, *pairs: tuple[str, object]) -> None:
        """Print what things are and where they lie, one below the other."""
        words = [phrases.sentence(name, self.language) for name, _ in pairs]
        width = max(map(len, words)) + 1
        for word, (_, value) in zip(words, pairs, strict=True):
            self.show(f"  {word:<{width}}{value}")

    def table(
        self, *headings: str, numbers: tuple[str, ...] = (), title: str | None = None
    ) -> Table:
        """An empty table with its headings; `numbers` are those of columns of figures."""
        said = None if title is None else phrases.sentence(title, self.language)
        table = Table(title=said, title_justify="left", box=None, header_style="dim")
        for heading in headings:
            table.add_column(
                phrases.sentence(heading, self.language),
                justify="right" if heading in numbers else "left",
            )
        return table

    def show_table(self, table: Table) -> None:
        self._console.print()
        self._console.print(table)

    def stop(self, error: UserError) -> NoReturn:
        """Say what is wrong, and end the command."""
        self.show(error.text(self.language), mark="bad")
        raise typer.Exit(1)

    def _print(self, before: str, words: str, mark: Mark | None, style: str | None) -> None:
        self._console.print(f"{before}{_MARKS[mark] if mark else ''}", end="")
        self._console.print(words, markup=False, style=style)
