"""Dates and sizes of what is planted in the sample world, so that every check has a known answer.

The texts for readers are in `data/sample_company/README.md`; the tests of this package assert
each story on the raw files. A story whose days lie outside the generated period is left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from orchestration.sample_world import catalog


@dataclass(frozen=True)
class Days:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    def within(self, start: date, end: date) -> bool:
        """Whether all days lie in the half-open period."""
        return start <= self.first and self.last < end

    @property
    def all(self) -> list[date]:
        return [
            self.first + timedelta(days=offset)
            for offset in range((self.last - self.first).days + 1)
        ]


# 1. Clicks from machines on one network campaign. The first attack was confirmed by the owner.
ATTACK: Final = Days(date(2026, 10, 20), date(2026, 10, 23))
CONFIRMED_ATTACK: Final = Days(date(2025, 12, 2), date(2025, 12, 4))
ATTACK_CHANNEL: Final = "yandex_direct_network"
ATTACK_CAMPAIGN: Final = catalog.ATTACKED_CAMPAIGN
ATTACK_TIMES_CHANNEL: Final = 6.0
CONFIRMED_ATTACK_TIMES_CHANNEL: Final = 4.0

# 2. Many clicks, no lead and no order.
GIVEAWAY: Final = Days(date(2026, 3, 2), date(2026, 5, 24))
GIVEAWAY_CAMPAIGN: Final = catalog.GIVEAWAY_CAMPAIGN

# 3. Revenue over twice the spend, and still a loss at the shop's margin.
LOSS_AT_ROAS_2_CHANNEL: Final = "yandex_direct_network"

# 4. House leads of the last months: deals take two to nine.
YOUNG_MONTHS: Final = 3

# 5. Opens house journeys and hardly closes any.
MODEL_DEPENDENT_CHANNEL: Final = "vk_ads"

# 6. The November lead target was lowered after November had begun.
LATE_TARGET_ID: Final = "T-11-leads"
LATE_TARGET_RECORDED: Final = date(2026, 11, 9)

# 7. From this day a download of the catalogue and a call-back count as a house request as well.
EASIER_GOAL_FROM: Final = date(2026, 8, 1)

# 8. Bought followers of the VK group.
BOUGHT_FOLLOWERS: Final = Days(date(2026, 7, 6), date(2026, 7, 8))
BOUGHT_PER_DAY: Final = 1_450

# 9. NPS of customers, promoters and detractors of 400 answers: +7 points, which is noise.
NPS_COUNTS: Final = {"first": (168, 92), "second": (180, 76)}
NPS_RESPONDENTS: Final = 400

# 10. No rate in the register though dollars were spent.
MISSING_RATE: Final = date(2025, 9, 17)

# 13. Cost of this week was lowered by a later export of the same days.
RESTATED: Final = Days(date(2026, 6, 8), date(2026, 6, 14))
RESTATED_FACTOR: Final = 1.12

# 14. No row from VK Ads though its campaigns ran.
MISSING_VK_DAY: Final = date(2026, 10, 28)

# Sale announced in the newsletter and in the channel: a spike that has a reason.
SALE: Final = Days(date(2026, 10, 9), date(2026, 10, 11))
SALE_TIMES: Final = 7.0
SALE_PROMO: Final = "YARMARKA10"

# The bill of this month is higher than the cabinet's own figure.
WRONG_INVOICE_MONTH: Final = date(2026, 5, 1)
WRONG_INVOICE_FACTOR: Final = 1.14
