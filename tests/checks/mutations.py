"""For every check, one way to break the healthy company that this check, and no other, must see.

Keys are names of checks; values are the SQL that breaks the data. `ALSO_FAILS` names the few
checks that see the same fault from another side.
"""

from __future__ import annotations

from orchestration.expectations import (
    ad_spend,
    counters,
    crm,
    fake_traffic,
    kpis,
    registers,
    social,
    staging,
    surveys,
    tables,
    traffic,
)
from orchestration.sources.contracts import CONTRACTS, REGISTERS, TableContract

_QUARANTINE = (
    "insert into raw.quarantine select '{source}', '{table}', 'exports/file_1.csv', n, 'cost', "
    "'not a number', 'mend it', null from range({rows}) as t (n)"
)


def _ledger_entry(register: str, change: str, record: str, record_before: str) -> str:
    """The next entry of the ledger, a month later, made of the last one of a register."""
    return f"""
insert into raw.register_ledger
with last as (
    select * from raw.register_ledger where register = '{register}'
    qualify row_number() over (order by entry desc) = 1
), next as (
    select
        (select max(entry) + 1 from raw.register_ledger) as entry, register, record_key,
        '{change}' as change, {record} as record, {record_before} as record_before,
        seen_at + interval 30 day as seen_at
    from last
)
select
    *,
    sha256(concat_ws(
        chr(10), (select arg_max(chain_hash, entry) from raw.register_ledger), register,
        record_key, change, coalesce(record, ''), coalesce(record_before, ''),
        strftime(seen_at, '%Y-%m-%d %H:%M:%S')
    ))
from next
"""


MUTATIONS: dict[str, str] = {}
ALSO_FAILS: dict[str, set[str]] = {}


def _by_source() -> dict[tuple[str, str], list[TableContract]]:
    groups: dict[tuple[str, str], list[TableContract]] = {}
    for contract in CONTRACTS.values():
        groups.setdefault((contract.source, contract.subject), []).append(contract)
    return groups


def _prefix(source: str, subject: str) -> str:
    subjects = {contract.subject for contract in CONTRACTS.values() if contract.source == source}
    return f"{source}_{subject}" if len(subjects) > 1 else source


for (_source, _subject), _tables in _by_source().items():
    _name = _prefix(_source, _subject)
    # The last table of a source, so that checks of its main table are not touched as well.
    _timed = [item for item in _tables if item.freshness_hours and item.day_column]
    if _timed:
        MUTATIONS[f"{_name}_{tables.FRESH}"] = (
            f"delete from raw.{_timed[-1].name} "
            f"where cast(\"{_timed[-1].day_column}\" as date) > date '2026-06-08'"
        )
    _daily = [item for item in _tables if item.expects_every_day]
    if _daily:
        MUTATIONS[f"{_name}_{tables.EVERY_DAY}"] = (
            f"delete from raw.{_daily[-1].name} "
            f"where cast(\"{_daily[-1].day_column}\" as date) = date '2026-05-20'"
        )
    if f"{_name}_{tables.GIVEN_WHOLE}" in {check.name for check in tables.source_checks(_subject)}:
        MUTATIONS[f"{_name}_{tables.GIVEN_WHOLE}"] = (
            f"insert into raw.source_gaps by name select '{_source}' as source, "
            f"'{_tables[-1].table}' as table_name, 'not_kept' as kind, date '2025-01-01' as "
            "first_day, date '2025-03-31' as last_day"
        )
    MUTATIONS[f"{_name}_{tables.REFUSED_ROWS}"] = _QUARANTINE.format(
        source=_source, table=_tables[0].table, rows=1
    )
    if _source != REGISTERS:
        MUTATIONS[f"{_name}_{tables.QUARANTINE_SHARE}"] = _QUARANTINE.format(
            source=_source, table=_tables[0].table, rows=200
        )
        ALSO_FAILS[f"{_name}_{tables.QUARANTINE_SHARE}"] = {f"{_name}_{tables.REFUSED_ROWS}"}

for _source, _table in ad_spend.PLATFORMS:
    _name = f"{_source}_ad_spend" if _source == "plain" else _source
    _raw = f"raw.{_source}__{_table}"
    MUTATIONS[f"{_name}_{ad_spend.ROWS_UNIQUE}"] = (
        f"insert into {_raw} select * from {_raw} where date = date '2026-06-01'"
    )
    MUTATIONS[f"{_name}_{ad_spend.CLICKS_WITHIN_IMPRESSIONS}"] = (
        f"update {_raw} set clicks = impressions, impressions = clicks "
        "where date = date '2026-06-01'"
    )
    MUTATIONS[f"{_name}_{ad_spend.SPEND_RESTATED}"] = (
        f"insert into {_raw} select * replace (cost * 0.8 as cost, "
        f"'exports/file_2.csv' as _file) from {_raw} where date = date '2026-06-01'"
    )
    if _source != "plain":
        MUTATIONS[f"{_name}_{ad_spend.SPEND_NOT_NEGATIVE}"] = (
            f"update {_raw} set cost = -500 where date = date '2026-06-01'"
        )
        MUTATIONS[f"{_name}_{ad_spend.DAYS_OF_THE_COMPANY}"] = (
            f"update raw.sources set timezone = 'Europe/Kaliningrad' where source = '{_source}'"
        )

_TRAFFIC = "update marts.kpi_traffic_quality_daily set {change} where channel = 'search_ads' " + (
    "and campaign_id = '(all)' and date_day = date '{day}'"
)
_PAIR = (
    "update marts.kpi_reconciliation_daily set right_value = {value} "
    "where pair_kind = '{pair}' and date_day between date '{first}' and date '{last}'"
)

MUTATIONS |= {
    # web analytics
    counters.COUNTERS_AGREE: "update raw.ga4__sessions set sessions = 60 "
    "where date = date '2026-06-10'",
    counters.EXPORT_COMPLETE: "update raw.yandex_metrica__daily_report set visits = 40 "
    "where date = date '2026-06-01'",
    counters.BOUNCE_SETTING_UNCHANGED: "update raw.yandex_metrica__visits set bounce = 0 "
    "where date >= date '2026-06-10' and cast(right(visit_id, 1) as integer) < 5",
    counters.COUNTER_SETTINGS_UNCHANGED: "update raw.yandex_metrica__counter_settings "
    "set robot_filter = 'off' where recorded_on >= date '2026-06-10'",
    counters.COUNTER_DAYS: "update raw.yandex_metrica__counter_settings "
    "set time_zone = 'Asia/Yekaterinburg'",
    counters.GOALS_UNCHANGED: "update raw.yandex_metrica__goals "
    "set conditions = 'any page' where recorded_on >= date '2026-06-10'",
    fake_traffic.SPIKE_VERDICT_KNOWN: _TRAFFIC.format(
        change="spike_verdict = null", day="2026-06-01"
    ),
    fake_traffic.NO_RECENT_BOT_SPIKE: _TRAFFIC.format(
        change="spike_verdict = 'fail', spike_reason = 'bot_spike', suspicious_visits = 80",
        day="2026-06-01",
    ),
    fake_traffic.OLD_BOT_SPIKES_CONFIRMED: _TRAFFIC.format(
        change="spike_verdict = 'fail', spike_reason = 'bot_spike', suspicious_visits = 80",
        day="2026-03-01",
    ),
    fake_traffic.TRAFFIC_VOLUME_USUAL: _TRAFFIC.format(
        change="spike_verdict = 'warn', spike_reason = 'outage', visits = 3", day="2026-06-01"
    ),
    traffic.CLICKS_ARRIVE_AS_VISITS: _PAIR.format(
        value=40, pair="ad_clicks_visits", first="2026-06-01", last="2026-06-02"
    ),
    traffic.PAID_VISITS_TAGGED: "update marts.fct_visits set campaign_id = '(none)' "
    "where visit_date between date '2026-06-01' and date '2026-06-05'",
    traffic.CHANNEL_KNOWN: "update marts.fct_visits set channel = 'other' "
    "where channel = 'organic_search' and visit_date > date '2026-06-07'",
    traffic.CONVERSIONS_STILL_RECORDED: "update marts.kpi_conversion_daily "
    "set reaches = 0 where date_day > date '2026-06-08'",
    fake_traffic.ATTACKS_CONFIRMED_BY_ANOTHER: "insert into raw.registers__confirmed_attacks "
    "by name select 'search_ads' as channel, date '2026-05-01' as start_date, "
    "date '2026-05-02' as end_date, 'Agency' as confirmed_by",
    fake_traffic.GOALS_FROM_PEOPLE: _TRAFFIC.format(
        change="goal_visits = 60, suspicious_goal_visits = 50", day="2026-06-01"
    ),
    # advertising
    ad_spend.RATE_FOR_EVERY_DAY: "update marts.fct_ad_spend_daily "
    "set reason_code = 'missing_rate' where currency = 'USD' and spend_date = date '2026-02-01'",
    ad_spend.SPEND_AGREES_WITH_INVOICES: _PAIR.format(
        value=800, pair="invoice_spend", first="2026-05-31", last="2026-05-31"
    ),
    # CRM
    crm.BITRIX_SNAPSHOT_COMPLETE: "insert into raw.bitrix24__leads select * replace "
    "('exports/file_2.csv' as _file) from raw.bitrix24__leads "
    "where created_at < timestamp '2026-06-01'",
    crm.NET_WITHIN_GROSS: "update marts.fct_orders set gross_amount = 80 "
    "where order_date = date '2026-06-01'",
    # the credits too: channels still add up to the orders
    crm.REFUNDS_WITHIN_ORDERS: "update marts.fct_orders set net_amount = -net_amount "
    "where order_id in (select min(order_id) from marts.fct_orders "
    "where order_date = date '2026-06-01'); "
    "update intermediate.int_order_credits set revenue_amount = -revenue_amount "
    "where order_id in (select order_id from marts.fct_orders where net_amount < 0)",
    crm.ORDERS_NOT_REPEATED: "update marts.fct_orders set is_possible_duplicate = true "
    "where order_date between date '2026-06-01' and date '2026-06-03'",
    crm.ORDER_ROWS_AGREE: "insert into raw.plain__orders select * replace "
    "(gross_amount + 100 as gross_amount) from raw.plain__orders "
    "where ordered_at < timestamp '2026-06-01'",
    crm.ORDERS_FOLLOW_LEADS: "update marts.fct_leads set lead_date = lead_date + 3 "
    "where lead_date = date '2026-06-01'",
    crm.ORDERS_KEPT: "insert into raw.plain__orders "
    "select * replace ('other' as order_id) from raw.plain__orders "
    "where ordered_at >= timestamp '2026-06-01' and ordered_at < timestamp '2026-06-02' "
    "union all select * replace ('exports/file_2.csv' as _file) from raw.plain__orders "
    "where ordered_at >= timestamp '2026-06-01' and ordered_at < timestamp '2026-06-02'",
    crm.REJECTED_LEADS_USUAL: "update marts.fct_leads set lead_status = 'invalid' "
    "where lead_date > date '2026-06-01' and has_client_id and lead_date <= date '2026-06-12'",
    crm.LEADS_HAVE_CLIENT: "update marts.fct_leads set has_client_id = false "
    "where lead_date >= date '2026-05-01'",
    crm.ORDERS_HAVE_CLIENT: "update marts.fct_orders set has_client_id = false "
    "where order_date >= date '2026-05-01'",
    crm.MARGIN_COVERS_REVENUE: "update marts.fct_orders "
    "set contribution_amount = null, product_line = 'gifts' where order_id % 10 = 1; "
    # the same orders without a margin in every layer: attribution agrees with them
    "update intermediate.int_order_credits set contribution_amount = null "
    "where order_id % 10 = 1",
    crm.ORDERS_SEEN_BY_COUNTER: _PAIR.format(
        value=5, pair="shop_orders_counter_purchases", first="2026-06-01", last="2026-06-08"
    ),
    crm.LEADS_SEEN_BY_COUNTER: _PAIR.format(
        value=190, pair="crm_leads_counter_goals", first="2026-06-01", last="2026-06-08"
    ),
    # social networks, surveys
    social.NO_BOUGHT_FOLLOWERS: "update marts.kpi_audience_daily "
    "set joins_verdict = 'bought_suspected', joined = 1400 where date_day = date '2026-03-01'",
    f"surveys_{surveys.WEIGHTS_POSITIVE}": "update raw.surveys__responses set weight = 0 "
    "where answered_at < timestamp '2026-02-01'",
    f"plain_{surveys.WEIGHTS_POSITIVE}": "update raw.plain__survey_responses set weight = -1 "
    "where answered_at < timestamp '2026-02-01'",
    f"surveys_{surveys.BRAND_FOUND}": "update raw.surveys__responses "
    "set aided_brands = 'Akme|Other'",
    f"plain_{surveys.BRAND_FOUND}": "update raw.plain__survey_responses "
    "set aided_brands = 'Acme and Co'",
    # registers
    registers.RECORDS_KEPT: _ledger_entry("targets", "removed", "null", "record"),
    registers.RECORDS_IN_TIME: _ledger_entry(
        "costs", "added", """replace(record, '"amount": "', '"amount": "-')""", "null"
    ),
    registers.SETTINGS_KEPT: _ledger_entry(
        "settings", "changed", """replace(record, '0.2', '0.1')""", "record"
    ),
    registers.DATES_PLAUSIBLE: "update raw.registers__margins set valid_from = date '2062-01-01'",
    registers.NAMES_KNOWN: "update raw.registers__targets set goal_id = 'G2'",
    registers.FILES_READ: "insert into raw.unread_files values ('plain', "
    "'exports/plain/a.zip is of a kind that is not read', 'unpack an archive; save a table as CSV "
    "or XLSX')",
    registers.LEDGER_UNBROKEN: "update raw.register_ledger set record = '{}' where entry = 1",
    registers.TARGETS_APPROVED_IN_TIME: "insert into raw.registers__targets "
    "select * replace (2 as version, 60 as target_value, "
    "timestamp '2026-05-20 12:00:00' as approved_at, "
    "timestamp '2026-05-20 12:00:00' as recorded_at) from raw.registers__targets",
    registers.TARGETS_APPROVED_BY_ANOTHER: "update raw.registers__targets "
    "set approver = 'Marketer '",
    registers.CONVERSION_RULES_UNCHANGED: "insert into raw.registers__conversions "
    "select * replace (2 as version, '101|102' as rule_value, date '2026-05-01' as valid_from) "
    "from raw.registers__conversions",
    registers.RATES_PLAUSIBLE: "update raw.registers__fx_rates set rate = 8 "
    "where rate_date = date '2026-04-01'",
    registers.MONTH_COSTS_RECORDED: "delete from raw.registers__costs "
    "where cost_month = date '2026-05-01' and cost_type = 'salaries'",
    # staging
    staging.VISIT_ATTRIBUTES_USUAL: "update staging.stg_yandex_metrica__visits "
    "set referrer_host = '' where visit_date > date '2026-06-07'",
    staging.CLICK_PRICE_USUAL: "update staging.stg_google_ads__campaign_stats "
    "set cost_amount = cost_amount * 1000000 where spend_date = date '2026-06-10'",
    staging.DEAL_AMOUNTS_USUAL: "update staging.stg_bitrix24__deals set amount = amount * 100 "
    "where created_date >= date '2026-05-10'",
    staging.FOLLOWERS_STEADY: "update staging.stg_vk__followers set followers = 4000 "
    "where snapshot_date = date '2026-05-10'",
    staging.SURVEY_SCORES_VARY: "update staging.stg_surveys__responses set recommendation = 10 "
    "where answered_date > date '2026-02-10'",
    staging.MARGINS_STEADY: "update staging.stg_registers__margins set margin_rate = 0.7 "
    "where valid_from = date '2026-03-01'",
    # last gate
    kpis.ATTRIBUTION_EQUALS_ORDERS: "update intermediate.int_order_credits "
    "set revenue_amount = revenue_amount - case channel when 'search_ads' then 0.01 else 0.02 end "
    "where attribution_model = 'linear' and order_id = 10",
    kpis.FUNNEL_NARROWS: "update marts.kpi_funnel_monthly set leads_qualified = 101 "
    "where lead_month = date '2026-03-01'",
    kpis.TARGETS_ON_SCORECARD: "update marts.kpi_scorecard set target_id = 'T2'",
    kpis.FIGURES_NOT_RESTATED: "update marts.kpi_restatements "
    "set is_notice = true, current_value = 90, delta_share = -0.1, cause = 'refund'",
}
