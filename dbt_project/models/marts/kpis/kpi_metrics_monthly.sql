with components as (

    select * from {{ ref('int_metric_components_daily') }}

),

definitions as (

    select * from {{ ref('kpi_definitions') }}

),

maturity as (

    select
        *,
        {{ safe_divide('matured_leads', 'leads') }} as lead_maturity,
        coalesce(
            {{ safe_divide('matured_revenue', 'expected_revenue') }},
            {{ safe_divide('matured_leads', 'leads') }}
        ) as money_maturity
    from {{ ref('int_metric_maturity_monthly') }}

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
        sum(rates_missing) as rates_missing,
        max(provisional_share) > 0 as is_provisional,
        min(kind) as kind
    from dated
    where {{ is_complete_month('month') }}
    group by metric_id, segment_type, segment_value, month, is_cohort_metric

),

ripened as (

    select
        sums.*,
        case
            when not sums.is_cohort_metric then null
            when sums.metric_id = 'lead_to_order' and maturity.is_lead_maturity_unknown
                then 'insufficient_history'
            when
                sums.metric_id = 'lead_to_order' and maturity.lead_maturity < 0.25
                then 'not_mature'
            when sums.metric_id = 'lead_to_order' then null
            when maturity.is_unknown then 'insufficient_history'
            when maturity.money_maturity < 0.25 then 'not_mature'
        end as ripeness_reason
    from sums
    left join maturity
        on
            sums.segment_type = maturity.segment_type
            and sums.segment_value = maturity.segment_value
            and sums.month = maturity.lead_month

),

final as (

    select
        metric_id,
        segment_type,
        segment_value,
        kind as metric_kind,
        -- a flow without the amounts of unknown rate is a part of the truth, a ratio of it is none
        case
            when rates_missing > 0 then 'missing_rate'
            when denominator = 0 then 'no_denominator'
            else ripeness_reason
        end as reason_code,
        case
            when denominator is null then numerator
            when rates_missing = 0 and ripeness_reason is null
                then {{ safe_divide('numerator', 'denominator') }}
        end as metric_value,
        numerator,
        denominator,
        events,
        is_cohort_metric,
        is_provisional,
        month
    from ripened

)

select * from final
