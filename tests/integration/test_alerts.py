"""Alerts over loopback: a real mail server, a real webhook, a real Dagster instance."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from email import message_from_bytes, policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

from orchestration import alerts
from orchestration.errors import UserError
from orchestration.incidents import Episode, open_book
from orchestration.runner import DAILY_JOB
from orchestration.settings import Alerts, Company, load_company

SECRET = "s3cret-word"
BOTS = Episode(
    key="no_recent_bot_spike|search_ads|2026-06-01",
    check="no_recent_bot_spike",
    severity="warning",
    first_day="2026-06-01",
    last_day="2026-06-03",
    message_en="Fake traffic: search_ads, 80 of 100 visits, expected 60 to 140, 1,250 RUB",
    message_ru="Накрутка: search_ads, 80 из 100 визитов, ожидалось от 60 до 140, 1 250 RUB",
)
DUPLICATES = Episode("dup", "dup", "blocking", None, None, "Rows twice", "Строки дважды")


@dataclass
class Mailbox:
    """An SMTP server that keeps what it gets."""

    mails: list[Any] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802
        self.mails.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"

    def authenticate(self, _server: Any, _session: Any, _envelope: Any, _kind: str, data: Any):  # type: ignore[no-untyped-def]
        self.logins.append(data.password.decode())
        return AuthResult(success=data.password.decode() == SECRET)

    @property
    def texts(self) -> list[str]:
        return [
            f"{mail['subject']}\n" + mail.get_body(("plain", "html")).get_content()
            for mail in self.mails
        ]


@pytest.fixture
def mailbox(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mailbox]:
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    server = Controller(
        box,
        hostname="127.0.0.1",
        port=port,
        authenticator=box.authenticate,
        auth_require_tls=False,
    )
    server.start()
    monkeypatch.setenv(
        "KPI_ALERT_OWNER",
        f"mailto://robot:{SECRET}@127.0.0.1:{port}?from=robot@example.com&to=owner@example.com"
        "&mode=insecure",
    )
    yield box
    server.stop()


@dataclass
class Webhook:
    posts: list[dict[str, Any]] = field(default_factory=list)
    status: int = 200


@pytest.fixture
def webhook(monkeypatch: pytest.MonkeyPatch) -> Iterator[Webhook]:
    hook = Webhook()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            if hook.status == 200:
                hook.posts.append(json.loads(body))
            self.send_response(hook.status)
            self.end_headers()

        def log_message(self, *_arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv(
        "KPI_ALERT_ENGINEER", f"json://user:{SECRET}@127.0.0.1:{server.server_port}/hook"
    )
    yield hook
    server.shutdown()


def _company(tmp_path: Path, recipients: dict[str, str], **more: Any) -> Company:
    alerts_section = Alerts(recipients=recipients, link="https://kpi.example.com/", **more)
    return Company(
        directory=tmp_path / "acme",
        name="Acme",
        first_date=date(2026, 1, 1),
        alerts=alerts_section,
    )


@pytest.fixture(autouse=True)
def _output(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KPI_OUTPUT_DIR", str(tmp_path / "output"))


def test_an_incident_is_told_once_and_its_end_too(tmp_path: Path, mailbox: Mailbox) -> None:
    company = _company(tmp_path, {"owner": "KPI_ALERT_OWNER"})
    with open_book(company) as book:
        book.note_checks({BOTS.check: [BOTS]})

    sent = [alerts.deliver(company) for _ in range(3)]
    with open_book(company) as book:  # a later run, the attack goes on
        book.note_checks({BOTS.check: [BOTS]})
    sent.append(alerts.deliver(company))
    with open_book(company) as book:
        book.note_checks({BOTS.check: []})
    sent += [alerts.deliver(company), alerts.deliver(company)]

    assert sent == [1, 0, 0, 0, 1, 0]
    begun, ended = mailbox.texts
    # the channel, the numbers, the band, the money and a link, in the company's language
    for part in ("search_ads", "80 из 100", "от 60 до 140", "1 250 RUB", "03.06.2026"):
        assert part in begun
    assert "https://kpi.example.com/data_docs/index.html#no_recent_bot_spike" in begun
    assert "1 новый инцидент" in begun
    assert "ЗАВЕРШИЛОСЬ" in ended
    assert mailbox.logins == [SECRET, SECRET]


def test_a_recipient_who_was_out_of_reach_is_told_later(
    tmp_path: Path, webhook: Webhook, mailbox: Mailbox
) -> None:
    company = _company(
        tmp_path, {"owner": "KPI_ALERT_OWNER", "engineer": "KPI_ALERT_ENGINEER"}
    ).model_copy(update={"language": "en"})
    with open_book(company) as book:
        book.note_checks({DUPLICATES.check: [DUPLICATES]})
    said: list[str] = []

    webhook.status = 503
    assert alerts.deliver(company, report=said.append) == 1
    webhook.status = 200
    assert alerts.deliver(company, report=said.append) == 1
    assert alerts.deliver(company, report=said.append) == 0

    assert said == ["alert for 'engineer' was not delivered: the service did not take it"]
    assert len(mailbox.mails) == 1
    (post,) = webhook.posts
    assert post["title"] == "Acme: 1 new incident"
    assert "BLOCKS PUBLICATION · dup\nRows twice" in post["message"]


def test_no_secret_is_shown(
    tmp_path: Path,
    webhook: Webhook,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("KPI_ALERT_BROKEN", f"nonsense://{SECRET}")
    company = _company(
        tmp_path,
        {"engineer": "KPI_ALERT_ENGINEER", "b": "KPI_ALERT_BROKEN", "c": "KPI_ALERT_MISSING"},
    )
    webhook.status = 500
    with open_book(company) as book:
        book.note_checks({DUPLICATES.check: [DUPLICATES]})
    said: list[str] = []

    with caplog.at_level(logging.DEBUG):
        assert alerts.deliver(company, report=said.append) == 0

    shown = caplog.text + "".join(capfd.readouterr()) + "".join(said)
    shown += (company.paths.output / "incidents.json").read_text(encoding="utf-8")
    assert SECRET not in shown
    assert said == [
        "alert for 'engineer' was not delivered: the service did not take it",
        "alert for 'b' was not delivered: KPI_ALERT_BROKEN holds no address that Apprise knows",
        "alert for 'c' was not delivered: the environment variable KPI_ALERT_MISSING is not set",
    ]


def test_who_wants_only_what_blocks_hears_no_warnings(tmp_path: Path, webhook: Webhook) -> None:
    company = _company(tmp_path, {"engineer": "KPI_ALERT_ENGINEER"}, level="blocking")
    with open_book(company) as book:
        book.note_checks({BOTS.check: [BOTS]})
    assert alerts.deliver(company) == 0

    with open_book(company) as book:
        book.note_checks({DUPLICATES.check: [DUPLICATES]})
    assert alerts.deliver(company) == 1
    assert "no_recent_bot_spike" not in webhook.posts[0]["message"]


def test_a_run_that_did_not_come_is_told(tmp_path: Path, webhook: Webhook) -> None:
    company = _company(tmp_path, {"engineer": "KPI_ALERT_ENGINEER"})
    then = datetime(2026, 6, 1, 6, tzinfo=UTC)
    with open_book(company) as book:
        book.note_run("r1", is_published=True, failures=[], now=then)

    assert alerts.deliver(company, now=then + timedelta(hours=25)) == 0
    assert alerts.deliver(company, now=then + timedelta(hours=40)) == 1
    assert alerts.deliver(company, now=then + timedelta(hours=60)) == 0
    alerts.after_run(company, "r2", is_published=True, failures=[])

    late, over = (post["message"] for post in webhook.posts)
    assert "40 ч" in late
    assert "ЗАВЕРШИЛОСЬ · run_late" in over


def test_the_sensor_tells_of_a_failed_run(
    tmp_path: Path, webhook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "company.toml").write_text(
        'name = "Acme"\nfirst_date = 2026-01-01\n[alerts]\nrecipients = '
        '{ engineer = "KPI_ALERT_ENGINEER" }\n',
        encoding="utf-8",
    )
    monkeypatch.setenv("COMPANY_DIR", str(folder))
    from orchestration.defs.sensors import sensors  # noqa: PLC0415 - reads the company

    (sensor,) = sensors().sensors or ()
    with dg.DagsterInstance.ephemeral() as instance:

        @dg.op
        def load() -> None:
            raise dg.Failure("the export has no column 'cost'")

        @dg.job(name=DAILY_JOB)
        def daily() -> None:
            load()

        daily.execute_in_process(
            instance=instance, raise_on_error=False, tags={"company": load_company().slug}
        )
        results = [
            sensor(dg.build_sensor_context(instance=instance))  # type: ignore[operator]
            for _ in range(2)
        ]

    assert [result.skip_message for result in results] == [
        "1 message(s) sent",
        "nothing new to tell",
    ]
    (post,) = webhook.posts
    assert "the export has no column 'cost'" in post["message"]


def test_an_address_in_company_toml_is_refused_without_showing_it(tmp_path: Path) -> None:
    (tmp_path / "company.toml").write_text(
        'name = "A"\nfirst_date = 2026-01-01\n[alerts]\n'
        f'recipients = {{ o = "tgram://{SECRET}" }}\n',
        encoding="utf-8",
    )

    with pytest.raises(UserError) as caught:
        load_company(tmp_path)

    assert "environment variable" in str(caught.value)
    assert SECRET not in str(caught.value)
