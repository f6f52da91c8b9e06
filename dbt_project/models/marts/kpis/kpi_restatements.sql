with published as (

    select * from {{ ref('stg_pipeline__published_figures') }}
    -- the versions of a day of spend tell their own history
    where metric_id <> 'spend'

),

metrics as (

    select
        *,
        substr({{ to_string('month') }}, 1, 7) as period
    from {{ ref('kpi_metrics_monthly') }}
    where segment_type = 'all'

),

spend_versions as (

    select * from {{ ref('int_spend_versions') }}

),

margin_changes as (

    select
        valid_from,
        seen_at
    from {{ ref('stg_pipeline__register_ledger') }}
    where register_name = 'margins'
    -- what the ledger began with was there before
    qualify seen_at > min(seen_at) over ()

),

margin_metrics as (

    select metric_id
    from {{ ref('kpi_definitions') }}
    where coverage_parts like '%|margins|%'

),

first_published as (

    select *
    from published
    qualify row_number() over (partition by figure_id order by published_at, as_of_date) = 1

),

current_figures as (

    select
        {{ dbt.concat(["metric_id", "'|'", "segment_value", "'|'", "period"]) }} as figure_id,
        metric_id,
        segment_value as segment,
        period,
        -- money of a lead month grows while its deals close: that is ripening, not a correction
        case
            when is_cohort_metric then 'cohort_ripened' else 'late_data'
        end as cause_if_changed,
        is_cohort_metric,
        metric_value
    from metrics

),

-- a margin that was entered or taken back after a figure was shown, for days that the figure rests on
margin_restatements as (

    select distinct first_published.figure_id
    from first_published
    inner join current_figures on first_published.figure_id = current_figures.figure_id
    inner join margin_metrics on current_figures.metric_id = margin_metrics.metric_id
    inner join margin_changes
        on
            first_published.published_at < margin_changes.seen_at
            and (
                current_figures.is_cohort_metric
                or substr(margin_changes.valid_from, 1, 7) <= current_figures.period
            )

),

figures as (

    -- a figure nobody has seen yet is shown for the first time now
    select
        current_figures.figure_id,
        current_figures.metric_id,
        current_figures.segment,
        current_figures.period,
        case
            when margin_restatements.figure_id is not null then 'margin_changed'
            else current_figures.cause_if_changed
        end as cause_if_changed,
        case
            when first_published.figure_id is null then current_figures.metric_value
            else {{ to_double('first_published.figure_value') }}
        end as first_value,
        current_figures.metric_value as current_value,
        coalesce(first_published.as_of_date, {{ company('as_of_date') }}) as first_as_of_date
    from current_figures
    left join first_published on current_figures.figure_id = first_published.figure_id
    left join margin_restatements on current_figures.figure_id = margin_restatements.figure_id

    union all

    select
        first_published.figure_id,
        first_published.metric_id,
        first_published.segment,
        first_published.period,
        'no_longer_known' as cause_if_changed,
        {{ to_double('first_published.figure_value') }} as first_value,
        {{ null_double() }} as current_value,
        first_published.as_of_date as first_as_of_date
    from first_published
    left join current_figures on first_published.figure_id = current_figures.figure_id
    where current_figures.figure_id is null

    union all

    select
        {{ dbt.concat(["'spend|'", 'source_system', "'|'", to_string('spend_date')]) }}
            as figure_id,
        'spend' as metric_id,
        source_system as segment,
        {{ to_string('spend_date') }} as period,
        'source_restated' as cause_if_changed,
        {{ to_double('first_cost_amount') }} as first_value,
        {{ to_double('last_cost_amount') }} as current_value,
        cast(null as date) as first_as_of_date
    from spend_versions

),

compared as (

    select
        *,
        current_value - first_value as delta,
        {{ safe_divide('(current_value - first_value)', 'abs(first_value)') }} as delta_share,
        -- sums of decimals in another order differ in the last digits of a double
        case
            when first_value is null and current_value is null then true
            when first_value is null or current_value is null then false
            else abs(current_value - first_value) <= 0.000000001 * abs(first_value)
        end as is_same
    from figures

),

final as (

    select
        figure_id,
        metric_id,
        segment,
        period,
        case when is_same then 'same' else 'restated' end as status,
        case when not is_same then cause_if_changed end as cause,
        first_value,
        current_value,
        delta,
        delta_share,
        -- above a twentieth a reader of the old figure should be told
        not is_same and coalesce(abs(delta_share) > 0.05, true) as is_notice,
        first_as_of_date
    from compared

)

select * from final
