"""The data dictionary: what every published mart and column is, from the descriptions in dbt.

Descriptions are written once, in the YAML beside the models. From there they go into the comments
and the schema `docs` of `kpi.duckdb`, into the parquet files, the Excel export and the site.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Kind = Literal["kpi", "fact", "dimension"]

COMPANY_CURRENCY = "company currency"
SHARE = "share 0..1"
SIGNED_SHARE = "share, also below 0 or above 1"
RATIO = "ratio"
NUMBER = "number"
COUNT = "count"
ROW_UNIT = "unit of the row"

# First match wins. What the name cannot tell is said by `config.meta.unit` of the column.
_UNITS_BY_NAME = (
    (r"(^|_)amount(_mature)?$", COMPANY_CURRENCY),
    (r"(^|_)days(_before)?$", "days"),
    (r"_months$", "months"),
    (r"_seconds$", "seconds"),
    (r"^nps(?!_respondents)", "points -100..100"),
    (r"^(roas|drr|romi|romi_full|roi_revenue)(_mature)?(_low|_high)?$", RATIO),
    (r"romi|ratio$|_per_visit$|frequency$|^ltv_cac$|^pace$", RATIO),
    (r"^(aided|visit_conversion)_change", SIGNED_SHARE),
    (r"^(growth_rate|(delta|incremental|error|total_error)_share)$", SIGNED_SHARE),
    (r"(_rate|_rate_\d+d|_share|maturity|probability)$", SHARE),
    (r"^(aided|unaided|top_of_mind|lead_to_order)_|_conversion_(low|high)$", SHARE),
    (r"_version$|_number$|^(weekday|fiscal_quarter|display_order)$", NUMBER),
    (r"_value$|^value_then$|^(actual|baseline|projected)_|^expected_growth$", ROW_UNIT),
    (r"^(metric|guard)_(before|now|low|high)$", ROW_UNIT),
    (r"^(needed|detectable|best_past)_change$|^expected_to_date$|^required_per_day$", ROW_UNIT),
    (r"^(numerator|denominator|delta|gap)$", ROW_UNIT),
    (r"^(leads|qualified_leads|orders|new_customers)(_mature)?$", COUNT),
    (
        r"^expected_(visits|low|high)$|_(respondents|alarms|visits)$|(^|_)conversions$"
        r"|^(events|trials_needed)$",
        COUNT,
    ),
)
_UNITS_BY_TYPE = {"boolean": "true or false", "varchar": "text", "date": "date"}


@dataclass(frozen=True)
class Column:
    """A column of a mart. `type` is DuckDB's, `unit` one of a small set of words."""

    name: str
    type: str
    unit: str
    description: str


@dataclass(frozen=True)
class Mart:
    """A published table. The description begins with the grain."""

    name: str
    kind: Kind
    description: str
    columns: tuple[Column, ...]


def read(manifest: Path, schema: str) -> list[Mart]:
    """Every mart of a dbt manifest, KPIs first, then facts and dimensions, by name."""
    nodes = json.loads(manifest.read_text(encoding="utf-8"))["nodes"].values()
    marts = [
        _mart(node)
        for node in nodes
        if node["resource_type"] in {"model", "seed"} and node["schema"] == schema
    ]
    order = ("kpi", "fact", "dimension")
    return sorted(marts, key=lambda mart: (order.index(mart.kind), mart.name))


def unit_of(name: str, data_type: str, description: str = "") -> str:
    """Unit of a column by its type, the naming rules of the project, and the range it is given."""
    data_type = data_type.lower()
    if data_type in _UNITS_BY_TYPE:
        return _UNITS_BY_TYPE[data_type]
    if data_type.startswith("timestamp"):
        return "timestamp UTC"
    for pattern, unit in _UNITS_BY_NAME:
        if re.search(pattern, name):
            return unit
    if "0..1" in description:
        return SHARE
    return COUNT if data_type in {"bigint", "integer"} else NUMBER


def with_types(marts: Iterable[Mart], types: Mapping[str, Mapping[str, str]]) -> list[Mart]:
    """The dictionary of tables as they are: their columns in their order, with their types.

    A table or column that has no description keeps an empty one; a described column that is not
    in the table is left out.
    """
    known = {mart.name: mart for mart in marts}
    result = []
    for table, columns in types.items():
        mart = known.get(table, Mart(table, _kind(table), "", ()))
        described = {column.name: column for column in mart.columns}
        result.append(
            Mart(
                table,
                mart.kind,
                mart.description,
                tuple(_typed(name, kind, described.get(name)) for name, kind in columns.items()),
            )
        )
    return result


def _typed(name: str, data_type: str, described: Column | None) -> Column:
    description = described.description if described else ""
    unit = described.unit if described else ""
    return Column(name, data_type, unit or unit_of(name, data_type, description), description)


def _mart(node: Mapping[str, Any]) -> Mart:
    return Mart(
        name=node["name"],
        kind=_kind(node["name"]),
        description=_one_line(node["description"]),
        columns=tuple(_column(column) for column in node["columns"].values()),
    )


def _column(column: Mapping[str, Any]) -> Column:
    data_type = column["data_type"] or ""
    meta = {**(column.get("meta") or {}), **((column.get("config") or {}).get("meta") or {})}
    description = _one_line(column["description"])
    # A seed tells no types; they come from the table itself.
    unit = meta.get("unit") or (
        unit_of(column["name"], data_type, description) if data_type else ""
    )
    return Column(column["name"], data_type, unit, description)


def _kind(name: str) -> Kind:
    if name.startswith("fct_"):
        return "fact"
    return "dimension" if name.startswith("dim_") else "kpi"


def _one_line(text: str) -> str:
    return " ".join(text.split())
