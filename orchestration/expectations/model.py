"""What a check is: a query that computes a small frame, and what must be true of that frame.

Nothing here imports Great Expectations: the checks are listed when the code location loads, and
the library costs seconds. Only `runner` imports it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from orchestration.outcomes import Severity

Stage = Literal["raw", "staging", "marts"]
Subject = Literal["web_analytics", "ad_spend", "crm", "social", "surveys", "registers", "marts"]

AS_OF = "(select as_of_date from raw.company)"
LAST_COMPLETE = "(select last_complete_date from raw.company)"
CURRENCY = "(select currency from raw.company)"

# The report's longest look back is twelve months: an older fault changes no shown figure, and a
# warning that can never be cleared teaches people to skip warnings.
SHOWN_DAYS = 365
RECENT_DAYS = 30


@dataclass(frozen=True)
class Expectation:
    """A Great Expectations expectation by class name and arguments, so that it can be listed,
    shown and tested without the library."""

    kind: str
    arguments: Mapping[str, Any] = field(hash=False)

    def __str__(self) -> str:
        arguments = ", ".join(f"{name}={value!r}" for name, value in self.arguments.items())
        return f"{self.kind}({arguments})"


def no_rows() -> Expectation:
    """The query returns what breaks the rule, so it must return nothing."""
    return Expectation("ExpectTableRowCountToEqual", {"value": 0})


def between(
    column: str, *, minimum: float | None = None, maximum: float | None = None
) -> Expectation:
    """Every value lies within the bounds, both included. NULLs pass: pair with `filled`."""
    return Expectation(
        "ExpectColumnValuesToBeBetween",
        {"column": column, "min_value": minimum, "max_value": maximum},
    )


def at_most(column: str, limit_column: str) -> Expectation:
    """In every row the value is not above the row's own limit. NULLs pass: pair with `filled`."""
    return Expectation(
        "ExpectColumnPairValuesAToBeGreaterThanB",
        {
            "column_A": limit_column,
            "column_B": column,
            "or_equal": True,
            "ignore_row_if": "either_value_is_missing",
        },
    )


def filled(column: str) -> Expectation:
    return Expectation("ExpectColumnValuesToNotBeNull", {"column": column})


def one_of(column: str, *values: str) -> Expectation:
    return Expectation("ExpectColumnValuesToBeInSet", {"column": column, "value_set": list(values)})


@dataclass(frozen=True)
class Check:
    """One named check.

    `asset`: Dagster key of the asset it guards, `(source, table)` or `(schema, model)`.
    `stage`: what its query reads; `raw` before the marts are built, the others after.
    `sql`: DuckDB query of a small frame: aggregates, or only what breaks the rule. Columns it may
        have by convention: `day` (date of the fact), `failed_rows` (facts behind a row of the
        frame; 1 without it), `currency`. It never selects personal data or ids of persons.
    `expectations`: what must hold for the frame.
    `title_*`: the rule, in words; the message of a check that passed.
    `message_*`: one sentence on what is wrong. Fields: `failed` (failing rows of the frame),
        `failed_rows`, `first_day`, `last_day`, `sum_<column>`, `min_<column>`, `max_<column>`.
    `item_*`: one failing row, by its columns. Format codes are those of `texts`.
    `remedy_*`: what to do.
    `applies`: boolean SQL; where it is false the company has nothing that could be checked.
    `incident_columns`: columns that name the thing a row is about, such as the channel; each thing
        and each run of days is then an incident of its own.
    `may_be_empty`: an empty frame passes. Otherwise it means that nothing was checked, and fails.
    """

    name: str
    subject: Subject
    asset: tuple[str, str]
    stage: Stage
    severity: Severity
    sql: str
    expectations: tuple[Expectation, ...]
    title_en: str
    title_ru: str
    message_en: str
    message_ru: str
    item_en: str
    item_ru: str
    remedy_en: str
    remedy_ru: str
    applies: str = "true"
    may_be_empty: bool = False
    incident_columns: tuple[str, ...] = ()

    @property
    def description(self) -> str:
        return self.title_en

    @property
    def passes_when_empty(self) -> bool:
        return self.may_be_empty or self.expectations == (no_rows(),)
