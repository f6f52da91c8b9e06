"""The companies of a folder of company folders, also those whose settings are broken."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from orchestration.errors import UserError
from orchestration.settings import COMPANY_FILE, Company, Paths, load_company, paths_of

FLEET_DIR_VARIABLE = "KPI_FLEET_DIR"
# A folder with one of these is meant to be a company, even where its settings are missing.
_SIGNS = (COMPANY_FILE, "registers", "exports")


@dataclass(frozen=True)
class Member:
    """A company of the fleet. `error`: why its settings cannot be read; `company` is None then."""

    directory: Path
    company: Company | None
    error: str | None = None

    @property
    def slug(self) -> str:
        return self.directory.name

    @property
    def name(self) -> str:
        return self.company.name if self.company else self.slug

    @property
    def paths(self) -> Paths:
        return self.company.paths if self.company else paths_of(self.slug)


def fleet_directory(folder: Path | str | None = None) -> Path:
    """The folder of company folders: the argument, else $KPI_FLEET_DIR.

    Raises:
        UserError: neither names a folder.
    """
    chosen = folder or os.environ.get(FLEET_DIR_VARIABLE)
    path = Path(chosen).expanduser().resolve() if chosen else None
    if path is None or not path.is_dir():
        raise UserError(
            "There is no folder of companies",
            file=path,
            remedy=f"name it with --companies, or set {FLEET_DIR_VARIABLE}",
        )
    return path


def find_members(folder: Path) -> list[Member]:
    """Every company folder directly under `folder`, by name.

    Raises:
        UserError: there is none.
    """
    members = [
        _member(path)
        for path in sorted(folder.iterdir())
        if path.is_dir() and any((path / sign).exists() for sign in _SIGNS)
    ]
    if not members:
        raise UserError(
            "The folder holds no company folder",
            file=folder,
            remedy=f"make one with: marketing-kpi new {folder}/NAME",
        )
    return members


def _member(path: Path) -> Member:
    try:
        return Member(path, load_company(path))
    except UserError as error:
        return Member(path, None, str(error))
    except OSError as error:
        return Member(path, None, f"{COMPANY_FILE} cannot be read: {error.strerror}.")
