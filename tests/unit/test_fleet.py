"""Many companies: found, kept apart, and each shown as it is."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import dagster as dg
import duckdb
import pytest
import typer

from orchestration import alerts, company_environment, phrases, publication, run_record
from orchestration.errors import UserError
from orchestration.fleet import agency, children, page
from orchestration.fleet import cli as fleet_cli
from orchestration.fleet.definitions import GROUP, defs, identifier
from orchestration.fleet.members import Member, find_members, fleet_directory
from orchestration.fleet.runs import run_one
from orchestration.fleet.status import status_of
from orchestration.incidents import open_book
from orchestration.run_launcher import WORKER_TAG
from orchestration.run_record import RunRecord
from orchestration.settings import PROJECT_DIR

SETTINGS = 'name = "{name}"\nfirst_date = 2026-01-01\n'
ALERTS = '[alerts]\nrecipients = { owner = "FLEET_TEST_OWNER" }\n'
SECRET = "json://127.0.0.1:1/s3cret-of-north"
SECRET_WORD = "s3cret-of-the-agency"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two companies in order, one whose settings are torn, and a folder that is none."""
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))
    folder = tmp_path / "companies"
    for slug, text in {
        "north": SETTINGS.format(name="North") + ALERTS,
        "south": SETTINGS.format(name="South & Co")
        + 'timezone = "Asia/Omsk"\n'
        + ALERTS
        + '[schedule]\nenabled = true\ntime = "05:10"\n',
        "torn": 'name = "Torn\n',
    }.items():
        (folder / slug).mkdir(parents=True)
        (folder / slug / "company.toml").write_text(text, encoding="utf-8")
    (folder / "notes").mkdir()
    (folder / "north" / ".env").write_text(f"FLEET_TEST_OWNER='{SECRET}'\n", encoding="utf-8")
    return folder


def member(folder: Path, slug: str) -> Member:
    return next(one for one in find_members(folder) if one.slug == slug)


def publish(of: Member, run_id: str, day: str, published_at: datetime, headline: str) -> None:
    """A snapshot as readers see it, with what the fleet reads of it."""
    snapshot = of.paths.snapshots / run_id
    snapshot.mkdir(parents=True)
    with duckdb.connect(str(snapshot / publication.DATABASE_NAME)) as connection:
        connection.execute("create schema run")
        connection.execute(
            "create table run.publication as select ? as run_id, ?::date as as_of_date, "
            "?::timestamptz as published_at",
            [run_id, day, published_at],
        )
    (snapshot / "index.html").write_text("", encoding="utf-8")
    (snapshot / "scorecard.en.html").write_text(
        f'<meta name="description" content="{headline}">', encoding="utf-8"
    )
    of.paths.published.unlink(missing_ok=True)
    of.paths.published.symlink_to(snapshot)


def test_every_company_folder_is_a_member_and_a_torn_one_says_why(folder: Path) -> None:
    found = find_members(folder)
    assert [one.slug for one in found] == ["north", "south", "torn"]
    assert found[1].name == "South & Co"
    torn = found[2]
    assert torn.company is None
    assert torn.error
    assert "company.toml cannot be read" in torn.error
    assert "line 1" in torn.error


def test_a_folder_without_companies_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="holds no company folder"):
        find_members(tmp_path)
    with pytest.raises(UserError, match="no folder of companies"):
        fleet_directory(tmp_path / "nowhere")


def test_the_companys_own_variables_go_before_the_machines(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FLEET_TEST_OWNER", "somebody else's")
    company_environment.apply(folder / "north")
    assert os.environ["FLEET_TEST_OWNER"] == SECRET
    company_environment.apply(folder / "south")  # has none: nothing changes
    assert os.environ["FLEET_TEST_OWNER"] == SECRET


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("GOOD=1\ns3cret without a name\n", r"no variable .*line 2"),
        ("GOOD=1\nDAGSTER_HOME=/elsewhere/s3cret\n", r"DAGSTER_HOME, .*line 2"),
        ("KPI_OUTPUT_DIR=/elsewhere/s3cret\n", r"KPI_OUTPUT_DIR, .*line 1"),
        (b"NAME=\xff\xfes3cret", "cannot be read"),
    ],
)
def test_a_slip_in_the_file_of_secrets_is_named_and_never_repeated(
    tmp_path: Path, text: str | bytes, said: str
) -> None:
    (tmp_path / ".env").write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(UserError, match=said) as raised:
        company_environment.read(tmp_path)
    assert "s3cret" not in str(raised.value)
    assert raised.value.__cause__ is None


def test_what_others_may_read_is_noted(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("A=1\n", encoding="utf-8")
    path.chmod(0o600)
    assert not company_environment.is_open_to_others(tmp_path)
    path.chmod(0o644)
    assert company_environment.is_open_to_others(tmp_path)


def test_no_company_sees_the_secrets_of_another(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both name the same variable. North's own file sets it, the shell of the agency sets it; South
    has no file, and what is not South's is not there for South."""
    monkeypatch.setenv("FLEET_TEST_OWNER", "json://127.0.0.1:1/s3cret-left-in-the-shell")
    asked = subprocess.run(
        [sys.executable, "-m", "orchestration", "fleet", "doctor", "--companies", str(folder)],
        cwd=PROJECT_DIR,
        capture_output=True,
        text=True,
        check=False,
    )
    assert asked.returncode == 1, asked.stdout + asked.stderr
    told = dict(re.findall(r"^(north|south|torn)\n(.*?)(?=^\w|\Z)", asked.stdout, re.M | re.S))
    missing = "Переменная FLEET_TEST_OWNER не задана, поэтому «owner» из [alerts] ничего не узнает"
    assert missing not in told["north"]
    assert missing in told["south"]
    assert "company.toml не читается" in told["torn"]
    assert re.search(r"Компаний: 3; исправить: .*south, torn\.$", asked.stdout.strip())
    assert "s3cret" not in asked.stdout + asked.stderr


def test_what_the_agency_shares_reaches_everybody(folder: Path) -> None:
    (folder / ".env").write_text("FLEET_TEST_OWNER=json://127.0.0.1:1/shared\n", encoding="utf-8")
    shared = children.shared_environment(folder)
    ended = children.call(member(folder, "south"), ["doctor"], shared, limit_seconds=120)
    assert "FLEET_TEST_OWNER is not set" not in "\n".join(ended.lines)


def test_a_company_has_dagster_records_of_its_own(folder: Path) -> None:
    north, south = member(folder, "north"), member(folder, "south")
    homes = [children.instance_home(one.paths) for one in (north, south)]
    assert homes[0] != homes[1]
    with dg.DagsterInstance.from_config(str(homes[0])) as instance:
        storage = instance.event_log_storage
        assert str(homes[0]) in str(storage.inst_data)  # type: ignore[attr-defined]
    assert not (PROJECT_DIR / ".dagster" / "north").exists()


def test_a_torn_company_ends_as_a_run_with_its_reason(folder: Path) -> None:
    outcome = run_one(member(folder, "torn"), {})
    assert not outcome.record.is_published
    assert "company.toml cannot be read" in outcome.record.failures[0]


def test_a_run_that_takes_too_long_is_stopped_and_told(folder: Path) -> None:
    outcome = run_one(member(folder, "south"), {}, limit_seconds=0.3)
    assert outcome.record.failures == ("the run was stopped: it took longer than 0 minutes",)
    assert run_record.read(outcome.member.paths) == outcome.record
    # nobody was there to say it, so the book of incidents has it
    with open_book(outcome.member.company) as book:  # type: ignore[arg-type]
        assert any(incident.is_open for incident in book.incidents.values())


def test_a_run_that_was_killed_is_told_with_what_mostly_kills(folder: Path) -> None:
    def kill() -> None:
        mine = ["pkill", "-KILL", "-f", f"orchestration run --company {folder}"]
        deadline = time.monotonic() + 60
        while subprocess.run(mine, check=False).returncode and time.monotonic() < deadline:
            time.sleep(0.05)

    killer = threading.Thread(target=kill)
    killer.start()
    outcome = run_one(member(folder, "south"), {})
    killer.join()
    (failure,) = outcome.record.failures
    assert "KPI_MEMORY_LIMIT" in failure
    assert "нехватку памяти" in phrases.error(failure, "ru")


def test_a_run_that_died_is_told_to_the_companys_own_recipients(folder: Path) -> None:
    """The agency's process knows no address: the company's own process sends."""
    with webhook() as (port, received):
        (folder / "north" / ".env").write_text(
            f"FLEET_TEST_OWNER=json://127.0.0.1:{port}/\n", encoding="utf-8"
        )
        run_one(member(folder, "north"), {}, limit_seconds=0.3)
    (message,) = received
    assert "North" in message
    assert "0 мин" in message or "0 minutes" in message


def test_the_agency_is_told_once_of_companies_that_can_tell_nobody(folder: Path) -> None:
    def tell(port: int) -> bool:
        shared = {children.AGENCY_VARIABLE: f"json://user:{SECRET_WORD}@127.0.0.1:{port}/"}
        statuses = [status_of(one) for one in find_members(folder)]
        return agency.tell(statuses, shared, report=said.append)

    said: list[object] = []
    (folder / "mute").mkdir()
    settings = SETTINGS.format(name="Mute Ltd") + 'language = "en"\n'
    (folder / "mute" / "company.toml").write_text(settings, encoding="utf-8")
    for slug in ("mute", "north"):  # north has recipients of its own, who are told
        failed = RunRecord("", run_record.now(), is_published=False, failures=("crm: torn file",))
        run_record.store(member(folder, slug).paths, failed)
    assert not tell(port=1)
    assert "agency" in str(said)
    assert SECRET_WORD not in str(said)
    with webhook() as (port, received):
        assert tell(port)
        assert not tell(port)
        (folder / "torn" / "company.toml").write_text(
            SETTINGS.format(name="Torn") + ALERTS, encoding="utf-8"
        )
        assert tell(port)
    first, second = received
    assert "torn: " in first
    assert "company.toml" in first
    assert "Mute Ltd: " in first
    assert "crm: torn file" in first
    assert "North" not in first
    assert "Torn: " in second
    assert "Mute" not in second


def test_no_companys_process_gets_the_agencys_address(folder: Path) -> None:
    shared = {children.AGENCY_VARIABLE: SECRET_WORD, "KPI_OAUTH_CLIENT": "id"}
    environment = children.environment_of(member(folder, "north"), shared)
    assert children.AGENCY_VARIABLE not in environment
    assert environment["KPI_OAUTH_CLIENT"] == "id"


@contextmanager
def webhook() -> Iterator[tuple[int, list[str]]]:
    """A service that takes messages: its port and what it got."""
    received: list[str] = []

    class Webhook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            received.append(f"{body['title']}\n{body['message']}")
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Nothing on the screen."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Webhook) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, received
        server.shutdown()


def test_a_stopped_fleet_leaves_no_run_behind(folder: Path, tmp_path: Path) -> None:
    fleet = subprocess.Popen(
        [
            *(sys.executable, "-m", "orchestration", "fleet", "run"),
            *("--companies", str(folder), "--only", "south"),
        ],
        cwd=PROJECT_DIR,
        env={**os.environ, "KPI_OUTPUT_DIR": str(tmp_path / "output")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    mine = ["pgrep", "-f", f"orchestration run --company {folder}"]
    deadline = time.monotonic() + 60
    while subprocess.run(mine, capture_output=True, check=False).returncode:
        assert time.monotonic() < deadline, "the company's run never began"
        time.sleep(0.05)
    fleet.send_signal(signal.SIGTERM)
    assert fleet.wait(60) != 0
    assert subprocess.run(mine, capture_output=True, check=False).returncode, "it goes on"


def test_a_status_is_what_readers_see_and_what_the_last_run_said(folder: Path) -> None:
    north = member(folder, "north")
    now = datetime.now(tz=UTC)
    assert status_of(north).state == "never"
    publish(north, "first", "2026-03-02", now, "Yes &amp; no")
    run_record.store(north.paths, RunRecord("first", run_record.now(), True, passed=9, warned=1))
    status = status_of(north)
    assert (status.state, str(status.last_day)) == ("good", "2026-03-01")
    assert status.headlines == {"en": "Yes & no"}
    assert status_of(north, now=now + timedelta(hours=29)).state == "good"
    assert status_of(north, now=now + timedelta(hours=31)).state == "late"
    run_record.store(north.paths, RunRecord("second", run_record.now(), False, ("crm: torn",)))
    status = status_of(north)
    assert (status.state, status.errors) == ("failed", ("crm: torn",))
    assert str(status.last_day) == "2026-03-01", "readers keep the last good report"
    assert status_of(member(folder, "torn")).state == "broken"


def test_a_published_database_that_cannot_be_read_is_told(folder: Path) -> None:
    north = member(folder, "north")
    publish(north, "first", "2026-03-02", datetime.now(tz=UTC), "Yes")
    (north.paths.published / publication.DATABASE_NAME).write_bytes(b"no database")
    status = status_of(north)
    assert status.state == "failed"
    assert "cannot be read" in status.errors[0]


def test_the_page_lists_everybody_with_links_that_lead_somewhere(
    folder: Path, tmp_path: Path
) -> None:
    north, torn = member(folder, "north"), member(folder, "torn")
    publish(north, "first", "2026-03-02", datetime.now(tz=UTC), "Yes &amp; no")
    members = find_members(folder)
    pages = page.build([status_of(one) for one in members], tmp_path / "output")
    assert [path.name for path in pages] == ["fleet.en.html", "fleet.ru.html"]
    english, russian = (path.read_text(encoding="utf-8") for path in pages)
    rows = re.findall(r'<tr class="(\w+)">(.*?)</tr>', english, re.S)
    assert [state for state, _ in rows] == ["broken", "never", "good"], "who needs help comes first"
    assert "South &amp; Co" in rows[1][1]
    assert "company.toml cannot be read" in rows[0][1]
    assert "What to do" in rows[0][1]
    assert "Yes &amp; no" in rows[2][1]
    assert "2026-03-01" in rows[2][1]
    assert "company.toml не читается" in russian
    assert "01.03.2026" in russian
    for text in (english, russian):
        links = re.findall(r'href="([^"]+)"', text)
        assert "north/published/index.html" in links
        assert all((tmp_path / "output" / link).exists() for link in links)
        assert "<script" not in text
    assert torn.error


def test_recipients_are_asked_about_only_where_something_is_new(folder: Path) -> None:
    north = member(folder, "north").company
    assert north is not None
    assert not alerts.is_due(north)
    with open_book(north) as book:
        book.note_run("run", is_published=False, failures=["crm: torn"])
    assert alerts.is_due(north)


def test_names_are_such_as_dagster_allows_and_never_meet() -> None:
    slugs = ["acme", "acme-1", "acme 1", "Акме", "Астр", "a.b"]
    names = [identifier(slug) for slug in slugs]
    assert names[0] == "acme"
    assert len(set(names)) == len(slugs)
    assert all(re.fullmatch(r"\w+", name, re.ASCII) for name in names)


def test_dagster_has_a_schedule_for_each_in_its_own_zone_and_shows_the_torn_one(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KPI_FLEET_DIR", str(folder))
    loaded = defs()
    schedules = {
        name: (found.cron_schedule, found.execution_timezone, found.default_status.value)
        for slug in ("north", "south", "torn")
        for name in [f"every_day_{slug}"]
        for found in [loaded.resolve_schedule_def(name)]  # type: ignore[attr-defined]
    }
    assert schedules == {
        "every_day_north": ("30 6 * * *", "Europe/Moscow", "STOPPED"),
        "every_day_south": ("10 5 * * *", "Asia/Omsk", "RUNNING"),
        "every_day_torn": ("30 6 * * *", "UTC", "RUNNING"),
    }
    specs = {tuple(spec.key.path): spec for spec in loaded.resolve_all_asset_specs()}
    assert set(specs) == {(GROUP, slug) for slug in ("north", "south", "torn")}
    assert specs[GROUP, "torn"].tags["state"] == "broken"
    assert "company.toml cannot be read" in (specs[GROUP, "torn"].description or "")
    quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
    with dg.instance_for_test() as instance:
        result = loaded.resolve_job_def("daily_torn").execute_in_process(
            instance=instance, raise_on_error=False, run_config=quiet
        )
        assert not result.success
        (failed,) = result.filter_events(lambda event: event.is_step_failure)
        told = failed.step_failure_data.user_failure_data
        assert told is not None
        assert "company.toml cannot be read" in (told.description or "")
        # without it Dagster would take the run for running after its process was killed
        run = instance.get_run_by_id(result.run_id)
        assert run is not None
        assert run.tags[WORKER_TAG].startswith(f"{run.run_id}:")
    # what no company's location may hold: a secret of a company
    assert SECRET not in os.environ.values()


def test_an_output_folder_that_cannot_be_used_stops_its_company_alone(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file lies where north's folder should be. Of south, which comes after it, it is enough that
    its turn comes, so its run is stopped."""
    monkeypatch.setattr(
        "orchestration.fleet.runs.run_one",
        lambda one, shared, **_: run_one(
            one, shared, limit_seconds=0.3 if one.slug == "south" else 300
        ),
    )
    output = member(folder, "north").paths.output
    output.parent.mkdir(parents=True)
    output.write_text("no folder", encoding="utf-8")
    with webhook() as (port, received):
        (folder / "north" / ".env").write_text(
            f"FLEET_TEST_OWNER=json://127.0.0.1:{port}/\n", encoding="utf-8"
        )
        with pytest.raises(typer.Exit) as ended:
            fleet_cli.run(companies=folder, only=None, parallel=1, limit=240)
    assert ended.value.exit_code == 1
    said = capsys.readouterr().out
    assert re.search(r"^✗ north: .*\n +.*папку результатов.*нельзя писать", said, re.M)
    assert re.search(r"^✗ south: ", said, re.M)
    assert re.search(r"^✗ torn: ", said, re.M)
    assert re.search(r"^North: .*папку результатов.*нельзя писать", received[0], re.S)
    assert len(received) == 1
    for status in map(status_of, find_members(folder)):
        assert status.state == ("broken" if status.member.slug == "torn" else "failed")
    text = (output.parent / "fleet.ru.html").read_text(encoding="utf-8")
    assert "папку результатов нельзя писать" in text.lower()


def test_what_a_check_refused_is_told_in_the_words_of_the_check(folder: Path) -> None:
    north = member(folder, "north")
    echo = "raw_checks: blocking checks refused the data (rows_unique)"
    said = ("Rows stand twice.", "Строки стоят дважды.")
    record = RunRecord("r", run_record.now(), False, (echo,), failed=1, refusals=(said,))
    run_record.store(north.paths, record)
    assert run_record.read(north.paths) == record
    page.build([status_of(north)], north.paths.output.parent)
    for language, words in zip(("en", "ru"), said, strict=True):
        text = (north.paths.output.parent / f"fleet.{language}.html").read_text(encoding="utf-8")
        assert words in text
        assert "raw_checks" not in text


def test_the_page_of_all_companies_tells_the_remedy_in_both_languages(folder: Path) -> None:
    statuses = [status_of(member(folder, "torn"))]
    written = page.build(statuses, folder)
    for path, words in zip(written, ("What to do: mend that line", "Что делать: "), strict=True):
        assert words in path.read_text(encoding="utf-8")


def test_the_agency_is_told_again_when_it_is_another_thing(folder: Path) -> None:
    settings = folder / "torn" / "company.toml"
    with webhook() as (port, received):
        shared = {children.AGENCY_VARIABLE: f"json://127.0.0.1:{port}/"}
        for _ in range(2):
            agency.tell([status_of(member(folder, "torn"))], shared)
        settings.write_text(SETTINGS.format(name="Torn"), encoding="utf-8")
        failed = RunRecord("", run_record.now(), is_published=False, failures=("crm: torn file",))
        run_record.store(member(folder, "torn").paths, failed)
        agency.tell([status_of(member(folder, "torn"))], shared)
    first, second = received
    assert "company.toml" in first
    assert "crm: torn file" in second
