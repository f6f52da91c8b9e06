from __future__ import annotations

from orchestration.cli import main

main()
