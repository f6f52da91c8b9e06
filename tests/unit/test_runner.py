"""What a person is told when a run fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import dagster as dg

from orchestration.errors import UserError
from orchestration.runner import run_failures


class Locked(dg.ConfigurableResource):
    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Locked]:
        raise UserError("Another run is writing", remedy="wait for it to end")
        yield self


@dg.asset
def table(company: Locked) -> None:
    """Never begun: what it needs cannot be had."""


@dg.asset
def broken() -> None:
    try:
        raise ValueError("line 3 is torn")
    except ValueError as cause:
        raise RuntimeError("the file cannot be read") from cause


@dg.asset
def refused() -> None:
    raise dg.Failure("leads.csv, line 7: mend the date")


QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


def failures_of(asset: dg.AssetsDefinition, **resources: object) -> list[str]:
    with dg.instance_for_test() as instance:
        result = dg.materialize(
            [asset], resources=resources, instance=instance, raise_on_error=False, run_config=QUIET
        )
        assert not result.success
        return run_failures(instance, result.run_id)


def test_a_run_that_could_not_begin_says_why() -> None:
    (text,) = failures_of(table, company=Locked())
    assert "Another run is writing" in text
    assert "wait for it to end" in text


def test_the_innermost_cause_of_a_failed_step_is_told() -> None:
    (text,) = failures_of(broken)
    assert text.startswith("broken: ")
    assert "line 3 is torn" in text
    assert "Traceback" not in text


def test_a_failure_with_a_description_is_told_in_its_words() -> None:
    assert failures_of(refused) == ["refused: leads.csv, line 7: mend the date"]


def test_a_cancelled_run_is_told_as_such() -> None:
    with dg.instance_for_test() as instance:
        run = instance.create_run_for_job(
            dg.define_asset_job("daily").resolve(
                asset_graph=dg.Definitions(assets=[broken]).resolve_asset_graph()
            )
        )
        instance.report_run_canceled(run)

        assert run_failures(instance, run.run_id) == ["the run ended as canceled"]


def test_a_run_that_succeeded_has_no_failures() -> None:
    @dg.asset
    def fine() -> None: ...

    with dg.instance_for_test() as instance:
        result = dg.materialize([fine], instance=instance, run_config=QUIET)

        assert run_failures(instance, result.run_id) == []
