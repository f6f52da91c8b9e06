-- How often a deal that reached a stage was won, learnt from closed deals only: what a salesman types
-- as a probability is not used.
with deals as (

    select * from {{ ref('int_deals_unioned') }}
    where {{ is_complete_day('created_date') }}

),

stage_changes as (

    select * from {{ ref('int_deal_stage_changes_unioned') }}
    where {{ is_complete_day('changed_date') }}

),

reached as (

    select
        deal_id,
        stage_id
    from stage_changes
    where stage_semantic = 'P'
    union distinct
    select
        deal_id,
        stage_id
    from deals
    where stage_semantic = 'P'

),

closed as (

    select
        coalesce(deals.product_line, '(none)') as product_line,
        reached.stage_id,
        {{ count_where("deals.stage_semantic = 'S'") }} as won_deals,
        count(*) as closed_deals
    from reached
    inner join deals on reached.deal_id = deals.deal_id
    where deals.stage_semantic in ('S', 'F')
    group by coalesce(deals.product_line, '(none)'), reached.stage_id

),

won_deals as (

    select
        product_line,
        created_date,
        case
            when {{ is_closing_planned('closed_date', 'updated_date') }} then updated_date
            else closed_date
        end as won_date
    from (
        select
            *,
            {{ to_date(from_utc('updated_at', company('timezone'))) }} as updated_date
        from deals
        where stage_semantic = 'S'
    ) as deals_won

),

-- older than nine tenths of the won deals were when they were won: no longer alive
won_ages as (

    select
        coalesce(product_line, '(none)') as product_line,
        {{ percentile(
            to_double(days_between('created_date', 'won_date')), 0.9
        ) }} as stale_after_days
    from won_deals
    where won_date is not null
    group by coalesce(product_line, '(none)')

),

final as (

    select
        closed.product_line,
        closed.stage_id,
        -- fewer than 30 closed deals are no rate to multiply money by
        case when closed.closed_deals < 30 then 'not_enough_data' end as reason_code,
        {{ to_bigint('closed.won_deals') }} as won_deals,
        {{ to_bigint('closed.closed_deals') }} as closed_deals,
        case
            when closed.closed_deals >= 30
                then {{ safe_divide('closed.won_deals', 'closed.closed_deals') }}
        end as win_rate,
        case
            when closed.closed_deals >= 30
                then {{ wilson_low('closed.won_deals', 'closed.closed_deals') }}
        end as win_rate_low,
        case
            when closed.closed_deals >= 30
                then {{ wilson_high('closed.won_deals', 'closed.closed_deals') }}
        end as win_rate_high,
        won_ages.stale_after_days
    from closed
    left join won_ages on closed.product_line = won_ages.product_line

)

select * from final
