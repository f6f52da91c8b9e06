with components as (

    select * from {{ ref('int_metric_components_daily') }}

),

definitions as (

    select * from {{ ref('kpi_definitions') }}

),

dated as (

    select
        components.*,
        definitions.kind,
        definitions.is_cohort_metric,
        {{ month_of('components.date_day') }} as month,
        row_number() over (
            partition by
                components.metric_id,
                components.segment_type,
                components.segment_value,
                {{ month_of('components.date_day') }}
            order by components.date_day desc
        ) as from_latest
    from components
    inner join definitions on components.metric_id = definitions.metric_id

),

sums as (

    select
        metric_id,
        segment_type,
        segment_value,
        month,
        is_cohort_metric,
        -- a level is the month's last reading, everything else the sum over its days
        {{ exact_sum("case when kind <> 'stock' or from_latest = 1 then numerator end") }}
            as numerator,
        {{ exact_sum("case when kind <> 'stock' or from_latest = 1 then denominator end") }}
            as denominator,
        {{ exact_sum("case when kind <> 'stock' or from_latest = 1 then events end") }} as events,
        max(provisional_share) > 0 as is_provisional,
        min(kind) as kind
    from dated
    where {{ is_complete_month('month') }}
    group by metric_id, segment_type, segment_value, month, is_cohort_metric

),

final as (

    select
        metric_id,
        segment_type,
        segment_value,
        kind as metric_kind,
        case when denominator = 0 then 'no_denominator' end as reason_code,
        case
            when denominator is null then numerator
            else {{ safe_divide('numerator', 'denominator') }}
        end as metric_value,
        numerator,
        denominator,
        events,
        is_cohort_metric,
        is_provisional,
        month
    from sums

)

select * from final
