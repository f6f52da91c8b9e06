{# Building by journeys: of two years of them a day changes few. `int_touched_journeys` and, for conversions,
   `int_touched_conversions` hold what has changed since the last build that ended well, and grow until one does;
   `built_journeys` and the like remember what that build had seen. Only DuckDB keeps them. #}

{# A mart of which this build leaves most rows as an earlier one made them; none where it makes all. #}
{% macro kept_mart(name) -%}
    {%- if execute and target.type == 'duckdb' and not marketing_kpi.everything_is_touched() -%}
        {{ return(marketing_kpi.earlier_relation(name, 'marts')) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}

{# What the build remembers of a relation: of orders what a journey is shared out by, of others every column. #}
{% macro columns_of_evidence(name) -%}
    {{ 'order_id, lead_id, net_amount, contribution_amount' if name == 'orders' else '*' }}
{%- endmacro %}

{# Queries for `key` of the rows of a relation that differ from what the last good build had seen of it, each
   followed by `union distinct`. #}
{% macro changed_since_built(evidence, key, is_needed) -%}
    {#- columns of another version of the rules, which then remake everything, cannot be compared #}
    {%- set built = marketing_kpi.earlier_relation('built_' ~ evidence) if is_needed else none -%}
    {%- set columns = marketing_kpi.columns_of_evidence(evidence) -%}
    {%- for first, second in [(evidence, built), (built, evidence)] if first %}
        select {{ key }}
        from (
            select {{ columns }} from {{ first }}
            {% if second %}
                except
                select {{ columns }} from {{ second }}
            {% endif %}
        ) as changed
        where {{ is_needed }}
        union distinct
    {% endfor -%}
{%- endmacro %}

{# Condition for `visits` that can be touches of `journeys`: not later than the journey's end. Whole days first:
   it lets the engine skip most visits before it compares seconds. #}
{% macro lies_before_journey() -%}
    visits.started_at <= journeys.journey_at
    and visits.visit_date >= {{ marketing_kpi.add_days('journeys.journey_date', '-window_days - 1') }}
{%- endmacro %}

{# The journey that a row of such evidence belongs to. #}
{% macro journey_of_evidence(name) -%}
    {{ marketing_kpi.journey_of_order() if name == 'orders' else 'journey_id' }}
{%- endmacro %}

{# An order belongs to the journey of its lead. #}
{% macro journey_of_order() -%}
    case
        when lead_id is not null then {{ dbt.concat(["'lead:'", 'lead_id']) }}
        else {{ dbt.concat(["'order:'", 'order_id']) }}
    end
{%- endmacro %}

{# Condition for the journeys that a model replaces now; true when it is built anew. #}
{% macro in_touched_journeys(column='journey_id') -%}
    {%- if not execute -%}{%- do ref('int_touched_journeys') -%}{%- endif -%}
    {%- if execute and marketing_kpi.replaces_days() -%}
        {{ column }} in (select journey_id from {{ ref('int_touched_journeys') }})
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{# Condition for visits that can be touches of these journeys, as a constant day. #}
{% macro since_touched_journeys(column) -%}
    {%- if execute and marketing_kpi.replaces_days() -%}
        {%- set found = run_query(
            'select min(' ~ marketing_kpi.add_days('journey_date', '-window_days - 1') ~ ') from '
            ~ ref('int_journeys') ~ ' where ' ~ marketing_kpi.in_touched_journeys()
        ) -%}
        {{ column }} >= cast('{{ found.columns[0].values()[0] or '9999-12-31' }}' as date)
    {%- else -%}
        true
    {%- endif -%}
{%- endmacro %}

{# Rows of the touched journeys are replaced; some may have lost all of theirs. #}
{% macro get_incremental_replace_journeys_sql(arguments) %}
    {% set columns = get_quoted_csv(arguments['dest_columns'] | map(attribute='name')) %}
    delete from {{ arguments['target_relation'] }}
    where {{ marketing_kpi.in_touched_journeys() }};
    insert into {{ arguments['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arguments['temp_relation'] }}
{% endmacro %}
