"""The raw lake: day-partitioned parquet that is replaced, never appended, and read by every engine.

    lake/<source>/<table>/day=2026-01-31/part-0.parquet   tables that are replaced by whole days
    lake/<source>/<table>/part-0.parquet                  tables that are rebuilt whole
    lake/<source>/<table>/_manifest.json                  which files were loaded, written last
    lake/_quarantine, lake/_log, lake/_pipeline           refused rows, last loads, settings
    lake/_bundles                                         small tables once more, in a file each

A load writes beside the lake and renames file by file, the manifest last: a kill leaves each day
as it was or as it is to be, and the next load does the work again.
"""

from __future__ import annotations

from orchestration.lake.company_tables import (
    append_published_figures,
    published_figures,
    write_company_tables,
)
from orchestration.lake.folders import sql, table_folder
from orchestration.lake.loading import load
from orchestration.lake.reports import LoadReport
from orchestration.lake.views import (
    RAW_SCHEMA,
    pipeline_tables,
    register,
    register_pipeline_tables,
)

__all__ = [
    "RAW_SCHEMA",
    "LoadReport",
    "append_published_figures",
    "load",
    "pipeline_tables",
    "published_figures",
    "register",
    "register_pipeline_tables",
    "sql",
    "table_folder",
    "write_company_tables",
]
