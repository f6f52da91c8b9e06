-- A figure that went up while the one that should go with it fell: the usual trace of a bent KPI. The last
-- 28 days against the 28 before them.
{% set window_days = 28 %}

with guards as (

    select * from {{ ref('guard_pairs') }}

),

definitions as (

    select * from {{ ref('kpi_definitions') }}

),

components as (

    select * from {{ ref('int_metric_components_daily') }}
    where segment_type = 'all'

),

-- both figures of a pair are read on the same days; a lag leaves out those that are not judged yet
pair_metrics as (

    {% for role, metric in [
        ('metric_id', 'metric_id'), ('guard_metric_id', 'guard_metric_id as metric_id'),
    ] %}
        select
            metric_id as pair_metric_id,
            guard_metric_id as pair_guard_id,
            '{{ role }}' as role,
            {{ metric }},
            {{ add_days(company('last_complete_date'), '-lag_days') }} as window_end
        from guards
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

window_days as (

    select
        pair_metrics.pair_metric_id,
        pair_metrics.pair_guard_id,
        pair_metrics.role,
        pair_metrics.window_end,
        definitions.kind,
        definitions.interval_method,
        definitions.direction,
        definitions.minimum_n,
        components.date_day > {{ add_days('pair_metrics.window_end', -window_days) }} as is_recent,
        components.numerator,
        components.denominator,
        components.numerator_variance,
        components.denominator_variance,
        components.covariance,
        components.events,
        components.date_day
    from pair_metrics
    inner join definitions on pair_metrics.metric_id = definitions.metric_id
    inner join components
        on
            pair_metrics.metric_id = components.metric_id
            and pair_metrics.window_end >= components.date_day
            and components.date_day > {{ add_days('pair_metrics.window_end', -2 * window_days) }}

),

latest_days as (

    select *
    from window_days
    qualify row_number() over (
        partition by pair_metric_id, pair_guard_id, role, is_recent
        order by date_day desc
    ) = 1

),

sums as (

    select
        pair_metric_id,
        pair_guard_id,
        role,
        is_recent,
        kind,
        interval_method,
        direction,
        minimum_n,
        window_end,
        count(*) as days,
        {% for part in [
            'numerator', 'denominator', 'numerator_variance', 'denominator_variance', 'covariance',
            'events',
        ] -%}
        {{ exact_sum(part) }} as {{ part }}{{ ',' if not loop.last }}
    {% endfor %}
    from window_days
    group by
        pair_metric_id,
        pair_guard_id,
        role,
        is_recent,
        kind,
        interval_method,
        direction,
        minimum_n,
        window_end

),

valued as (

    select
        sums.pair_metric_id,
        sums.pair_guard_id,
        sums.role,
        sums.is_recent,
        sums.direction,
        sums.window_end,
        case
            when sums.kind = 'stock' then latest_days.numerator
            when sums.denominator is null then sums.numerator
            else {{ safe_divide('sums.numerator', 'sums.denominator') }}
        end as metric_value,
        case
            -- the level of the first window is where the second one starts from
            when sums.kind = 'stock' and not sums.is_recent then 0
            when sums.interval_method in ('poisson', 'skellam') then sums.numerator_variance
            when sums.interval_method = 'wilson'
                then
                    {{ safe_divide('sums.numerator', 'sums.denominator') }}
                    * (1 - {{ safe_divide('sums.numerator', 'sums.denominator') }})
                    / sums.denominator
            else {{ ratio_variance(
                'sums.numerator', 'sums.denominator', 'sums.numerator_variance',
                'sums.denominator_variance', 'sums.covariance'
            ) }}
        end as value_variance,
        -- both windows have to be there
        sums.events >= sums.minimum_n and sums.days >= 7 as is_enough
    from sums
    inner join latest_days
        on
            sums.pair_metric_id = latest_days.pair_metric_id
            and sums.pair_guard_id = latest_days.pair_guard_id
            and sums.role = latest_days.role
            and sums.is_recent = latest_days.is_recent

),

changes as (

    select
        recent.pair_metric_id,
        recent.pair_guard_id,
        recent.role,
        recent.window_end,
        before.metric_value as value_before,
        recent.metric_value as value_now,
        -- for the better is positive, whichever way the metric counts
        case when recent.direction = 'down' then -1 else 1 end
        * (recent.metric_value - before.metric_value) as improvement,
        {{ z_95() }} * sqrt(recent.value_variance + before.value_variance) as margin_of_error
    from valued as recent
    inner join valued as before
        on
            recent.pair_metric_id = before.pair_metric_id
            and recent.pair_guard_id = before.pair_guard_id
            and recent.role = before.role
    where recent.is_recent and not before.is_recent and recent.is_enough and before.is_enough

),

trends as (

    select
        *,
        case
            when improvement > margin_of_error then 'better'
            when improvement < -margin_of_error then 'worse'
            when margin_of_error is not null then 'flat'
        end as trend
    from changes

),

final as (

    select
        guards.metric_id,
        guards.guard_metric_id,
        guards.guard_should,
        case
            when metrics.trend is null or guard_trends.trend is null then 'no_data'
            when metrics.trend <> 'better' then 'ok'
            when guard_trends.trend = 'worse' then 'guard_falls'
            when guards.guard_should = 'grow' and guard_trends.trend = 'flat' then 'guard_is_flat'
            else 'ok'
        end as status,
        metrics.trend as metric_trend,
        guard_trends.trend as guard_trend,
        guards.reason_en,
        guards.reason_ru,
        metrics.value_before as metric_before,
        metrics.value_now as metric_now,
        guard_trends.value_before as guard_before,
        guard_trends.value_now as guard_now,
        {{ add_days(
            add_days(company('last_complete_date'), '-guards.lag_days'), 1 - window_days
        ) }} as window_start,
        {{ add_days(company('last_complete_date'), '-guards.lag_days') }} as window_end
    from guards
    left join trends as metrics
        on
            guards.metric_id = metrics.pair_metric_id
            and guards.guard_metric_id = metrics.pair_guard_id
            and metrics.role = 'metric_id'
    left join trends as guard_trends
        on
            guards.metric_id = guard_trends.pair_metric_id
            and guards.guard_metric_id = guard_trends.pair_guard_id
            and guard_trends.role = 'guard_metric_id'

)

select * from final
