"""Public lists as seeds: what stands in the project is what the generator makes."""

from __future__ import annotations

import csv
import ipaddress
from pathlib import Path

import pytest
from crawleruseragents import is_crawler

from orchestration import suspicion_lists
from orchestration.errors import UserError


def _seed(name: str) -> list[dict[str, str]]:
    with (suspicion_lists.SEEDS / f"{name}.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def _is_robot(agent: str) -> bool:
    return any(
        agent.startswith(row["agent_text"])
        if row["is_prefix"] == "true"
        else row["agent_text"] in agent
        for row in _seed("bot_agents")
    )


def test_the_seed_of_bot_agents_is_what_the_package_gives() -> None:
    rows = [(row["agent_text"], row["is_prefix"] == "true") for row in _seed("bot_agents")]

    assert rows == suspicion_lists.bot_agents()
    assert len(rows) > 1400


@pytest.mark.parametrize(
    "agent",
    [
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/120.0 Safari/537.36",
        "Mozilla/5.0 (compatible; YandexBot/3.0; +http://yandex.com/bots)",
        "curl/8.4.0",
        "Wget/1.21",
        "python-requests/2.31",
        "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126 Safari/537.36",
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 Mobile Safari/604.1",
        "Mozilla/5.0 (Windows NT 10.0) YaBrowser/24.6 Yowser/2.5 Safari/537.36",
    ],
)
def test_the_texts_judge_an_agent_as_the_package_does(agent: str) -> None:
    assert _is_robot(agent) == is_crawler(agent)


@pytest.mark.parametrize(
    ("pattern", "texts"),
    [
        (r"Googlebot\/", {("Googlebot/", False)}),
        ("^curl", {("curl", True)}),
        ("[wW]get", {("wget", False), ("Wget", False)}),
        ("Ahrefs(Bot|SiteAudit)", {("AhrefsBot", False), ("AhrefsSiteAudit", False)}),
        (r"(^| )PTST\/", {("PTST/", True), (" PTST/", False)}),
        (r"ContextualBot[\s\S]*outcomes\.net", {("ContextualBot", False)}),
    ],
)
def test_patterns_become_plain_texts(pattern: str, texts: set[tuple[str, bool]]) -> None:
    assert suspicion_lists.plain_texts(pattern) == texts


def _is_cloud(address: str) -> bool:
    number = int(ipaddress.ip_address(address))
    return any(
        int(row["first_number"]) <= number <= int(row["last_number"])
        for row in _seed("cloud_networks")
    )


def test_the_seed_of_cloud_networks_is_what_the_package_gives() -> None:
    rows = [tuple(row.values()) for row in _seed("cloud_networks")]

    assert rows == [(c, str(a), str(b)) for c, a, b in suspicion_lists.cloud_networks()]
    assert all(int(a) % 256 == 0 and (int(b) + 1) % 256 == 0 for _, a, b in rows)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("52.94.76.1", True),  # AWS, Google Cloud
        ("34.65.0.1", True),
        ("77.88.8.8", False),  # Yandex' resolver
        ("1.1.1.1", False),  # people browse through Cloudflare
        ("192.168.0.1", False),
    ],
)
def test_the_ranges_judge_an_address_as_the_package_does(address: str, expected: bool) -> None:
    assert _is_cloud(address) == expected


def test_matomos_list_is_shipped_whole() -> None:
    hosts = {row["referrer_host"] for row in _seed("spam_referrers")}

    assert {"semalt.com", "darodar.com", "buttons-for-website.com"} <= hosts
    assert len(hosts) == 1914  # lines of `spammers.txt` in 4.0.0


def test_countries_keep_the_clocks_of_all_their_zones() -> None:
    zones = {row["country"]: row for row in _seed("country_time_zones")}

    # Kaliningrad is UTC+2, Kamchatka UTC+12; Singapore has one clock; summer time of Germany.
    for name in ("russia", "россия"):
        assert (zones[name]["offset_from"], zones[name]["offset_to"]) == ("120", "720")
    assert (zones["singapore"]["offset_from"], zones["singapore"]["offset_to"]) == ("480", "480")
    assert (zones["germany"]["offset_from"], zones["germany"]["offset_to"]) == ("60", "120")


def test_matomos_list_is_taken_in(tmp_path: Path) -> None:
    path = tmp_path / "spammers.txt"
    path.write_text("Spam.example\n\nwww.spam.example\nother.example/path\n", encoding="utf-8")

    assert suspicion_lists.spam_referrers(path) == [("other.example",), ("spam.example",)]


def test_another_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    path.write_text("ok.example\n<html>\n", encoding="utf-8")

    with pytest.raises(UserError, match="line 2"):
        suspicion_lists.spam_referrers(path)
