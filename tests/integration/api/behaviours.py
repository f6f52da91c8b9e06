"""The one suite of behaviours that every API door must show, over real HTTP on the loopback.

A source takes part by a `Case` and a subclass in its own test module:

    class TestVkAds(Behaviours):
        case = Case(source="vk_ads", table="campaign_stats", ...)

Further tables of a system that come through the same client take part as `TableBehaviours`: what
may differ from table to table is tested for each, the rest for the first.

The first half looks at what the door hands out, the second at what lies in the lake afterwards.

Nothing here waits: the clock is a `FakeClock`, and an answer that never comes is given up after
`SHORT_TIMEOUT` seconds. Where an answer does come, a slow machine has `READ_TIMEOUT` for it.
"""

from __future__ import annotations

import csv
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, ClassVar

import duckdb
import pyarrow as pa
import pytest

from orchestration import lake
from orchestration.errors import UserError
from orchestration.settings import Company, SourceSettings
from orchestration.sources.api import API_DOORS, is_snapshot
from orchestration.sources.api.http import ApiError, AuthError, Transport, Window
from orchestration.sources.contracts import DELETED_COLUMN, TableContract, contract_of
from tests.fakes.server import (
    HTML_PAGE,
    CutInside,
    CutShort,
    Drop,
    Fake,
    FakeClock,
    FakeRequest,
    FakeServer,
    Hold,
    Instead,
    Reply,
    Reshaped,
    Trouble,
)

TODAY = date(2026, 3, 10)
READ_TIMEOUT = 20.0
SHORT_TIMEOUT = 0.25
SERVER_ERROR = Reply(503, b'{"message": "try later"}')
Row = tuple[str | None, ...]


def any_request(request: FakeRequest) -> bool:
    return True


@dataclass(frozen=True)
class Case:
    """One raw table of one source and how its fake is handled.

    `make_fake(clock)`: a fresh fake with data for `window` (and none for `empty_window`).
    `empty_window` is None where the window does not matter: a list that always comes whole.
    `columns`: the columns compared; `truth(fake, window)`: their rows as text, any order.
    `secrets`: environment of the door. `options`: the source's settings without base_url.
    `throttled`: the system's own refusal for too many requests, worth waiting for.
    `refused`: the system's own refusal of a token; `names`: the variable its text must name.
    `data_request`: which requests carry data (the others prepare, list or clean).
    `restate(fake)`: changes a figure of a day in the window; a record says that it was changed
    now. `clear(fake)`: takes all rows of a day away and returns the day; None for records,
    snapshots, and figures that there are of every day. `delete(fake)`: deletes a record, returns
    its key. `deletion_is_told`: False where only a load of everything notices that.
    `extend(fake)`: adds a field to the answers. `expire(fake)`: makes tokens die while a
    load runs, for systems whose door renews them. `renews_token`: whether the door outlives that.
    `secret_in_path`: the system wants its secret in the address. `addresses`: options that are
    addresses, by their path at the fake. `settings`: of the source, besides options.
    """

    source: str
    table: str
    make_fake: Callable[[FakeClock], Any]
    columns: Sequence[str]
    truth: Callable[[Any, Window], Sequence[Row]]
    window: Window
    empty_window: Window | None
    secrets: Mapping[str, str]
    options: Mapping[str, Any]
    throttled: Reply
    refused: Reply
    names: str
    restate: Callable[[Any], None]
    extend: Callable[[Any], None]
    clear: Callable[[Any], date] | None = None
    delete: Callable[[Any], str] | None = None
    deletion_is_told: bool = True
    data_request: Callable[[FakeRequest], bool] = any_request
    expire: Callable[[Any], None] | None = None
    renews_token: bool = False
    reports_new_fields: bool = True
    secret_in_path: bool = False
    addresses: Mapping[str, str] = field(default_factory=lambda: {"base_url": ""})
    settings: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class Load:
    """One load of a case: what came, what was said."""

    rows: list[Row]
    said: list[str]


class World:
    """A fake served on the loopback and a company that points at it."""

    def __init__(self, case: Case, server: FakeServer, clock: FakeClock, folder: Path) -> None:
        self.case = case
        self.server = server
        self.clock = clock
        self.folder = folder
        self.said: list[str] = []
        self.options: dict[str, Any] = {}
        self.read_timeout = READ_TIMEOUT
        self.torn: list[dict[Any, list[tuple[Any, ...]]]] = []

    @property
    def fake(self) -> Any:
        return self.server.fake

    def company(self, **changes: Any) -> Company:
        addresses = {key: self.server.url + path for key, path in self.case.addresses.items()}
        options = {**self.case.options, **addresses, **self.options, **changes}
        settings = SourceSettings(**{"door": "api", **self.case.settings, **options})
        return Company(
            directory=self.folder,
            name="Test",
            first_date=date(2020, 1, 1),
            sources={self.case.source: settings},
        )

    def transport(self, secrets: Mapping[str, str] | None = None) -> Transport:
        folder = self.folder / "downloads"
        folder.mkdir(exist_ok=True)
        return Transport(
            folder=folder,
            sleep=self.clock.sleep,
            now=self.clock.now,
            environ=self.case.secrets if secrets is None else secrets,
            timeout=(READ_TIMEOUT, self.read_timeout),
        )

    def load(self, window: Window | None = None, *, transport: Transport | None = None) -> Load:
        """Run the door to its end and compare nothing."""
        self.said = []
        material = API_DOORS[self.case.source](
            self.company(),
            self.case.table,
            window or self.case.window,
            transport or self.transport(),
            self.said.append,
        )
        rows: list[Row] = []
        for item in material:
            rows += rows_of(item, self.case.columns)
        return Load(sorted(rows, key=repr), self.said)

    # the lake

    @property
    def contract(self) -> TableContract:
        return contract_of(self.case.source, self.case.table)

    @property
    def kind(self) -> str:
        if not self.contract.by_day:
            return "records"
        return "snapshot" if is_snapshot(self.case.source, self.case.table) else "days"

    def lake_company(self, **changes: Any) -> Company:
        """The company whose lake is loaded: its days are the case's, its today the fake's."""
        options = {"first_date": self.case.window[0], **changes}
        return self.company(**options).model_copy(update={"as_of": TODAY})

    def fill_lake(
        self,
        window: Window | None = None,
        *,
        until: date | None = None,
        transport: Transport | None = None,
        **changes: Any,
    ) -> lake.LoadReport:
        """Load the case's table, by default the window of the case."""
        self.said = []
        company = self.lake_company(**changes)

        def connect(folder: Path) -> Transport:
            outside = transport or self.transport()
            outside.folder = folder
            return outside

        (report,) = lake.load(
            company,
            self.case.source,
            tables=[self.case.table],
            window=window or self.case.window,
            until=until,
            progress=self.said.append,
            connect=connect,
        )
        return report

    def lake_rows(self) -> list[tuple[Any, ...]]:
        """All rows of the raw table."""
        with duckdb.connect() as connection:
            lake.register(connection, self.lake_company())
            return connection.execute(
                f"select * from raw.{self.contract.name} order by all"
            ).fetchall()

    def rows_by_day(self) -> dict[Any, list[tuple[Any, ...]]]:
        """Rows of each day that is replaced as a whole; all rows where the table is one file."""
        if not self.contract.by_day:
            return {None: self.lake_rows()}
        names = [column.name for column in self.contract.stored_columns]
        place = names.index(self.contract.day_column or "")
        days: dict[Any, list[tuple[Any, ...]]] = {}
        for row in self.lake_rows():
            day = row[place].date() if isinstance(row[place], datetime) else row[place]
            days.setdefault(day, []).append(row)
        return days

    def lake_files(self) -> dict[str, bytes]:
        """Every file of the table, with its content."""
        table = lake.table_folder(self.lake_company(), self.contract)
        return {
            str(path.relative_to(table)): path.read_bytes()
            for path in sorted(table.rglob("*"))
            if path.is_file() and path.name != "_api.json"
        }

    def half_made(self) -> list[Path]:
        """What a load must not leave behind."""
        aside = self.lake_company().paths.lake / ".aside"
        return list(aside.rglob("*")) if aside.exists() else []

    def truth(self, window: Window | None = None) -> list[Row]:
        return sorted(self.case.truth(self.fake, window or self.case.window), key=repr)

    def fails(self, kind: type[UserError] = ApiError, **load: Any) -> str:
        """The door must fail before it yields anything; returns the text of the error."""
        yielded: list[object] = []
        transport = load.pop("transport", None) or self.transport()
        material = API_DOORS[self.case.source](
            self.company(), self.case.table, self.case.window, transport, self.said.append
        )
        with pytest.raises(kind) as caught:
            yielded.extend(material)
        assert not yielded, "half a window was handed out"
        text = str(caught.value)
        self.assert_no_secret(text, repr(caught.value), str(caught.value.__cause__), *self.said)
        return text

    def assert_no_secret(self, *texts: str) -> None:
        for secret in (*self.case.secrets.values(), *getattr(self.fake, "issued_tokens", ())):
            assert not any(secret in text for text in texts), "a secret is shown"


def rows_of(material: Path | pa.Table, columns: Sequence[str]) -> Iterator[Row]:
    """Rows of export material as text, as a file reader sees a tab separated export."""
    if isinstance(material, pa.Table):
        assert all(kind == pa.string() for kind in material.schema.types), "only text columns"
        for row in material.select(list(columns)).to_pylist():
            yield tuple(row.values())
        return
    with material.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
        header = next(reader)
        places = [header.index(name) for name in columns]
        for cells in reader:
            assert len(cells) == len(header)
            yield tuple(cells[place] for place in places)


@pytest.fixture
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    """World of the test class's `case`."""
    case: Case = request.cls.case
    clock = FakeClock()
    fake: Fake = case.make_fake(clock)
    with FakeServer(fake) as server:
        yield World(case, server, clock, tmp_path)


class TableBehaviours:
    """What may differ between the tables of one system.

    Inherit as `Test...`, set `case`, and import the fixture `world` into the test module.
    """

    case: ClassVar[Case]

    def data_requests_of_a_load(self, folder: Path) -> int:
        """How many requests for data a first load makes; a second one may find things prepared."""
        folder.mkdir()
        clock = FakeClock()
        with FakeServer(self.case.make_fake(clock)) as server:
            World(self.case, server, clock, folder).load()
            return sum(map(self.case.data_request, server.requests))

    def test_brings_every_row_of_the_window(self, world: World) -> None:
        assert world.load().rows == world.truth() != []

    def test_brings_nothing_for_an_empty_day(self, world: World) -> None:
        if self.case.empty_window is None:
            pytest.skip("a list that always comes whole")
        assert world.truth(self.case.empty_window) == []
        assert world.load(self.case.empty_window).rows == []

    def test_brings_restated_days(self, world: World) -> None:
        before = world.load().rows
        self.case.restate(world.fake)
        after = world.load().rows
        assert after != before
        assert after == world.truth()

    def test_leaves_out_and_reports_new_fields(self, world: World) -> None:
        self.case.extend(world.fake)
        load = world.load()
        assert load.rows == world.truth()
        if self.case.reports_new_fields:
            assert any("now also sends" in text for text in load.said)

    def test_waits_when_throttled(self, world: World) -> None:
        world.server.misbehave(Instead(self.case.throttled), times=2, on=self.case.data_request)
        load = world.load()
        assert load.rows == world.truth()
        assert len(world.server.spoiled) == 2
        assert len(world.clock.sleeps) >= 2
        assert min(world.clock.sleeps) >= 0.5

    @pytest.mark.parametrize(
        "trouble",
        [
            pytest.param(Instead(SERVER_ERROR), id="5xx"),
            pytest.param(Hold(), id="timeout"),
            pytest.param(Drop(), id="reset"),
            pytest.param(CutShort(), id="truncated"),
            pytest.param(CutInside(), id="malformed"),
            pytest.param(CutInside(packed=True), id="gzip_cut"),
            pytest.param(Instead(HTML_PAGE), id="html_page"),
        ],
    )
    def test_tries_again_after(self, world: World, trouble: Trouble) -> None:
        world.server.misbehave(trouble, on=self.case.data_request)
        if isinstance(trouble, Hold):
            world.read_timeout = SHORT_TIMEOUT
        load = world.load()
        assert load.rows == world.truth()
        assert len(world.server.spoiled) == 1
        assert not list((world.folder / "downloads").glob("*.part"))

    def test_fields_of_other_names_are_not_taken_for_no_rows(self, world: World) -> None:
        """What a source has no longer is deleted here too, so a new format must not look empty."""
        world.server.misbehave(Reshaped("renamed"), times=10**6, on=self.case.data_request)
        load: Load | None = None
        try:
            load = world.load()
        except UserError as error:
            world.assert_no_secret(str(error), *world.said)
        # Snapshots delete nothing; a format of its own, such as TSV, is left as it is.
        assert load is None or world.kind == "snapshot" or load.rows == world.truth()

    @pytest.mark.parametrize("how", ["nested", "flattened", "nulls"])
    def test_values_of_another_shape_are_no_stumble(self, world: World, how: str) -> None:
        """Whatever the door makes of them; the rules of the contract come after it."""
        world.server.misbehave(Reshaped(how), times=10**6, on=self.case.data_request)
        try:
            world.load()
        except UserError as error:
            world.assert_no_secret(str(error), *world.said)

    def test_names_the_variable_of_a_refused_secret(self, world: World) -> None:
        world.server.misbehave(Instead(self.case.refused), times=10**6)
        assert self.case.names in world.fails(AuthError)

    def test_expired_token(self, world: World) -> None:
        if self.case.renews_token:
            assert self.case.expire is not None
            self.case.expire(world.fake)
            assert world.load().rows == world.truth()
            return
        count = self.data_requests_of_a_load(world.folder / "first")
        world.server.misbehave(
            Instead(self.case.refused), times=10**6, on=self.case.data_request, skip=count - 1
        )
        assert self.case.names in world.fails(AuthError)

    @pytest.mark.parametrize(
        "trouble", [Instead(SERVER_ERROR), Drop(handled=True)], ids=["5xx", "answer_lost"]
    )
    def test_any_one_request_may_fail(self, tmp_path: Path, trouble: Trouble) -> None:
        """Every call of a load, whatever its purpose, stands one failure."""
        place, last = 0, 0
        while place <= last:
            clock = FakeClock()
            with FakeServer(self.case.make_fake(clock)) as server:
                folder = tmp_path / str(place)
                folder.mkdir()
                world = World(self.case, server, clock, folder)
                if place:
                    server.misbehave(trouble, skip=place - 1)
                assert world.load().rows == world.truth(), f"request {place}"
                last = last or len(server.requests)
            place += 1
            assert place < 40, "make the case's data smaller"

    def test_killed_halfway_and_run_again(self, world: World) -> None:
        class KilledError(BaseException):
            pass

        def kill(seconds: float) -> None:
            world.clock.sleep(seconds)
            if world.server.spoiled:
                raise KilledError

        transport = world.transport()
        transport.sleep = kill
        world.server.misbehave(Instead(SERVER_ERROR), on=self.case.data_request)
        with pytest.raises(KilledError):
            world.load(transport=transport)
        assert world.load().rows == world.truth()

    def test_lake_takes_restated_rows(self, world: World) -> None:
        world.fill_lake()
        before = world.lake_rows()
        self.case.restate(world.fake)
        world.fill_lake()
        after = world.lake_rows()
        assert after != before
        assert len(after) == len(before)

    def test_lake_loses_the_rows_of_a_day_that_is_now_empty(self, world: World) -> None:
        if self.case.clear is None:
            pytest.skip("records, snapshots, or figures of every day")
        world.fill_lake()
        before = len(world.lake_rows())
        day = self.case.clear(world.fake)
        report = world.fill_lake()
        rows = world.lake_rows()
        assert len(rows) == len(world.truth()) < before
        assert report.days_empty >= 1
        company = world.lake_company()
        lake.write_company_tables(company)
        with duckdb.connect() as connection:
            lake.register(connection, company)
            told = dict(
                connection.execute(
                    "select day, is_empty from raw.loaded_days where source = ? and table_name = ?",
                    [self.case.source, self.case.table],
                ).fetchall()
            )
        assert told[day] is True
        assert day - timedelta(days=400) not in told

    def test_lake_marks_a_deleted_record(self, world: World) -> None:
        if self.case.delete is None:
            assert DELETED_COLUMN not in {column.name for column in world.contract.columns}
            pytest.skip("rows that are never deleted alone")
        world.fill_lake()
        before = len(world.lake_rows())
        key = self.case.delete(world.fake)
        # Once by the source's own word, and once by a load of everything.
        everything = {"full_load_days": 1}
        for change in ({}, everything) if self.case.deletion_is_told else (everything,):
            if change:
                world.clock.time += timedelta(days=2)
            report = world.fill_lake(**change)
            assert len(world.lake_rows()) == before
            with duckdb.connect() as connection:
                lake.register(connection, world.lake_company())
                marked = connection.execute(
                    f"select {self.case.columns[0]} from raw.{world.contract.name} where is_deleted"
                ).fetchall()
            assert marked == [(key,)]
            assert report.rows_deleted == 1

    def test_lake_keeps_days_the_window_does_not_touch(self, world: World) -> None:
        if world.kind == "records":
            pytest.skip("records have no days")
        world.fill_lake()
        before = world.lake_rows()
        # A snapshot of past days cannot be had; figures of other days are not this load's business.
        later = (TODAY - timedelta(days=1), TODAY)
        if world.kind == "days":
            world.fill_lake(later)
            assert [row for row in world.lake_rows() if row in before] == before
        else:
            world.clock.time += timedelta(days=5)
            world.fill_lake()
            assert world.lake_rows() == before


class Behaviours(TableBehaviours):
    """The whole suite, for one table of each system and for every table with calls of its own."""

    def test_a_second_load_brings_the_same(self, world: World) -> None:
        assert world.load().rows == world.load().rows

    def test_gives_up_and_hands_out_nothing(self, world: World) -> None:
        world.server.misbehave(Instead(SERVER_ERROR), times=10**6, on=self.case.data_request)
        text = world.fails()
        assert "nothing was half-loaded" in text
        assert len(world.server.spoiled) < 40

    def test_breaks_off_whole_when_a_later_answer_fails(self, world: World) -> None:
        count = self.data_requests_of_a_load(world.folder / "first")
        world.server.misbehave(
            Instead(SERVER_ERROR), times=10**6, on=self.case.data_request, skip=count - 1
        )
        world.fails()

    def test_names_the_variable_of_a_missing_secret(self, world: World) -> None:
        text = world.fails(UserError, transport=world.transport(secrets={}))
        assert self.case.names in text
        assert not world.server.requests

    def test_an_empty_window_asks_nothing(self, world: World) -> None:
        assert world.load((self.case.window[0], self.case.window[0])).rows == []
        assert not world.server.requests

    def test_shows_no_secret(self, world: World, caplog: pytest.LogCaptureFixture) -> None:
        caplog.set_level(logging.DEBUG)
        world.server.misbehave(Instead(self.case.throttled), on=self.case.data_request)
        world.server.misbehave(Drop(), on=self.case.data_request)
        load = world.load()
        world.assert_no_secret(caplog.text, *load.said)
        if not self.case.secret_in_path:
            world.assert_no_secret(*(f"{r.path} {r.query}" for r in world.server.requests))

    def test_lake_holds_every_row_and_a_rerun_changes_nothing(self, world: World) -> None:
        report = world.fill_lake()
        rows = len(world.truth())
        assert (report.rows_loaded, report.rows_total, report.rows_quarantined) == (rows, rows, 0)
        assert report.door == "api"
        before, files = world.lake_rows(), world.lake_files()
        assert len(before) == rows
        assert {row[-1] for row in before} == {"api"}
        world.fill_lake()
        assert world.lake_rows() == before
        if world.kind == "days":
            assert world.lake_files() == files
        assert not world.half_made()

    def test_lake_takes_new_fields(self, world: World) -> None:
        self.case.extend(world.fake)
        assert world.fill_lake().rows_total == len(world.truth())

    def test_lake_stays_as_it_was_when_a_load_fails(self, world: World) -> None:
        world.fill_lake()
        files = world.lake_files()
        self.case.restate(world.fake)
        world.server.misbehave(Instead(SERVER_ERROR), times=10**6, on=self.case.data_request)
        with pytest.raises(ApiError) as caught:
            world.fill_lake()
        assert caught.value.may_pass
        assert world.lake_files() == files
        assert not world.half_made()

    def test_lake_says_which_variable_to_set(self, world: World) -> None:
        if not self.case.names:
            pytest.skip("public data need no secret")
        world.server.misbehave(Instead(self.case.refused), times=10**6)
        with pytest.raises(AuthError, match=self.case.names) as caught:
            world.fill_lake()
        assert caught.value.is_final
        assert not caught.value.may_pass
        assert world.lake_files() == {}

    def test_lake_survives_a_kill_at_any_moment(self, world: World) -> None:
        """Cut off before each rename, a load leaves every day as it was or as it is to be."""
        world.fill_lake(days_at_once=2)
        before = world.rows_by_day()
        self.case.restate(world.fake)
        for moment in range(40):
            was_killed = killed_at(moment, lambda: world.fill_lake(days_at_once=2))
            left = world.rows_by_day()
            assert left.keys() == before.keys()
            if not was_killed:
                break
            world.torn.append(left)
        assert moment >= 2
        after = world.rows_by_day()
        assert after != before
        for left in world.torn:
            assert all(rows in (before[day], after[day]) for day, rows in left.items())
        assert world.torn[0] == before
        assert not world.half_made()


class KilledError(BaseException):
    """Stands for the end of the process."""


def killed_at(moment: int, run: Callable[[], object]) -> bool:
    """Run until just before the n-th rename into or beside the lake; whether it came to that."""
    renames = 0
    real = Path.replace

    def replace_or_die(path: Path, target: Path) -> Path:
        nonlocal renames
        if "lake" in Path(target).parts:
            if renames == moment:
                raise KilledError
            renames += 1
        return real(path, target)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "replace", replace_or_die)
        try:
            run()
        except KilledError:
            return True
    return False
