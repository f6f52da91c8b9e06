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
        sum(visitors) as users
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

rules as (

    select distinct
        conversion_id,
        conversion_version,
        valid_from,
        valid_before
    from {{ ref('int_conversion_rules') }}

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
        visitors.users
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
    from (select distinct month from visit_sums) as visit_months
    inner join rules
        on
            rules.valid_from < {{ add_months('visit_months.month', 1) }}
            and visit_months.month < rules.valid_before
    group by visit_months.month, rules.conversion_id

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
        coalesce(conversion_sums.reaches, 0) as reaches
    from rule_months
    inner join visit_sums on rule_months.month = visit_sums.month
    left join conversion_sums
        on
            rule_months.month = conversion_sums.month
            and rule_months.conversion_id = conversion_sums.conversion_id
            and visit_sums.channel = conversion_sums.channel

),

compared as (

    select
        joined.*,
        before.visits as visits_before,
        before.visits_converted as visits_converted_before,
        {{ safe_divide('joined.visits_converted', 'joined.visits') }}
        - {{ safe_divide('before.visits_converted', 'before.visits') }} as visit_conversion_change,
        {{ newcombe_low(
            'joined.visits_converted', 'joined.visits',
            'before.visits_converted', 'before.visits'
        ) }} as visit_conversion_change_low,
        {{ newcombe_high(
            'joined.visits_converted', 'joined.visits',
            'before.visits_converted', 'before.visits'
        ) }} as visit_conversion_change_high
    from joined
    left join joined as before
        on
            joined.conversion_id = before.conversion_id
            and joined.channel = before.channel
            and before.month = {{ add_months('joined.month', -1) }}

),

final as (

    select
        conversion_id,
        channel,
        case
            when visits_before is null then 'first_month'
            when is_rule_changed then 'rule_changed'
            when
                visits < {{ minimum_visits }}
                or visits_before < {{ minimum_visits }}
                or visits_converted + visits_converted_before < {{ minimum_conversions }}
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
