-- How far money per order and per unit of spend would move had other customers happened to buy: a Poisson
-- bootstrap that redraws customers with all their orders. Weights are computed, not drawn, so a rerun
-- gives the same interval. Many customers are redrawn in groups, which leaves the spread as it is.
{% set replicates = 400 %}
{% set customer_groups = 500 %}
{% set minimum_orders = 10 %}

with orders as (

    select *
    from {{ ref('fct_orders') }}

),

credits as (

    select * from {{ ref('int_order_credits') }}
    where attribution_model = 'last_non_direct'

),

cohort_months as (

    select * from {{ ref('int_cohort_roi') }}
    where level = 'channel' and attribution_model = 'last_non_direct'

),

period as (

    {{ trailing_year() | indent(4) }}

),

replicate_numbers as (

    {{ numbers(3) | indent(4) }}

),

-- returns are judged on ripe lead months alone, as in kpi_roi_trailing
ripe_months as (

    select
        cohort_months.channel,
        cohort_months.lead_month,
        cohort_months.spend_amount,
        cohort_months.is_rate_missing
    from cohort_months
    inner join period
        on
            cohort_months.lead_month >= period.period_start
            and cohort_months.lead_month <= period.period_end
    where cohort_months.maturity >= 0.8

),

channel_spend as (

    select
        channel,
        -- a part of the cost is none
        case when {{ count_where('is_rate_missing') }} = 0 then sum(spend_amount) end
            as spend_amount,
        {{ count_where('is_rate_missing') }} as months_without_rate
    from ripe_months
    group by channel

),

customer_ranks as (

    select
        customer_key,
        row_number() over (order by {{ dbt.hash('customer_key') }}) % {{ customer_groups }}
            as customer_group
    from (
        select distinct coalesce(customer_id, order_id) as customer_key
        from orders
    ) as customers

),

counted_orders as (

    select
        *,
        coalesce(customer_id, order_id) as customer_key,
        case when order_kind = 'sale' and net_amount > 0 then 1 else 0 end as counted
    from orders

),

credited_orders as (

    select
        counted_orders.customer_key,
        counted_orders.counted,
        counted_orders.order_date,
        counted_orders.lead_month,
        credits.channel,
        credits.revenue_amount,
        credits.contribution_amount
    from counted_orders
    inner join credits on counted_orders.order_id = credits.order_id

),

observations as (

    select
        'all' as segment_type,
        'all' as segment_value,
        counted_orders.customer_key,
        counted_orders.net_amount as revenue_amount,
        counted_orders.contribution_amount,
        counted_orders.counted
    from counted_orders
    inner join period
        on
            counted_orders.order_date >= period.period_start
            and counted_orders.order_date <= period.period_end

    union all

    -- what an order is worth needs no ripe month, and is told of the same orders for a channel as for all
    select
        'channel_orders' as segment_type,
        credited_orders.channel as segment_value,
        credited_orders.customer_key,
        credited_orders.revenue_amount,
        credited_orders.contribution_amount,
        credited_orders.counted
    from credited_orders
    inner join period
        on
            credited_orders.order_date >= period.period_start
            and credited_orders.order_date <= period.period_end

    union all

    select
        'channel' as segment_type,
        credited_orders.channel as segment_value,
        credited_orders.customer_key,
        credited_orders.revenue_amount,
        credited_orders.contribution_amount,
        credited_orders.counted
    from credited_orders
    inner join ripe_months
        on
            credited_orders.channel = ripe_months.channel
            and credited_orders.lead_month = ripe_months.lead_month

),

segments as (

    select
        observations.segment_type,
        observations.segment_value,
        -- a part of the money over all orders is no average
        case
            when count(*) = count(observations.revenue_amount)
                then sum(observations.revenue_amount)
        end as revenue_amount,
        case
            when count(*) = count(observations.contribution_amount)
                then sum(observations.contribution_amount)
        end as contribution_amount,
        sum(observations.counted) as orders,
        count(distinct observations.customer_key) as customers,
        max(observations.revenue_amount) as largest_amount,
        max(channel_spend.spend_amount) as spend_amount,
        max(channel_spend.months_without_rate) as months_without_rate
    from observations
    left join channel_spend
        on
            observations.segment_type = 'channel'
            and observations.segment_value = channel_spend.channel
    group by observations.segment_type, observations.segment_value

),

group_sums as (

    select
        observations.segment_type,
        observations.segment_value,
        customer_ranks.customer_group,
        sum(observations.revenue_amount) as revenue_amount,
        sum(coalesce(observations.contribution_amount, 0)) as contribution_amount,
        sum(observations.counted) as counted
    from observations
    inner join customer_ranks on observations.customer_key = customer_ranks.customer_key
    group by
        observations.segment_type, observations.segment_value, customer_ranks.customer_group

),

group_numbers as (

    select distinct {{ to_bigint('customer_group') }} as customer_group
    from customer_ranks

),

draws as (

    select {{ to_bigint('number') }} as replicate
    from replicate_numbers
    where number < {{ replicates }}

),

weights as (

    select
        group_numbers.customer_group,
        draws.replicate,
        {{ poisson_bootstrap_weight('group_numbers.customer_group', 'draws.replicate') }}
            as weight
    from group_numbers
    cross join draws

),

redrawn as (

    select
        group_sums.segment_type,
        group_sums.segment_value,
        weights.replicate,
        sum(weights.weight * group_sums.revenue_amount) as revenue_amount,
        sum(weights.weight * group_sums.contribution_amount) as contribution_amount,
        sum(weights.weight * group_sums.counted) as counted
    from group_sums
    inner join weights on group_sums.customer_group = weights.customer_group
    where weights.weight > 0
    group by group_sums.segment_type, group_sums.segment_value, weights.replicate

),

{% set metrics = [
    {
        'id': 'aov_net', 'segment_type': 'all',
        'value': safe_divide('segments.revenue_amount', 'segments.orders'),
        'redrawn': safe_divide('redrawn.revenue_amount', 'redrawn.counted'),
    },
    {
        'id': 'aov_net', 'segment_type': 'channel_orders',
        'value': safe_divide('segments.revenue_amount', 'segments.orders'),
        'redrawn': safe_divide('redrawn.revenue_amount', 'redrawn.counted'),
    },
    {
        'id': 'roas', 'segment_type': 'channel',
        'value': roas('segments.revenue_amount', 'segments.spend_amount'),
        'redrawn': roas('redrawn.revenue_amount', 'segments.spend_amount'),
    },
    {
        'id': 'romi', 'segment_type': 'channel',
        'value': romi('segments.contribution_amount', 'segments.spend_amount'),
        'redrawn': romi('redrawn.contribution_amount', 'segments.spend_amount'),
    },
] %}
replicate_values as (

    {% for metric in metrics %}
        select
            '{{ metric.id }}' as metric_id,
            segments.segment_type,
            segments.segment_value,
            {{ metric.value }} as metric_value,
            {{ metric.redrawn }} as redrawn_value
        from segments
        inner join redrawn
            on
                segments.segment_type = redrawn.segment_type
                and segments.segment_value = redrawn.segment_value
        where segments.segment_type = '{{ metric.segment_type }}'
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

ranges as (

    select
        metric_id,
        segment_type,
        segment_value,
        max(metric_value) as metric_value,
        {{ percentile('redrawn_value', 0.025) }} as redrawn_low,
        {{ percentile('redrawn_value', 0.975) }} as redrawn_high
    from replicate_values
    group by metric_id, segment_type, segment_value

),

judged as (

    select
        ranges.*,
        segments.revenue_amount,
        segments.spend_amount,
        segments.orders,
        segments.customers,
        {{ safe_divide('segments.largest_amount', 'segments.revenue_amount') }}
            as largest_order_share,
        case
            when ranges.metric_id <> 'aov_net' and segments.months_without_rate > 0
                then 'missing_rate'
            when ranges.metric_id <> 'aov_net' and coalesce(segments.spend_amount, 0) <= 0
                then 'no_spend'
            when segments.revenue_amount is null then 'missing_rate'
            when segments.orders = 0 then 'no_orders'
            when ranges.metric_id = 'romi' and segments.contribution_amount is null then 'no_margin'
            when segments.orders < {{ minimum_orders }} then 'not_enough_data'
        end as reason_code
    from ranges
    inner join segments
        on
            ranges.segment_type = segments.segment_type
            and ranges.segment_value = segments.segment_value

),

final as (

    select
        judged.metric_id,
        case when judged.segment_type = 'all' then 'all' else 'channel' end as segment_type,
        judged.segment_value,
        judged.reason_code,
        judged.metric_value,
        -- the estimate itself is always possible
        case
            when judged.reason_code is null
                then {{ smaller_of('judged.redrawn_low', 'judged.metric_value') }}
        end as metric_low,
        case
            when judged.reason_code is null
                then {{ larger_of('judged.redrawn_high', 'judged.metric_value') }}
        end as metric_high,
        {{ to_bigint('judged.orders') }} as orders,
        {{ to_bigint('judged.customers') }} as customers,
        judged.largest_order_share,
        coalesce(judged.largest_order_share > 0.3, false) as is_concentrated,
        cast(judged.spend_amount as {{ type_money() }}) as spend_amount,
        period.period_start,
        period.period_end
    from judged
    cross join period

)

select * from final
