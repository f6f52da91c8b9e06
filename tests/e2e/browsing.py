"""A real headless Chromium, and pages opened from the disk as an owner opens an attachment."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

PHONE, TABLET, DESKTOP = 360, 820, 1280
# Nothing of the browser's own may ask the network, and no GPU is needed.
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync", "--disable-quic",
]  # fmt: skip
_NAMES = ("chromium", "chromium-browser", "google-chrome")


@cache
def chromium() -> str:
    """Path of the browser; installed from Debian's packages where that is possible, else ''."""
    found = next(filter(None, map(shutil.which, _NAMES)), "")
    if found or os.environ.get("KPI_TEST_NO_INSTALL") or not _may_install():
        return found
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]):
        done = subprocess.run(
            command,
            env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"},
            capture_output=True,
            timeout=600,
            check=False,
        )
        if done.returncode:
            return ""
    return next(filter(None, map(shutil.which, _NAMES)), "")


def _may_install() -> bool:
    return bool(shutil.which("apt-get")) and hasattr(os, "geteuid") and os.geteuid() == 0


@dataclass
class Visit:
    """One opened page and what it did meanwhile."""

    page: Page
    requests: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def asked_for(self) -> list[str]:
        return [url for url in self.requests if not url.startswith(("data:", "blob:"))]


def visit(
    browser: Browser,
    file: Path,
    width: int = DESKTOP,
    *,
    is_dark: bool = False,
    is_live: bool = False,
) -> Visit:
    """Open a file with the network off. `is_live`: wait until its charts are drawn."""
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if is_dark else "light",
        offline=True,
    )
    seen = Visit(context.new_page())
    seen.page.on("request", lambda request: seen.requests.append(request.url))
    seen.page.on("console", lambda message: seen.complaints.append(message.text))
    seen.page.on("pageerror", lambda error: seen.complaints.append(str(error)))
    seen.page.goto(file.as_uri())
    if is_live:
        settle(seen.page)
    return seen


def settle(page: Page) -> None:
    """Wait until every live chart shows the present choice."""
    page.wait_for_selector("body[data-drawing=no]", timeout=20_000)


def sideways(page: Page, width: int) -> list[str]:
    """Elements that stick out on the right of the page (tables may scroll inside themselves)."""
    return page.evaluate(
        """width => [...document.querySelectorAll('body *')]
            .filter(node => !node.closest('.skip, .hidden, table, svg'))
            .filter(node => node.getBoundingClientRect().right > width + 1)
            .map(node => node.outerHTML.slice(0, 80))""",
        width,
    )


def serious_issues(page: Page) -> list[str]:
    """What axe finds serious or critical, one line each."""
    from axe_playwright_python.sync_playwright import Axe  # noqa: PLC0415 - only browser tests

    found = Axe().run(page).response["violations"]
    return [
        f"{issue['id']}: {node['target']} {node.get('failureSummary', '')}"
        for issue in found
        if issue["impact"] in ("serious", "critical")
        for node in issue["nodes"]
    ]
