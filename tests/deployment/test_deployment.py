"""The deployment of deploy/: its files hold, and its parts run on a real PostgreSQL server.

No container is started here. The parts run on this machine by the command lines and the settings of
compose.yaml; what that leaves unproven stands in docs/deployment.md.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import dagster as dg
import duckdb
import pyarrow.parquet as pq
import pytest
import sqlalchemy
import yaml

from orchestration import run_launcher
from orchestration.run_launcher import WORKER_TAG, worker_tag
from orchestration.sample_world.generator import generate
from orchestration.settings import PROJECT_DIR
from tests.deployment import postgres
from tests.deployment.services import (
    DEPLOY,
    SERVED,
    Host,
    compose_file,
    interpolate,
    wait_for,
)
from tests.engines.ports import free_port

COMPANY = "acme"
ORCHESTRATION = PROJECT_DIR / "orchestration"
# The last complete day of the company, which stands still.
DAY, TODAY = "2026-11-15", date(2026, 11, 16)
VALUES = {
    "DAGSTER_PG_PASSWORD": postgres.PASSWORD,
    "KPI_COMPANIES": "/srv/kpi/companies",
    "KPI_OUTPUT": "/srv/kpi/output",
    "KPI_DEFINITIONS": "orchestration.definitions",
    "KPI_COMPANY": COMPANY,
}
LAUNCH = """
mutation ($params: ExecutionParams!) {
  launchRun(executionParams: $params) {
    __typename
    ... on LaunchRunSuccess { run { runId } }
    ... on PythonError { message }
  }
}"""
RUNS = """
query { runsOrError { ... on Runs { results {
  runId status parentRunId tags { key value }
  stats { ... on RunStatsSnapshot { stepsSucceeded stepsFailed } }
} } } }"""
CANCEL = "mutation ($run: String!) { terminateRun(runId: $run) { __typename } }"


def program(name: str) -> str:
    return str(Path(sys.executable).parent / name)


def test_the_compose_file_follows_the_specification() -> None:
    command = [program("check-jsonschema"), "--builtin-schema", "vendor.compose-spec"]
    checked = subprocess.run(
        [*command, str(DEPLOY / "compose.yaml")], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stdout


def test_nothing_starts_without_its_password() -> None:
    with pytest.raises(KeyError, match="DAGSTER_PG_PASSWORD"):
        compose_file({**VALUES, "DAGSTER_PG_PASSWORD": ""})


def test_every_setting_of_the_example_is_one_of_the_compose_file() -> None:
    compose = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    lines = (DEPLOY / "env.example").read_text(encoding="utf-8").splitlines()
    names = [line.lstrip("#").split("=")[0] for line in lines if "=" in line and " " not in line]
    assert {"DAGSTER_PG_PASSWORD", "KPI_COMPANIES", "KPI_OUTPUT"} <= set(names)
    # a variable of the program's own stands in no compose file
    assert all(f"${{{name}:" in compose for name in names if not name.startswith("COMPOSE_"))


def test_the_image_is_free_of_what_the_linter_knows() -> None:
    checked = subprocess.run(
        [program("hadolint"), "--no-color", str(DEPLOY / "Dockerfile")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert checked.returncode == 0, checked.stdout


def test_the_image_is_made_of_files_that_are_there_and_let_in() -> None:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    copied = [
        source
        for line in text.splitlines()
        if line.startswith("COPY ") and "--from" not in line
        for source in line.split()[1:-1]
    ]
    let_in = (PROJECT_DIR / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert "orchestration" in copied
    # what a run reads beside the code: a file left out is missed only inside a container
    code = "".join(path.read_text(encoding="utf-8") for path in ORCHESTRATION.rglob("*.py"))
    read = set(re.findall(r'\bPROJECT_DIR / "([\w.]+)"', code)) - {"data", ".dagster"}
    assert "dagster.yaml" in read
    assert read <= set(copied)
    assert all((PROJECT_DIR / source).exists() for source in copied)
    assert all(f"!{source}" in let_in for source in copied)


def test_the_images_packages_are_locked(tmp_path: Path) -> None:
    """What the image installs resolves from the lock file alone, PostgreSQL's driver in it."""
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ")
    (line,) = [line for line in text.splitlines() if "--no-install-project" in line]
    command = [*line.removeprefix("RUN ").split(), "--dry-run"]
    uv = next(
        (str(path) for path in [PROJECT_DIR / ".uv" / "bin" / "uv"] if path.exists()), command[0]
    )
    done = subprocess.run(
        [uv, *command[1:]],
        cwd=PROJECT_DIR,
        env={**os.environ, "UV_PROJECT_ENVIRONMENT": str(tmp_path / "venv")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "+ dagster-postgres==" in done.stderr
    assert "+ pytest==" not in done.stderr


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    if postgres.programs() is None:
        pytest.skip("NO POSTGRESQL AND NONE CAN BE INSTALLED: the deployment was NOT tried on one")
    folder = tmp_path_factory.mktemp("deployment")
    generate(folder / "companies" / COMPANY, start=date(2026, 9, 1), end=TODAY, visits_per_day=10)
    with postgres.running(folder) as server:
        host = Host(
            folder,
            compose_file(VALUES),
            folder / "companies",
            folder / "output",
            server.environment,
        )
        try:
            for service in ("code", "webserver", "daemon"):
                host.start(service)
            wait_for("the code location", lambda: repository(host))
            yield host
        except Exception:
            print(host.logs())
            raise
        finally:
            host.stop()


def repository(host: Host) -> dict[str, object] | None:
    return next(iter(host.ask(SERVED)["repositoriesOrError"]["nodes"]), None)


def runs(host: Host) -> dict[str, dict[str, object]]:
    return {run["runId"]: run for run in host.ask(RUNS)["runsOrError"]["results"]}


def launch(host: Host) -> str:
    """Ask the web server for a daily run, as a person at the UI does."""
    found = repository(host)
    assert found is not None
    params = {
        "selector": {
            "repositoryName": found["name"],
            "repositoryLocationName": found["location"]["name"],  # type: ignore[index]
            "jobName": "daily",
        },
        "executionMetadata": {"tags": [{"key": "dagster/partition", "value": DAY}]},
    }
    answer = host.ask(LAUNCH, params=params)["launchRun"]
    assert answer["__typename"] == "LaunchRunSuccess", answer
    return answer["run"]["runId"]


@pytest.fixture(scope="module")
def restarted(host: Host) -> tuple[Host, str, str]:
    """A run whose container was killed, and the run that the daemon started in its place."""
    first = launch(host)

    def working() -> dict[str, object] | None:
        run = runs(host)[first]
        tags = {tag["key"] for tag in run["tags"]}  # type: ignore[attr-defined]
        return run if run["status"] == "STARTED" and WORKER_TAG in tags else None

    try:
        wait_for("the first run begins", lambda: runs(host)[first]["status"] != "QUEUED")
        second = launch(host)
        wait_for("the first run works", working)
        # The queue holds the second back: both would write to one company.
        assert runs(host)[second]["status"] == "QUEUED"
        host.ask(CANCEL, run=second)
        host.kill("code")
        host.start("code")
        retry = wait_for(
            "a new run",
            lambda: next((run for run in runs(host).values() if run["parentRunId"] == first), None),
        )
        wait_for(
            "the new run's end",
            lambda: runs(host)[retry["runId"]]["status"] in {"SUCCESS", "FAILURE", "CANCELED"},
        )
    except Exception:
        print(host.logs())
        raise
    return host, first, retry["runId"]


@pytest.mark.slow
def test_the_web_server_shows_what_the_code_location_serves(host: Host) -> None:
    served = host.ask(SERVED)
    (found,) = served["repositoriesOrError"]["nodes"]
    assert found["location"]["name"] == "marketing-kpi"
    assert {"daily", "documentation"} <= {job["name"] for job in found["jobs"]}
    assert found["schedules"] == [
        {"name": "every_day", "cronSchedule": "30 6 * * *", "executionTimezone": "Europe/Moscow"}
    ]
    paths = {tuple(node["assetKey"]["path"]) for node in served["assetNodes"]}
    assert {("yandex_metrica", "visits"), ("publication", "published")} <= paths
    assert sum(len(node["assetChecksOrError"]["checks"]) for node in served["assetNodes"]) > 100


@pytest.mark.slow
def test_a_killed_run_is_marked_and_started_anew_as_a_whole(
    restarted: tuple[Host, str, str],
) -> None:
    host, first, retry = restarted
    after = runs(host)
    assert after[first]["status"] == "FAILURE"
    assert after[retry]["status"] == "SUCCESS", host.logs()
    # Nothing of the killed run is taken over.
    assert after[retry]["stats"]["stepsFailed"] == 0  # type: ignore[index]
    names = {tag["key"]: tag["value"] for tag in after[retry]["tags"]}  # type: ignore[attr-defined]
    assert names["dagster/retry_number"] == "1"
    steps = host.ask(
        "query ($run: ID!) { runOrError(runId: $run) { ... on Run {"
        " stepKeysToExecute executionPlan { steps { key } } } } }",
        run=retry,
    )["runOrError"]
    assert set(steps["stepKeysToExecute"] or []) in (
        set(),
        {step["key"] for step in steps["executionPlan"]["steps"]},
    )


@pytest.mark.slow
def test_a_restart_publishes_once(restarted: tuple[Host, str, str]) -> None:
    host, _, retry = restarted
    output = host.output / COMPANY
    assert [folder.name for folder in (output / "snapshots").iterdir()] == [retry]
    assert (output / "published").resolve().name == retry
    with duckdb.connect(str(output / "published" / "kpi.duckdb"), read_only=True) as marts:
        assert marts.execute("select run_id from run.publication").fetchall() == [(retry,)]
    figures = pq.read_table(output / "history" / "published_figures.parquet")
    identifiers = figures.column("figure_id").to_pylist()
    assert identifiers
    assert len(identifiers) == len(set(identifiers))


@pytest.mark.slow
def test_events_and_checks_lie_in_postgresql(restarted: tuple[Host, str, str]) -> None:
    host, first, retry = restarted
    port = host.database["DAGSTER_PG_PORT"]
    engine = sqlalchemy.create_engine(
        f"postgresql+psycopg2://{postgres.USER}:{postgres.PASSWORD}@127.0.0.1:{port}/"
        f"{postgres.DATABASE}"
    )
    with engine.connect() as connection:

        def count(sql: str, run: str) -> int:
            return connection.execute(sqlalchemy.text(sql), {"run": run}).scalar_one()

        materialized = (
            "select count(distinct asset_key) from event_logs where run_id = :run "
            "and dagster_event_type = 'ASSET_MATERIALIZATION'"
        )
        evaluated = "select count(*) from asset_check_executions where run_id = :run"
        failed = (
            "select count(*) from event_logs where run_id = :run and "
            "dagster_event_type = 'PIPELINE_FAILURE'"
        )
        assert count(materialized, retry) > 100
        assert count(evaluated, retry) > 100
        assert count(failed, first) == 1
        assert count(failed, retry) == 0
    engine.dispose()
    assert not list(host.folder.rglob("*.db")), "something still writes SQLite files"


@pytest.mark.slow
@pytest.mark.parametrize("service", ["code", "webserver", "daemon"])
def test_the_health_check_of_a_service_tells_whether_it_is_up(
    restarted: tuple[Host, str, str], service: str
) -> None:
    host = restarted[0]
    checked = host.health(service)
    assert checked.returncode == 0, checked.stdout + checked.stderr
    ports, host.ports = host.ports, dict.fromkeys(host.ports, free_port())
    try:
        # nobody listens there; the daemon's check asks the database
        assert service == "daemon" or host.health(service).returncode != 0
    finally:
        host.ports = ports


@dg.job
def elsewhere() -> None:
    """A run of it is only ever asked for."""


@pytest.mark.slow
def test_a_code_server_is_asked_for_runs_of_another_machine(
    restarted: tuple[Host, str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    host, _, _ = restarted
    for name, value in host.database.items():
        monkeypatch.setenv(name, value)
    place = json.dumps({"host": "127.0.0.1", "port": host.ports["code"]})
    with dg.DagsterInstance.from_config(str(host.home)) as instance:
        run = instance.create_run_for_job(elsewhere, tags={".dagster/grpc_info": place})
        instance.add_run_tags(run.run_id, worker_tag(run.run_id, "elsewhere", 1))
        run = instance.get_run_by_id(run.run_id)
        assert run is not None
        monkeypatch.setattr(run_launcher, "SETTLING_SECONDS", 0)
        health = instance.run_launcher.check_run_worker_health(run)
        instance.delete_run(run.run_id)
    # The server that was started anew knows nothing of it.
    assert health.status.value == "NOT_FOUND", health


def test_the_settings_of_both_instances_agree() -> None:
    """What is not about containers is the same for one machine and for several."""
    one, several = (
        yaml.safe_load(path.read_text(encoding="utf-8"))
        for path in (PROJECT_DIR / "dagster.yaml", DEPLOY / "dagster.yaml")
    )
    for section in (
        "telemetry",
        "nux",
        "run_launcher",
        "run_monitoring",
        "run_retries",
        "retention",
    ):
        assert one[section] == several[section], section
    assert one["concurrency"]["pools"] == several["concurrency"]["pools"]


def test_the_helm_values_say_the_same() -> None:
    values = yaml.safe_load((DEPLOY / "helm" / "values.yaml").read_text(encoding="utf-8"))
    settings = yaml.safe_load((DEPLOY / "dagster.yaml").read_text(encoding="utf-8"))
    assert values["additionalInstanceConfig"]["concurrency"] == settings["concurrency"]
    assert values["additionalInstanceConfig"]["run_coordinator"] == settings["run_coordinator"]
    assert values["runLauncher"]["config"]["customRunLauncher"] == settings["run_launcher"]
    watched, retried = (
        values["dagsterDaemon"]["runMonitoring"],
        values["dagsterDaemon"]["runRetries"],
    )
    assert watched["pollIntervalSeconds"] == settings["run_monitoring"]["poll_interval_seconds"]
    assert retried["maxRetries"] == settings["run_retries"]["max_retries"]
    (served,) = values["dagster-user-deployments"]["deployments"]
    code = compose_file({**VALUES, "KPI_DEFINITIONS": ""})["services"]["code"]
    assert served["dagsterApiGrpcArgs"] == code["command"][-2:]
    assert served["env"].items() <= code["environment"].items()
    user = str(served["podSecurityContext"]["runAsUser"])
    assert f"USER {user}" in (DEPLOY / "Dockerfile").read_text(encoding="utf-8")


def test_interpolation_is_that_of_compose() -> None:
    values = {"SET": "a", "EMPTY": ""}
    assert interpolate("${SET} ${SET:-b} ${EMPTY:-b} ${UNSET:-} ${UNSET}", values) == "a a b  "
