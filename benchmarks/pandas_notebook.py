"""An analyst's notebook in pandas, from the same raw files: about what the principal marts answer.

    python -m benchmarks.pandas_notebook --company FOLDER --output FOLDER

Vectorised, one table in memory, and less than the models do. Traffic by day,
channel and campaign with the signals S1, S6, S7 and S8; conversion by day; touches within the
window and six attribution models; return by month, channel and model; retention of browsers and
customers. Left out: deduplication of leads, VAT and currencies, shares to the kopeck, intervals,
the detector, projections, reconciliation. So its ratio is a lower bound; `benchmarks.pandas_marts`
computes what the marts do.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.dataset as ds

from benchmarks.measure import cpu_seconds, peak_megabytes
from orchestration.settings import OUTPUT_DIR_VARIABLE, load_company

WINDOW_DAYS = 90
HALF_LIFE_DAYS = 7
_VISIT_COLUMNS = [
    *("visit_id", "counter_id", "client_id", "date", "date_time", "start_url", "referer"),
    *("last_sign_traffic_source", "last_sign_adv_engine", "last_sign_social_network"),
    *("last_sign_utm_source", "last_sign_utm_medium", "last_sign_utm_campaign"),
    *("last_sign_direct_click_order", "goals_id", "purchase_id", "device_category"),
    *("operating_system", "browser", "screen_width", "screen_height", "region_country"),
    *("page_views", "visit_duration", "bounce", "is_new_user", "_file"),
]


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.pandas_notebook", description=__doc__)
    parser.add_argument("--company", type=Path, required=True)
    parser.add_argument("--output", type=Path, required=True, help="folder of companies' output")
    chosen = parser.parse_args()
    os.environ[OUTPUT_DIR_VARIABLE] = str(chosen.output.resolve())
    print(json.dumps(run(load_company(chosen.company).paths.lake)))


def run(lake: Path) -> dict[str, Any]:
    """Computes every mart; returns the costs in all and by step."""
    steps: dict[str, dict[str, float]] = {}

    def timed(name: str, work: Callable[..., Any], *arguments: Any) -> Any:
        at, used = time.perf_counter(), cpu_seconds()
        result = work(*arguments)
        steps[name] = {"wall": time.perf_counter() - at, "cpu": cpu_seconds() - used}
        return result

    visits = timed("read visits", _visits, lake)
    visits = timed("channels", _channels, visits)
    visits = timed("suspicion", _suspicion, visits)
    timed("traffic", _traffic, visits)
    timed("conversion", _conversion, visits)
    leads, orders = timed("read sales", _sales, lake)
    touches = timed("touches", _touches, visits, leads)
    shares = timed("attribution", _credits, touches)
    timed("return", _returns, lake, shares, orders)
    timed("retention", _retention, visits, orders)
    return {
        "visits": len(visits),
        "wall": sum(step["wall"] for step in steps.values()),
        "cpu": sum(step["cpu"] for step in steps.values()),
        "peak_megabytes": peak_megabytes(),
        "steps": steps,
    }


def _table(folder: Path, columns: list[str] | None = None) -> pd.DataFrame:
    dataset = ds.dataset(folder, format="parquet", exclude_invalid_files=True)
    return dataset.to_table(columns=columns).to_pandas()


def _visits(lake: Path) -> pd.DataFrame:
    visits = _table(lake / "yandex_metrica" / "visits", _VISIT_COLUMNS)
    visits = visits.sort_values("_file").drop_duplicates(
        ["counter_id", "date", "visit_id"], keep="last"
    )
    url = visits["start_url"].str.lower()
    visits["landing_path"] = url.str.replace(r"^\w+://[^/]*", "", regex=True).str.partition("?")[0]
    visits["referrer_host"] = visits["referer"].str.extract(r"://(?:www\.)?([^/?]+)")[0]
    visits["yclid"] = visits["start_url"].str.extract(r"[?&]yclid=([^&#]+)")[0]
    visits["has_goal"] = ~visits["goals_id"].fillna("[]").isin(["", "[]"]) | ~visits[
        "purchase_id"
    ].fillna("[]").isin(["", "[]"])
    visits["day"] = pd.to_datetime(visits["date"])
    return visits


def _channels(visits: pd.DataFrame) -> pd.DataFrame:
    """One rule a traffic source instead of the map of channels."""
    tags = ["last_sign_traffic_source", "last_sign_utm_source", "last_sign_utm_medium"]
    for tag in tags:
        visits[tag] = visits[tag].fillna("").str.lower().str.strip()
    known = visits[tags].drop_duplicates()
    known["channel"] = np.where(
        known["last_sign_traffic_source"] == "ad",
        known["last_sign_utm_source"] + "_ads",
        known["last_sign_traffic_source"],
    )
    visits = visits.merge(known, on=tags, how="left")
    campaign = visits["last_sign_direct_click_order"].fillna("0")
    visits["campaign_id"] = campaign.where(
        campaign != "0", visits["last_sign_utm_campaign"].fillna("(none)")
    )
    return visits


def _suspicion(visits: pd.DataFrame) -> pd.DataFrame:
    hasty = (visits["page_views"] <= 1) & (visits["visit_duration"] <= 1) & ~visits["has_goal"]
    same = visits.groupby(["date_time", "landing_path", "device_category"], dropna=False)
    at_once = same["visit_id"].transform("size") >= 5
    browser_day = visits.groupby(["client_id", "day"], dropna=False)
    busy = (browser_day["visit_id"].transform("size") >= 20) & (
        browser_day["has_goal"].transform("sum") == 0
    )
    visits["fingerprint"] = (
        visits["screen_width"].astype(str)
        + "x"
        + visits["screen_height"].astype(str)
        + "|"
        + visits["operating_system"].fillna("")
        + "|"
        + visits["browser"].fillna("")
    )
    counts = visits.groupby(["fingerprint", "day"]).size().unstack("day", fill_value=0)
    days = counts.sum()
    past = counts.T.rolling(56, min_periods=28).sum().shift(3).T
    past_share = past / days.rolling(56, min_periods=28).sum().shift(3)
    burst = (counts >= 10) & (counts / days > 10 * past_share.fillna(np.inf))
    bursts = burst.stack().reset_index(name="is_burst")
    visits = visits.merge(bursts, on=["fingerprint", "day"], how="left")
    points = (
        hasty.to_numpy().astype(int)
        + 2 * at_once.to_numpy().astype(int)
        + 2 * busy.to_numpy().astype(int)
        + 2 * visits["is_burst"].fillna(False).to_numpy().astype(int)
    )
    visits["is_suspicious"] = points >= 2
    return visits


def _traffic(visits: pd.DataFrame) -> pd.DataFrame:
    grouped = visits.groupby(["day", "channel", "campaign_id"])
    return grouped.agg(
        visits=("visit_id", "size"),
        visitors=("client_id", "nunique"),
        new_visitors=("is_new_user", "sum"),
        bounces=("bounce", "sum"),
        suspicious=("is_suspicious", "sum"),
    ).reset_index()


def _conversion(visits: pd.DataFrame) -> pd.DataFrame:
    valid = visits[~visits["is_suspicious"]]
    converted = valid[valid["has_goal"]]
    keys = ["day", "channel", "campaign_id"]
    rates = valid.groupby(keys).agg(visits=("visit_id", "size"), visitors=("client_id", "nunique"))
    rates["converted"] = converted.groupby(keys).size()
    rates["converted_visitors"] = converted.groupby(keys)["client_id"].nunique()
    return rates.fillna(0).reset_index()


def _sales(lake: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    leads = _table(lake / "bitrix24" / "leads")
    leads = leads.sort_values("updated_at").drop_duplicates("lead_id", keep="last")
    orders = _table(lake / "plain" / "orders")
    orders = orders.sort_values("_file").drop_duplicates("order_id", keep="last")
    orders["net"] = (
        orders["gross_amount"].astype(float)
        - orders["discount_amount"].fillna(0).astype(float)
        - orders["refund_amount"].fillna(0).astype(float)
    )
    return leads, orders


def _touches(visits: pd.DataFrame, leads: pd.DataFrame) -> pd.DataFrame:
    paths = leads[["lead_id", "client_id", "yclid", "created_at"]]
    columns = ["visit_id", "client_id", "date_time", "channel", "campaign_id"]
    valid = visits.loc[~visits["is_suspicious"], [*columns, "yclid"]]
    by_browser = paths.dropna(subset="client_id").merge(valid[columns], on="client_id")
    clicks = valid.dropna(subset="yclid")[["yclid", "client_id"]].drop_duplicates()
    by_click = (
        paths.drop(columns="client_id")
        .dropna(subset="yclid")
        .merge(clicks, on="yclid")
        .merge(valid[columns], on="client_id")
    )
    touches = pd.concat([by_browser, by_click]).drop_duplicates(["lead_id", "visit_id"])
    age = touches["created_at"] - touches["date_time"]
    touches["days_before"] = age.dt.total_seconds() / 86400
    touches = touches[touches["days_before"].between(0, WINDOW_DAYS)]
    return touches.sort_values(["lead_id", "date_time", "visit_id"])


def _credits(touches: pd.DataFrame) -> pd.DataFrame:
    path = touches.groupby("lead_id")
    number, size = path.cumcount() + 1, path["visit_id"].transform("size")
    foreign = number.where(touches["channel"] != "direct")
    last_foreign = foreign.groupby(touches["lead_id"]).transform("max").fillna(size)
    decay = 0.5 ** (touches["days_before"] / HALF_LIFE_DAYS)
    position = np.where(
        size <= 2, 1 / size, np.where((number == 1) | (number == size), 0.4, 0.2 / (size - 2))
    )
    models = {
        "first": number == 1,
        "last": number == size,
        "last_non_direct": number == last_foreign,
        "linear": 1 / size,
        "position": position,
        "time_decay": decay / decay.groupby(touches["lead_id"]).transform("sum"),
    }
    keys = ["lead_id", "channel", "campaign_id"]
    frames = [
        touches[keys].assign(model=model, credit=np.asarray(credit, dtype=float))
        for model, credit in models.items()
    ]
    return pd.concat(frames).groupby([*keys, "model"])["credit"].sum().reset_index()


def _returns(lake: Path, shares: pd.DataFrame, orders: pd.DataFrame) -> pd.DataFrame:
    spend = pd.concat(
        [
            _table(lake / source / table)[["date", "cost"]].assign(channel=source)
            for source, table in (
                ("yandex_direct", "ad_stats"),
                ("google_ads", "campaign_stats"),
                ("vk_ads", "campaign_stats"),
            )
        ]
    )
    spend["month"] = pd.to_datetime(spend["date"]).dt.to_period("M")
    spent = (
        spend.assign(cost=spend["cost"].astype(float)).groupby(["month", "channel"])["cost"].sum()
    )
    sold = orders.merge(shares, on="lead_id", how="left")
    sold["month"] = sold["ordered_at"].dt.to_period("M")
    sold["revenue"] = sold["net"] * sold["credit"].fillna(1)
    earned = (
        sold.groupby(["month", "channel", "model"], dropna=False)["revenue"].sum().reset_index()
    )
    return earned.merge(spent.reset_index(), on=["month", "channel"], how="outer")


def _retention(visits: pd.DataFrame, orders: pd.DataFrame) -> tuple[pd.Series, pd.Series]:
    def cohorts(frame: pd.DataFrame, person: str, moment: str) -> pd.Series:
        months = frame[moment].dt.to_period("M").astype("int64")
        first = months.groupby(frame[person]).transform("min")
        active = pd.DataFrame({"cohort": first, "age": months - first, "person": frame[person]})
        return active.drop_duplicates().groupby(["cohort", "age"]).size()

    return (
        cohorts(visits[~visits["is_suspicious"]], "client_id", "day"),
        cohorts(orders.dropna(subset="customer_id"), "customer_id", "ordered_at"),
    )


if __name__ == "__main__":
    main()
