"""A process that ends at once ends as any other: its status, its handlers, its last words."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap

import pytest

from orchestration import process

BODY = """
import atexit, sys
from orchestration import process

class Kept:
    def __del__(self):
        print("freed")

kept = Kept()
with process.ending_at_once():
    atexit.register(print, "handler")
    sys.stdout.write("said ")
    {ending}
"""


@pytest.mark.parametrize(
    ("ending", "status", "told"),
    [
        ("pass", 0, ""),
        ("sys.exit()", 0, ""),
        ("sys.exit(0)", 0, ""),
        ("sys.exit(3)", 3, ""),
        ("sys.exit('no such file')", 1, "no such file"),
        ("raise ValueError('nobody catches it')", 1, "ValueError: nobody catches it"),
    ],
)
def test_status_handlers_and_output_are_those_of_an_ordinary_end(ending, status, told):
    script = textwrap.dedent(BODY).format(ending=ending)
    ended = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert ended.returncode == status, ended.stderr
    # what the handlers write is there, and nothing is freed after them
    assert ended.stdout == "said handler\n"
    assert told in ended.stderr


def test_output_that_nobody_reads_is_told_by_the_status():
    script = textwrap.dedent(BODY).format(ending="pass")
    buffered = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=buffered,
        text=True,
    ) as running:
        running.stdout.close()
        assert running.wait(timeout=60) == 120, running.stderr.read()


def test_a_stopped_query_is_found_in_any_chain_of_errors() -> None:
    """dlt raises in its thread what then stands as the cause of its own cause."""
    inner, outer = ValueError("a bad file"), RuntimeError("extraction failed")
    inner.__context__, outer.__cause__ = outer, inner
    assert not process.is_stopped_query(inner)
    outer.__context__ = RuntimeError("INTERRUPT Error: Query interrupted")
    outer.__cause__ = None
    assert process.is_stopped_query(inner)
