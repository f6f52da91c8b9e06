-- Conversion of whole months: people are counted once a month here, which days cannot be added up to.
{% set minimum_visits = 100 %}
{% set minimum_conversions = 10 %}

with visits as (

    select
        *,
        {{ month_of('visit_date') }} as month
    from {{ ref('int_visit_days') }}
    where {{ is_complete_month(month_of('visit_date')) }}

),

visitors as (

    select
        {{ month_of('visit_date') }} as month,
        channel,
        sum(visitors) as users,
        sum(valid_visit_squares) as valid_visit_squares
    from {{ ref('int_visitor_months') }}
    group by {{ month_of('visit_date') }}, channel

),

conversions as (

    select
        *,
        {{ month_of('conversion_date') }} as month
    from {{ ref('fct_conversions') }}
    where not is_suspicious and visit_id is not null

),

clusters as (

    select
        conversion_id,
        channel,
        {{ month_of('conversion_date') }} as month,
        sum(converted_visit_squares) as converted_visit_squares,
        sum(converted_visit_products) as converted_visit_products
    from {{ ref('int_conversion_clusters') }}
    group by conversion_id, channel, {{ month_of('conversion_date') }}

),

rules as (

    select distinct
        conversion_id,
        conversion_version,
        rule_type,
        valid_from,
        valid_before
    from {{ ref('int_conversion_rules') }}

),

unmatched_months as (

    select distinct
        conversion_id,
        conversion_version,
        {{ month_of('date_day') }} as month
    from {{ ref('int_unmatched_days') }}

),

visit_months as (

    {% for channel in ['channel', "'(all)' as channel"] %}
        select
            month,
            {{ channel }},
            sum(valid_visits) as visits
        from visits
        group by month{{ ', channel' if loop.first }}
        having sum(valid_visits) > 0
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

visit_sums as (

    select
        visit_months.*,
        visitors.users,
        visitors.valid_visit_squares
    from visit_months
    inner join visitors
        on visit_months.month = visitors.month and visit_months.channel = visitors.channel

),

conversion_sums as (

    {% for channel in ['channel', "'(all)' as channel"] %}
        select
            month,
            {{ channel }},
            conversion_id,
            count(distinct visit_id) as visits_converted,
            count(distinct client_id) as users_converted,
            sum(reach_count) as reaches
        from conversions
        group by month, conversion_id{{ ', channel' if loop.first }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

rule_spans as (

    select
        conversion_id,
        min(valid_from) as first_day,
        max(valid_before) as day_after
    from rules
    group by conversion_id

),

site_days as (

    select
        month,
        visit_date,
        count(goal_visits) = count(*) as are_goals_told,
        sum(page_visits) > 0 as are_pages_told
    from visits
    where valid_visits > 0
    group by month, visit_date

),

visit_spans as (

    select
        month,
        min(visit_date) as first_day,
        max(visit_date) as last_day,
        {{ count_where('not are_goals_told') }} = 0 as are_goals_told,
        {{ count_where('not are_pages_told') }} = 0 as are_pages_told
    from site_days
    group by month

),

-- a rule that changed within the month, or since the month before, makes two months incomparable
rule_months as (

    select
        visit_months.month,
        rules.conversion_id,
        max(rules.conversion_version) as conversion_version,
        max(case
            when
                rules.conversion_version > 1
                and rules.valid_from > {{ add_months('visit_months.month', -1) }}
                then 1
            else 0
        end) as is_rule_changed
    from visit_spans as visit_months
    -- visits from before the first rule, or from after the last, could not convert, and would be divided by
    inner join rule_spans
        on
            visit_months.first_day >= rule_spans.first_day
            and visit_months.last_day < rule_spans.day_after
    inner join rules
        on
            rule_spans.conversion_id = rules.conversion_id
            and rules.valid_from < {{ add_months('visit_months.month', 1) }}
            and visit_months.month < rules.valid_before
            -- visits whose goals or pages no file told would be divided by as well
            and (
                visit_months.are_goals_told
                or rules.rule_type not in ('metrica_goal', 'ga4_event')
            )
            and (visit_months.are_pages_told or rules.rule_type <> 'url_contains')
    left join unmatched_months
        on
            rules.conversion_id = unmatched_months.conversion_id
            and rules.conversion_version = unmatched_months.conversion_version
            and visit_months.month = unmatched_months.month
    group by visit_months.month, rules.conversion_id
    -- nor can a part of the month be found
    having count(unmatched_months.conversion_id) = 0

),

joined as (

    select
        rule_months.conversion_id,
        visit_sums.channel,
        rule_months.conversion_version,
        rule_months.is_rule_changed = 1 as is_rule_changed,
        visit_sums.month,
        visit_sums.visits,
        visit_sums.users,
        coalesce(conversion_sums.visits_converted, 0) as visits_converted,
        coalesce(conversion_sums.users_converted, 0) as users_converted,
        coalesce(conversion_sums.reaches, 0) as reaches,
        {{ clustered_effective_n(
            'coalesce(conversion_sums.visits_converted, 0)', 'visit_sums.visits',
            'coalesce(clusters.converted_visit_squares, 0)', 'visit_sums.valid_visit_squares',
            'coalesce(clusters.converted_visit_products, 0)'
        ) }} as effective_visits
    from rule_months
    inner join visit_sums on rule_months.month = visit_sums.month
    left join conversion_sums
        on
            rule_months.month = conversion_sums.month
            and rule_months.conversion_id = conversion_sums.conversion_id
            and visit_sums.channel = conversion_sums.channel
    left join clusters
        on
            rule_months.month = clusters.month
            and rule_months.conversion_id = clusters.conversion_id
            and visit_sums.channel = clusters.channel

),

-- visits with the conversion among as many visits as are independent
weighed as (

    select
        *,
        {{ safe_divide('visits_converted', 'visits') }} * effective_visits as effective_converted
    from joined

),

compared as (

    select
        present.*,
        before.effective_visits as effective_visits_before,
        before.effective_converted as effective_converted_before,
        {{ safe_divide('present.visits_converted', 'present.visits') }}
        - {{ safe_divide('before.visits_converted', 'before.visits') }} as visit_conversion_change,
        {{ newcombe_low(
            'present.effective_converted', 'present.effective_visits',
            'before.effective_converted', 'before.effective_visits'
        ) }} as visit_conversion_change_low,
        {{ newcombe_high(
            'present.effective_converted', 'present.effective_visits',
            'before.effective_converted', 'before.effective_visits'
        ) }} as visit_conversion_change_high
    from weighed as present
    left join weighed as before
        on
            present.conversion_id = before.conversion_id
            and present.channel = before.channel
            and before.month = {{ add_months('present.month', -1) }}

),

final as (

    select
        conversion_id,
        channel,
        case
            when effective_visits_before is null then 'first_month'
            when is_rule_changed then 'rule_changed'
            when
                effective_visits < {{ minimum_visits }}
                or effective_visits_before < {{ minimum_visits }}
                -- rounded towards enough: a product of a quotient may lack its last digit
                or effective_converted + effective_converted_before
                < {{ minimum_conversions }} - 0.000000001
                then 'not_enough_data'
            when visit_conversion_change_low > 0 then 'up'
            when visit_conversion_change_high < 0 then 'down'
            else 'not_proven'
        end as change_verdict,
        {{ to_bigint('conversion_version') }} as conversion_version,
        {{ to_bigint('visits') }} as visits_valid,
        {{ to_bigint('visits_converted') }} as visits_converted,
        {{ to_bigint('reaches') }} as reaches,
        {{ to_bigint('users') }} as users,
        {{ to_bigint('users_converted') }} as users_converted,
        {{ safe_divide('visits_converted', 'visits') }} as visit_conversion_rate,
        {{ wilson_low('visits_converted', 'visits') }} as visit_conversion_low,
        {{ wilson_high('visits_converted', 'visits') }} as visit_conversion_high,
        effective_visits,
        {{ safe_divide('users_converted', 'users') }} as user_conversion_rate,
        {{ wilson_low('users_converted', 'users') }} as user_conversion_low,
        {{ wilson_high('users_converted', 'users') }} as user_conversion_high,
        {{ safe_divide('reaches', 'visits') }} as reaches_per_visit,
        visit_conversion_change,
        visit_conversion_change_low,
        visit_conversion_change_high,
        is_rule_changed,
        month
    from compared

)

select * from final
