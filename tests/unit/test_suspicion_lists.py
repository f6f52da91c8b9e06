"""Public lists as seeds: what stands in the project is what the generator makes."""

from __future__ import annotations

import csv
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
