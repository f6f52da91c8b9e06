{# The company's settings are a one-row table written at run time, not dbt variables: variables that
   change force a full parse. Each macro is a scalar subquery, which every engine folds to a constant. #}

{% macro company(column) %}(select company.{{ column }} from {{ ref('stg_pipeline__company') }} as company){% endmacro %}

{# Rows of a day that may be shown: today is never shown. #}
{% macro is_complete_day(date_column) %}{{ date_column }} <= {{ marketing_kpi.company('last_complete_date') }}{% endmacro %}

{# Last moment at which a record of `day` (company zone) may have happened: one that tells no time of the day
   may have done so until its end. Whoever takes it for midnight finds no visit of that day before it. `moment`
   in UTC. #}
{% macro last_moment(moment, day) -%}
    (case
        when {{ moment }} = {{ marketing_kpi.to_utc(marketing_kpi.to_timestamp(day), marketing_kpi.company('timezone')) }}
            then {{ dbt.dateadd('second', -1, marketing_kpi.to_utc(
                marketing_kpi.to_timestamp(marketing_kpi.add_days(day, 1)), marketing_kpi.company('timezone')
            )) }}
        else {{ moment }}
    end)
{%- endmacro %}

{# Money as the company counts it. `net`: VAT is recoverable, so amounts that include it are divided;
   `gross`: it is a cost, so spend quoted without it is raised. Revenue is never raised. `vat_rate` is
   the rate in force on the day of the amount (see `in_force_on`). #}
{% macro spend_by_vat_policy(amount, includes_vat, vat_rate) -%}
    (case
        when {{ marketing_kpi.company('vat_policy') }} = 'net' and {{ includes_vat }}
            then {{ amount }} / (1 + {{ marketing_kpi.to_double(vat_rate) }})
        when {{ marketing_kpi.company('vat_policy') }} = 'gross' and not {{ includes_vat }}
            then {{ amount }} * (1 + {{ marketing_kpi.to_double(vat_rate) }})
        else {{ amount }}
    end)
{%- endmacro %}

{% macro without_vat_by_policy(amount, includes_vat, vat_rate) -%}
    (case
        when {{ marketing_kpi.company('vat_policy') }} = 'net' and {{ includes_vat }}
            then {{ amount }} / (1 + {{ marketing_kpi.to_double(vat_rate) }})
        else {{ amount }}
    end)
{%- endmacro %}

{# Join condition: the one record of `relation` that is in force on `day`. #}
{% macro in_force_on(relation, day) -%}
    {{ day }} >= {{ relation }}.valid_from and {{ day }} < {{ relation }}.valid_to
{%- endmacro %}

{# Whether visits of a source are the ones that are counted. Of two counters on one site, one is the
   record and the other a witness: their visits are never added. #}
{% macro is_counter_of_record(source_system) -%}
    {{ marketing_kpi.list_has(
        "coalesce(" ~ marketing_kpi.company('counters_of_record') ~ ", ',yandex_metrica,')",
        "'" ~ source_system ~ "'"
    ) }}
{%- endmacro %}

{# The browser id that visits of the counter of record carry. #}
{% macro counter_client_id() -%}
    (case
        when {{ marketing_kpi.is_counter_of_record('ga4') }} then coalesce(ga_client_id, client_id)
        else client_id
    end)
{%- endmacro %}
