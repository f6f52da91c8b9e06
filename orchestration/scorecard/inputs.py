"""What the caller tells the report about the company."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from orchestration.settings import Company


@dataclass(frozen=True, slots=True)
class CompanyFacts:
    """The few facts of a company that the published marts do not hold.

    `as_of_date` is "today": the first day that is *not* shown. `kpi_set`, the company's industry
    template, decides which KPIs get a tile when there are more of them than tiles.
    """

    name: str
    as_of_date: date
    language: str = "ru"
    currency: str = "RUB"
    timezone: str = "Europe/Moscow"
    kpi_set: str = ""

    @classmethod
    def of(cls, company: Company | CompanyFacts) -> CompanyFacts:
        if isinstance(company, CompanyFacts):
            return company
        return cls(
            name=company.name,
            as_of_date=company.as_of_date(),
            language=company.language,
            currency=company.currency,
            timezone=company.timezone,
            kpi_set=company.kpi_set,
        )


@dataclass(frozen=True, slots=True)
class Refusal:
    """A later run that published nothing, so that the page it is said on is old.

    `day` and `run_id` are those of the last such run, `since` the day of the first after the
    snapshot; `reasons` are messages of failed steps.
    """

    day: date
    since: date
    run_id: str
    reasons: tuple[str, ...] = ()
