-- What advertising really added, by tests in which a part of the people did not get it.
with tests as (

    select * from {{ ref('stg_registers__holdout_tests') }}
    where {{ is_complete_day('end_date') }}

),

ad_spend as (

    select * from {{ ref('fct_ad_spend_daily') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

credits as (

    select * from {{ ref('int_order_credits') }}
    where attribution_model = 'last_non_direct'

),

loaded_spend as (

    select
        tests.test_id,
        -- one unknown rate makes the sum unknown
        case when count(*) = count(ad_spend.spend_amount) then sum(ad_spend.spend_amount) end
            as spend_amount,
        {{ count_where('ad_spend.spend_amount is null') }} as spend_without_rate
    from tests
    inner join ad_spend
        on
            tests.channel = ad_spend.channel
            and tests.start_date <= ad_spend.spend_date
            and tests.end_date >= ad_spend.spend_date
    group by tests.test_id

),

-- what attribution gave the channel on these days, and at what margin: the test tells revenue only
attributed as (

    select
        tests.test_id,
        case when count(*) = count(credits.revenue_amount) then sum(credits.revenue_amount) end
            as revenue_amount,
        {{ count_where('credits.revenue_amount is null') }} as orders_without_rate,
        case
            when count(*) = count(credits.contribution_amount)
                then {{ safe_divide(
                    'sum(credits.contribution_amount)', 'sum(credits.revenue_amount)'
                ) }}
        end as margin_rate
    from tests
    inner join credits on tests.channel = credits.channel
    inner join orders
        on
            credits.order_id = orders.order_id
            and tests.start_date <= orders.order_date
            and tests.end_date >= orders.order_date
    group by tests.test_id

),

joined as (

    select
        tests.test_id,
        tests.channel,
        tests.method,
        tests.analyst,
        tests.incremental_revenue_amount,
        tests.incremental_revenue_low,
        tests.incremental_revenue_high,
        coalesce(tests.spend_amount, loaded_spend.spend_amount) as spend_amount,
        attributed.revenue_amount as attributed_revenue_amount,
        attributed.margin_rate,
        (tests.spend_amount is null and coalesce(loaded_spend.spend_without_rate, 0) > 0)
        or coalesce(attributed.orders_without_rate, 0) > 0 as is_rate_missing,
        tests.start_date,
        tests.end_date
    from tests
    left join loaded_spend on tests.test_id = loaded_spend.test_id
    left join attributed on tests.test_id = attributed.test_id

),

rated as (

    select
        *,
    {% for end in ['amount', 'low', 'high'] -%}
        {{ romi(
            to_double('incremental_revenue_' ~ end) ~ ' * margin_rate', 'spend_amount'
        ) }} as iromi_{{ end }}{{ ',' if not loop.last }}
    {% endfor %}
    from joined

),

final as (

    select
        test_id,
        channel,
        method,
        case
            when is_rate_missing then 'missing_rate'
            when coalesce(spend_amount, 0) = 0 then 'no_spend'
            when margin_rate is null then 'no_margin'
            when iromi_low is null or iromi_high is null then 'no_range'
        end as reason_code,
        case
            when iromi_low > 0 and iromi_high is not null then 'pays'
            when iromi_high < 0 and iromi_low is not null then 'does_not_pay'
            else 'cannot_tell'
        end as verdict,
        analyst,
        cast(spend_amount as {{ type_money() }}) as spend_amount,
        cast(incremental_revenue_amount as {{ type_money() }}) as incremental_revenue_amount,
        cast(attributed_revenue_amount as {{ type_money() }}) as attributed_revenue_amount,
        {{ safe_divide('incremental_revenue_amount', 'attributed_revenue_amount') }}
            as incremental_share,
        margin_rate,
        iromi_amount as iromi,
        iromi_low,
        iromi_high,
        start_date,
        end_date
    from rated

)

select * from final
