"""A small healthy warehouse: a company that has every source, 150 quiet days, and nothing wrong.

Raw tables follow the contracts, so a new source gets its rows and its tests by itself. Marts hold
only the columns that checks read.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

import duckdb

from orchestration.expectations.kpis import ATTRIBUTION_MODELS
from orchestration.lake import register_ledger
from orchestration.sources.contracts import CONTRACTS, StoredColumn, TableContract

AS_OF = date(2026, 6, 15)
DAYS = 150
LAST_DAY = AS_OF - timedelta(days=1)
FIRST_DAY = AS_OF - timedelta(days=DAYS)
VISITS_A_DAY = 25

# What the checks look at, by column, then by table and column. `d` is the day, `i` the row of it.
_COLUMNS = {
    "_file": "'exports/file_1.csv'",
    "recorded_at": "timestamp '2025-12-01 10:00:00'",
    "clicks": "50",
    "impressions": "1000",
    "cost": "500.00",
    "currency": "'RUB'",
    "weight": "1",
    "nominal": "1",
    "rate": "80",
    "counter_id": "'99'",
    "status": "'x'",
    "is_sampled": "false",
    "aided_brands": "'Other|ACME'",
}
_TABLE_COLUMNS = {
    ("plain__orders", "order_id"): "strftime(d, '%Y%m%d')",
    ("yandex_metrica__visits", "visit_id"): "strftime(d, '%Y%m%d') || i",
    ("yandex_metrica__visits", "page_views"): "1",
    ("yandex_metrica__visits", "visit_duration"): "5",
    ("yandex_metrica__visits", "bounce"): "case when i % 10 = 0 then 0 else 1 end",
    ("yandex_metrica__daily_report", "visits"): f"{VISITS_A_DAY}",
    ("yandex_metrica__counter_settings", "time_zone"): "'Europe/Minsk'",
    ("ga4__sessions", "sessions"): f"{VISITS_A_DAY}",
    ("bitrix24__leads", "lead_id"): "strftime(d, '%Y%m%d')",
    ("bitrix24__deals", "deal_id"): "strftime(d, '%Y%m%d')",
}
_DEFAULTS = {
    "varchar": "'x'",
    "bigint": "5",
    "decimal(18,2)": "100",
    "decimal(18,6)": "1",
    "date": "d",
    "timestamp": "d + interval 10 hours",
    "boolean": "true",
}

_VISIT = (
    "d as visit_date, i::varchar as client_id, 'yandex.ru' as referrer_host, "
    "case when i % 2 = 0 then 'yandex' end as utm_source, 'Russia' as country, "
    "'phone' as device, 'android' as operating_system"
)
_SPEND = "d as spend_date, 'RUB' as currency, 50 as clicks, 500 + n % 5 as cost_amount"
_DEAL = "d as created_date, 'shop' as product_line, 1000 + 10 * (n % 7) as amount"
_ORDER = "d as order_date, 'shop' as product_line, 1000 + 10 * (n % 7) as gross_amount"
_FOLLOWER = "'{network}' as network, 'acme' as account, d as snapshot_date, 1000 + n as followers"
_ANSWER = "'{wave}' as wave, d as answered_date, 6 + n % 5 as recommendation"
_STAGING = {
    "stg_yandex_metrica__visits": _VISIT,
    "stg_plain__visits": _VISIT,
    "stg_yandex_direct__ad_stats": _SPEND,
    "stg_google_ads__campaign_stats": _SPEND,
    "stg_vk_ads__campaign_stats": _SPEND,
    "stg_plain__ad_spend": _SPEND,
    "stg_bitrix24__deals": _DEAL,
    "stg_amocrm__deals": _DEAL,
    "stg_hubspot__deals": _DEAL,
    "stg_plain__orders": _ORDER,
    "stg_telegram__followers": _FOLLOWER.format(network="telegram"),
    "stg_vk__followers": _FOLLOWER.format(network="vk"),
    "stg_instagram__followers": _FOLLOWER.format(network="instagram"),
    "stg_plain__followers": _FOLLOWER.format(network="dzen"),
    "stg_surveys__responses": _ANSWER.format(wave="2026-1"),
    "stg_plain__survey_responses": _ANSWER.format(wave="2026-2"),
}
_STAGING_ROWS = {"stg_yandex_metrica__visits": 25, "stg_plain__visits": 25}

_REGISTERS = """
insert into raw.registers__targets by name
    select 'T1' as target_id, 1 as version, 'leads_valid' as metric_id, 'all' as segment_type,
        'all' as segment_value, 100 as target_value, date '2026-04-01' as period_start,
        date '2026-06-30' as period_end, 'G1' as goal_id, 'marketer' as proposer,
        'owner' as approver,
        timestamp '2026-03-10 12:00:00' as approved_at,
        timestamp '2026-03-10 13:00:00' as recorded_at, 'registers/targets.csv' as _file;
insert into raw.registers__goals by name
    select 'G1' as goal_id, 'Sales' as name;
insert into raw.registers__channels by name
    select 1 as rule_order, 'search_ads' as channel union all select 2, 'x';
insert into raw.registers__conversions by name
    select 'lead' as conversion_id, 1 as version, 'metrica_goal' as rule_type,
        '101' as rule_value, date '2026-01-01' as valid_from, 'Request' as name_en,
        'Заявка' as name_ru;
insert into raw.registers__confirmed_attacks by name
    select 'search_ads' as channel, date '2026-02-10' as start_date, date '2026-02-11' as end_date,
        'owner' as confirmed_by;
insert into raw.registers__margins by name
    select 'shop' as product_line, date '2026-01-01' as valid_from, 0.4 as contribution_margin;
insert into raw.registers__fx_rates by name
    select d as rate_date, 'USD' as currency, 1 as nominal, 80 + i % 3 as rate
    from (select d, row_number() over (order by d) as i from days);
insert into raw.registers__costs by name
    select 'C' || month || kind as cost_id, month as cost_month, kind as cost_type,
        1000 as amount
    from (values (date '2026-02-01'), (date '2026-03-01'), (date '2026-04-01'),
        (date '2026-05-01')) as months (month),
        (values ('salaries'), ('agency')) as kinds (kind);
"""

_MODELS = ", ".join(f"('{model}')" for model in ATTRIBUTION_MODELS)
_MARTS = f"""
create table marts.fct_visits as
    select d as visit_date, 'yandex_metrica' as source_system,
        case when i < 10 then 'search_ads' else 'organic_search' end as channel,
        case when i < 10 then 'c1' else '(none)' end as campaign_id,
        case when i < 10 then 'ad' else 'organic' end as traffic_source
    from days, range(20) as rows (i);
create table marts.dim_channel as
    select 'search_ads' as channel, 'agency' as contractor, 'Search ads' as name_en,
        'Реклама в поиске' as name_ru;
create table marts.dim_campaign as
    select 'search_ads' as channel, 'c1' as campaign_id, 'Autumn' as campaign_name;
create table marts.dim_product_line as
    select 'shop' as product_line, 'Shop' as name_en, 'Магазин' as name_ru;
create table marts.fct_leads as
    select n * 10 + i as lead_id, d as lead_date, 'search_ads' as channel,
        'bitrix24' as source_system,
        case when (n * 3 + i) % 10 = 0 then 'duplicate' else 'valid' end as lead_status,
        i < 3 as has_client_id
    from days, range(4) as rows (i);
create table marts.fct_costs as
    select 'C' || month || kind as cost_id, month as cost_month, kind as cost_type,
        cast(null as varchar) as reason_code
    from (values (date '2026-04-01'), (date '2026-05-01')) as months (month),
        (values ('salaries'), ('agency')) as kinds (kind);
create table marts.fct_orders as
    select cast(null as varchar) as reason_code, n * 10 + i as order_id, n * 10 + i as lead_id,
        d as order_date,
        cast(date_trunc('month', d) as date) as order_month,
        cast(date_trunc('month', d) as date) as lead_month,
        'plain' as source_system, 'sale' as order_kind, 'shop' as product_line,
        100.10::decimal(18, 2) as gross_amount, 90.05::decimal(18, 2) as net_amount,
        36.02::decimal(18, 2) as contribution_amount,
        n % 10 < 9 as has_client_id, false as is_possible_duplicate
    from days, range(2) as rows (i);
create table intermediate.int_orders_unioned as
    select order_id, 'EUR' as currency, 1.20::decimal(18, 2) as gross_amount from marts.fct_orders;
create table staging.stg_registers__costs as
    select cost_id, 'RUB' as currency, 1000::decimal(18, 2) as amount from marts.fct_costs;
create table intermediate.int_order_credits as
    select order_id, attribution_model, channel,
        case channel when 'search_ads' then 0.3 else 0.7 end as order_credit,
        (case channel when 'search_ads' then 27.02 else 63.03 end)::decimal(18, 2)
            as revenue_amount,
        (case channel when 'search_ads' then 10.81 else 25.21 end)::decimal(18, 2)
            as contribution_amount
    from marts.fct_orders,
        (values {_MODELS}) as models (attribution_model),
        (values ('search_ads'), ('organic_search')) as c (channel);
create table marts.kpi_roi_monthly as
    select orders.lead_month, credits.attribution_model, credits.channel,
        sum(credits.revenue_amount)::decimal(18, 2) as revenue_amount
    from intermediate.int_order_credits as credits
    inner join marts.fct_orders as orders using (order_id)
    group by all;
create table marts.fct_ad_spend_daily as
    select d as spend_date, 'google_ads' as source_system, 'search_ads' as channel, currency,
        cast(null as varchar) as reason_code, 10.00::decimal(18, 2) as spend_original_amount
    from days, (values ('RUB'), ('USD')) as c (currency);
create table marts.kpi_reconciliation_daily as
    select pair, split_part(pair, ':', 1) as pair_kind, d as date_day,
        100.0::double as left_value, 90.0::double + n % 5 as right_value
    from days, (values ('ad_clicks_visits:search_ads'), ('shop_orders_counter_purchases'),
        ('crm_leads_counter_goals')) as p (pair)
    union all
    select 'invoice_spend:search_ads', 'invoice_spend', last_day(d), 1000.0, 990.0
    from days where day(d) = 1;
create table marts.kpi_traffic_quality_daily as
    select channel, campaign_id,
        case when campaign_id = '(all)' then 'ok' end as spike_verdict,
        cast(null as varchar) as spike_reason,
        100 as visits, 5 as suspicious_visits, 98.5::double as expected_visits,
        60.0::double as expected_low, 140.0::double as expected_high,
        12.50::decimal(18, 2) as wasted_spend_amount, 10 as goal_visits,
        0 as suspicious_goal_visits, d as date_day
    from days, (values ('(all)', '(all)'), ('search_ads', '(all)'), ('search_ads', 'c1'))
        as c (channel, campaign_id);
create table marts.kpi_conversion_daily as
    select d as date_day, 'lead' as conversion_id, 1 as conversion_version,
        'search_ads' as channel, 100 as visits_valid, 5 as visits_converted, 90 as users,
        5 as users_converted, 6 as reaches
    from days;
create table marts.kpi_definitions as
    select unnest(['leads_valid', 'followers']) as metric_id;
create table marts.kpi_brand_awareness as select 'phone' as mode;
create table marts.dim_conversion as
    select 'lead' as conversion_id, cast(null as date) as end_date;
create table marts.kpi_audience_daily as
    select d as date_day, 'telegram' as network, 'channel' as account, 'ok' as joins_verdict,
        5 as joined, 4 as net_growth, 1000 as followers, 0.3::double as reach_rate
    from days;
create table marts.kpi_funnel_monthly as
    select cast(date_trunc('month', d) as date) as lead_month, 'search_ads' as channel,
        110 as leads_raw, 5 as leads_invalid, 5 as leads_duplicate, 100 as leads_valid,
        50 as leads_qualified, 20 as leads_ordered, 22 as orders, 15 as new_customers
    from days where day(d) = 1;
create table marts.kpi_scorecard as
    select 'T1' as target_id, 'ahead' as verdict;
create table marts.kpi_restatements as
    select 'leads_valid' as metric_id, 'all' as segment, '2026-05' as period,
        date '2026-06-02' as first_as_of_date, 100.0::double as first_value,
        100.0::double as current_value, 0.0::double as delta_share, false as is_notice,
        cast(null as varchar) as cause;
"""


def build(connection: duckdb.DuckDBPyConnection) -> None:
    """Fill an empty database with the healthy company."""
    for schema in ("raw", "intermediate", "marts"):
        connection.execute(f"create schema {schema}")
    connection.execute(
        "create table days as select cast(d as date) as d, n from ("
        f"select date '{FIRST_DAY}' + cast(n as integer) as d, n from range({DAYS}) as t (n))"
    )
    connection.execute(
        "create table raw.company as select 'Acme' as brand, 'RUB' as currency, "
        f"date '{AS_OF}' as as_of_date, date '{LAST_DAY}' as last_complete_date, "
        f"date '{FIRST_DAY}' as first_date, 'Europe/Moscow' as timezone"
    )
    connection.execute(
        "create table raw.sources "
        "(source varchar, table_name varchar, is_enabled boolean, timezone varchar)"
    )
    connection.execute(
        "create table raw.load_log (source varchar, table_name varchar, rows_total bigint)"
    )
    connection.execute(
        "create table raw.unread_files (source varchar, reason varchar, remedy varchar)"
    )
    connection.execute(
        "create table raw.loaded_days "
        "(source varchar, table_name varchar, day date, is_empty boolean)"
    )
    connection.execute(
        "create table raw.source_gaps (source varchar, table_name varchar, kind varchar, "
        "first_day date, last_day date, share double, detail varchar)"
    )
    connection.execute(
        "create table raw.quarantine (source varchar, table_name varchar, file varchar, "
        "line bigint, column_name varchar, reason varchar, remedy varchar, rejected_value varchar)"
    )
    for contract in CONTRACTS.values():
        _fill(connection, contract)
    connection.execute(_REGISTERS)
    _fill_ledger(connection)
    connection.execute("create schema staging")
    connection.execute(_MARTS)
    for model, columns in _STAGING.items():
        rows = _STAGING_ROWS.get(model, 1)
        connection.execute(
            f"create table staging.{model} as select {columns} from days, range({rows}) as r (i)"
        )
    connection.execute(
        "create table staging.stg_registers__margins as select 'shop' as product_line, "
        "margin as margin_rate, day as valid_from from (values (0.4, date '2026-01-01'), "
        "(0.45, date '2026-03-01')) as versions (margin, day)"
    )
    for contract in CONTRACTS.values():
        connection.execute(
            f"insert into raw.load_log select '{contract.source}', '{contract.table}', count(*) "
            f"from raw.{contract.name}"
        )


def _fill_ledger(connection: duckdb.DuckDBPyConnection) -> None:
    """The ledger as the pipeline itself writes it, after one load."""
    present = {}
    for name in register_ledger.watched_contracts():
        cursor = connection.execute(f"select * from raw.registers__{name}")
        columns = [column[0] for column in cursor.description]
        present[name] = [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]
    present[register_ledger.SETTINGS] = [{"setting": "vat.rate", "value": "0.2"}]
    empty = register_ledger.LEDGER_SCHEMA.empty_table()
    ledger = register_ledger.extended(empty, present, datetime(2026, 3, 20, 6, 30))  # noqa: DTZ001
    connection.register("ledger", ledger)
    connection.execute("create table raw.register_ledger as select * from ledger")
    connection.register("sightings", register_ledger.target_sightings(ledger, present["targets"]))
    connection.execute("create table raw.target_sightings as select * from sightings")


def _fill(connection: duckdb.DuckDBPyConnection, contract: TableContract) -> None:
    columns = ", ".join(f'"{item.name}" {item.sql_type}' for item in contract.stored_columns)
    connection.execute(f"create table raw.{contract.name} ({columns})")
    connection.execute(
        # another name of the same hours is no other day
        f"insert into raw.sources values "
        f"('{contract.source}', '{contract.table}', true, 'Europe/Minsk')"
    )
    if contract.source == "registers":
        return
    values = ", ".join(_value(contract, item) for item in contract.stored_columns)
    rows = VISITS_A_DAY if contract.table == "visits" else 1
    connection.execute(
        f"insert into raw.{contract.name} select {values} from days, range({rows}) as r (i)"
    )


def _value(contract: TableContract, column: StoredColumn) -> str:
    value = (
        _TABLE_COLUMNS.get((contract.name, column.name))
        or _COLUMNS.get(column.name)
        or _DEFAULTS[column.sql_type]
    )
    return f"cast({value} as {column.sql_type})"
