{# The company's settings are a one-row table written at run time, not dbt variables: variables that
   change force a full parse. Each macro is a scalar subquery, which every engine folds to a constant. #}

{% macro company(column) %}(select company.{{ column }} from {{ ref('stg_pipeline__company') }} as company){% endmacro %}

{# Rows of a day that may be shown: today is never shown. #}
{% macro is_complete_day(date_column) %}{{ date_column }} <= {{ marketing_kpi.company('last_complete_date') }}{% endmacro %}

{# Money as the company counts it. `net`: VAT is recoverable, so amounts that include it are divided;
   `gross`: it is a cost, so spend quoted without it is raised. Revenue is never raised. #}
{% macro spend_by_vat_policy(amount, includes_vat) -%}
    (case
        when {{ marketing_kpi.company('vat_policy') }} = 'net' and {{ includes_vat }}
            then {{ amount }} / (1 + {{ marketing_kpi.to_double(marketing_kpi.company('vat_rate')) }})
        when {{ marketing_kpi.company('vat_policy') }} = 'gross' and not {{ includes_vat }}
            then {{ amount }} * (1 + {{ marketing_kpi.to_double(marketing_kpi.company('vat_rate')) }})
        else {{ amount }}
    end)
{%- endmacro %}

{% macro without_vat_by_policy(amount, includes_vat) -%}
    (case
        when {{ marketing_kpi.company('vat_policy') }} = 'net' and {{ includes_vat }}
            then {{ amount }} / (1 + {{ marketing_kpi.to_double(marketing_kpi.company('vat_rate')) }})
        else {{ amount }}
    end)
{%- endmacro %}
