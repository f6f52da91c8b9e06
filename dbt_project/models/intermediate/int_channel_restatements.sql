-- Whoever tags old visits anew moves leads and money from one channel to another and changes no total. So
-- what counts is what moved between channels: a sum that grew late or a lead found to be spam moves nothing.
with metrics as (

    select
        *,
        substr({{ to_string('month') }}, 1, 7) as period
    from {{ ref('kpi_metrics_monthly') }}
    where segment_type = 'channel'

),

published as (

    select * from {{ ref('stg_pipeline__published_figures') }}
    where segment <> 'all' and length(period) = 7

),

current_figures as (

    select
        metric_id,
        segment_value as segment,
        period,
        metric_value
    from metrics
    where metric_id in ('leads_valid', 'revenue', 'visits_valid')

    union all

    -- what the ads of a channel cost is part of its return
    select
        'spend' as metric_id,
        segment_value as segment,
        period,
        nullif(denominator, 0) as metric_value
    from metrics
    where metric_id = 'romi'

),

first_published as (

    select
        metric_id,
        segment,
        period,
        {{ to_double('figure_value') }} as figure_value,
        as_of_date,
        published_at
    from published
    qualify
        row_number() over (
            partition by metric_id, segment, period order by published_at, as_of_date
        ) = 1

),

shown_months as (

    select
        metric_id,
        period,
        min(as_of_date) as as_of_date,
        min(published_at) as published_at
    from first_published
    group by metric_id, period

),

segments as (

    select
        metric_id,
        segment,
        period
    from current_figures
    where metric_value is not null

    union distinct

    select
        metric_id,
        segment,
        period
    from first_published

),

compared as (

    select
        segments.metric_id,
        segments.segment,
        segments.period,
        -- a channel that readers did not see in a month they saw had nothing in it
        case
            when first_published.metric_id is not null then first_published.figure_value
            when shown_months.metric_id is not null then 0
            else current_figures.metric_value
        end as first_value,
        coalesce(current_figures.metric_value, 0) as current_value,
        coalesce(
            first_published.as_of_date, shown_months.as_of_date, {{ company('as_of_date') }}
        ) as first_as_of_date,
        coalesce(first_published.published_at, shown_months.published_at) as first_published_at
    from segments
    left join current_figures
        on
            segments.metric_id = current_figures.metric_id
            and segments.segment = current_figures.segment
            and segments.period = current_figures.period
    left join first_published
        on
            segments.metric_id = first_published.metric_id
            and segments.segment = first_published.segment
            and segments.period = first_published.period
    left join shown_months
        on segments.metric_id = shown_months.metric_id and segments.period = shown_months.period

),

shifts as (

    select
        metric_id,
        period,
        sum(abs(first_value)) as first_total,
        (sum(abs(current_value - first_value)) - abs(sum(current_value - first_value))) / 2
            as moved_value
    from compared
    group by metric_id, period

),

final as (

    select
        {{ dbt.concat(
            ["compared.metric_id", "'|'", "compared.segment", "'|'", "compared.period"]
        ) }} as figure_id,
        compared.metric_id,
        compared.segment,
        compared.period,
        compared.first_value,
        compared.current_value,
        shifts.moved_value > 0.05 * shifts.first_total as has_moved,
        compared.first_as_of_date,
        compared.first_published_at
    from compared
    inner join shifts
        on compared.metric_id = shifts.metric_id and compared.period = shifts.period

)

select * from final
