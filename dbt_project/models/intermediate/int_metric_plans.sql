-- Each target as it stood when its period began, and what share of it the days gone by should hold.
with targets as (

    select * from {{ ref('stg_registers__targets') }}

),

sightings as (

    select * from {{ ref('stg_pipeline__target_sightings') }}

),

definitions as (

    select * from {{ ref('kpi_definitions') }}

),

components as (

    select * from {{ ref('int_metric_components_daily') }}

),

read_starts as (

    select
        target_id,
        min(first_period_start) as first_period_start
    from sightings
    group by target_id

),

-- the first version fixes the start, as it was first read: neither a later one nor an edit can move
-- it on to look agreed in time, nor back over days that were known when it was agreed
first_versions as (

    select
        targets.target_id,
        case
            when read_starts.first_period_start < targets.period_start
                then read_starts.first_period_start
            else targets.period_start
        end as first_period_start
    from targets
    left join read_starts on targets.target_id = read_starts.target_id
    qualify row_number() over (partition by targets.target_id order by targets.target_version) = 1

),

-- A version that was edited in its place is read twice: as it stands, and as it stood when its period
-- began. An edit after the start is a later plan beside it, not the plan.
readings as (

    select
        {{ all_columns('targets', ['target_id', 'target_version']) }},
        sightings.first_seen_at,
        sightings.last_unseen_at,
        1 as reading
    from targets
    left join sightings
        on
            targets.target_id = sightings.target_id
            and targets.target_version = sightings.target_version

    union all

    select
        targets.target_id,
        sightings.agreed_metric_id as metric_id,
        sightings.agreed_segment_type as segment_type,
        sightings.agreed_segment_value as segment_value,
        targets.goal_id,
        targets.unit,
        sightings.agreed_direction as direction,
        targets.milestones,
        targets.proposer,
        targets.approver,
        targets.target_version,
        sightings.agreed_target_value as target_value,
        sightings.agreed_baseline_value as baseline_value,
        sightings.agreed_period_start as period_start,
        sightings.agreed_period_end as period_end,
        sightings.agreed_approved_at as approved_at,
        targets.recorded_at,
        sightings.agreed_seen_at as first_seen_at,
        sightings.agreed_unseen_at as last_unseen_at,
        0 as reading
    from targets
    inner join sightings
        on
            targets.target_id = sightings.target_id
            and targets.target_version = sightings.target_version
    where sightings.agreed_metric_id is not null

),

-- a date of approval is typed by people. Where the register was read on a day of the period and the
-- version did not stand there yet, it was not agreed in advance, whatever it says; without such a reading,
-- as in a company's first run, people are taken at their word
dated as (

    select
        {{ all_columns('readings', ['target_id']) }},
        {{ to_date('readings.approved_at') }} < {{ smaller_of(
            'first_versions.first_period_start', 'readings.period_start'
        ) }} as is_dated_before_start,
        coalesce(
            {{ to_date(from_utc('readings.last_unseen_at', company('timezone'))) }}
            >= {{ smaller_of('first_versions.first_period_start', 'readings.period_start') }},
            false
        ) as is_entered_after_start
    from readings
    inner join first_versions on readings.target_id = first_versions.target_id

),

approved as (

    select
        *,
        is_dated_before_start and not is_entered_after_start as is_approved_before_start
    from dated
    -- before the start a version may be edited as it likes
    qualify
        reading = 1
        or max(case when reading = 1 and is_entered_after_start then 1 else 0 end) over (
            partition by target_id, target_version
        ) = 1

),

ranked as (

    select
        *,
        -- the last version agreed before the start; agreed too late, the earliest stands and is flagged
        row_number() over (
            partition by target_id
            order by
                case when is_approved_before_start then 0 else 1 end,
                case when is_approved_before_start then -target_version else target_version end,
                reading
        ) as place
    from approved

),

in_force as (

    select *
    from ranked
    where place = 1

),

later_versions as (

    select
        ranked.target_id,
        ranked.target_value as later_target_value
    from ranked
    inner join in_force
        on
            ranked.target_id = in_force.target_id
            and ranked.target_version >= in_force.target_version
    where
        ranked.target_version > in_force.target_version
        or ranked.reading > in_force.reading
    qualify row_number() over (
        partition by ranked.target_id
        order by ranked.target_version desc, ranked.reading desc
    ) = 1

),

windows as (

    select
        {{ all_columns('in_force', ['target_id', 'metric_id', 'unit', 'direction']) }},
        later_versions.later_target_value,
        definitions.kind as metric_kind,
        definitions.interval_method,
        definitions.minimum_n,
        definitions.coverage_parts,
        definitions.is_cohort_metric,
        {{ smaller_of('in_force.period_end', company('last_complete_date')) }} as elapsed_end,
        {{ to_double(
            days_between('in_force.period_start', 'in_force.period_end')
        ) }} + 1 as period_days
    from in_force
    left join definitions on in_force.metric_id = definitions.metric_id
    left join later_versions on in_force.target_id = later_versions.target_id

),

-- the metric's own history before the period: whole weeks, a year at most
first_days as (

    select
        metric_id,
        segment_type,
        segment_value,
        min(date_day) as first_day
    from components
    group by metric_id, segment_type, segment_value

),

histories as (

    select
        windows.*,
        case
            when windows.elapsed_end < windows.period_start then 0
            else {{ to_double(days_between('windows.period_start', 'windows.elapsed_end')) }} + 1
        end as elapsed_days,
        -- of days before the company's first one nothing was loaded
        case
            when windows.elapsed_end < {{ company('first_date') }} then 0
            when windows.period_start < {{ company('first_date') }}
                then {{ to_double(
                    days_between(company('first_date'), 'windows.elapsed_end')
                ) }} + 1
            else {{ to_double(days_between('windows.period_start', 'windows.elapsed_end')) }} + 1
        end as loaded_days,
        first_days.first_day,
        case
            when first_days.first_day is null or first_days.first_day >= windows.period_start then 0
            when {{ days_between('first_days.first_day', 'windows.period_start') }} >= 364 then 52
            else floor({{ to_double(
                days_between('first_days.first_day', 'windows.period_start')
            ) }} / 7)
        end as history_weeks
    from windows
    left join first_days
        on
            windows.metric_id = first_days.metric_id
            and windows.segment_type = first_days.segment_type
            and windows.segment_value = first_days.segment_value

),

weekdays as (

    {% for weekday in range(1, 8) -%}
        select {{ weekday }} as weekday{% if not loop.last %}
            union all {% endif %}
    {%- endfor %}

),

history_sums as (

    select
        histories.target_id,
        {{ iso_weekday('components.date_day') }} as weekday,
        {{ exact_sum('components.numerator') }} as numerator
    from histories
    inner join components
        on
            histories.metric_id = components.metric_id
            and histories.segment_type = components.segment_type
            and histories.segment_value = components.segment_value
            and histories.period_start > components.date_day
            and {{ to_double(
                days_between('components.date_day', 'histories.period_start')
            ) }} <= 7 * histories.history_weeks
    -- under four weeks of history one odd day would set the weight of its weekday
    where histories.history_weeks >= 4 and histories.metric_kind = 'flow'
    group by histories.target_id, {{ iso_weekday('components.date_day') }}

),

history_totals as (

    select
        target_id,
        {{ exact_sum('case when numerator > 0 then numerator else 0 end') }} as numerator
    from history_sums
    group by target_id

),

{% set monday = "cast('1970-01-05' as date)" %}
weekday_weights as (

    select
        histories.target_id,
        -- in events or money of the weekday; without a history all weekdays weigh the same
        case
            when history_totals.numerator > 0
                then case when history_sums.numerator > 0 then history_sums.numerator else 0 end
            else 1
        end as weight,
        -- how often the weekday falls into the period, and into its days gone by
        floor(({{ to_double(
            days_between(monday, 'histories.period_end')
        ) }} - weekdays.weekday + 1) / 7)
        - floor(({{ to_double(
            days_between(monday, 'histories.period_start')
        ) }} - weekdays.weekday) / 7) as days_in_period,
        case
            when histories.elapsed_days = 0 then 0
            else
                floor(({{ to_double(
                    days_between(monday, 'histories.elapsed_end')
                ) }} - weekdays.weekday + 1) / 7)
                - floor(({{ to_double(
                    days_between(monday, 'histories.period_start')
                ) }} - weekdays.weekday) / 7)
        end as days_elapsed
    from histories
    cross join weekdays
    left join history_totals on histories.target_id = history_totals.target_id
    left join history_sums
        on
            histories.target_id = history_sums.target_id
            and weekdays.weekday = history_sums.weekday

),

expected_shares as (

    select
        target_id,
        {{ safe_divide(
            exact_sum('weight * days_elapsed'), exact_sum('weight * days_in_period')
        ) }} as expected_share
    from weekday_weights
    group by target_id

),

final as (

    select
        histories.target_id,
        histories.metric_id,
        histories.segment_type,
        histories.segment_value,
        histories.goal_id,
        histories.unit,
        histories.direction,
        histories.metric_kind,
        histories.interval_method,
        histories.coverage_parts,
        histories.milestones,
        histories.proposer,
        histories.approver,
        histories.target_version,
        {{ to_double('histories.target_value') }} as target_value,
        {{ to_double('histories.baseline_value') }} as baseline_value,
        {{ to_double('histories.later_target_value') }} as later_target_value,
        histories.minimum_n,
        expected_shares.expected_share,
        histories.history_weeks,
        histories.elapsed_days,
        case
            when histories.elapsed_days > 0
                then {{ safe_divide('histories.loaded_days', 'histories.elapsed_days') }}
        end as loaded_share,
        histories.period_days,
        coalesce(histories.is_cohort_metric, false) as is_cohort_metric,
        histories.later_target_value is not null as is_target_changed_after_start,
        histories.is_approved_before_start,
        histories.is_entered_after_start,
        histories.period_start,
        histories.period_end,
        histories.elapsed_end,
        histories.approved_at,
        -- of what stood there at the first reading nobody knows since when
        case
            when histories.last_unseen_at is not null
                then {{ from_utc('histories.first_seen_at', company('timezone')) }}
        end as first_seen_at
    from histories
    inner join expected_shares on histories.target_id = expected_shares.target_id

)

select * from final
