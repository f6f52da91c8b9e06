"""Keeps secrets that a system wants in the address out of the logs of the HTTP libraries.

urllib3 writes the path and query of every request at level DEBUG. Telegram's bot token, Bitrix24's
webhook code and Calltouch's key stand there and nowhere else, so they are blotted out of the record
before any handler sees it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable
from urllib.parse import quote, quote_plus

_LOGGERS = ("urllib3.connectionpool", "urllib3.connection", "urllib3.util.retry")
_MASK = "***"


class _Mask(logging.Filter):
    def __init__(self) -> None:
        super().__init__()
        self.secrets: set[str] = set()

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        masked = text
        for secret in self.secrets:
            masked = masked.replace(secret, _MASK)
        if masked != text:
            record.msg, record.args = masked, ()
        return True


_MASKING = _Mask()


def keep_out_of_logs(secrets: Iterable[str]) -> None:
    """From now on the HTTP libraries' log lines show `***` for these values, plain or encoded."""
    for secret in secrets:
        if secret:
            _MASKING.secrets.update({secret, quote(secret, safe=""), quote_plus(secret)})
    for name in _LOGGERS:
        logger = logging.getLogger(name)
        if _MASKING not in logger.filters:
            logger.addFilter(_MASKING)
