"""The HTTP client that all API doors share, over real connections."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import requests

from orchestration.sources.api.http import (
    ApiClient,
    ApiError,
    LostAnswerError,
    RangeTooLargeError,
    Retry,
    RetryPolicy,
    Transport,
    Window,
    as_text,
    in_halves,
    pieces,
    text_table,
)
from tests.fakes.server import (
    HTML_PAGE,
    CutInside,
    CutShort,
    Drop,
    FakeClock,
    FakeRequest,
    FakeServer,
    Instead,
    Reply,
    json_reply,
    text_reply,
)

SECRET = "a-secret-0f0f"
TEXT = "\n".join(f"row\t{number}" for number in range(5_000)) + "\n"


class Echo:
    """`/text` gives a long text, anything else a small JSON."""

    def answer(self, request: FakeRequest) -> Reply:
        return text_reply(TEXT) if request.path == "/text" else json_reply({"n": 0.1, "ok": True})


def judge(response: requests.Response) -> Retry | None:
    if response.status_code == 200:
        return None
    if response.status_code == 202:
        return Retry("not ready", wait=10, is_failure=False)
    if response.status_code >= 500:
        return Retry("trouble")
    raise ApiError(f"refused with {response.status_code}", status=response.status_code)


class Side:
    """A client, its server, its clock."""

    def __init__(self, server: FakeServer, folder: Path) -> None:
        self.server = server
        self.clock = FakeClock()
        self.said: list[str] = []
        self.folder = folder
        self.client = ApiClient(
            "System",
            server.url,
            Transport(folder, self.clock.sleep, self.clock.now, {}, (20.0, 20.0)),
            judge,
            self.said.append,
            authorise=lambda: {"Authorization": f"Bearer {SECRET}"},
            policy=RetryPolicy(attempts=3, first_pause=2, longest_pause=3, budget=100),
        )


@pytest.fixture
def side(tmp_path: Path) -> Iterator[Side]:
    with FakeServer(Echo()) as server:
        side = Side(server, tmp_path)
        with side.client:
            yield side


@pytest.mark.parametrize(
    "trouble",
    [CutShort(), CutInside(packed=True), Drop(), Instead(HTML_PAGE), Instead(Reply(500))],
    ids=["cut_short", "gzip_cut", "dropped", "html", "5xx"],
)
def test_a_download_is_whole_or_fetched_again(side: Side, trouble: object) -> None:
    side.server.misbehave(trouble)  # type: ignore[arg-type]
    path = side.client.download("GET", "/text", "text.tsv")
    assert path.read_text(encoding="utf-8") == TEXT
    assert side.clock.sleeps == [2]
    assert [item.name for item in side.folder.iterdir()] == ["text.tsv"]


def test_a_download_that_never_succeeds_leaves_nothing(side: Side) -> None:
    side.server.misbehave(CutInside(packed=True), times=99)
    with pytest.raises(ApiError, match="no end"):
        side.client.download("GET", "/text", "text.tsv")
    assert side.clock.sleeps == [2, 3]
    assert not list(side.folder.iterdir())


def test_a_gzip_of_several_members_is_read_to_its_end(side: Side) -> None:
    body = gzip.compress(b"one\n") + gzip.compress(b"two\n")
    side.server._packs = False
    packed = Reply(200, body, "text/plain", {"Content-Encoding": "gzip"})
    side.server.misbehave(Instead(packed))
    assert side.client.download("GET", "/text", "x").read_bytes() == b"one\ntwo\n"


def test_a_redirect_is_not_followed(side: Side) -> None:
    """It would carry the secret to another address."""
    side.server.misbehave(Instead(Reply(302, headers={"Location": f"{side.server.url}/other"})))
    with pytest.raises(ApiError, match="302"):
        side.client.json("GET", "/first")
    assert [request.path for request in side.server.requests] == ["/first"]


def test_a_netrc_does_not_displace_the_secret(
    side: Side, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password other\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    side.client.json("GET", "/first")
    assert side.server.requests[0].headers["authorization"] == f"Bearer {SECRET}"


def test_a_call_that_must_not_be_repeated_is_not(side: Side) -> None:
    side.server.misbehave(Drop(handled=True))
    with pytest.raises(LostAnswerError):
        side.client.json("POST", "/order", repeatable=False)
    assert len(side.server.requests) == 1


def test_waiting_for_something_unready_uses_the_budget_not_the_attempts(side: Side) -> None:
    side.server.misbehave(Instead(Reply(202)), times=9)
    assert side.client.json("GET", "/first")["ok"] is True
    side.server.misbehave(Instead(Reply(202)), times=99)
    with pytest.raises(ApiError, match="run the load again later"):
        side.client.json("GET", "/first")
    assert sum(side.clock.sleeps) == 9 * 10 + 100


def test_decimals_are_exact(side: Side) -> None:
    assert side.client.json("GET", "/first")["n"] == Decimal("0.1")


def test_texts_of_the_system_are_quoted_without_secrets(side: Side) -> None:
    side.client.json("GET", "/first")
    text = f"bad {SECRET} at https://x.example/a?key=1 of a.b@c.example\nnext " + "y" * 500
    quoted = side.client.quote(text)
    assert quoted.startswith("bad *** at https://x.example/a of *** next yyy")
    assert len(quoted) == 300


@pytest.mark.parametrize(
    "contact",
    [
        "anna@example.ru",
        "anna%40example.ru",
        "анна@пример.рф",
        "+7 (900) 111-22-33",
        "%2B79001112233",
        "+380 50 123 45 67",
        "8 (495) 123-45-67",
        "8(900)1112233",
        "7%20900%20111%2022%2033",
        "79001112233",
        "900 111 22 33",
        "8.900.111.22.33",
    ],
)
def test_contacts_of_persons_are_kept_out_of_texts(side: Side, contact: str) -> None:
    quoted = side.client.quote(
        f"contact 4711: '{contact}' is taken, phone={contact}, see 2026-11-27"
    )
    assert quoted == "contact 4711: '***' is taken, phone=***, see 2026-11-27"


def test_numbers_of_the_system_stay_in_its_texts(side: Side) -> None:
    text = (
        "campaign 12345678901, 1764220800 rows, 99000001 on 2026-01-09 12:30:45.123456 (9.12.2026)"
    )
    assert side.client.quote(text) == text


def test_a_window_is_halved_down_to_a_day() -> None:
    asked: list[Window] = []

    def ask(window: Window) -> int:
        asked.append(window)
        days = (window[1] - window[0]).days
        if days > 2:
            raise RangeTooLargeError("too large")
        return days

    assert sum(in_halves((date(2026, 1, 1), date(2026, 1, 8)), ask, lambda text: None)) == 7
    assert len(asked) == 7

    def never(window: Window) -> int:
        raise RangeTooLargeError("too large")

    with pytest.raises(RangeTooLargeError):
        list(in_halves((date(2026, 1, 1), date(2026, 1, 8)), never, lambda text: None))


def test_pieces_cover_a_window_once() -> None:
    window = (date(2026, 1, 1), date(2026, 1, 8))
    parts = list(pieces(window, 3))
    assert (parts[0][0], parts[-1][1]) == window
    assert [(end - start).days for start, end in parts] == [3, 3, 1]


def test_values_become_the_text_of_an_export() -> None:
    row = {"a": 1e-7, "b": 14234.0, "c": True, "d": [1, "x"], "e": None, "f": 2**63, "g": 100}
    (read,) = text_table([row, {}], [*row, "h"]).slice(0, 1).to_pylist()
    assert read == {
        "a": "0.0000001",
        "b": "14234",
        "c": "true",
        "d": '[1,"x"]',
        "e": None,
        "f": "9223372036854775808",
        "g": "100",
        "h": None,
    }
    assert as_text(Decimal("10")) == "10"
    assert as_text(0.0) == "0"
