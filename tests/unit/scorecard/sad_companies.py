"""Companies about which little can be said: what the pages look like when the data are not good."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pandas as pd

from orchestration.outcomes import CheckOutcome
from orchestration.scorecard.inputs import Refusal
from tests.unit.scorecard import marts_fixture

REFUSAL = Refusal(
    day=date(2026, 11, 18), since=date(2026, 11, 17), run_id="b7d2", reasons=("crm: no file",)
)
BROKEN_FILE = Refusal(
    day=date(2026, 11, 18),
    since=date(2026, 11, 18),
    run_id="b7d3",
    reasons=(
        "google_ads: The column 'Cost' is missing; close to it: 'Costs' (file exports/google_ads/"
        "campaign_stats.csv, line 1, column 'Cost'). What to do: rename the header to 'Cost'.",
    ),
)
REFUSING_CHECK = CheckOutcome(
    "attribution_sums", "kpi_roi_monthly", "blocking", False,
    "Channels add up to 9,412,000, the CRM to 9,380,000. What to do: look for doubles.",
    "Каналы дают в сумме 9 412 000, CRM — 9 380 000. Что делать: искать двойные заказы.", 12,
)  # fmt: skip


@dataclass(frozen=True)
class SadCompany:
    """Marts and arguments of a build, and what its Russian scorecard must say."""

    marts: dict[str, pd.DataFrame]
    says: tuple[str, ...]
    arguments: dict[str, Any] = field(default_factory=dict)


def sad_companies() -> dict[str, SadCompany]:
    full = marts_fixture.full_company()
    return {
        "no_data": SadCompany(
            {}, ("Сказать пока нечего: данные ещё не загружены.", "Пока не измеряется")
        ),
        "source_missing": SadCompany(
            _without_advertising(full),
            ("Нет данных из источника: VK Реклама.", "Нужны расходы на рекламу, заказы и маржа."),
        ),
        "refused": SadCompany(
            full,
            (
                "Новые данные не приняты, страница старая.",
                "С 17 нояб. 2026 ни один прогон ничего не опубликовал",
                "Каналы дают в сумме 9 412 000, CRM — 9 380 000.",
            ),
            {"refusal": REFUSAL, "checks": [*marts_fixture.checks(), REFUSING_CHECK]},
        ),
        "untraced": SadCompany(
            full | {"kpi_roi_trailing": full["kpi_roi_trailing"].assign(coverage_share=0.1)},
            (
                "Окупается ли реклама, сказать нельзя: слишком мало выручки привязано к каналам.",
                "Об окупаемости судить нельзя: слишком мало выручки привязано к каналам.",
                "Окупаемость месяца выглядела бы убытком, потому что у продаж нет канала.",
            ),
        ),
        "step_failed": SadCompany(
            full,
            (
                "Прогон 18 нояб. 2026 ничего не опубликовал",
                "Почему: шаг прогона завершился ошибкой. Google Ads: нет столбца «Cost» (файл "
                "exports/google_ads/campaign_stats.csv, строка 1, столбец Cost).",
            ),
            {"refusal": BROKEN_FILE},
        ),
        "not_enough": SadCompany(
            _few_days(full),
            (
                "Сказать нельзя: данных не хватает для вывода ни по одному из 7 показателей.",
                "Почему: данных мало",
                "История слишком короткая, чтобы искать всплески.",
            ),
        ),
        "provisional": SadCompany(
            _provisional(full),
            (
                "Судить рано: цифры по 7 показателям ещё не устоялись.",
                "Здесь всё предварительно: источники ещё могут поправить эти дни.",
                "Всё пока предварительно: ни один месяц лидов не дозрел",
                "Ни один месяц ещё не дозрел: судить об окупаемости рано.",
            ),
        ),
    }


def _without_advertising(full: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    quality = full["kpi_data_quality"].copy()
    is_ads = quality["source"].isin(["yandex_direct", "google_ads", "vk_ads"])
    quality.loc[is_ads, "freshness_status"] = "missing"
    quality.loc[is_ads, "last_day"] = None
    kept = {name: frame for name, frame in full.items() if not name.startswith("kpi_roi")}
    return kept | {"kpi_data_quality": quality}


def _last(frame: pd.DataFrame, days: int) -> pd.DataFrame:
    since = pd.Timestamp(marts_fixture.AS_OF - timedelta(days=days))
    return frame[pd.to_datetime(frame["date_day"]) >= since]


def _young(full: dict[str, pd.DataFrame]) -> pd.DataFrame:
    unknown = dict.fromkeys(
        ("romi_mature", "romi_min", "romi_max", "romi_mature_low", "romi_mature_high",
         "romi_full_mature")
    )  # fmt: skip
    return full["kpi_roi_trailing"].assign(
        spread_verdict="too_early", reason_code="not_mature", spend_amount_mature=0, **unknown
    )


def _few_days(full: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    conversion = _last(full["kpi_conversion_daily"], 4)
    funnel = full["kpi_funnel_monthly"]
    return full | {
        "kpi_conversion_daily": conversion.assign(
            visits_valid=(conversion["visits_valid"] / 60).astype(int), visits_converted=0
        ),
        "kpi_traffic_quality_daily": _last(full["kpi_traffic_quality_daily"], 4).assign(
            spike_verdict="insufficient_history", expected_low=None, expected_high=None
        ),
        "kpi_roi_trailing": _young(full),
        "kpi_retention_cohorts": full["kpi_retention_cohorts"].assign(is_complete=False),
        "kpi_customers_monthly": full["kpi_customers_monthly"].tail(1),
        "kpi_funnel_monthly": funnel[funnel["lead_month"] == funnel["lead_month"].max()],
        "kpi_scorecard": full["kpi_scorecard"].assign(
            verdict="cannot_tell",
            reason_code="not_enough_data",
            actual_value=None,
            actual_low=None,
            actual_high=None,
        ),
    }


def _provisional(full: dict[str, pd.DataFrame]) -> dict[str, pd.DataFrame]:
    projections = dict.fromkeys(("projected_romi", "projected_romi_low", "projected_romi_high"))
    return full | {
        "kpi_traffic_quality_daily": _last(full["kpi_traffic_quality_daily"], 10).assign(
            is_provisional=True
        ),
        "kpi_conversion_daily": _last(full["kpi_conversion_daily"], 10).assign(is_provisional=True),
        "kpi_scorecard": full["kpi_scorecard"].assign(
            provisional_share=1.0, verdict="cannot_tell", reason_code="not_mature"
        ),
        "kpi_roi_channels_monthly": full["kpi_roi_channels_monthly"].assign(
            maturity=0.1, maturity_stage="too_early", **projections
        ),
        "kpi_roi_trailing": _young(full),
    }
