"""The committed sample company as tables, read without the pipeline."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from orchestration.settings import DEFAULT_COMPANY_DIR


@dataclass(frozen=True)
class World:
    """Raw files of a company folder; every cell a text, ids untouched."""

    directory: Path

    @property
    def exports(self) -> Path:
        return self.directory / "exports"

    def register(self, name: str) -> pd.DataFrame:
        return pd.read_csv(
            self.directory / "registers" / f"{name}.csv", dtype=str, keep_default_na=False
        )

    def export(self, pattern: str, **options: object) -> pd.DataFrame:
        """All files of a pattern, one below the other, with their name in `file`."""
        frames = [
            pd.read_csv(path, dtype=str, keep_default_na=False, **options).assign(file=path.name)
            for path in sorted(self.exports.glob(pattern))
        ]
        return pd.concat(frames, ignore_index=True)

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """Holds `visits` with short column names."""
        connection = duckdb.connect()
        files = str(self.exports / "yandex_metrica" / "visits_*.tsv.gz").replace("'", "''")
        connection.execute(
            f"""
            create table visits as
            select
                "ym:s:visitID" as visit_id,
                "ym:s:date"::date as day,
                "ym:s:dateTime"::timestamp as at,
                "ym:s:clientID" as client_id,
                "ym:s:isNewUser"::integer as is_new,
                "ym:s:pageViews"::integer as pages,
                "ym:s:visitDuration"::integer as seconds,
                "ym:s:startURL" as start_url,
                "ym:s:lastSignTrafficSource" as source,
                coalesce("ym:s:lastSignUTMSource", '') as utm_source,
                coalesce("ym:s:lastSignUTMMedium", '') as utm_medium,
                coalesce("ym:s:lastSignUTMCampaign", '') as campaign_id,
                "ym:s:goalsID" as goals,
                "ym:s:purchaseID" as purchase,
                "ym:s:operatingSystem" || ' ' || "ym:s:browser" || ' ' || "ym:s:screenWidth"
                    as device,
                coalesce("ym:s:regionCountry", '') as country
            from read_csv('{files}', delim='\t', quote='', all_varchar=true)
            """
        )
        return connection

    def query(self, sql: str) -> pd.DataFrame:
        return self.connection.execute(sql).df()

    @cached_property
    def orders(self) -> pd.DataFrame:
        frame = self.export("plain/orders_*.csv")
        frame["at"] = pd.to_datetime(frame["ordered_at"])
        for column in ("gross_amount", "discount_amount", "refund_amount"):
            frame[column] = frame[column].astype(float)
        frame["net"] = frame["gross_amount"] - frame["discount_amount"] - frame["refund_amount"]
        return frame

    @cached_property
    def leads(self) -> pd.DataFrame:
        frame = self.export("bitrix24/leads_*.csv", sep=";", encoding="utf-8-sig")
        frame["at"] = pd.to_datetime(frame["Дата создания"], format="%d.%m.%Y %H:%M:%S")
        return frame

    @cached_property
    def deals(self) -> pd.DataFrame:
        frame = self.export("bitrix24/deals_*.csv", sep=";", encoding="utf-8-sig")
        frame["amount"] = frame["Сумма"].astype(float)
        for name, column in (("created", "Дата создания"), ("closed", "Дата закрытия")):
            frame[name] = pd.to_datetime(frame[column], format="%d.%m.%Y %H:%M:%S")
        return frame

    @cached_property
    def stages(self) -> pd.DataFrame:
        frame = self.export("bitrix24/stage_history_*.csv", sep=";", encoding="utf-8-sig")
        frame["at"] = pd.to_datetime(frame["Дата"], format="%d.%m.%Y %H:%M:%S")
        return frame

    @cached_property
    def direct(self) -> pd.DataFrame:
        """Direct's rows; of a day that two files hold, only the later file's."""
        every = self.direct_as_exported
        return every[every["file"] == every.groupby("day")["file"].transform("max")]

    @cached_property
    def direct_as_exported(self) -> pd.DataFrame:
        frame = self.export(
            "yandex_direct/*.tsv", sep="\t", skiprows=1, skipfooter=1, engine="python"
        )
        frame["day"] = pd.to_datetime(frame["Date"])
        frame["clicks"] = frame["Clicks"].astype(int)
        frame["impressions"] = frame["Impressions"].astype(int)
        frame["cost"] = frame["Cost"].astype(float)
        return frame.rename(columns={"CampaignId": "campaign_id"})

    @cached_property
    def google(self) -> pd.DataFrame:
        frame = self.export("google_ads/*.csv", skiprows=2)
        frame = frame[~frame["Day"].str.startswith("Total")].copy()
        frame["day"] = pd.to_datetime(frame["Day"])
        frame["clicks"] = frame["Clicks"].astype(int)
        frame["impressions"] = frame["Impr."].astype(int)
        frame["cost"] = frame["Cost"].astype(float)
        return frame.rename(columns={"Campaign ID": "campaign_id"})

    @cached_property
    def vk(self) -> pd.DataFrame:
        frame = self.export("vk_ads/*.csv", sep=";")
        frame["day"] = pd.to_datetime(frame["Дата"], format="%d.%m.%Y")
        frame["clicks"] = frame["Клики"].astype(int)
        frame["impressions"] = frame["Показы"].astype(int)
        frame["cost"] = frame["Потрачено, ₽"].str.replace(",", ".").astype(float)
        return frame.rename(columns={"ID кампании": "campaign_id"})


@pytest.fixture(scope="session")
def world() -> Iterator[World]:
    folder = World(DEFAULT_COMPANY_DIR)
    yield folder
    folder.connection.close()
