{# A month is complete when its last day may be shown. `month` is its first day. #}
{% macro is_complete_month(month) -%}
    ({{ marketing_kpi.add_days(marketing_kpi.add_months(month, 1), -1) }} <= {{ marketing_kpi.company('last_complete_date') }})
{%- endmacro %}

{# Whether the records of a row of int_record_spans tell of the whole month. Unknown where there is no such row. #}
{% macro is_known_month(month, spans) -%}
    (
        {{ month }} >= {{ spans }}.known_from
        and (
            {{ spans }}.known_until is null
            or {{ marketing_kpi.add_days(marketing_kpi.add_months(month, 1), -1) }} <= {{ spans }}.known_until
        )
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
