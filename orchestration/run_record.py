"""How the last daily run of a company ended: a small file that outlives the run.

Dagster's own records know more, but a fleet looks at fifty companies at once, and at some whose run
never reached Dagster.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from orchestration import phrases, whole_files
from orchestration.outcomes import CheckLog
from orchestration.settings import Company, Paths

FILE = "last_run.json"


@dataclass(frozen=True)
class RunRecord:
    """`run_id` is empty where the run died before it had one. `ended_at` is ISO, UTC.

    `failures` are in the words of `UserError`; `refusals` what blocking checks said, in English and
    in Russian; the other figures count checks.
    """

    run_id: str
    ended_at: str
    is_published: bool
    failures: tuple[str, ...] = ()
    passed: int = 0
    warned: int = 0
    failed: int = 0
    refusals: tuple[tuple[str, str], ...] = ()

    def reasons(self, language: str) -> tuple[str, ...]:
        """Why nothing was published. Where checks refused the data, a failed step is their echo."""
        if self.refusals:
            return tuple(russian if language == "ru" else said for said, russian in self.refusals)
        return tuple(phrases.failure(failure, language) for failure in self.failures)


def ended(company: Company, run_id: str, failures: Sequence[str]) -> RunRecord:
    """The record of a run that has just ended in this process."""
    checks = CheckLog(company.paths.output, run_id).read()
    blocking = [check for check in checks if check.blocks]
    return RunRecord(
        run_id=run_id,
        ended_at=now(),
        is_published=company.paths.published.resolve().name == run_id,
        failures=tuple(failures),
        passed=sum(check.passed for check in checks),
        warned=sum(not check.passed for check in checks) - len(blocking),
        failed=len(blocking),
        refusals=tuple(
            (check.message_en, check.message_ru) for check in blocking if check.subject != "dbt"
        ),
    )


def store(paths: Paths, record: RunRecord) -> None:
    whole_files.write(paths.output / FILE, json.dumps(asdict(record), ensure_ascii=False))


def read(paths: Paths) -> RunRecord | None:
    """None where no run has ended yet."""
    try:
        content = json.loads((paths.output / FILE).read_text(encoding="utf-8"))
        lists = {
            "failures": tuple(content["failures"]),
            "refusals": tuple((said, russian) for said, russian in content.get("refusals", ())),
        }
        return RunRecord(**{**content, **lists})
    except (FileNotFoundError, ValueError, TypeError, LookupError):
        return None


def now() -> str:
    return datetime.now(tz=UTC).isoformat(timespec="milliseconds")
