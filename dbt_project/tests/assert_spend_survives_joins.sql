-- Spend before the joins to channels and rates equals spend after them, per source and day, in the
-- source's own currency. A returned row is a day that gained or lost money.
{{ config(meta={'dagster': {'ref': {'name': 'fct_ad_spend_daily'}}}) }}

with before_joins as (

    select
        source_system,
        spend_date,
        sum(cost_amount) as cost_amount
    from {{ ref('int_ad_spend_unioned') }}
    group by source_system, spend_date

),

after_joins as (

    select
        source_system,
        spend_date,
        sum(spend_original_amount) as cost_amount
    from {{ ref('fct_ad_spend_daily') }}
    group by source_system, spend_date

)

select
    before_joins.source_system,
    before_joins.spend_date,
    before_joins.cost_amount,
    after_joins.cost_amount as cost_amount_after
from before_joins
left join after_joins
    on
        before_joins.source_system = after_joins.source_system
        and before_joins.spend_date = after_joins.spend_date
where coalesce(after_joins.cost_amount, 0) <> coalesce(before_joins.cost_amount, 0)
