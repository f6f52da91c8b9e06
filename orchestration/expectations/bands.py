"""The band that a series' own past teaches."""

from __future__ import annotations

from orchestration.expectations.model import LAST_COMPLETE, at_most

# Own history: 56 days that end 3 days before the tested day, as in the detector of visits.
HISTORY_DAYS, GUARD_DAYS, MINIMUM_DAYS = 56, 3, 28

WITHIN_BAND = (at_most("value", "high"), at_most("low", "value"))
"""What must hold of every row that `banded` returns."""


def banded(series: str, *, minimum_width: float, relative: bool, tested_days: int) -> str:
    """SQL: each of the last days of a series beside the band its own past teaches.

    `series`: query of `name`, `day`, `value`. The band is the median of the history plus and minus
    four robust deviations, but never narrower than `minimum_width` (a share of the median if
    `relative`). Days with a short history are left out: there is nothing to compare with.
    """
    floor = f"{minimum_width} * median_value" if relative else f"{minimum_width}"
    return f"""
with series as (
    {series}
), history as (
    select tested.name, tested.day, tested.value, past.value as past_value
    from series as tested
    inner join series as past
        on tested.name = past.name
        and past.day > tested.day - {HISTORY_DAYS + GUARD_DAYS}
        and past.day <= tested.day - {GUARD_DAYS}
    where tested.day > ({LAST_COMPLETE}) - {tested_days} and tested.day <= {LAST_COMPLETE}
), medians as (
    select
        *,
        median(past_value) over (partition by name, day) as median_value,
        count(*) over (partition by name, day) as past_days
    from history
), bands as (
    select
        name,
        day,
        value,
        median_value,
        greatest({floor}, 4 * 1.4826 * median(abs(past_value - median_value))) as width
    from medians
    where past_days >= {MINIMUM_DAYS}
    group by name, day, value, median_value
)
select
    name,
    day,
    value,
    median_value as usual,
    median_value - width as low,
    median_value + width as high
from bands
order by day desc, name
"""
