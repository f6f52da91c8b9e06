"""The settings that a source has beside those of all sources, by name.

Whoever reads one checks its value; here it is only known that there is such a setting, so that a
misspelt one is refused and not passed over. A test holds the lists against the code that reads.
"""

from __future__ import annotations

from collections.abc import Mapping

from orchestration.sources.contracts import tables_of

_FILES = frozenset({"sheet"})
_API = frozenset({"base_url", "days_at_once", "full_load_days", "deletes_at_most"})
_TOKEN = frozenset({"token_env"})
_APPLICATION = frozenset({"client_id_env", "client_secret_env", "refresh_token_env"})
_GOOGLE = _APPLICATION | _TOKEN | {"service_account_env", "token_url"}
_RECORDS = frozenset({"fields", "products", "snapshot", "overlap_hours"})

_OWN: Mapping[str, frozenset[str]] = {
    "yandex_metrica": _TOKEN | {"counter_ids", "hits", "wait_minutes", "page_rows"},
    "ga4": _GOOGLE | {"property_ids", "page_rows"},
    "yandex_direct": _TOKEN
    | {"client_logins", "level", "operator_units", "api_version", "most_rows"},
    "google_ads": _GOOGLE
    | {"customer_ids", "login_customer_id", "developer_token_env", "api_version"},
    "vk_ads": frozenset({"client_id_env", "client_secret_env"})
    | {"agency_client_name", "agency_client_id", "level", "attribution", "page_size"},
    "bitrix24": _RECORDS | _APPLICATION | {"portal", "webhook_env", "oauth_url"},
    "amocrm": _RECORDS | _TOKEN | _APPLICATION | {"account", "redirect_uri", "price_field"},
    "hubspot": _RECORDS | _TOKEN,
    "calltouch": _TOKEN | {"site_ids", "fields"},
    "central_bank": frozenset({"currencies"}),
    "telegram": _TOKEN | {"accounts"},
    "vk": _TOKEN | {"accounts", "with_statistics", "api_version"},
    "instagram": _TOKEN | {"accounts", "with_statistics", "metrics", "api_version"},
}


def known_options(source: str) -> frozenset[str]:
    """Names of the settings of a source that `SourceSettings` does not have."""
    # a list of one id tells a column that an export lacks, such as `counter_ids`
    columns = {column.name for table in tables_of(source) for column in table.columns}
    lists = {f"{name}s" for name in columns if name.endswith("_id")}
    return _FILES | _API | _OWN.get(source, frozenset()) | lists
