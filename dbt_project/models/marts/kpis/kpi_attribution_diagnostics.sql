-- The headline beside two models that also look at people who did not convert.
{% set minimum_journeys = 1000 %}
{% set minimum_conversions = 100 %}

with transitions as (

    select * from {{ ref('int_channel_transitions') }}

),

removal_effects as (

    {{ markov_removal_effects(ref('int_channel_transitions')) | indent(4) }}

),

journeys as (

    select * from {{ ref('int_journeys') }}
    where journey_type <> 'invalid_lead'

),

touchpoints as (

    select * from {{ ref('fct_touchpoints') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

headline_credits as (

    select * from {{ ref('int_journey_credits') }}
    where attribution_model = 'last_non_direct'

),

period as (

    {{ trailing_year() | indent(4) }}

),

-- what each journey of the period came to; an order belongs to the journey of its lead
journey_revenue as (

    select
        case
            when lead_id is not null then {{ dbt.concat(["'lead:'", 'lead_id']) }}
            else {{ dbt.concat(["'order:'", 'order_id']) }}
        end as journey_id,
        sum(net_amount) as revenue_amount
    from orders
    group by case
        when lead_id is not null then {{ dbt.concat(["'lead:'", 'lead_id']) }}
        else {{ dbt.concat(["'order:'", 'order_id']) }}
    end

),

period_journeys as (

    select
        journeys.journey_id,
        headline_credits.channel as headline_channel,
        coalesce(journey_revenue.revenue_amount, 0) as revenue_amount
    from journeys
    inner join period
        on
            journeys.journey_date >= period.period_start
            and journeys.journey_date <= period.period_end
    inner join headline_credits on journeys.journey_id = headline_credits.journey_id
    left join journey_revenue on journeys.journey_id = journey_revenue.journey_id

),

path_counts as (

    select
        coalesce(sum(transitions), 0) as journeys,
        coalesce(sum(case when to_channel = '(conversion)' then transitions else 0 end), 0)
            as conversions
    from transitions
    where to_channel in ('(conversion)', '(null)')

),

-- the sets of channels people met before they converted
journey_channels as (

    select distinct
        touchpoints.journey_id,
        touchpoints.channel
    from touchpoints
    inner join period_journeys on touchpoints.journey_id = period_journeys.journey_id

),

coalition_members as (

    select
        journey_id as coalition,
        channel,
        count(*) over (partition by journey_id) as members,
        1 as dividend
    from journey_channels

),

shapley as (

    {{ shapley_values('coalition_members') | indent(4) }}

),

headline as (

    select
        headline_channel as channel,
        count(*) as conversions,
        sum(revenue_amount) as revenue_amount
    from period_journeys
    group by headline_channel

),

-- journeys without a touch have no path; they stay apart under every model
attributed as (

    select
        coalesce(sum(conversions), 0) as conversions,
        coalesce(sum(revenue_amount), 0) as revenue_amount
    from headline
    where channel <> 'unattributed'

),

weights as (

    select
        'markov' as attribution_model,
        channel,
        removal_effect,
        removal_effect as weight
    from removal_effects
    where removal_effect > 0
    union all
    select
        'shapley' as attribution_model,
        channel,
        {{ null_double() }} as removal_effect,
        shapley_value as weight
    from shapley

),

shares as (

    select
        weights.attribution_model,
        weights.channel,
        '(all)' as campaign_id,
        weights.removal_effect,
        attributed.conversions,
        attributed.revenue_amount,
        {{ to_bigint('round(1000000000000 * ' ~ safe_divide(
            'weights.weight',
            exact_sum('weights.weight', over='(partition by weights.attribution_model)', places=12)
        ) ~ ')') }} as weight_units
    from weights
    cross join attributed

),

weighed as (

    select
        *,
        sum(weight_units) over (partition by attribution_model) as total_units
    from shares

),

split as (

    {{ split_by_largest_remainder(
        'weighed',
        ['attribution_model'],
        ['removal_effect'],
        [
            {'name': 'conversion_credit', 'amount': 'conversions', 'places': 9},
            {'name': 'revenue_credit', 'amount': 'revenue_amount', 'places': 2},
        ],
    ) | indent(4) }}

),

unioned as (

    select
        attribution_model,
        channel,
        removal_effect,
        {{ to_double('conversion_credit') }} as conversions,
        revenue_credit as revenue_amount
    from split
    union all
    {% for model in ['markov', 'shapley'] %}
        select
            '{{ model }}' as attribution_model,
            channel,
            {{ null_double() }} as removal_effect,
            {{ to_double('conversions') }} as conversions,
            revenue_amount
        from headline
        where channel = 'unattributed'
        union all
    {% endfor %}
    select
        'last_non_direct' as attribution_model,
        channel,
        {{ null_double() }} as removal_effect,
        {{ to_double('conversions') }} as conversions,
        revenue_amount
    from headline

),

judged as (

    select
        {{ all_columns('unioned', ['conversions']) }},
        unioned.attribution_model <> 'last_non_direct' as is_diagnostic,
        path_counts.journeys,
        path_counts.conversions as converting_journeys,
        -- a convention: below these sizes the models move with single visitors
        case
            when unioned.attribution_model = 'last_non_direct' then null
            when path_counts.journeys < {{ minimum_journeys }} then 'not_enough_journeys'
            when path_counts.conversions < {{ minimum_conversions }} then 'not_enough_conversions'
        end as reason_code,
        period.period_start,
        period.period_end
    from unioned
    cross join path_counts
    cross join period

),

final as (

    select
        channel,
        attribution_model,
        reason_code,
        {{ to_bigint('journeys') }} as journeys,
        {{ to_bigint('converting_journeys') }} as converting_journeys,
        case when reason_code is null then conversions end as conversions,
        case
            when reason_code is null
                then {{ safe_divide(
                    'conversions',
                    exact_sum('conversions', over='(partition by attribution_model)')
                ) }}
        end as conversion_share,
        {{ to_money('case when reason_code is null then revenue_amount end') }} as revenue_amount,
        case when reason_code is null then removal_effect end as removal_effect,
        is_diagnostic,
        period_start,
        period_end
    from judged

)

select * from final
