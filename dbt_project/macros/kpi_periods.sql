{# A month is complete when its last day may be shown. `month` is its first day. #}
{% macro is_complete_month(month) -%}
    ({{ marketing_kpi.add_days(marketing_kpi.add_months(month, 1), -1) }} <= {{ marketing_kpi.company('last_complete_date') }})
{%- endmacro %}

{# Body of a CTE: one row of what int_record_spans says of a kind of record, of NULLs where there is none. #}
{% macro record_span(record_type) -%}
    select
        max(first_day) as first_day,
        max(last_day) as last_day,
        max(known_from) as known_from,
        max(known_until) as known_until
    from {{ ref('int_record_spans') }}
    where record_type = '{{ record_type }}'
{%- endmacro %}

{# Whether records tell of the whole month, by such a row; false where there are none. #}
{% macro is_known_month(month, span) -%}
    coalesce(
        {{ month }} >= {{ span }}.known_from
        and (
            {{ span }}.known_until is null
            or {{ marketing_kpi.add_days(marketing_kpi.add_months(month, 1), -1) }} <= {{ span }}.known_until
        ),
        false
    )
{%- endmacro %}

{# Body of a CTE: one row with `period_start` and `period_end` of the last twelve complete months. #}
{% macro trailing_year() -%}
    {%- set running_month = marketing_kpi.month_of(
        marketing_kpi.add_days(marketing_kpi.company('last_complete_date'), 1)
    ) -%}
    select
        {{ marketing_kpi.add_months(running_month, -12) }} as period_start,
        {{ marketing_kpi.add_days(running_month, -1) }} as period_end
{%- endmacro %}
