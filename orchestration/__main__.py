from __future__ import annotations

from orchestration.cli import app

app()
