"""The build database and the dbt project that fills it."""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import TYPE_CHECKING, Any, cast

import duckdb

from orchestration import build_rules, lake
from orchestration.engines import engine_of
from orchestration.engines.homecoming import built_tables, load_tables
from orchestration.settings import (
    DBT_PROJECT_DIR,
    TARGET_VARIABLE,
    WAREHOUSE_VARIABLE,
    Company,
    is_full_refresh,
)

# What DuckDB says of a file that a bad disk or a foreign hand has damaged; not of one that another
# process holds.
_DAMAGED_FILE = (
    "not a valid DuckDB database file",
    "Could not read enough bytes",
    "Corrupt database file",
)

# What dbt logs when a model, seed or test has ended.
_RESULT_EVENTS = frozenset({"LogModelResult", "LogSeedResult", "LogTestResult"})

logger = logging.getLogger(__name__)

if TYPE_CHECKING:
    from dbt.cli.main import dbtRunnerResult
    from dbt.contracts.graph.manifest import Manifest

# The project as this process parsed it, for the one command that follows: a second parse of the
# same files costs seconds.
_parsed: dict[Path, Manifest] = {}
# What a parse leaves behind: what it was made of, the manifest, that of the metrics, and dbt's own
# state of the files.
_PARSED_FROM, _MANIFEST, _METRICS = "parsed_from.json", "manifest.json", "semantic_manifest.json"
_PARSER_STATE = "partial_parse.msgpack"
_PARSE_RESULTS = (_PARSED_FROM, _MANIFEST, _METRICS, _PARSER_STATE)


def set_environment(company: Company) -> None:
    """Point dbt, in this process and its children, at the company's build database or engine.

    Raises:
        UserError: the engine of company.toml cannot be used on this machine.
    """
    os.environ[WAREHOUSE_VARIABLE] = str(company.paths.warehouse)
    os.environ[TARGET_VARIABLE] = company.warehouse.target
    if engine := engine_of(company):
        os.environ.update(engine.prepare())


def register_raw(company: Company) -> None:
    """Make the lake visible to dbt: one view per raw table, also where no file was loaded."""
    company.paths.warehouse.parent.mkdir(parents=True, exist_ok=True)
    if is_full_refresh():
        # Rows that dbt replaces stay in the file's free blocks, also those of an erased person.
        _remove(company.paths.warehouse)
    with _opened(company.paths.warehouse) as connection:
        lake.register(connection, company)
    if engine := engine_of(company):
        engine.reset()
        _run_statements(company, engine.raw_statements())


def _opened(path: Path) -> duckdb.DuckDBPyConnection:
    """The build database, a new one in the place of a damaged one: everything in it is made of the
    lake, and without this no run would come to an end until somebody removed the file."""
    try:
        return duckdb.connect(str(path))
    except duckdb.Error as error:
        if not any(sign in str(error) for sign in _DAMAGED_FILE):
            raise
        logger.warning("the build database is damaged and is made anew: %s", error)
        _remove(path)
        return duckdb.connect(str(path))


def _remove(database: Path) -> None:
    database.unlink(missing_ok=True)
    database.with_name(f"{database.name}.wal").unlink(missing_ok=True)


def collect_marts(company: Company) -> None:
    """Load what another engine built into the company's DuckDB file; nothing to do for DuckDB."""
    engine = engine_of(company)
    if engine is None:
        return
    tables = built_tables(ensure_manifest(company))
    names = [table.full_name for table in tables]
    folder = company.paths.engine / "exported"
    shutil.rmtree(folder, ignore_errors=True)
    _run_statements(company, engine.export_statements(names, folder))
    engine.download(names, folder)
    engine.close()
    load_tables(company.paths.warehouse, tables, folder)
    shutil.rmtree(folder)


def _run_statements(company: Company, statements: Sequence[str]) -> None:
    """Run SQL on the company's engine through dbt, which knows how to reach it."""
    if not statements:
        return
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 - see ensure_manifest

    set_environment(company)
    result = dbtRunner(manifest=take_parsed(company)).invoke(
        [
            *(*_QUIET, "run-operation", "run_statements", *dbt_arguments(company.paths.dbt_target)),
            *("--args", json.dumps({"statements": list(statements)})),
        ]
    )
    if not result.success:
        log = company.paths.dbt_target / "logs" / "dbt.log"
        raise RuntimeError(f"{company.warehouse.target} refused a statement; see the end of {log}")


def ensure_manifest(company: Company) -> Path:
    """Path of the dbt manifest; parses the project when it changed since the last parse.

    The manifest lies in the company's output folder, so that companies do not share parser state;
    one that another company, or the installation, has made of the same files is copied there.
    """
    target = company.paths.dbt_target
    if not _is_current(target, company.warehouse.target):
        set_environment(company)
        shared = _shared_parse()
        if _is_current(shared, company.warehouse.target):
            _copy_parse(shared, target)
        else:
            _parsed[target] = _parse(target)
            _copy_parse(target, shared)
    return target / _MANIFEST


def prepare() -> None:
    """Parse the project ahead of the first run, as part of the installation."""
    shared = _shared_parse()
    os.environ[WAREHOUSE_VARIABLE] = str(shared / "warehouse.duckdb")
    _parse(shared)


def project_manifest() -> Manifest:
    """The parsed project for a command that needs no company's database, such as `compile`."""
    shared = _shared_parse()
    if _is_current(shared, os.environ.get(TARGET_VARIABLE, "duckdb")):
        return _read_manifest(shared)
    with tempfile.TemporaryDirectory(prefix="kpi-parse-") as folder:
        manifest = _parse(Path(folder))
        _copy_parse(Path(folder), shared)
    return manifest


def _parse(target: Path) -> Manifest:
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 - seconds to import, and only needed here

    (target / _PARSED_FROM).unlink(missing_ok=True)
    origin = _origin(os.environ.get(TARGET_VARIABLE, "duckdb"))
    result = dbtRunner().invoke([*_QUIET, "parse", *dbt_arguments(target)])
    if not result.success:
        raise RuntimeError(f"the dbt project cannot be parsed: {result.exception}")
    (target / _PARSED_FROM).write_text(json.dumps(origin), encoding="utf-8")
    return cast("Manifest", result.result)


def _origin(engine: str) -> dict[str, str]:
    """What a parse is made of: the files' content (their age says nothing after an upgrade), the
    engine and the versions of dbt."""
    versions = {package: version(package) for package in ("dbt-core", "dbt-duckdb")}
    return {
        "project": str(DBT_PROJECT_DIR),
        "files": build_rules.project_fingerprint(),
        "engine": engine,
        **versions,
    }


def _is_current(target: Path, engine: str) -> bool:
    """Whether the parse in this folder is whole and of the project as it is now."""
    if not all((target / name).is_file() for name in _PARSE_RESULTS):
        return False
    return (target / _PARSED_FROM).read_text(encoding="utf-8") == json.dumps(_origin(engine))


def _shared_parse() -> Path:
    """Folder of the last parse for this engine, whatever the company."""
    return DBT_PROJECT_DIR / "target" / os.environ.get(TARGET_VARIABLE, "duckdb")


def _copy_parse(source: Path, target: Path) -> None:
    """Copy the results of a parse file by file, its origin last, each in one rename."""
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name in reversed(_PARSE_RESULTS):
            aside = target / f".{name}.{os.getpid()}"
            shutil.copy2(source / name, aside)
            aside.replace(target / name)
    except OSError:
        # A project folder that cannot be written to: each company then parses for itself.
        if target.is_relative_to(DBT_PROJECT_DIR):
            return
        raise


def take_parsed(company: Company) -> Manifest | None:
    """The parsed project for one command, which may alter it; None lets dbt parse what it needs."""
    target = company.paths.dbt_target
    if target in _parsed:
        return _parsed.pop(target)
    if not _is_current(target, company.warehouse.target):
        return None
    return _read_manifest(target)


def _read_manifest(target: Path) -> Manifest:
    from dbt.contracts.graph.manifest import Manifest  # noqa: PLC0415 - see _parse
    from dbt.parser.manifest import extended_mashumuro_decoder  # noqa: PLC0415

    state = (target / _PARSER_STATE).read_bytes()
    manifest = Manifest.from_msgpack(state, decoder=extended_mashumuro_decoder)
    manifest.build_flat_graph()
    return manifest


def build(company: Company, arguments: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Run `dbt build` in this process; yields dbt's structured log entry of each node as it ends.

    dbt works in a thread beside the caller, so that results are recorded while it goes on. Whether
    the nodes succeeded, and why not, is in `build_results`.

    Raises:
        RuntimeError: dbt ended by an error that is none of a model's or test's.
    """
    from dbt.adapters.duckdb.connections import DuckDBConnectionManager  # noqa: PLC0415
    from dbt.artifacts.schemas.run import RunExecutionResult  # noqa: PLC0415
    from dbt.cli.main import dbtRunner  # noqa: PLC0415 - see _parse
    from dbt_common.events.functions import msg_to_dict  # noqa: PLC0415

    from orchestration.dbt_events import use_wanted_events  # noqa: PLC0415

    set_environment(company)
    use_wanted_events()
    _results_path(company).unlink(missing_ok=True)
    if is_full_refresh():
        arguments = [*arguments, "--full-refresh"]
    events: SimpleQueue[dict[str, Any] | None] = SimpleQueue()

    def note(message: Any) -> None:
        if message.info.name in _RESULT_EVENTS:
            events.put(msg_to_dict(message))

    runner = dbtRunner(manifest=take_parsed(company), callbacks=[note])

    target = company.paths.dbt_target
    ended: list[dbtRunnerResult] = []
    broke: list[Exception] = []

    def work() -> None:
        try:
            # dbt would write the manifest too, twice, which the parse has left there.
            ended.append(
                runner.invoke(
                    [*_QUIET, "build", "--no-write-json", *dbt_arguments(target), *arguments]
                )
            )
            if isinstance(ended[0].result, RunExecutionResult):
                ended[0].result.write(str(_results_path(company)))
        except Exception as error:
            broke.append(error)
        finally:
            # dbt keeps its connection for the life of the process; the steps after it open the
            # database for reading, which DuckDB refuses beside an open writer.
            DuckDBConnectionManager.close_all_connections()
            events.put(None)

    # A thread that the process does not wait for: an interrupted run ends at once.
    thread = Thread(target=work, name="dbt", daemon=True)
    thread.start()
    yield from iter(events.get, None)
    thread.join()
    if broke:
        raise broke[0]
    # not of a model or test, which are among the results: of a hook, or before the first of them
    if ended and ended[0].exception:
        raise RuntimeError(f"dbt: {' '.join(str(ended[0].exception).split())}")


def build_results(company: Company) -> list[dict[str, Any]]:
    """Results of the nodes of the last build; empty when dbt ended before it ran any."""
    path = _results_path(company)
    if not path.exists():
        return []
    return json.loads(path.read_text(encoding="utf-8"))["results"]


def _results_path(company: Company) -> Path:
    return company.paths.dbt_target / "run_results.json"


# Its log file in the target folder keeps everything.
_QUIET = ("--log-level", "none", "--log-level-file", "info")


def dbt_arguments(target: Path) -> list[str]:
    """Where dbt finds the project and puts what it makes: artifacts and log under `target`."""
    return [
        *("--project-dir", str(DBT_PROJECT_DIR)),
        *("--profiles-dir", str(DBT_PROJECT_DIR)),
        *("--target-path", str(target)),
        *("--log-path", str(target / "logs")),
    ]
