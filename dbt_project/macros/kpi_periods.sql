{# A month is complete when its last day may be shown. `month` is its first day. #}
{% macro is_complete_month(month) -%}
    ({{ marketing_kpi.add_days(marketing_kpi.add_months(month, 1), -1) }} <= {{ marketing_kpi.company('last_complete_date') }})
{%- endmacro %}
