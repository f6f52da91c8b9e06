{# Whether a test may leave out rows that this build has not made. #}
{% macro tests_only_what_is_new() %}
    {% do return(
        flags.WHICH == 'build' and not flags.FULL_REFRESH and not marketing_kpi.everything_is_touched()
    ) %}
{% endmacro %}

{# Condition for the journeys that this build has shared out. #}
{% macro is_of_tested_journey(column='journey_id') -%}
    {%- set touched = ref('int_touched_journeys') -%}
    {%- if target.type == 'duckdb' and marketing_kpi.tests_only_what_is_new() -%}
        {{ column }} in (select journey_id from {{ touched }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{# Generic test: the listed columns are the grain: filled in every row, and no two rows share them.
   A returned row names a combination that is repeated or has a gap. One query for the whole key.
   `reach` is for a model that is built by days, as in its configuration, or by `journeys`: rows that this
   build has not made were tested by the one that made them, so only new rows are held against all others.
   Outside of a build all rows are. #}
{% test unique_rows(model, columns, reach=none) %}
    {% set days = none %}
    {% if reach and reach != 'journeys' and marketing_kpi.tests_only_what_is_new() %}
        {% set days = marketing_kpi.touched_days(reach) if execute else [] %}
    {% endif %}
    select
        {{ columns | join(', ') }},
        count(*) as row_count
    from {{ model }}
    {% if days is not none %}
        where {{ marketing_kpi.is_one_of_days('visit_date', days) }}
    {% elif reach == 'journeys' %}
        {# all rows of a journey are made at once #}
        where {{ marketing_kpi.is_of_tested_journey() }}
    {% endif %}
    group by {{ columns | join(', ') }}
    having
        count(*) > 1
        {% for column in columns -%}
            or {{ column }} is null
        {% endfor %}
    {% if days is not none %}
        union all
        select
            {% for column in columns -%}
            made_now.{{ column }},
            {% endfor -%}
            2 as row_count
        from {{ model }} as earlier
        inner join {{ model }} as made_now
            on {{ marketing_kpi.same_keys('earlier', 'made_now', columns) }}
        where
            {{ marketing_kpi.is_one_of_days('made_now.visit_date', days) }}
            and earlier.visit_date <> made_now.visit_date
    {% endif %}
{% endtest %}


{# Generic test: none of the listed columns is ever NULL. One query a model instead of one a column.
   A returned row is one with a gap. #}
{% test filled(model, columns) %}
    select {{ columns | join(', ') }}
    from {{ model }}
    where
        {% for column in columns -%}
            {% if not loop.first %}or {% endif %}{{ column }} is null
        {% endfor %}
{% endtest %}
