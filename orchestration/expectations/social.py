"""What must be true of followers of social networks."""

from __future__ import annotations

from orchestration.expectations.model import AS_OF, SHOWN_DAYS, Check, no_rows
from orchestration.expectations.tables import source_checks

NO_BOUGHT_FOLLOWERS = "no_bought_followers"

_APPLIES = "exists (select 1 from marts.kpi_audience_daily)"


def checks() -> tuple[Check, ...]:
    return (*source_checks("social"), no_bought_followers())


def no_bought_followers() -> Check:
    return Check(
        name=NO_BOUGHT_FOLLOWERS,
        subject="social",
        asset=("marts", "kpi_audience_daily"),
        stage="marts",
        severity="warning",
        applies=_APPLIES,
        sql=f"""
select
    network,
    account,
    date_day as day,
    coalesce(joined, net_growth) as joined_followers,
    followers,
    reach_rate
from marts.kpi_audience_daily
where joins_verdict = 'bought_suspected' and date_day >= ({AS_OF}) - {SHOWN_DAYS}
order by day desc, network
""",
        expectations=(no_rows(),),
        title_en="No day of the last year looks like bought followers.",
        title_ru="За год нет дней, похожих на покупку подписчиков.",
        message_en="Followers may have been bought: {sum_joined_followers:n} joined on {failed:n} "
        "{failed:day|days}, and nobody reads more",
        message_ru="Подписчики могли быть куплены: {sum_joined_followers:n} за {failed:n} "
        "{failed:день|дня|дней}, а читать больше не стали",
        item_en="{network:source} {account}, {day:d}: {joined_followers:n} joined, reach "
        "{reach_rate:p} "
        "of followers",
        item_ru="{network:source} {account}, {day:d}: пришло {joined_followers:n}, охват "
        "{reach_rate:p} "
        "подписчиков",
        remedy_en="ask where they came from; do not pay for growth of these days and judge the "
        "network by reach",
        remedy_ru="узнать, откуда они; не оплачивать рост этих дней и судить о сети по охвату",
    )
