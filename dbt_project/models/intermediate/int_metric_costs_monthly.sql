-- What marketing cost each month, by channel and campaign: media (fct_ad_spend_daily), and the
-- rest of the cost register. Costs that no campaign caused (salaries, tools, an agency's fee) are shared
-- out in proportion to media spend: over the campaigns of the channel they were entered for, or over
-- all campaigns of the month. With no media to share by they stay with that channel, or with
-- `unattributed`, so that the sum over rows always equals the register, to the kopeck.
with ad_spend as (

    select * from {{ ref('fct_ad_spend_daily') }}

),

costs as (

    select * from {{ ref('fct_costs') }}
    -- media stands in fct_ad_spend_daily, an invoice is the same media billed
    where cost_type in ('agency', 'salaries', 'tools', 'production', 'discounts')

),

media as (

    select
        {{ month_of('spend_date') }} as cost_month,
        channel,
        campaign_id,
        sum(coalesce(spend_amount, 0)) as spend_amount,
        -- 1: booked by finance, 2: reported by an ad system, which wins where both exist
        max(case when source_system = 'registers' then 1 else 2 end) as source_rank,
        {{ count_where('spend_amount is null') }} as days_without_rate
    from ad_spend
    group by {{ month_of('spend_date') }}, channel, campaign_id

),

cost_pools as (

    select
        cost_month,
        coalesce(channel, '(all)') as pool_channel,
        sum(amount) as amount,
        count(*) - count(amount) as costs_without_rate
    from costs
    group by cost_month, coalesce(channel, '(all)')

),

shared as (

    select
        cost_pools.cost_month,
        cost_pools.pool_channel,
        cost_pools.amount,
        cost_pools.costs_without_rate,
        coalesce(media.channel, case
            when cost_pools.pool_channel = '(all)' then 'unattributed' else cost_pools.pool_channel
        end) as channel,
        coalesce(media.campaign_id, '(none)') as campaign_id,
        coalesce({{ safe_divide(
            """sum(media.spend_amount) over (
                partition by cost_pools.cost_month, cost_pools.pool_channel
                order by media.channel, media.campaign_id
                rows between unbounded preceding and current row
            )""",
            'sum(media.spend_amount) over (partition by cost_pools.cost_month, cost_pools.pool_channel)'
        ) }}, 1) as share_up_to_here,
        row_number() over (
            partition by cost_pools.cost_month, cost_pools.pool_channel
            order by media.channel, media.campaign_id
        ) as place
    from cost_pools
    left join media
        on
            cost_pools.cost_month = media.cost_month
            and (cost_pools.pool_channel = '(all)' or cost_pools.pool_channel = media.channel)
            and media.spend_amount > 0

),

-- rounding the running sum, not each part, keeps the parts equal to the whole
rounded as (

    select
        *,
        {{ to_money(to_double('amount') ~ ' * share_up_to_here') }} as amount_up_to_here
    from shared

),

allocated as (

    select
        cost_month,
        channel,
        campaign_id,
        amount_up_to_here - coalesce(lag({{ nullable('amount_up_to_here') }}) over (
            partition by cost_month, pool_channel order by place
        ), 0) as amount,
        costs_without_rate
    from rounded

),

together as (

    select
        cost_month,
        channel,
        campaign_id,
        source_rank,
        spend_amount,
        cast(0 as {{ type_money() }}) as other_cost_amount,
        days_without_rate as amounts_without_rate
    from media

    union all

    select
        cost_month,
        channel,
        campaign_id,
        0 as source_rank,
        cast(0 as {{ type_money() }}) as spend_amount,
        amount as other_cost_amount,
        costs_without_rate as amounts_without_rate
    from allocated

),

final as (

    select
        channel,
        campaign_id,
        case max(source_rank) when 1 then 'register' when 2 then 'ad_system' end as spend_source,
        {{ to_money('sum(spend_amount)') }} as spend_amount,
        {{ to_money(
            'sum(spend_amount) + sum(coalesce(other_cost_amount, 0))'
        ) }} as full_cost_amount,
        sum(amounts_without_rate) > 0 as is_rate_missing,
        cost_month
    from together
    group by channel, campaign_id, cost_month

)

select * from final
