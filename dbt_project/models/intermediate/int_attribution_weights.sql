-- How each model shares one journey between its touches (specification 4.2). Per journey and model the
-- weights sum to 1; a journey without touches belongs to `unattributed`.
{% set half_life_days = 7 %}
{% set models = ['first', 'last', 'last_non_direct', 'linear', 'position', 'time_decay'] %}

with journeys as (

    select * from {{ ref('int_journeys') }}

),

touchpoints as (

    select * from {{ ref('fct_touchpoints') }}

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
        power(2.0, -days_before / {{ half_life_days }}.0) as decay
    from touchpoints

),

weighted as (

    select
        journey_id,
        touch_number,
        channel,
        campaign_id,
        case when touch_number = 1 then 1.0 else 0.0 end as first_weight,
        case when touch_number = touch_count then 1.0 else 0.0 end as last_weight,
        -- only direct on the path: direct gets the credit
        case
            when touch_number = coalesce(last_foreign_touch_number, touch_count) then 1.0
            else 0.0
        end as last_non_direct_weight,
        {{ to_double('1') }} / touch_count as linear_weight,
        -- 40-20-40; one touch takes all, two share equally
        case
            when touch_count = 1 then 1.0
            when touch_count = 2 then 0.5
            when touch_number in (1, touch_count) then 0.4
            else {{ to_double('0.2') }} / (touch_count - 2)
        end as position_weight,
        decay / sum(decay) over (partition by journey_id) as time_decay_weight
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
            {{ to_double(model ~ '_weight') }} as weight
        from weighted
        where {{ model }}_weight > 0
        union all
    {% endfor %}
    {% for model in models %}
        select
            journeys.journey_id,
            '{{ model }}' as attribution_model,
            'unattributed' as channel,
            '(none)' as campaign_id,
            {{ to_bigint('1') }} as touch_number,
            {{ to_double('1') }} as weight
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
        weight
    from unioned

)

select * from final
