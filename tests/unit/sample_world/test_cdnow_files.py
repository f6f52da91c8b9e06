"""The real shop of `data/cdnow`: every purchase is there, and the published totals come out."""

from __future__ import annotations

import hashlib

import pandas as pd
import pytest

from orchestration.settings import PROJECT_DIR, load_company

CDNOW = PROJECT_DIR / "data" / "cdnow"
# Of CDNOW_master.txt in the wheel of Lifetimes 0.11.3.
MASTER_SHA256 = "eff6889ed364c5199d6eacbbeb7a6d559971df4406ac876f322c373f00a072ef"


@pytest.fixture(scope="module")
def purchases() -> pd.DataFrame:
    return pd.read_csv(
        CDNOW / "exports" / "plain" / "orders_cdnow.csv",
        dtype={"customer_id": str, "dollar_value": str},
        parse_dates=["date"],
    )


def test_nothing_but_the_form_was_changed(purchases: pd.DataFrame) -> None:
    """The master file can be made again from ours, to the byte."""
    lines = [" customer_id  date number_of_cds  dollar_value"]
    for customer, day, count, value in purchases.itertuples(index=False):
        lines.append(f" {customer} {day:%Y%m%d} {count:2d} {value:>7}")
    content = "\r\n".join(lines) + "\r\n"
    assert hashlib.sha256(content.encode()).hexdigest() == MASTER_SHA256


def test_published_totals(purchases: pd.DataFrame) -> None:
    value = purchases["dollar_value"].astype(float)
    assert len(purchases) == 69_659
    assert purchases["customer_id"].nunique() == 23_570
    assert value.sum() == pytest.approx(2_500_315.63, abs=0.005)
    assert (value == 0).sum() == 80
    assert value.mean() == pytest.approx(35.893648, abs=1e-6)
    assert (purchases.groupby("customer_id").size() > 1).sum() == 11_662


def test_possible_duplicates(purchases: pd.DataFrame) -> None:
    assert purchases.duplicated().sum() == 255


def test_january_cohort(purchases: pd.DataFrame) -> None:
    month = purchases["date"].dt.to_period("M")
    first = month.groupby(purchases["customer_id"]).transform("min")
    january = purchases[first == "1997-01"]
    active = january.groupby(month[january.index])["customer_id"].nunique()
    assert list(active.iloc[:4]) == [7_846, 1_157, 964, 810]


def test_company_folder_loads() -> None:
    company = load_company(CDNOW)
    assert company.currency == "USD"
    assert str(company.first_date) == "1997-01-01"
    assert str(company.as_of_date()) == "1998-07-01"
    assert list(company.sources) == ["plain"]
    assert company.sources["plain"].columns["ordered_at"] == "date"


def test_origin_and_licence_are_told() -> None:
    assert MASTER_SHA256 in (CDNOW / "SOURCE.md").read_text(encoding="utf-8")
    assert "MIT License" in (CDNOW / "LICENSE").read_text(encoding="utf-8")
