"""Names of things in the messages of checks, in English and Russian.

An item says `{channel:channel}`: the value of the column `channel` by its name of the kind
`channel`. What the company named itself comes from its own tables, codes of the product from here.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache

import duckdb

from orchestration.settings import DBT_PROJECT_DIR

# (kind, value) -> English, Russian
Names = Mapping[tuple[str, str], tuple[str, str]]

_CODES: dict[str, dict[str, tuple[str, str]]] = {
    "channel": {
        "(all)": ("all channels", "все каналы"),
        "unattributed": ("unattributed", "источник не установлен"),
    },
    "campaign": {"(none)": ("none", "нет"), "(all)": ("all campaigns", "все кампании")},
    "product_line": {"(none)": ("none", "не указано")},
    "segment": {
        "all all": ("the whole company", "вся компания"),
        "all": ("the whole company", "вся компания"),
    },
    "spike_reason": {
        "volume": ("more visits than usual", "визитов больше обычного"),
        "outage": ("fewer visits than usual", "визитов меньше обычного"),
        "slow_leak": ("slow leak of suspicious visits", "медленная накрутка"),
        "bot_spike": ("bot spike", "накрутка"),
        "bot_spike_on_holiday": ("bot spike on a holiday", "накрутка в праздник"),
        "suspicious_share": ("more suspicious visits", "больше подозрительных визитов"),
    },
    "change": {
        "changed": ("its condition changed", "изменено условие"),
        "deleted": ("deleted", "удалена"),
    },
    "setting": {
        "status": ("status", "статус"),
        "code_status": ("state of the code", "состояние кода"),
        "robot_filter": ("robot filter", "фильтр роботов"),
        "time_zone": ("time zone", "часовой пояс"),
        "visit_timeout_seconds": ("visit timeout, seconds", "тайм-аут визита, секунд"),
        "has_auto_goals": ("automatic goals", "автоцели"),
    },
    "cost_type": {
        "agency": ("agency", "агентство"),
        "salaries": ("salaries", "зарплаты"),
        "tools": ("tools", "сервисы"),
        "media": ("media", "размещение"),
        "production": ("production", "производство материалов"),
        "discounts": ("discounts", "скидки"),
        "invoice": ("bills of ad systems", "счета рекламных систем"),
    },
    "attribution_model": {
        "first": ("first touch", "первое касание"),
        "last": ("last touch", "последнее касание"),
        "last_non_direct": ("last non-direct touch", "последнее значимое касание"),
        "linear": ("linear", "линейная"),
        "position": ("position-based", "с привязкой к позиции"),
        "time_decay": ("time decay", "с учётом давности"),
    },
    "cause": {
        "late_data": ("late data", "данные пришли позже"),
        "known_records_changed": (
            "orders or spend known then have changed",
            "изменились уже известные тогда заказы или расход",
        ),
        "moved_between_channels": (
            "moved from one channel to another",
            "перенесено с канала на канал",
        ),
        "margin_changed": ("a margin was changed", "изменили маржу"),
        "source_restated": ("the source restated it", "источник изменил данные"),
        "no_longer_known": ("no longer computed", "больше не считается"),
        "refund": ("refunds", "возвраты"),
        "rule_version": (
            "a rule or a setting was changed",
            "изменили правило или настройку",
        ),
        "reload": ("the source was loaded again", "источник загружен заново"),
        "unknown": ("cause unknown", "причина неизвестна"),
    },
    "thing": {
        "channel": ("channel", "канал"),
        "product_line": ("product line", "направление"),
        "network": ("network", "соцсеть"),
        "mode": ("mode of a survey", "способ опроса"),
        "metric_id": ("KPI", "показатель"),
        "goal_id": ("goal", "цель"),
        "segment_type": ("kind of segment", "вид разреза"),
    },
    "money": {
        "spend": ("spend", "расход"),
        "orders": ("orders", "заказы"),
        "costs": ("costs", "затраты"),
    },
    "attribute": {
        "client_id": ("browser id", "код браузера (ClientID)"),
        "referrer_host": ("referrer", "источник перехода"),
        "utm_source": ("utm_source", "метка utm_source"),
        "country": ("country", "страна"),
        "device": ("device", "устройство"),
        "operating_system": ("operating system", "операционная система"),
    },
    "survey_mode": {
        "online_panel": ("online panel", "онлайн-панель"),
        "phone": ("phone", "телефон"),
        "street": ("street", "на улице"),
        "customers": ("customers", "клиенты"),
    },
    "source": {
        "amocrm": ("amoCRM", "amoCRM"),
        "bitrix24": ("Bitrix24", "Битрикс24"),
        "calltouch": ("Calltouch", "Calltouch"),
        "central_bank": ("Central bank", "Банк России"),
        "ga4": ("Google Analytics 4", "Google Analytics 4"),
        "google_ads": ("Google Ads", "Google Ads"),
        "hubspot": ("HubSpot", "HubSpot"),
        "instagram": ("Instagram", "Instagram"),
        "plain": ("Own tables", "Свои таблицы"),
        "registers": ("Registers", "Реестры"),
        "surveys": ("Surveys", "Опросы"),
        "telegram": ("Telegram", "Telegram"),
        "vk": ("VK", "ВКонтакте"),
        "vk_ads": ("VK Ads", "VK Реклама"),
        "yandex_direct": ("Yandex Direct", "Яндекс Директ"),
        "yandex_metrica": ("Yandex Metrica", "Яндекс Метрика"),
    },
    "table": {
        "ad_spend": ("spend", "расходы"),
        "ad_stats": ("statistics of ads", "статистика объявлений"),
        "calls": ("calls", "звонки"),
        "campaign_stats": ("statistics of campaigns", "статистика кампаний"),
        "conversions": ("conversions", "конверсии"),
        "counter_settings": ("settings of the counter", "настройки счётчика"),
        "customers": ("customers", "клиенты"),
        "daily_report": ("daily report", "отчёт по дням"),
        "deals": ("deals", "сделки"),
        "events": ("events", "события"),
        "followers": ("followers", "подписчики"),
        "fx_rates": ("exchange rates", "курсы валют"),
        "goals": ("goals", "цели"),
        "hits": ("page views", "просмотры"),
        "leads": ("leads", "лиды"),
        "deal_products": ("products of deals", "товары сделок"),
        "order_lines": ("lines of orders", "строки заказов"),
        "orders": ("orders", "заказы"),
        "responses": ("answers", "ответы"),
        "sessions": ("sessions", "сеансы"),
        "stage_history": ("history of stages", "история стадий"),
        "survey_responses": ("answers of surveys", "ответы опросов"),
        "visits": ("visits", "визиты"),
    },
}

KINDS = frozenset(_CODES) | {"metric", "conversion"}
SOURCES = _CODES["source"]

# Kind -> the table that names its things, and a query of id, English, Russian.
_TABLES = {
    "channel": ("marts.dim_channel", "select channel, name_en, name_ru from {table}"),
    "campaign": (
        "marts.dim_campaign",
        "select distinct on (campaign_id) campaign_id, label, label from (select campaign_id, "
        "concat(campaign_id, ' «', campaign_name, '»') as label from {table} "
        "where campaign_name <> campaign_id) as named",
    ),
    "product_line": (
        "marts.dim_product_line",
        "select product_line, name_en, name_ru from {table}",
    ),
    "conversion": (
        "raw.registers__conversions",
        "select conversion_id, arg_max(name_en, version), arg_max(name_ru, version) from {table} "
        "group by conversion_id",
    ),
}


def names_of_company(connection: duckdb.DuckDBPyConnection) -> Names:
    """Names of codes, of KPIs and of what the company named; a gate sees some of the tables."""
    names = dict(_names_of_product())
    known = {
        f"{schema}.{table}"
        for schema, table in connection.execute(
            "select table_schema, table_name from information_schema.tables"
        ).fetchall()
    }
    for kind, (table, query) in _TABLES.items():
        if table not in known:
            continue
        for value, english, russian in connection.execute(query.format(table=table)).fetchall():
            if english or russian:
                names.setdefault((kind, str(value)), (english or russian, russian or english))
    return names


@cache
def _names_of_product() -> Names:
    names = {(kind, value): pair for kind, codes in _CODES.items() for value, pair in codes.items()}
    seed = DBT_PROJECT_DIR / "seeds" / "kpi_definitions.csv"
    with seed.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            names["metric", row["metric_id"]] = (row["name_en"], row["name_ru"])
    return names
