-- Proves that the full cost of a month equals the ad systems plus the cost register, to the kopeck: nothing is
-- lost in sharing it out. A returned row is a month with a difference.
{{ config(meta={'dagster': {'ref': {'name': 'kpi_roi_monthly'}}}) }}

with roi as (

    select
        lead_month,
        sum(spend_amount) as spend_amount,
        sum(full_cost_amount) as full_cost_amount
    from {{ ref('kpi_roi_monthly') }}
    where attribution_model = 'last_non_direct'
    group by lead_month

),

amounts as (

    select
        {{ month_of('spend_date') }} as cost_month,
        spend_amount,
        spend_amount as full_cost_amount
    from {{ ref('fct_ad_spend_daily') }}
    where spend_amount is not null

    union all

    select
        cost_month,
        0 as spend_amount,
        amount as full_cost_amount
    from {{ ref('fct_costs') }}
    where
        cost_type in ('agency', 'salaries', 'tools', 'production', 'discounts')
        and amount is not null

),

expected as (

    select
        cost_month,
        sum(spend_amount) as spend_amount,
        sum(full_cost_amount) as full_cost_amount
    from amounts
    group by cost_month

)

select
    expected.cost_month,
    roi.full_cost_amount,
    expected.full_cost_amount as expected_amount
from expected
left join roi on expected.cost_month = roi.lead_month
where
    roi.lead_month is null
    or roi.spend_amount <> expected.spend_amount
    or roi.full_cost_amount <> expected.full_cost_amount
