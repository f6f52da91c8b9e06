"""A console logger that tells a person how a run gets on, one line a step."""

from __future__ import annotations

import logging
import os
import sys
import time

import dagster as dg

from orchestration import phrases
from orchestration.settings import company_directory, language_of

_VERBOSE_VARIABLE = "KPI_VERBOSE"
# How dagster-dbt selects models, and which tests of seeds a run leaves to the suite of tests: both
# tell a reader of the terminal nothing.
_REMARKS = ("A dbt subsetted execution", "op 'dbt' did not yield")


class _ProgressHandler(logging.Handler):
    """Prints steps, warnings and failures; everything else stays in Dagster's own log."""

    def __init__(self) -> None:
        super().__init__(level=logging.DEBUG)
        self._started = time.monotonic()
        self._failed: set[str] = set()
        self._language = language_of(company_directory())

    def emit(self, record: logging.LogRecord) -> None:
        meta = getattr(record, "dagster_meta", {}) or {}
        event = meta.get("dagster_event") if isinstance(meta, dict) else None
        text = self._event_text(event) if event is not None else self._message_text(record, meta)
        if text:
            elapsed = time.monotonic() - self._started
            print(f"{elapsed:6.1f} s  {text}", file=sys.stderr, flush=True)

    def _event_text(self, event: dg.DagsterEvent) -> str | None:
        kind, step = event.event_type_value, event.step_key or ""
        if kind == "STEP_START":
            return f"… {step}"
        if kind == "STEP_FAILURE" and step not in self._failed:
            self._failed.add(step)
            return f"✗ {self._said(f'{step} failed')}"
        if kind == "STEP_UP_FOR_RETRY":
            return f"↻ {self._said(f'{step} failed, will be tried again')}"
        if kind == "RUN_FAILURE":
            return f"✗ {self._said('the run failed')}"
        return None

    def _said(self, text: str) -> str:
        return phrases.sentence(text, self._language)

    def _message_text(self, record: logging.LogRecord, meta: dict[str, object]) -> str | None:
        message = self._said(str(meta.get("orig_message") or record.getMessage()))
        if record.levelno >= logging.WARNING:
            # Dagster's note on steps that were left out only repeats the failure before them.
            return None if message.startswith("Dependencies for step") else f"! {message}"
        if record.levelno < logging.INFO or not meta.get("step_key"):
            return None
        return None if message.startswith(_REMARKS) else f"    {message}"


@dg.logger
def progress_logger(init_context: dg.InitLoggerContext) -> logging.Logger:  # noqa: ARG001
    """One line a step, for people who watch a run on a terminal."""
    logger = logging.Logger("progress", level=logging.DEBUG)
    logger.addHandler(
        logging.StreamHandler(sys.stderr)
        if os.environ.get(_VERBOSE_VARIABLE)
        else _ProgressHandler()
    )
    return logger
