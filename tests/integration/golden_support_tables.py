"""Input tables of the mart examples, and the marts that are built on them."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date, datetime, timedelta
from functools import cache
from itertools import pairwise
from typing import Any

from orchestration.settings import DBT_PROJECT_DIR
from tests.integration.golden_support import RECORD_SPANS, CompiledProject, Table, company

LAST_DAY = date(2026, 11, 22)

ORDER_COLUMNS = {
    "order_id": "varchar",
    "customer_id": "varchar",
    "order_kind": "varchar",
    "gross_amount": "decimal(18, 2)",
    "discount_amount": "decimal(18, 2)",
    "refund_amount": "decimal(18, 2)",
    "net_amount": "decimal(18, 2)",
    "contribution_amount": "decimal(18, 2)",
    "order_number": "bigint",
    "order_date": "date",
    "order_month": "date",
}
CUSTOMER_MODELS = [
    "int_customer_months",
    "int_cohort_retention",
    "kpi_retention_cohorts",
    "int_customer_activity",
    "int_customer_repeat_windows",
    "kpi_customers_monthly",
]
NO_COSTS = Table(
    "intermediate.int_metric_costs_monthly",
    {
        "cost_month": "date", "spend_amount": "decimal(18, 2)",
        "full_cost_amount": "decimal(18, 2)", "is_rate_missing": "boolean",
    },
    [],
)  # fmt: skip


def order_table(rows: list[dict[str, Any]]) -> Table:
    counts: dict[str, int] = {}
    orders = []
    for number, row in enumerate(sorted(rows, key=lambda item: item["order_date"])):
        counts[row["customer_id"]] = counts.get(row["customer_id"], 0) + 1
        gross = row.get("gross", 0)
        discount, refund = row.get("discount", 0), row.get("refund", 0)
        orders.append(
            {
                "order_id": str(number),
                "customer_id": row["customer_id"],
                "order_kind": "sale",
                "gross_amount": gross,
                "discount_amount": discount,
                "refund_amount": refund,
                "net_amount": gross - discount - refund,
                "order_number": counts[row["customer_id"]],
                "order_date": row["order_date"],
                "order_month": row["order_date"].replace(day=1),
            }
        )
    return Table("marts.fct_orders", ORDER_COLUMNS, orders)


ANSWER_COLUMNS = {
    "respondent_id": "varchar", "wave": "varchar", "mode": "varchar", "vendor": "varchar",
    "age_group": "varchar", "city": "varchar", "unaided_brands": "varchar",
    "aided_brands": "varchar", "first_brand": "varchar", "recommendation": "bigint",
    "weight": "double", "is_target": "boolean", "is_customer": "boolean", "answered_date": "date",
}  # fmt: skip
BRAND_MODELS = ["int_survey_answers", "int_survey_waves", "kpi_brand_awareness"]


def wave_rows(
    wave: str,
    day: date,
    answers: list[tuple[int, dict[str, Any]]],
    mode: str = "online_panel",
    **common: Any,
) -> list[dict[str, Any]]:
    """Rows of a wave: (how many, answer) pairs. Brands are fenced as staging leaves them."""
    rows = []
    for count, answer in answers:
        for _ in range(count):
            rows.append(
                {
                    "respondent_id": f"{wave}-{len(rows)}", "wave": wave, "mode": mode,
                    "vendor": "vendor", "age_group": "25-34", "unaided_brands": "",
                    "aided_brands": "", "weight": 1.0, "is_target": True, "is_customer": False,
                    "answered_date": day, **common, **answer,
                }
            )  # fmt: skip
    return rows


def answer_tables(rows: list[dict[str, Any]]) -> list[Table]:
    return [
        Table("staging.stg_surveys__responses", ANSWER_COLUMNS, rows),
        Table("staging.stg_plain__survey_responses", ANSWER_COLUMNS, []),
    ]


def brand_mart(project: CompiledProject, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    tables = [*answer_tables(rows), company(LAST_DAY)]
    with project.run(BRAND_MODELS, tables) as connection:
        return (
            connection.execute(
                "select * from marts.kpi_brand_awareness where segment = 'all' order by wave"
            )
            .df()
            .to_dict("records")
        )


TARGET_COLUMNS = {
    "target_id": "varchar", "metric_id": "varchar", "segment_type": "varchar",
    "segment_value": "varchar", "goal_id": "varchar", "unit": "varchar", "direction": "varchar",
    "milestones": "varchar", "proposer": "varchar", "approver": "varchar",
    "target_version": "bigint", "target_value": "double", "baseline_value": "double",
    "period_start": "date", "period_end": "date", "approved_at": "timestamp",
    "recorded_at": "timestamp",
}  # fmt: skip
COMPONENT_COLUMNS = {
    "metric_id": "varchar", "segment_type": "varchar", "segment_value": "varchar",
    "numerator": "double", "denominator": "double", "numerator_variance": "double",
    "denominator_variance": "double", "covariance": "double", "events": "double",
    "rates_missing": "bigint", "margins_missing": "bigint", "provisional_share": "double",
    "survey_mode": "varchar", "date_day": "date",
}  # fmt: skip
NO_MATURITY = Table(
    "intermediate.int_metric_maturity_monthly",
    {
        "segment_type": "varchar", "segment_value": "varchar", "matured_revenue": "double",
        "expected_revenue": "double", "is_unknown": "boolean", "matured_leads": "double",
        "leads": "double", "is_lead_maturity_unknown": "boolean", "lead_month": "date",
    },
    [],
)  # fmt: skip
NO_COVERAGE = Table(
    "intermediate.int_metric_coverage_daily",
    {
        "part": "varchar", "is_blocking": "boolean", "present": "double", "expected": "double",
        "date_day": "date",
    },
    [],
)  # fmt: skip
SIGHTING_COLUMNS = {
    "target_id": "varchar", "target_version": "bigint", "first_seen_at": "timestamp",
    "last_unseen_at": "timestamp", "first_period_start": "date", "agreed_metric_id": "varchar",
    "agreed_segment_type": "varchar", "agreed_segment_value": "varchar",
    "agreed_direction": "varchar", "agreed_target_value": "decimal(18, 6)",
    "agreed_baseline_value": "decimal(18, 6)", "agreed_period_start": "date",
    "agreed_period_end": "date", "agreed_approved_at": "timestamp", "agreed_seen_at": "timestamp",
    "agreed_unseen_at": "timestamp",
}  # fmt: skip
EMPTY_PLAN_TABLES = [
    NO_COVERAGE,
    NO_MATURITY,
    Table("staging.stg_registers__goals", {"goal_id": "varchar"}, [{"goal_id": "G"}]),
]  # fmt: skip
PLAN_MODELS = ["int_metric_plans", "int_metric_actuals", "int_target_histories", "kpi_scorecard"]


@cache
def definition_table() -> Table:
    path = DBT_PROJECT_DIR / "seeds" / "kpi_definitions.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    columns = dict.fromkeys(rows[0], "varchar")
    columns |= {"least_value": "double", "minimum_n": "bigint", "is_cohort_metric": "boolean"}
    rows = [{**row, "least_value": row["least_value"] or None} for row in rows]
    return Table("marts.kpi_definitions", columns, rows)


@cache
def guard_table() -> Table:
    path = DBT_PROJECT_DIR / "seeds" / "guard_pairs.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    return Table(
        "seeds.guard_pairs", {**dict.fromkeys(rows[0], "varchar"), "lag_days": "bigint"}, rows
    )


def target_row(metric_id: str, value: float, start: date, end: date, **more: Any) -> dict[str, Any]:
    return {
        "target_id": "T", "metric_id": metric_id, "segment_type": "all", "segment_value": "all",
        "direction": "up", "target_version": 1, "target_value": value, "period_start": start,
        "period_end": end, "approved_at": datetime(2026, 1, 1), **more,  # noqa: DTZ001
    }  # fmt: skip


def flow_rows(metric_id: str, first: date, days: int, total: int) -> list[dict[str, Any]]:
    """`total` events over `days` days; the first day holds what does not divide."""
    counts = [total // days + (total % days if day == 0 else 0) for day in range(days)]
    return [
        {
            "metric_id": metric_id, "segment_type": "all", "segment_value": "all",
            "numerator": count, "numerator_variance": count, "events": count,
            "rates_missing": 0, "provisional_share": 0, "date_day": first + timedelta(days=day),
        }
        for day, count in enumerate(counts)
    ]  # fmt: skip


def scorecard_row(
    project: CompiledProject,
    targets: list[dict[str, Any]],
    components: list[dict[str, Any]],
    last_day: date,
    sightings: Sequence[dict[str, Any]] = (),
    coverage: Sequence[dict[str, Any]] = (),
    maturity: Sequence[dict[str, Any]] = (),
    **settings: Any,
) -> dict[str, Any]:
    given = {NO_COVERAGE.name: coverage, NO_MATURITY.name: maturity}
    tables = [
        Table("staging.stg_registers__targets", TARGET_COLUMNS, targets),
        Table("staging.stg_pipeline__target_sightings", SIGHTING_COLUMNS, list(sightings)),
        Table("intermediate.int_metric_components_daily", COMPONENT_COLUMNS, components),
        definition_table(),
        company(last_day, **settings),
        *(
            Table(table.name, table.columns, given.get(table.name, table.rows))
            for table in EMPTY_PLAN_TABLES
        ),
    ]
    with project.run(PLAN_MODELS, tables) as connection:
        cursor = connection.execute("select * from marts.kpi_scorecard")
        names = [column[0] for column in cursor.description]
        return dict(zip(names, cursor.fetchone(), strict=True))


TOUCH_COLUMNS = {
    "journey_id": "varchar", "touch_number": "bigint", "touch_count": "bigint",
    "channel": "varchar", "campaign_id": "varchar", "days_before": "double",
}  # fmt: skip


def attribution_weights(
    project: CompiledProject, channels: list[str], days_before: list[float] | None = None
) -> dict[str, list[tuple[str, float]]]:
    """(channel, weight) of each touch by model, touches without weight included."""
    days = days_before or [float(len(channels) - place) for place in range(len(channels))]
    touches = [
        {
            "journey_id": "j", "touch_number": place, "touch_count": len(channels),
            "channel": channel, "campaign_id": "(none)", "days_before": day,
        }
        for place, (channel, day) in enumerate(zip(channels, days, strict=True), start=1)
    ]  # fmt: skip
    tables = [
        Table("marts.fct_touchpoints", TOUCH_COLUMNS, touches),
        Table("intermediate.int_journeys", {"journey_id": "varchar"}, [{"journey_id": "j"}]),
    ]
    with project.run(["int_attribution_weights"], tables) as connection:
        rows = connection.execute(
            "select attribution_model, touch_number, weight "
            "from intermediate.int_attribution_weights"
        ).fetchall()
    found = {(model, number): weight for model, number, weight in rows}
    return {
        model: [
            (channel, found.get((model, place), 0.0))
            for place, channel in enumerate(channels, start=1)
        ]
        for model, _, _ in rows
    }


def weights_by_channel(weights: list[tuple[str, float]]) -> dict[str, float]:
    sums: dict[str, float] = {}
    for channel, weight in weights:
        if weight:
            sums[channel] = sums.get(channel, 0.0) + weight
    return sums


def transitions_table(paths: list[tuple[list[str], int, int]]) -> Table:
    """Steps of (channels, times it converted, times it did not)."""
    counts: dict[tuple[str, str], int] = {}
    for channels, converted, lost in paths:
        stops = ["(start)", *channels]
        steps = [*pairwise(stops)]
        for step in steps:
            counts[step] = counts.get(step, 0) + converted + lost
        for end, times in (("(conversion)", converted), ("(null)", lost)):
            counts[channels[-1], end] = counts.get((channels[-1], end), 0) + times
    return Table(
        "raw.transitions",
        {"from_channel": "varchar", "to_channel": "varchar", "transitions": "bigint"},
        [
            {"from_channel": step[0], "to_channel": step[1], "transitions": count}
            for step, count in counts.items()
            if count
        ],
    )


def coalition_table(dividends: dict[str, float]) -> Table:
    """Members of each set of one-letter channels, with what exactly that set brought."""
    return Table(
        "raw.coalition_members",
        {"coalition": "varchar", "channel": "varchar", "members": "bigint", "dividend": "double"},
        [
            {"coalition": names, "channel": name, "members": len(names), "dividend": dividend}
            for names, dividend in dividends.items()
            for name in names
        ],
    )


RETURN_NUMBERS = (
    "leads", "qualified_leads", "orders", "new_customers", "contribution_squares", "maturity",
    "outstanding_cl", "outstanding_bf", "outstanding_cl_contribution",
    "outstanding_bf_contribution", "outstanding_contribution_variance", "expected_revenue",
)  # fmt: skip
RETURN_COLUMNS = {
    "lead_month": "date", "channel": "varchar", "campaign_id": "varchar",
    "attribution_model": "varchar", "product_line": "varchar", "reason_code": "varchar",
    "revenue_amount": "decimal(18, 2)", "contribution_amount": "decimal(18, 2)",
    "credits_without_margin": "bigint", "credits_without_rate": "bigint",
    **dict.fromkeys(RETURN_NUMBERS, "double"),
}  # fmt: skip
COST_COLUMNS = {
    "channel": "varchar", "campaign_id": "varchar", "spend_source": "varchar",
    "spend_amount": "decimal(18, 2)", "full_cost_amount": "decimal(18, 2)",
    "is_rate_missing": "boolean", "cost_month": "date",
}  # fmt: skip


def return_row(month: date, channel: str, model: str, contribution: float, **more: Any) -> Any:
    """Credits of a ripe month: 20 sales and as much revenue as contribution, unless said."""
    return {
        "lead_month": month, "channel": channel, "campaign_id": "(none)",
        "attribution_model": model, "product_line": "line", "revenue_amount": contribution,
        "contribution_amount": contribution, "credits_without_margin": 0,
        "credits_without_rate": 0, **dict.fromkeys(RETURN_NUMBERS, 0.0),
        "orders": 20.0, "new_customers": 10.0, "maturity": 1.0,
        "expected_revenue": abs(contribution), **more,
    }  # fmt: skip


def return_marts(
    project: CompiledProject,
    returns: list[dict[str, Any]],
    spend: list[dict[str, Any]],
    last_day: date = LAST_DAY,
    tests: list[dict[str, Any]] | None = None,
) -> dict[str, list[dict[str, Any]]]:
    """Rows of the return marts."""
    tables = [
        Table("intermediate.int_cohort_returns", RETURN_COLUMNS, returns),
        Table("intermediate.int_metric_costs_monthly", COST_COLUMNS, spend),
        Table("marts.fct_orders", {"order_kind": "varchar"}, [{"order_kind": "sale"}]),
        Table(
            "marts.kpi_incremental_roi",
            {"test_id": "varchar", "channel": "varchar", "iromi": "double", "end_date": "date"},
            tests or [],
        ),
        Table(
            "marts.kpi_return_intervals",
            {
                "metric_id": "varchar", "segment_type": "varchar", "segment_value": "varchar",
                "metric_low": "double", "metric_high": "double",
            },
            [],
        ),
        RECORD_SPANS,
        company(last_day),
    ]  # fmt: skip
    marts = [
        "kpi_roi_monthly", "kpi_roi_channels_monthly", "kpi_attribution_spread", "kpi_roi_trailing",
    ]  # fmt: skip
    found = {}
    with project.run(["int_cohort_roi", *marts], tables) as connection:
        for mart in marts:
            cursor = connection.execute(f"select * from marts.{mart}")
            names = [column[0] for column in cursor.description]
            found[mart] = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return found
