-- Days whose visits have to be read again since the last build that ended well: the files of the lake are
-- not those it had read. One row without a day means all of them. The table grows until a build ends
-- well, which empties it, so that a build that was stopped loses none.
{% set built = earlier_relation('built_days') %}
{% set visits = earlier_relation('int_visits_unioned') %}
{% set judged_by_days = fingerprint_history_days() | int + fingerprint_guard_days() | int %}
{% set raw_tables = [
    'yandex_metrica.visits', 'yandex_metrica.hits', 'ga4.events', 'plain.visits',
    'plain.server_requests',
] %}
{% set changed, all_changed = {}, [] %}
{% for table in raw_tables %}
    {% do changed.update({table: changed_days(built, table)}) %}
    {% for day in changed[table] if day not in all_changed %}
        {% do all_changed.append(day) %}
    {% endfor %}
{% endfor %}
{# which visits a row belongs to that may lie on a day other than its visit's #}
{% set belongings = [
    ('yandex_metrica.hits', 'stg_yandex_metrica__hits', 'hit_date', 'visit_id'),
    ('ga4.events', 'stg_ga4__events', 'event_date',
        dbt.concat(["'ga4:'", 'user_pseudo_id', "'-'", 'ga_session_id'])),
    ('plain.visits', 'stg_plain__visits', 'visit_date', 'visit_id'),
] %}

with company as (

    select * from {{ ref('stg_pipeline__company') }}

),

loaded_days as (

    select * from {{ ref('stg_pipeline__loaded_days') }}

),

sources as (

    select * from {{ ref('stg_pipeline__sources') }}

),

-- a day is shown once it is complete, and provisional for so many days of its source
steps as (

    select distinct lookback_days as days
    from (
        select
            source_system,
            max(lookback_days) as lookback_days
        from sources
        where source_system in ('yandex_metrica', 'ga4', 'plain')
        group by source_system
    ) as lookbacks
    union distinct
    select 0 as days
    from company

),

last_days as (

    select
        max(company.last_complete_date) as last_now,
        max({{ 'built' if built else 'company' }}.last_complete_date) as last_then
    from company
    {% if built %}cross join {{ built }} as built{% endif %}

),

rows_of_visits as (

    {% for table, model, day, visit_id in belongings %}
        {% set relation = ref(model) %}
        {% if changed[table] or not execute %}
            select distinct {{ visit_id }}
            from {{ relation }}
            where {{ is_one_of_days(day, changed[table]) }}
            union all
        {% endif %}
    {% endfor %}
    select {{ null_string() }} as visit_id
    from company
    where false

),

reloaded as (

    {% for day in all_changed %}
        select cast('{{ day }}' as date) as visit_date
        from company
        union all
    {% endfor %}
    -- days that have become complete, or are no longer provisional
    select loaded_days.date_day as visit_date
    from loaded_days
    cross join last_days
    inner join steps
        on
            {{ add_days('loaded_days.date_day', 'steps.days') }}
            > {{ smaller_of('last_now', 'last_then') }}
            and {{ add_days('loaded_days.date_day', 'steps.days') }}
            <= {{ larger_of('last_now', 'last_then') }}
    union all
    {% for table, model in [
        ('ga4.events', 'int_ga4_sessions_built'), ('plain.visits', 'stg_plain__visits'),
    ] %}
        {% set relation = ref(model) %}
        {% if visits and changed[table] %}
            -- where visits that the last build had on a changed day lie now
            select moved.visit_date
            from {{ relation }} as moved
            inner join {{ visits }} as visits on moved.visit_id = visits.visit_id
            where {{ is_one_of_days('visits.visit_date', changed[table]) }}
            union all
        {% endif %}
    {% endfor %}
    {% if visits and all_changed %}
        select visits.visit_date
        from {{ visits }} as visits
        inner join rows_of_visits on visits.visit_id = rows_of_visits.visit_id
        union all
        -- of a visit that lasted into a changed day, as far as the last build knew; a day beside it is
        -- among the changed ones already
        select visit_date
        from {{ visits }}
        where
            duration_seconds > 22 * 3600
            and {{ to_date(dbt.dateadd('second', 'duration_seconds', 'started_at')) }}
            >= {{ add_days("cast('" ~ (all_changed | min) ~ "' as date)", -1) }}
        union all
    {% endif %}
    select cast(null as date) as visit_date
    from company
    {% if built %}
        where company.rules_fingerprint not in (select rules_fingerprint from {{ built }})
    {% endif %}

),

final as (

    select distinct
        visit_date,
        true as is_reloaded
    from reloaded
    union all
    select distinct
        loaded_days.date_day as visit_date,
        false as is_reloaded
    from reloaded
    inner join loaded_days
        on
            reloaded.visit_date < loaded_days.date_day
            and loaded_days.date_day <= {{ add_days('reloaded.visit_date', judged_by_days) }}

)

select * from final
