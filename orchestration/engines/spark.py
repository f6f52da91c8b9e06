"""Apache Spark: the session lives in the pipeline's process, the work is done by its executors."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from orchestration.engines.raw_relations import RawRelation, raw_relations
from orchestration.errors import UserError
from orchestration.lake import RAW_SCHEMA
from orchestration.settings import COMPANY_FILE, Company
from orchestration.sources.contracts import PARTITION_COLUMN

_TYPES = {"varchar": "string"}

# A lake has one folder a day. Below this many, the driver lists them itself: as a job of the
# executors, listing 500 days took longer than reading them.
_LISTED_BY_DRIVER = 10_000

# Without a metastore of the company's own, tables are known to the process that made them alone.
_CATALOG = "spark.sql.catalogImplementation"
_IN_MEMORY = "in-memory"
_PARTITIONS = "spark.sql.hive.manageFilesourcePartitions"

_LOG_SETTINGS = """\
rootLogger.level = error
rootLogger.appenderRef.stderr.ref = console
appender.console.type = Console
appender.console.name = console
appender.console.target = SYSTEM_ERR
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %p %c{1}: %m%n
# Failed queries are told by dbt; here they would come again with a Java stack trace.
logger.commands.name = org.apache.spark.sql.execution
logger.commands.level = off
# A metastore takes for errors that a schema is there already, and that a table's path is a file.
logger.metastore.name = org.apache.hadoop.hive.metastore.RetryingHMSHandler
logger.metastore.level = off
"""


class SparkEngine:
    def __init__(self, company: Company) -> None:
        self._company = company

    def prepare(self) -> dict[str, str]:
        self._check_installed()
        settings = self._settings()
        conf = self._folder / "conf"
        conf.mkdir(parents=True, exist_ok=True)
        lines = [f"{name} {value}\n" for name, value in sorted(settings.items())]
        (conf / "spark-defaults.conf").write_text("".join(lines), encoding="utf-8")
        (conf / "log4j2.properties").write_text(_LOG_SETTINGS, encoding="utf-8")
        environment = {"SPARK_CONF_DIR": str(conf), "KPI_SPARK_CATALOG": settings[_CATALOG]}
        if settings["spark.master"].startswith(("local", "spark://127.0.0.1")):
            # The name of the machine may resolve to an address that is not reachable.
            environment["SPARK_LOCAL_IP"] = "127.0.0.1"
        return environment

    def reset(self) -> None:
        """Remove tables of earlier runs where Spark's catalogue does not outlive the process."""
        if self._settings()[_CATALOG] == _IN_MEMORY:
            shutil.rmtree(self._folder / "warehouse", ignore_errors=True)

    def raw_statements(self) -> list[str]:
        # The lake's days are found in its folders; those of models are registered in a metastore,
        # which alone lets a day be dropped.
        statements = [f"set {_PARTITIONS} = false", f"create schema if not exists {RAW_SCHEMA}"]
        for relation in raw_relations(self._company):
            statements.append(f"drop table if exists {RAW_SCHEMA}.{relation.name}")
            statements.append(_definition(relation))
        return [*statements, f"set {_PARTITIONS} = true"]

    def export_statements(self, tables: Sequence[str], folder: Path) -> list[str]:
        return [
            f"insert overwrite directory '{folder / table}' using parquet select * from {table}"
            for table in tables
        ]

    def download(self, tables: Sequence[str], folder: Path) -> None:
        """Nothing: executors have written the files."""

    def close(self) -> None:
        """Stop the application, so that its executors serve others while the report is drawn."""
        from pyspark.sql import SparkSession  # noqa: PLC0415 - an optional package

        if session := SparkSession.getActiveSession():
            session.stop()

    def _check_installed(self) -> None:
        file = self._company.directory / COMPANY_FILE
        if importlib.util.find_spec("pyspark") is None:
            raise UserError(
                "[warehouse] target is spark, but the package pyspark is not installed",
                file=file,
                remedy="install it with: make install-spark",
            )
        home = os.environ.get("JAVA_HOME")
        if not (home and (Path(home) / "bin" / "java").exists()) and not shutil.which("java"):
            raise UserError(
                "[warehouse] target is spark, but there is no Java, which Spark needs",
                file=file,
                remedy="install Java 17 or newer (Debian: apt-get install openjdk-17-jre-headless)",
            )

    @property
    def _folder(self) -> Path:
        return self._company.paths.engine / "spark"

    def _settings(self) -> dict[str, str]:
        """Spark's settings: those of company.toml, and for the rest what suits one machine."""
        given = {name: _text(value) for name, value in self._company.warehouse.spark.items()}
        defaults = {
            "spark.app.name": f"marketing-kpi {self._company.slug}",
            "spark.master": "local[*]",
            _CATALOG: _IN_MEMORY,
            # The sweeps of the Markov diagnostic are more nested queries than Spark resolves.
            "spark.sql.analyzer.maxIterations": "1000",
            "spark.sql.ansi.enabled": "true",
            "spark.sql.files.openCostInBytes": "65536",
            "spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS",
            "spark.sql.session.timeZone": "UTC",
            "spark.sql.shuffle.partitions": "4",
            "spark.sql.sources.parallelPartitionDiscovery.threshold": str(_LISTED_BY_DRIVER),
            # An incremental model replaces the days it holds and leaves the others.
            "spark.sql.sources.partitionOverwriteMode": "dynamic",
            "spark.sql.warehouse.dir": str(self._folder / "warehouse"),
            "spark.ui.enabled": "false",
            "spark.ui.showConsoleProgress": "false",
        }
        return defaults | given


def _text(value: str | int | float | bool) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _definition(relation: RawRelation) -> str:
    """A table over the files. Its columns are named, so that Spark opens no file to learn them."""
    columns = [f"`{name}` {_TYPES.get(kind, kind)}" for name, kind in relation.columns]
    tail = ""
    if relation.folder:
        columns.append(f"{PARTITION_COLUMN} date")
        tail = f" partitioned by ({PARTITION_COLUMN})"
    if relation.files:
        path = relation.folder or _common_path(relation.files)
        tail = f" options (path '{path}'){tail}"
    name = f"{RAW_SCHEMA}.{relation.name}"
    return f"create table {name} ({', '.join(columns)}) using parquet{tail}"


def _common_path(files: Sequence[Path]) -> Path:
    """The file, or the folder of several: nothing else lies in it."""
    return files[0] if len(files) == 1 else files[0].parent
