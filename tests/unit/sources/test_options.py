"""The list of settings that sources know, against the code that reads them."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestration.settings import PROJECT_DIR, SourceSettings
from orchestration.sources.contracts import SOURCES
from orchestration.sources.options import known_options

API = PROJECT_DIR / "orchestration" / "sources" / "api"
READERS = {"get", "text", "texts", "whole", "variable", "secret", "checked_url", "mapping_of"}
SHARED = (
    API / "records.py",
    API / "http.py",
    API / "google_auth.py",
    API / "__init__.py",
    API.parent / "cell_tables.py",
    PROJECT_DIR / "orchestration" / "lake" / "api_loads.py",
)
WITH_API = [source for source in SOURCES if (API / f"{source}.py").exists()]


def read_by(path: Path) -> Iterator[str]:
    """Names of settings that a module asks its options for."""
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(call, ast.Call):
            continue
        name = call.func.attr if isinstance(call.func, ast.Attribute) else ""
        name = call.func.id if isinstance(call.func, ast.Name) else name
        if name in READERS and "options" in ast.unparse(call):
            asked = [item.value for item in call.args[:2] if isinstance(item, ast.Constant)]
            # behind a name that is no constant comes an example, such as "name"
            yield from (str(value) for value in asked[:1] if str(value).isidentifier())


def texts_of(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("source", WITH_API)
def test_every_setting_that_a_door_asks_for_is_known(source: str) -> None:
    asked = set(read_by(API / f"{source}.py"))
    assert asked, "the test no longer sees what the door reads"
    assert asked <= known_options(source) | set(SourceSettings.model_fields)


@pytest.mark.parametrize("source", WITH_API)
def test_no_setting_is_known_that_nobody_reads(source: str) -> None:
    written = texts_of(API / f"{source}.py") + "".join(map(texts_of, SHARED))
    for name in known_options(source) - known_options("surveys"):
        # Google's three ways are one text: f"{way}_env"
        word = name.removesuffix("_env") if name.endswith("_env") else name
        assert f'"{name}"' in written or f'"{word}"' in written or name.endswith("_ids"), name
