-- How each model shares one journey between its touches (specification 4.2). A touch has `weight_units`
-- of the journey's `total_units`, both whole numbers, so that shares of a channel add up without
-- rounding; a journey without touches belongs to `unattributed`.
{% set half_life_days = 7 %}
{# resolution of a decay: units of the newest possible touch #}
{% set decay_units = '1000000000000' %}
{% set models = ['first', 'last', 'last_non_direct', 'linear', 'position', 'time_decay'] %}

with journeys as (

    select * from {{ ref('int_journeys') }}
    where {{ in_touched_journeys() }}

),

touchpoints as (

    select * from {{ ref('fct_touchpoints') }}
    where {{ in_touched_journeys() }}

),

paced as (

    select
        journey_id,
        touch_number,
        touch_count,
        channel,
        campaign_id,
        max(case when not {{ is_own_traffic('channel') }} then touch_number end) over (
            partition by journey_id
        ) as last_foreign_touch_number,
        -- counted from the newest touch: shares are the same, and no journey is too old for its units
        {{ to_bigint(
            'round(' ~ decay_units ~ ' * power(2.0, (min(days_before) over (partition by journey_id)'
            ~ ' - days_before) / ' ~ half_life_days ~ '.0))'
        ) }} as decay
    from touchpoints

),

weighted as (

    select
        journey_id,
        touch_number,
        channel,
        campaign_id,
        case when touch_number = 1 then 1 else 0 end as first_units,
        1 as first_total,
        case when touch_number = touch_count then 1 else 0 end as last_units,
        1 as last_total,
        -- only direct on the path: direct gets the credit
        case
            when touch_number = coalesce(last_foreign_touch_number, touch_count) then 1
            else 0
        end as last_non_direct_units,
        1 as last_non_direct_total,
        1 as linear_units,
        touch_count as linear_total,
        -- 40-20-40; one touch takes all, two share equally; the ends have 2/5 each, the rest share 1/5
        case
            when touch_count <= 2 then 1
            when touch_number in (1, touch_count) then 2 * (touch_count - 2)
            else 1
        end as position_units,
        case
            when touch_count <= 2 then touch_count
            else 5 * (touch_count - 2)
        end as position_total,
        decay as time_decay_units,
        sum(decay) over (partition by journey_id) as time_decay_total
    from paced

),

unioned as (

    {% for model in models %}
        select
            journey_id,
            '{{ model }}' as attribution_model,
            channel,
            campaign_id,
            touch_number,
            {{ to_bigint(model ~ '_units') }} as weight_units,
            {{ to_bigint(model ~ '_total') }} as total_units
        from weighted
        where {{ model }}_units > 0
        union all
    {% endfor %}
    {% for model in models %}
        select
            journeys.journey_id,
            '{{ model }}' as attribution_model,
            'unattributed' as channel,
            '(none)' as campaign_id,
            {{ to_bigint('1') }} as touch_number,
            {{ to_bigint('1') }} as weight_units,
            {{ to_bigint('1') }} as total_units
        from journeys
        left join touchpoints
            on journeys.journey_id = touchpoints.journey_id and touchpoints.touch_number = 1
        where touchpoints.journey_id is null
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

final as (

    select
        journey_id,
        attribution_model,
        channel,
        campaign_id,
        touch_number,
        weight_units,
        total_units,
        {{ safe_divide('weight_units', 'total_units') }} as weight
    from unioned

)

select * from final
