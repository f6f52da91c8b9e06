"""The doctor's question to every API: it proves access, names what is wrong, and never hangs."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from orchestration.sources.api import API_DOORS
from orchestration.sources.api.connection import _QUESTIONS, examine_all
from orchestration.sources.api.http import AuthError
from tests.fakes.server import FakeClock, FakeServer, Hold, Instead, Reply
from tests.integration.api import (
    test_amocrm,
    test_bitrix24,
    test_calltouch,
    test_central_bank,
    test_ga4,
    test_google_ads,
    test_hubspot,
    test_instagram,
    test_telegram,
    test_vk,
    test_vk_ads,
    test_yandex_direct,
    test_yandex_metrica,
)
from tests.integration.api.behaviours import Case, World

CASES = [
    test_yandex_metrica.TestVisits.case,
    test_yandex_direct.CASE,
    test_ga4.TestSessions.case,
    test_google_ads.TestCampaignStats.case,
    test_vk_ads.TestCampaignStats.case,
    test_bitrix24.TestBitrix24.case,
    test_amocrm.TestAmocrm.case,
    test_hubspot.TestHubspot.case,
    test_calltouch.TestCalltouch.case,
    test_telegram.TestTelegram.case,
    test_vk.TestVk.case,
    test_instagram.TestInstagram.case,
    test_central_bank.TestCentralBank.case,
]


def test_every_door_has_a_question() -> None:
    assert set(_QUESTIONS) == set(API_DOORS) == {case.source for case in CASES}


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.source)
def test_access_is_proved_and_a_refusal_names_the_variable(case: Case, tmp_path: Path) -> None:
    clock = FakeClock()
    with FakeServer(case.make_fake(clock)) as server:
        world = World(case, server, clock, tmp_path)

        def ask() -> Exception | None:
            answers = examine_all(
                world.company(), [case.source], connect=lambda folder: world.transport()
            )
            return answers[case.source].problem

        assert ask() is None
        assert server.requests
        if not case.names:
            return
        server.misbehave(Instead(case.refused), times=10**6)
        problem = ask()
        assert isinstance(problem, AuthError)
        assert case.names in str(problem)
        world.assert_no_secret(str(problem))


def test_the_central_bank_is_asked_though_no_other_currency_is_in_use(tmp_path: Path) -> None:
    case = test_central_bank.TestCentralBank.case
    clock = FakeClock()
    with FakeServer(case.make_fake(clock)) as server:
        world = World(case, server, clock, tmp_path)
        company = world.company(currencies=["RUB"])

        def ask() -> Exception | None:
            answers = examine_all(
                company, ["central_bank"], connect=lambda folder: world.transport()
            )
            return answers["central_bank"].problem

        assert ask() is None
        assert len(server.requests) == 1
        server.misbehave(Instead(Reply(404)))
        assert "check base_url" in str(ask())


def test_a_channel_that_is_refused_beside_one_that_is_counted_is_a_problem(tmp_path: Path) -> None:
    case = test_telegram.TestTelegram.case
    clock = FakeClock()
    with FakeServer(case.make_fake(clock)) as server:
        world = World(case, server, clock, tmp_path)
        world.fake.closed.add("-1001234567890")
        answers = examine_all(
            world.company(), ["telegram"], connect=lambda folder: world.transport()
        )
        assert "let the bot into private channels" in str(answers["telegram"].problem)


def test_a_missing_secret_is_named_and_others_are_asked_all_the_same(tmp_path: Path) -> None:
    case = test_vk.TestVk.case
    clock = FakeClock()
    with FakeServer(case.make_fake(clock)) as server:
        world = World(case, server, clock, tmp_path)
        company = world.company()
        vk = company.sources["vk"]
        company = company.model_copy(
            update={"sources": {"vk": vk, "telegram": vk.model_copy(), "plain": vk.model_copy()}}
        )
        answers = examine_all(
            company, ["telegram", "vk", "plain"], connect=lambda folder: world.transport()
        )
    assert answers["vk"].problem is None
    assert "TELEGRAM_BOT_TOKEN" in str(answers["telegram"].problem)
    assert "has no API" in str(answers["plain"].problem)


def test_a_system_that_never_answers_costs_the_limit_and_no_more(tmp_path: Path) -> None:
    case = test_vk.TestVk.case
    clock = FakeClock()
    with FakeServer(case.make_fake(clock)) as server:
        world = World(case, server, clock, tmp_path)
        server.misbehave(Hold(), times=10**6)
        started = time.monotonic()
        answers = examine_all(
            world.company(), ["vk"], limit=0.5, connect=lambda folder: world.transport()
        )
        assert time.monotonic() - started < 4
    assert "has not answered within" in str(answers["vk"].problem)
