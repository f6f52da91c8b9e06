"""A small seeded company, written as published marts: what the report reads and nothing else.

The columns are those of the project's marts (`test_scorecard_contract` compares them with the
real ones). Numbers are invented, but hold together: parts add up, intervals hold their value.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from orchestration.outcomes import CheckOutcome
from orchestration.scorecard.inputs import CompanyFacts
from orchestration.scorecard.intervals import wilson

AS_OF = date(2026, 11, 16)
COMPANY = CompanyFacts(name="Тёплый берег", language="ru", currency="RUB", as_of_date=AS_OF)

CHANNELS = {
    # channel: (English, Russian, is paid, visits a day, conversion, spend a day, bots)
    "paid_search": ("Paid search", "Контекстная реклама", True, 420, 0.021, 21_000, 0.05),
    "organic_search": ("Organic search", "Поиск без рекламы", False, 610, 0.019, 0, 0.03),
    "paid_social": ("Paid social", "Реклама в соцсетях", True, 330, 0.008, 14_500, 0.11),
    "display": ("Display", "Медийная реклама", True, 190, 0.003, 6_000, 0.24),
    "direct": ("Direct", "Прямые заходы", False, 260, 0.027, 0, 0.06),
    "email": ("E-mail", "Рассылки", True, 60, 0.034, 300, 0.01),
    "telegram": ("Telegram", "Телеграм", False, 85, 0.012, 0, 0.02),
}
# Campaigns of the paid channels with their parts of money and orders.
_CAMPAIGNS = {
    "paid_search": (("paid_search-1", 0.75), ("paid_search-2", 0.25)),
    "paid_social": (("paid_social-1", 1.0),),
    "display": (("display-1", 1.0),),
}
SPIKE_DAY = date(2026, 11, 4)


def _months(count: int) -> list[date]:
    last = pd.Timestamp(AS_OF).to_period("M")
    return [(last - i).to_timestamp().date() for i in range(count - 1, -1, -1)]


def _days(count: int) -> list[date]:
    return [AS_OF - timedelta(days=i) for i in range(count, 0, -1)]


def _conversion(random: np.random.Generator) -> pd.DataFrame:
    rows = []
    for channel, (_, _, _, visits_a_day, rate, _, bots) in CHANNELS.items():
        for day in _days(200):
            recent = day >= AS_OF - timedelta(days=28)
            now = rate * (0.25 if channel == "paid_social" and recent else 1.0)
            gross = int(random.poisson(visits_a_day * (0.8 if day.weekday() >= 5 else 1.05)))
            suspicious = int(random.binomial(gross, bots))
            for conversion, factor in (("purchase", 1.0), ("lead", 0.6)):
                converted = int(random.binomial(gross - suspicious, now * factor))
                rows.append(
                    {
                        "conversion_id": conversion,
                        "channel": channel,
                        "campaign_id": "(none)",
                        "visits_valid": gross - suspicious,
                        "visits_converted": converted,
                        "is_version_change": conversion == "lead" and day == date(2026, 10, 12),
                        "is_provisional": day >= AS_OF - timedelta(days=4),
                        "date_day": day,
                    }
                )
    return pd.DataFrame(rows)


def _traffic(random: np.random.Generator) -> pd.DataFrame:
    rows = []
    for day in _days(120):
        total: dict[str, float] = {}
        for channel, (_, _, paid, visits_a_day, _, spend, bots) in CHANNELS.items():
            weekday = 0.8 if day.weekday() >= 5 else 1.05
            expected = visits_a_day * weekday
            visits = int(random.poisson(expected))
            suspicious = int(random.binomial(visits, bots))
            if channel == "display" and day == SPIKE_DAY:
                suspicious += 1400
                visits += 1400
            off = int(random.binomial(visits - suspicious, 0.07))
            spent = round(spend * float(random.uniform(0.85, 1.15)), 2) if paid else 0.0
            valid = visits - suspicious
            row = {
                "visits": visits,
                "suspicious_visits": suspicious,
                "off_audience_visits": off,
                "valid_visits": valid,
                "strict_visits": valid - valid // 10,
                "goal_visits": valid // 50 + suspicious // 100,
                "spend_amount": spent,
                "wasted_spend_amount": round(spent * suspicious / visits, 2) if paid else 0.0,
                "off_audience_spend_amount": round(spent * off / visits, 2) if paid else 0.0,
                "unjudged_spend_amount": 0.0,
                "expected_visits": expected,
            }
            for name, value in row.items():
                total[name] = total.get(name, 0) + value
            spike = channel == "display" and day == SPIKE_DAY
            rows.append(_traffic_row(channel, "(all)", day, row, "fail" if spike else "ok"))
            rows.append(_traffic_row(channel, f"{channel}-1", day, row, "ok"))
        verdict = "fail" if day == SPIKE_DAY else "ok"
        rows.append(_traffic_row("(all)", "(all)", day, total, verdict))
    return pd.DataFrame(rows)


def _traffic_row(
    channel: str, campaign: str, day: date, row: dict[str, float], verdict: str
) -> dict[str, object]:
    expected = row["expected_visits"]
    width = 4 * np.sqrt(2.0 * expected)
    return {
        "channel": channel,
        "campaign_id": campaign,
        "contractor": "agency" if channel in ("display", "paid_social") else None,
        **row,
        "goal_rate_valid": (row["valid_visits"] // 50) / row["valid_visits"],
        "goal_rate_strict": (row["strict_visits"] // 50) / row["strict_visits"],
        "expected_low": max(0.0, expected - width),
        "expected_high": expected + width,
        "spike_verdict": verdict,
        "spike_reason": "bot_spike" if verdict == "fail" else None,
        "is_provisional": day >= AS_OF - timedelta(days=4),
        "date_day": day,
    }


ROI = {
    # channel: (spend, margin brought, least, most, verdict)
    "paid_search": (7_600_000, 1.34, 0.82, 1.71, "robust_positive"),
    "paid_social": (5_200_000, 0.12, -0.41, 0.66, "depends_on_model"),
    "display": (2_150_000, -0.68, -0.91, -0.44, "robust_negative"),
    "email": (110_000, 19.5, 12.0, 24.0, "robust_positive"),
    "organic_search": (0, None, None, None, "no_spend"),
    "direct": (0, None, None, None, "no_spend"),
    "unattributed": (0, None, None, None, "no_spend"),
}


def _roi_trailing() -> pd.DataFrame:
    rows = []
    for channel, (spend, romi, low, high, verdict) in ROI.items():
        contribution = spend * (1 + romi) if romi is not None else 900_000.0
        revenue = contribution / 0.24
        rows.append(
            {
                "channel": channel,
                "attribution_model": "last_non_direct",
                "model_min": "first" if low is not None else None,
                "model_max": "last" if high is not None else None,
                "spread_verdict": verdict,
                "spend_amount": float(spend),
                "full_cost_amount": spend * 1.25,
                "leads": 420.0,
                "orders": 160.0,
                "new_customers": 120.0,
                "revenue_amount": revenue,
                "contribution_amount": contribution,
                "roas": revenue / spend if spend else None,
                "drr": spend / revenue if spend else None,
                "romi": romi,
                "romi_full": (contribution / (spend * 1.25) - 1) if spend else None,
                "cac_full_amount": spend * 1.25 / 120 if spend else None,
                "romi_min": low,
                "romi_max": high,
                "spend_amount_mature": spend * 0.6,
                "full_cost_amount_mature": spend * 0.75,
                "contribution_amount_mature": contribution * 0.6,
                "romi_mature": romi,
                "romi_mature_low": romi - 0.3 if romi is not None and spend > 2_000_000 else None,
                "romi_mature_high": romi + 0.3 if romi is not None and spend > 2_000_000 else None,
                "orders_mature": 90.0,
                "romi_full_mature": (contribution * 0.6 / (spend * 0.75) - 1) if spend else None,
                "reason_code": None if spend else "no_spend",
                "coverage_share": 0.83,
                "period_start": date(2025, 11, 1),
                "period_end": date(2026, 10, 31),
            }
        )
    return pd.DataFrame(rows)


def _roi_monthly(random: np.random.Generator) -> pd.DataFrame:
    rows = []
    months = _months(18)
    for position, month in enumerate(months):
        age = len(months) - 1 - position
        maturity = min(1.0, 0.15 + 0.14 * age)
        stage = (
            "too_early"
            if maturity < 0.25
            else "developing"
            if maturity < 0.8
            else "maturing"
            if maturity < 0.95
            else "final"
        )
        for channel in ("paid_search", "paid_social", "display"):
            spend, romi, *_ = ROI[channel]
            spend = spend / 12
            final = (1 + romi) * spend * float(random.uniform(0.8, 1.2))
            projected = final / spend - 1
            for campaign, part in _CAMPAIGNS[channel]:
                rows.append(
                    {
                        "channel": channel,
                        "campaign_id": campaign,
                        "attribution_model": "last_non_direct",
                        "maturity_stage": stage,
                        "reason_code": None,
                        "spend_amount": spend * part,
                        "full_cost_amount": spend * part * 1.25,
                        "leads": 35.0 * part,
                        "qualified_leads": 20.0 * part,
                        "orders": 13.0 * maturity * part,
                        "new_customers": 10.0 * maturity * part,
                        "revenue_amount": final * maturity * part / 0.24,
                        "contribution_amount": final * maturity * part,
                        "maturity": maturity,
                        "projected_romi": projected if stage != "too_early" else None,
                        "projected_romi_low": projected - 0.4 if stage != "too_early" else None,
                        "projected_romi_high": projected + 0.4 if stage != "too_early" else None,
                        "lead_month": month,
                    }
                )
    return pd.DataFrame(rows)


def _roi_channels_monthly(campaigns: pd.DataFrame) -> pd.DataFrame:
    """All paid channels as one, a row per lead month and model."""
    sums = [
        "spend_amount", "full_cost_amount", "leads", "qualified_leads", "orders",
        "new_customers", "revenue_amount", "contribution_amount",
    ]  # fmt: skip
    stated = ["maturity_stage", "reason_code", "maturity"]
    projected = ["projected_romi", "projected_romi_low", "projected_romi_high"]
    keys = ["lead_month", "attribution_model"]
    columns = dict.fromkeys(sums, "sum") | dict.fromkeys(stated, "first")
    frame = campaigns.groupby(keys, as_index=False).agg(columns | dict.fromkeys(projected, "mean"))
    return frame.assign(
        channel="(paid)", romi=frame["contribution_amount"] / frame["spend_amount"] - 1
    )


def _funnel(random: np.random.Generator) -> pd.DataFrame:
    rows = []
    for month in _months(14):
        for channel, (_, _, _, visits, rate, _, _) in CHANNELS.items():
            valid = int(visits * 29)
            leads = int(random.binomial(valid, rate * 0.6))
            qualified = int(random.binomial(leads, 0.46))
            rows.append(
                {
                    "channel": channel,
                    "visits_valid": valid,
                    "leads_raw": leads + 9,
                    "leads_valid": leads,
                    "leads_qualified": qualified,
                    "orders": int(qualified * 0.4),
                    "new_customers": int(qualified * 0.3),
                    "maturity": 1.0 if month < date(2026, 9, 1) else 0.4,
                    "is_complete": month < date(2026, 11, 1),
                    "lead_month": month,
                }
            )
    return pd.DataFrame(rows)


def _retention(random: np.random.Generator, months: list[date]) -> pd.DataFrame:
    rows = []
    for position, month in enumerate(months):
        size = int(random.integers(180, 420))
        rate = 0.19 if position < len(months) - 4 else 0.14
        for age in range(len(months) - position):
            active = size if age == 0 else int(random.binomial(size, rate * 0.88**age))
            complete = age < len(months) - 1 - position
            rows.append(
                {
                    "age_months": age,
                    "cohort_size": size,
                    "active_customers": active,
                    "retained_customers": active,
                    "classic_retention_rate": active / size if complete else None,
                    "rolling_retention_rate": min(1.0, 1.3 * active / size),
                    "is_complete": complete,
                    "cohort_month": month,
                }
            )
    return pd.DataFrame(rows)


def _customers(random: np.random.Generator, months: list[date]) -> pd.DataFrame:
    rows = []
    for position, month in enumerate(months):
        orders = int(random.integers(700, 900))
        revenue = orders * (8800 + 40 * position)
        rows.append(
            {
                "customers_start": 4000 + 90 * position,
                "customers_end": 4090 + 90 * position,
                "new_customers": 310,
                "buyers": int(orders * 0.86),
                "orders": orders,
                "orders_net_positive": orders - 12,
                "revenue_amount": float(revenue),
                "net_aov_amount": revenue / (orders - 12),
                "gross_aov_amount": 1.06 * revenue / orders,
                "purchase_frequency": 1 / 0.86,
                "customer_retention_rate": 0.952,
                "churn_rate": 0.048,
                "repeat_purchase_rate_30d": 0.121,
                "observed_customers_30d": 3900,
                "repeat_purchase_rate_90d": 0.205 + 0.001 * position,
                "observed_customers_90d": 3600,
                "repeat_purchase_rate_180d": 0.262,
                "observed_customers_180d": 3100,
                "repeat_purchase_rate_365d": 0.331,
                "observed_customers_365d": 2300,
                "repeat_customer_share": 0.36,
                "ltv_cac": 1.8,
                "payback_months": 7,
                "reason_code": None,
                "is_complete": month < date(2026, 11, 1),
                "month": month,
            }
        )
    return pd.DataFrame(rows)


def _brand() -> pd.DataFrame:
    rows = []
    waves = [("2025-09", 620, 31), ("2026-03", 605, 34), ("2026-09", 214, 35)]
    previous = None
    for wave, respondents, aided in waves:
        row: dict[str, object] = {
            "wave": wave,
            "segment": "all",
            "mode": "online_panel",
            "vendor": "Опросы и люди",
            "respondents": respondents,
            "effective_respondents": respondents * 0.9,
        }
        for name, rate in (("aided", aided / 100), ("unaided", aided / 200), ("top_of_mind", 0.06)):
            interval = wilson(rate * respondents, respondents)
            assert interval is not None
            row[f"{name}_rate"] = rate
            row[f"{name}_low"] = interval.low
            row[f"{name}_high"] = interval.high
        nps = 28.0 + len(rows) * 4
        row |= {
            "nps_respondents": 180,
            "nps": nps,
            "nps_low": nps - 11,
            "nps_high": nps + 11,
            "previous_wave": previous,
            "aided_change": 0.02,
            "aided_change_low": -0.05,
            "aided_change_high": 0.09,
            "nps_change": 4.0,
            "nps_change_low": -10.0,
            "nps_change_high": 18.0,
            "aided_verdict": "not_proven" if previous else "first_wave",
            "nps_verdict": "not_proven" if previous else "first_wave",
            "fieldwork_start": date(int(wave[:4]), int(wave[5:]), 3),
            "fieldwork_end": date(int(wave[:4]), int(wave[5:]), 17),
        }
        rows.append(row)
        previous = wave
    return pd.DataFrame(rows)


def _audience(random: np.random.Generator) -> pd.DataFrame:
    rows = []
    for network, start, daily in (("telegram", 4100, 9), ("vk", 12800, 3), ("instagram", 7300, -2)):
        followers = start
        for day in _days(182):
            joined = int(random.poisson(max(daily, 0) + 6))
            left = int(random.poisson(max(0, joined - daily)))
            bought = network == "vk" and day == date(2026, 10, 20)
            joined += 640 if bought else 0
            followers += joined - left
            rows.append(
                {
                    "network": network,
                    "account": f"@{network}",
                    "followers": followers,
                    "joined": joined,
                    "left_count": left,
                    "net_growth": joined - left,
                    "growth_rate": (joined - left) / followers,
                    "reach": int(followers * 0.21),
                    "reach_rate": 0.21,
                    "joins_verdict": "bought_suspected" if bought else "ok",
                    "date_day": day,
                }
            )
    return pd.DataFrame(rows)


def _reconciliation(random: np.random.Generator) -> pd.DataFrame:
    rows = []
    for pair, usual in (
        ("ad_clicks_visits:paid_search", 0.9),
        ("crm_leads_counter_goals", 0.97),
        ("platform_conversions_sales:paid_search", 1.4),
    ):
        for day in _days(60):
            left = float(random.integers(300, 420))
            ratio = usual * float(random.uniform(0.95, 1.05))
            warn = pair == "ad_clicks_visits:paid_search" and 6 <= (AS_OF - day).days <= 11
            ratio *= 0.6 if warn else 1.0
            rows.append(
                {
                    "pair": pair,
                    "pair_kind": pair.partition(":")[0],
                    "left_value": left,
                    "right_value": round(left * ratio),
                    "ratio": ratio,
                    "status": "warn" if warn else "ok",
                    "reason_code": None,
                    "date_day": day,
                }
            )
    for month, spend in ((date(2026, 9, 30), 640_000.0), (date(2026, 10, 31), 655_000.0)):
        bill = spend * (1.12 if month.month == 10 else 1.0)
        rows.append(
            {
                "pair": "invoice_spend:paid_search",
                "pair_kind": "invoice_spend",
                "left_value": bill,
                "right_value": spend,
                "ratio": spend / bill,
                "status": "warn" if month.month == 10 else "ok",
                "reason_code": None,
                "date_day": month,
            }
        )
    return pd.DataFrame(rows)


def _target(
    metric: str, verdict: str, actual: float | None, target: float, **other: object
) -> dict:
    spread = 0.06 * abs(actual) if actual is not None else None
    return {
        "target_id": f"t-{metric}",
        "metric_id": metric,
        "segment_type": "all",
        "segment_value": "all",
        "goal_id": "g1",
        "unit": "",
        "direction": "up",
        "metric_kind": "ratio",
        "verdict": verdict,
        "reason_code": None,
        "coverage_grade": "B",
        "proposer": "marketer",
        "approver": "owner",
        "target_version": 1,
        "target_value": target,
        "baseline_value": None,
        "actual_value": actual,
        "actual_low": actual - spread if spread is not None else None,
        "actual_high": actual + spread if spread is not None else None,
        "expected_to_date": target,
        "pace": actual / target if actual is not None else None,
        "forecast_value": None,
        "later_target_value": None,
        "provisional_share": 0.0,
        "is_target_changed_after_start": False,
        "is_approved_before_start": True,
        "period_start": date(2026, 11, 1),
        "period_end": date(2026, 11, 30),
        "approved_at": pd.Timestamp("2026-10-25 10:00"),
    } | other


def _scorecard() -> pd.DataFrame:
    flow = {"metric_kind": "flow"}
    return pd.DataFrame(
        [
            _target("visits_valid", "ahead", 29_812, 55_000, expected_to_date=27_480, **flow),
            _target("purchase_conversion", "behind", 0.0148, 0.018, provisional_share=0.27),
            _target(
                "revenue",
                "behind_within_noise",
                8_940_000.0,
                19_500_000.0,
                expected_to_date=9_700_000.0,
                forecast_value=18_100_000.0,
                provisional_share=0.27,
                **flow,
            ),
            _target(
                "romi",
                "cannot_tell",
                None,
                0.3,
                reason_code="not_mature",
                coverage_grade="C",
            ),
            _target(
                "suspicious_share",
                "behind",
                0.107,
                0.08,
                direction="down",
                is_target_changed_after_start=True,
                later_target_value=0.12,
            ),
            _target("repeat_purchase_rate_90d", "reached", 0.228, 0.21, coverage_grade="A"),
            _target(
                "followers",
                "ahead",
                26_190,
                26_500,
                metric_kind="stock",
                expected_to_date=25_940,
                baseline_value=25_400,
            ),
            _target("leads_valid", "ahead", 402, 700, expected_to_date=350, **flow),
        ]
    )


def _definitions() -> pd.DataFrame:
    rows = [
        ("visits_valid", "Valid visits", "Живые визиты", "count", "flow", True),
        ("suspicious_share", "Suspicious traffic", "Подозрительный трафик", "share", "ratio", True),
        ("purchase_conversion", "Purchase rate", "Конверсия в покупку", "share", "ratio", True),
        ("revenue", "Net revenue", "Выручка без возвратов", "money", "flow", True),
        ("romi", "ROMI", "Возврат маркетинговых инвестиций", "share", "ratio", True),
        ("repeat_purchase_rate_90d", "Repeat buyers in 90 days", "Повторные покупатели за 90 дней",
         "share", "ratio", True),
        ("followers", "Followers", "Подписчики", "count", "stock", True),
        ("leads_valid", "Leads", "Лиды", "count", "flow", False),
        ("nps", "Loyalty index (NPS)", "Индекс лояльности (NPS)", "points", "stock", False),
    ]  # fmt: skip
    return pd.DataFrame(
        [
            {
                "metric_id": metric,
                "name_en": english,
                "name_ru": russian,
                "formula_en": f"formula of {english.lower()}",
                "formula_ru": f"формула: {russian.lower()}",
                "unit": unit,
                "direction": "down" if metric == "suspicious_share" else "up",
                "kind": kind,
                "minimum_n": 100,
                "kpi_sets": "|ecommerce|",
                "controlled_by": "counter",
                "controlled_by_en": "the site's counter",
                "controlled_by_ru": "счётчик сайта",
                "decision_en": "where to put the next rouble",
                "decision_ru": "куда вложить следующий рубль",
                "lies_when_en": "the denominator was shrunk by filters",
                "lies_when_ru": "знаменатель уменьшили фильтрами",
                "is_headline": headline,
                "display_order": order,
            }
            for order, (metric, english, russian, unit, kind, headline) in enumerate(rows, start=1)
        ]
    )


def _quality() -> pd.DataFrame:
    rows = [
        ("yandex_metrica", "visits", 412_000, 0, "ok", 1),
        ("yandex_direct", "ad_stats", 4_300, 0, "ok", 1),
        ("vk_ads", "campaign_stats", 2_100, 3, "late", 6),
        ("bitrix24", "leads", 5_900, 11, "ok", 1),
        ("surveys", "responses", 1_439, 0, "ok", 60),
    ]
    return pd.DataFrame(
        [
            {
                "source": source,
                "table_name": table,
                "door": "files",
                "rows_total": rows_total,
                "rows_quarantined": quarantined,
                "repeated_rows": 0,
                "missing_days": 5 if status == "late" else 0,
                "age_days": age,
                "freshness_status": status,
                "note": None,
                "first_day": date(2025, 5, 1),
                "last_day": AS_OF - timedelta(days=age),
            }
            for source, table, rows_total, quarantined, status, age in rows
        ]
    )


def _restatements() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "figure_id": "f1",
                "metric_id": "revenue",
                "segment": "all",
                "period": "2026-09",
                "status": "restated",
                "cause": "refund",
                "first_value": 17_900_000.0,
                "current_value": 16_700_000.0,
                "delta": -1_200_000.0,
                "delta_share": -0.067,
                "is_notice": True,
                "first_as_of_date": date(2026, 10, 3),
            },
            {
                "figure_id": "f2",
                "metric_id": "visits_valid",
                "segment": "all",
                "period": "2026-09",
                "status": "same",
                "cause": None,
                "first_value": 54_000.0,
                "current_value": 54_000.0,
                "delta": 0.0,
                "delta_share": 0.0,
                "is_notice": False,
                "first_as_of_date": date(2026, 10, 3),
            },
        ]
    )


def _monthly(random: np.random.Generator) -> pd.DataFrame:
    """Monthly figures of every target, wandering around its actual value."""
    targets = _scorecard()
    rows = []
    for target in targets.to_dict("records"):
        level = target["actual_value"]
        level = 0.24 if pd.isna(level) else level
        for month in _months(14)[:-1]:
            value = level * float(random.uniform(0.8, 1.2))
            rows.append(
                {
                    "metric_id": target["metric_id"],
                    "segment_type": "all",
                    "segment_value": "all",
                    "survey_mode": None,
                    "missing_days": 0,
                    "coverage_share": 1.0,
                    "metric_value": value,
                    "numerator": value,
                    "denominator": 1.0,
                    "month": month,
                }
            )
    return pd.DataFrame(rows)


def _channels() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {"channel": channel, "name_en": en, "name_ru": ru, "contractor": None, "is_paid": paid}
            for channel, (en, ru, paid, *_) in CHANNELS.items()
        ]
    )


def _guards() -> pd.DataFrame:
    return pd.DataFrame(
        [
            {
                "metric_id": "leads_valid",
                "guard_metric_id": "qualified_rate",
                "status": "guard_falls",
                "reason_en": "They may be bought by the piece.",
                "reason_ru": "Возможно, их покупают поштучно.",
                "metric_before": 300.0,
                "metric_now": 402.0,
                "guard_before": 0.46,
                "guard_now": 0.31,
            },
            {
                "metric_id": "followers",
                "guard_metric_id": "reach_rate",
                "status": "ok",
                "reason_en": "They may be bought.",
                "reason_ru": "Возможно, их купили.",
                "metric_before": 25_900.0,
                "metric_now": 26_190.0,
                "guard_before": 0.21,
                "guard_now": 0.22,
            },
        ]
    )


def _return_intervals() -> pd.DataFrame:
    """Ranges that no symmetric interval would give: a loss has a floor, a lucky deal has none."""
    rows = [
        ("romi", "channel", "paid_search", 0.42, 0.11, 0.88, 420, 0.05, False),
        ("romi", "channel", "paid_social", 0.12, -0.38, 1.9, 61, 0.44, True),
        ("romi", "channel", "email", 19.5, None, None, 4, 0.25, False),
        ("aov_net", "all", "all", 48_250.0, 44_100.0, 52_900.0, 1804, 0.02, False),
    ]
    columns = ("metric_id", "segment_type", "segment_value", "metric_value", "metric_low",
               "metric_high", "orders", "largest_order_share", "is_concentrated")  # fmt: skip
    return pd.DataFrame(rows, columns=columns)


def _backtest() -> pd.DataFrame:
    """Lead months projected a quarter ago; one of three ended outside its range."""
    rows = []
    for month, then, projected, low, high, actual in (
        (3, 8.0e6, 14.0e6, 9.0e6, 19.0e6, 15.4e6),
        (2, 9.5e6, 12.0e6, 10.0e6, 14.0e6, 11.1e6),
        (1, 10.0e6, 11.0e6, 10.2e6, 11.8e6, 13.2e6),
    ):
        rows.append(
            {
                "product_line": "houses",
                "basis": "revenue",
                "value_then": then,
                "projected_value": projected,
                "projected_low": low,
                "projected_high": high,
                "actual_value": actual,
                "error_share": projected / actual - 1,
                "total_error_share": 37.0e6 / 39.7e6 - 1,
                "is_inside_range": low <= actual <= high,
                "evaluated_month": date(2026, 8, 1),
                "cohort_month": date(2026, month, 1),
            }
        )
    return pd.DataFrame(rows)


def _drift() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "product_line": "houses",
            "basis": "revenue",
            "drift_verdict": "slower",
            "growth_ratio": [0.61, 0.55, 0.7],
            "reached_month": [date(2026, 10, 1), date(2026, 9, 1), date(2026, 8, 1)],
        }
    )


def _browsers() -> pd.DataFrame:
    rows = []
    for month in _months(8)[:-1]:
        for age in range(4):
            active = 5000 if age == 0 else 480 // age
            last = pd.Timestamp(month) + pd.DateOffset(months=age + 1)
            rows.append(
                {
                    "age_months": age,
                    "browsers": 5000,
                    "browsers_active": active,
                    "browser_return_rate": active / 5000,
                    "is_complete": last.date() <= AS_OF,
                    "cohort_month": month,
                }
            )
    return pd.DataFrame(rows)


def full_company() -> dict[str, pd.DataFrame]:
    """Every mart, with a spike, a fall of conversion, a late source and a bought follower."""
    random = np.random.default_rng(20261116)
    return {
        "kpi_scorecard": _scorecard(),
        "kpi_definitions": _definitions(),
        "kpi_conversion_daily": _conversion(random),
        "kpi_traffic_quality_daily": _traffic(random),
        "kpi_roi_trailing": _roi_trailing(),
        "kpi_roi_monthly": (campaigns := _roi_monthly(random)),
        "kpi_roi_channels_monthly": _roi_channels_monthly(campaigns),
        "kpi_funnel_monthly": _funnel(random),
        "kpi_retention_cohorts": _retention(random, _months(14)),
        "kpi_customers_monthly": _customers(random, _months(18)),
        "kpi_brand_awareness": _brand(),
        "kpi_audience_daily": _audience(random),
        "kpi_reconciliation_daily": _reconciliation(random),
        "kpi_restatements": _restatements(),
        "kpi_guards": _guards(),
        "kpi_return_intervals": _return_intervals(),
        "kpi_projection_backtest": _backtest(),
        "kpi_development_drift": _drift(),
        "kpi_browser_retention": _browsers(),
        "kpi_data_quality": _quality(),
        "dim_channel": _channels(),
        "dim_campaign": pd.DataFrame(
            {
                "channel": list(CHANNELS),
                "campaign_id": [f"{channel}-1" for channel in CHANNELS],
                "campaign_name": [f"Кампания {channel}" for channel in CHANNELS],
            }
        ),
        "kpi_metrics_monthly": _monthly(random),
    }


def part_of_company(*names: str) -> dict[str, pd.DataFrame]:
    """Some marts of the full company: a page that is built in a second."""
    everything = full_company()
    return {name: everything[name] for name in names}


def orders_only_company() -> dict[str, pd.DataFrame]:
    """What a shop with nothing but an order list has: retention, average order, repeat rate."""
    random = np.random.default_rng(1997)
    everything = full_company()
    return {
        "kpi_definitions": everything["kpi_definitions"],
        "kpi_metrics_monthly": everything["kpi_metrics_monthly"].query(
            "metric_id in ('revenue', 'repeat_purchase_rate_90d')"
        ),
        "kpi_retention_cohorts": _retention(random, _months(14)),
        "kpi_customers_monthly": _customers(random, _months(18)),
        "kpi_data_quality": pd.DataFrame(
            [everything["kpi_data_quality"].iloc[3].to_dict() | {"source": "plain"}]
        ),
    } | {
        name: everything[name].iloc[0:0]
        for name in ("kpi_scorecard", "kpi_conversion_daily", "kpi_traffic_quality_daily")
    }


def write(tables: dict[str, pd.DataFrame], database: Path) -> Path:
    """Write the frames as schema `marts` of a new DuckDB file."""
    with duckdb.connect(str(database)) as connection:
        connection.execute("create schema marts")
        for name, frame in tables.items():
            connection.register("frame", frame)
            connection.execute(f"create table marts.{name} as select * from frame")
            connection.unregister("frame")
    return database


def checks() -> list[CheckOutcome]:
    return [
        CheckOutcome("unique_key", "yandex_metrica__visits", "blocking", True,
                     "Every visit appears once.", "Каждый визит встречается один раз."),
        CheckOutcome("clicks_within_impressions", "vk_ads__campaign_stats", "warning", False,
                     "Clicks never exceed impressions.", "Кликов не больше, чем показов.", 2),
        CheckOutcome("attribution_sums", "kpi_roi_monthly", "blocking", True,
                     "Channels add up to the CRM.", "Сумма по каналам равна CRM."),
    ]  # fmt: skip
