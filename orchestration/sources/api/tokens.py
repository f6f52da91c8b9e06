"""OAuth tokens that the system changes at every renewal.

A renewal kills the old refresh token, so the new one is on disk before it is used: in the company's
output folder, readable by its owner only, replaced in one rename. Two processes renew one after the
other, and the second takes what the first got.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from filelock import FileLock

from orchestration.errors import UserError
from orchestration.settings import Company

# A token that dies during the next request is as good as dead.
_MARGIN = timedelta(seconds=60)
_LOCK_SECONDS = 120


@dataclass(frozen=True)
class Issued:
    """Answer of a token endpoint."""

    access: str
    refresh: str
    expires_in: float


class TokenKeeper:
    """Tokens of one source of one company.

    `first_refresh`: the refresh token of the environment, used until the first renewal, and again
    when somebody puts a new one there. `renew(refresh)` asks the system for new tokens.
    """

    def __init__(
        self,
        company: Company,
        source: str,
        first_refresh: str,
        now: Callable[[], datetime],
        renew: Callable[[str], Issued],
    ) -> None:
        self._path = company.paths.output / ".tokens" / f"{source}.json"
        self._first_refresh = first_refresh
        self._seed = sha256(first_refresh.encode()).hexdigest()
        self._now = now
        self._renew = renew

    def access(self, refused: str | None = None) -> str:
        """A token for the next call; `refused`: one the system has just called expired."""
        held = self._read()
        if held and self._is_fresh(held) and held["access"] != refused:
            return str(held["access"])
        self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with FileLock(self._path.with_suffix(".lock"), timeout=_LOCK_SECONDS, mode=0o600):
            held = self._read()
            if held and self._is_fresh(held) and held["access"] != refused:
                return str(held["access"])
            issued = self._renew(str(held["refresh"]) if held else self._first_refresh)
            self._write(issued)
            return issued.access

    def secrets(self) -> set[str]:
        """All tokens known now, for whoever must not quote them."""
        held = self._read() or {}
        return {self._first_refresh, *(str(held[key]) for key in ("access", "refresh") if held)}

    def _is_fresh(self, held: dict[str, Any]) -> bool:
        return self._now() + _MARGIN < datetime.fromisoformat(held["expires_at"])

    def _read(self) -> dict[str, Any] | None:
        try:
            held = json.loads(self._path.read_text(encoding="utf-8"))
            if held["seed"] != self._seed:
                return None
            datetime.fromisoformat(held["expires_at"])
            return {**held, "access": str(held["access"]), "refresh": str(held["refresh"])}
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            raise UserError(
                "The file with the renewed tokens is damaged",
                file=self._path,
                remedy="delete the file, connect the integration once more, and put the new "
                "refresh token into the environment",
            ) from None

    def _write(self, issued: Issued) -> None:
        text = json.dumps(
            {
                "seed": self._seed,
                "access": issued.access,
                "refresh": issued.refresh,
                "expires_at": (self._now() + timedelta(seconds=issued.expires_in)).isoformat(),
            }
        )
        aside = self._path.with_suffix(f".{os.getpid()}.new")
        aside.unlink(missing_ok=True)
        with os.fdopen(
            os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8"
        ) as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        aside.replace(self._path)
        _sync_folder(self._path.parent)


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # no such call there
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
