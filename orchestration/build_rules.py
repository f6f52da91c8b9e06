"""What decides how visits are read besides the visits themselves.

Visits are built day by day, and only for days that were loaded anew. When anything named here
changes, all of them are built again; `raw.company` carries the fingerprint to dbt.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from orchestration.settings import DBT_PROJECT_DIR

_PARSED_FOLDERS = ("models", "macros", "seeds", "tests")
_PARSED_FILES = ("dbt_project.yml", "profiles.yml")

# Registers that the models of visits read: how conversions are recognised, which channel a tag
# means, whom the company wants to reach, and which networks belong to hosting companies.
RULE_REGISTERS = ("audience", "channels", "conversions", "hosting_networks")

# They move with the calendar; models know them by `raw.company` itself.
_MOVING = ("as_of_date", "last_complete_date")


def project_files() -> list[Path]:
    """Every file that dbt parses."""
    files = [DBT_PROJECT_DIR / name for name in _PARSED_FILES]
    for folder in _PARSED_FOLDERS:
        files += [path for path in (DBT_PROJECT_DIR / folder).rglob("*") if path.is_file()]
    return files


def project_fingerprint() -> str:
    """Hash of every file that dbt parses."""
    digest = hashlib.sha256()
    for path in sorted(project_files()):
        digest.update(f"{path.relative_to(DBT_PROJECT_DIR)}\0".encode())
        digest.update(path.read_bytes() + b"\0")
    return digest.hexdigest()


def fingerprint(
    registers: Sequence[Path], settings: Mapping[str, Any], sources: Sequence[Mapping[str, Any]]
) -> str:
    """A digest of the dbt project, of the files of `RULE_REGISTERS` and of the company's settings.

    `settings`, `sources`: rows of `raw.company` and `raw.sources`.
    """
    digest = hashlib.sha256(project_fingerprint().encode())
    for path in registers:
        digest.update(path.read_bytes() if path.exists() else b"absent")
        digest.update(b"\0")
    fixed = {name: value for name, value in settings.items() if name not in _MOVING}
    digest.update(json.dumps([fixed, list(sources)], default=str, sort_keys=True).encode())
    return digest.hexdigest()
