-- Each journey shared between channels and campaigns, model by model: the credit of a lead or an order,
-- in billionths by largest remainder, so that the credits of one journey add up to 1 exactly.
with weights as (

    select * from {{ ref('int_attribution_weights') }}
    where {{ in_touched_journeys() }}

),

shares as (

    select
        journey_id,
        attribution_model,
        channel,
        campaign_id,
        {{ to_bigint('sum(weight_units)') }} as weight_units,
        max(total_units) as total_units
    from weights
    group by journey_id, attribution_model, channel, campaign_id

),

final as (

    {{ split_by_largest_remainder(
        'shares',
        ['journey_id', 'attribution_model'],
        ['weight_units', 'total_units'],
        [{'name': 'credit', 'amount': '1', 'places': 9}],
    ) | indent(4) }}

)

select * from final
