{# Building by whole days: only days whose raw files changed are computed again.

   `int_touched_days` holds the days since the last build that ended well; models materialized as
   `incremental` replace these days and leave the others. The table `built_days` remembers what that
   build had read. It is written after the last of these models, so a build that is stopped half way
   leaves its days to the next one. When the models, registers or settings change, the fingerprint in
   `stg_pipeline__company` does, and everything is built anew. #}

{# A visit is judged by what its combination of screen, system and browser did on so many days, which end
   so many days before it. #}
{% macro fingerprint_history_days() %}{{ return(56) }}{% endmacro %}
{% macro fingerprint_guard_days() %}{{ return(2) }}{% endmacro %}

{# A table as an earlier build left it, without an edge in the graph; none where there is none. #}
{% macro earlier_relation(name, schema='intermediate') -%}
    {%- if execute -%}
        {%- set schema = generate_schema_name(schema, model) -%}
        {{ return(adapter.get_relation(database=target.database, schema=schema, identifier=name)) }}
    {%- endif -%}
    {{ return(none) }}
{%- endmacro %}

{# dbt's own, which also answers what `is_incremental()` asks: full where the rules changed. #}
{% macro should_full_refresh() %}
    {% set asked = config.get('full_refresh') %}
    {% if asked is none %}
        {% set asked = flags.FULL_REFRESH %}
        {% if not asked and config.get('materialized') == 'incremental' %}
            {% set asked = marketing_kpi.everything_is_touched() %}
        {% endif %}
    {% endif %}
    {% do return(asked) %}
{% endmacro %}

{% macro everything_is_touched() %}
    {% if not execute %}{% do return(false) %}{% endif %}
    {% set touched = marketing_kpi.earlier_relation('int_touched_days') %}
    {% if touched is none %}{% do return(true) %}{% endif %}
    {% set found = run_query('select count(*) from ' ~ touched ~ ' where visit_date is null') %}
    {% do return(found.columns[0].values()[0] > 0) %}
{% endmacro %}

{# Days that a model replaces now. `reach`: 'reloaded' days whose visits changed; 'rescored' days, which
   are those and the later days that are judged by them; days of 'conversions', which are those and the ones
   of changed leads and orders; 'rescored months' and 'conversion months', all days of their months. #}
{% macro touched_days(reach) %}
    {% if reach.startswith('conversion') %}
        {% set touched = marketing_kpi.earlier_relation('int_touched_conversions') %}
        {% set days = 'select distinct conversion_date from ' ~ touched %}
    {% else %}
        {% set touched = marketing_kpi.earlier_relation('int_touched_days') %}
        {% set reloaded = ' and is_reloaded' if reach == 'reloaded' else '' %}
        {% set days = 'select distinct visit_date from ' ~ touched ~ ' where visit_date is not null' ~ reloaded %}
    {% endif %}
    {% set days = run_query(days).columns[0].values() | map('string') | sort | list %}
    {% do return(marketing_kpi.days_of_months(days) if reach.endswith('months') else days) %}
{% endmacro %}

{# All days of the months of some days. #}
{% macro days_of_months(days) %}
    {% set all_days = [] %}
    {% for month in days | map('truncate', 7, true, '', 0) | unique %}
        {% set first = modules.datetime.date.fromisoformat(month ~ '-01') %}
        {% for number in range(31) %}
            {% set day = first + modules.datetime.timedelta(days=number) %}
            {% if day.month == first.month %}{% do all_days.append(day | string) %}{% endif %}
        {% endfor %}
    {% endfor %}
    {% do return(all_days) %}
{% endmacro %}

{# Days of a raw table that are not as the last good build had read them, and the days beside them: a file's
   day may be that of another time zone, and a request may belong to a visit beyond midnight. #}
{% macro changed_days(built, table) %}
    {% set loaded = ref('stg_pipeline__loaded_days') %}
    {% if not execute or built is none %}{% do return([]) %}{% endif %}
    {% set system, name = table.split('.') %}
    {% set found = run_query(
        "select coalesce(loaded.date_day, built.date_day) as date_day from "
        ~ "(select * from " ~ loaded ~ " where source_system = '" ~ system ~ "' and table_name = '" ~ name
        ~ "') as loaded full outer join "
        ~ "(select * from " ~ built ~ " where source_system = '" ~ system ~ "' and table_name = '" ~ name
        ~ "') as built on loaded.date_day = built.date_day "
        ~ "where loaded.day_state is null or built.day_state is null "
        ~ "or loaded.day_state <> built.day_state"
    ) %}
    {% do return(marketing_kpi.days_and_neighbours(found.columns[0].values() | map('string'))) %}
{% endmacro %}

{# Days and those beside them, in order. #}
{% macro days_and_neighbours(days) %}
    {% set wider = [] %}
    {% for day in days %}
        {% set day = modules.datetime.date.fromisoformat(day) %}
        {% for shift in [-1, 0, 1] %}
            {% do wider.append((day + modules.datetime.timedelta(days=shift)) | string) %}
        {% endfor %}
    {% endfor %}
    {% do return(wider | unique | sort | list) %}
{% endmacro %}

{# `is_incremental()` that can also be asked in a unit test, whose model has no table. #}
{% macro replaces_days() %}
    {% do return(this is not none and is_incremental()) %}
{% endmacro %}

{# Condition for the rows of the days that a model makes now; true when it is built anew in one piece. Days
   stand in it as constants, so that files and blocks of other days are not opened. #}
{% macro in_touched_days(column, reach='reloaded') -%}
    {%- if not execute -%}
        {%- do ref('int_touched_conversions' if reach.startswith('conversion') else 'int_touched_days') -%}
    {%- endif -%}
    {%- set days = marketing_kpi.days_made_now(reach) -%}
    {%- if days is none -%}
        true
    {%- elif days is mapping -%}
        {{ marketing_kpi.is_between(column, days['first_day'], days['last_day']) }}
    {%- else -%}
        {{ marketing_kpi.is_one_of_days(column, days) }}
    {%- endif -%}
{%- endmacro %}

{# Condition for rows from so many days before the first day made now to so many after the last one;
   without `days_after`, to the end. #}
{% macro around_touched_days(column, days_before, reach, days_after=none) -%}
    {%- set days = marketing_kpi.days_made_now(reach) -%}
    {%- if days is none -%}
        true
    {%- elif not days -%}
        false
    {%- else -%}
        {{ marketing_kpi.is_between(
            column,
            days['first_day'] if days is mapping else days | min,
            (days['last_day'] if days is mapping else days | max) if days_after is not none,
            days_before,
            days_after,
        ) }}
    {%- endif -%}
{%- endmacro %}

{# Days of whole dates, both included; an end that is none is open. #}
{% macro is_between(column, first_day, last_day, days_before=0, days_after=0) -%}
    {%- set ends = [] -%}
    {%- if first_day -%}
        {%- do ends.append(column ~ ' >= ' ~ marketing_kpi.shifted_day(first_day, -days_before)) -%}
    {%- endif -%}
    {%- if last_day -%}
        {%- do ends.append(column ~ ' <= ' ~ marketing_kpi.shifted_day(last_day, days_after)) -%}
    {%- endif -%}
    {{ '(' ~ ends | join(' and ') ~ ')' if ends else 'true' }}
{%- endmacro %}

{% macro shifted_day(day, days) %}
    {% set shifted = modules.datetime.date.fromisoformat(day) + modules.datetime.timedelta(days=days) %}
    {{ return("cast('" ~ shifted ~ "' as date)") }}
{% endmacro %}

{# What the model makes now: none, everything; a mapping of `first_day` and `last_day`, either of them open, for
   a slice of everything or `since rescored month`; else a list of days. #}
{% macro days_made_now(reach) %}
    {% if not execute %}{% do return(none) %}{% endif %}
    {% set slice = config.get('meta', {}).get('slice') if this is not none else none %}
    {% if not marketing_kpi.replaces_days() %}{% do return(slice) %}{% endif %}
    {% if reach == 'since rescored month' %}
        {% set days = marketing_kpi.touched_days('rescored') %}
        {% do return({'first_day': (days | min)[:7] ~ '-01', 'last_day': none} if days else []) %}
    {% endif %}
    {% set days = marketing_kpi.touched_days(reach) %}
    {% if slice %}
        {% set days = days | select('ge', slice['first_day'] or days | min)
            | select('le', slice['last_day'] or days | max) | list %}
    {% endif %}
    {% do return(days) %}
{% endmacro %}

{# Most days that a visit lasts beyond its own, time zones included: how far its hits may lie. #}
{% macro days_of_longest_visit() %}
    {% set visits = marketing_kpi.earlier_relation('int_visits_unioned') %}
    {% if execute and visits is not none %}
        {% set found = run_query('select max(duration_seconds) from ' ~ visits) %}
        {% do return(2 + (found.columns[0].values()[0] or 0) | int // 86400) %}
    {% endif %}
    {% do return(2) %}
{% endmacro %}

{# The range beside the list: only a range reaches the files through a common table expression. #}
{% macro is_one_of_days(column, days) -%}
    {%- if days -%}
        (
            {{ column }} >= cast('{{ days | min }}' as date)
            and {{ column }} <= cast('{{ days | max }}' as date)
            and {{ column }} in (
                {%- for day in days %}cast('{{ day }}' as date){{ ', ' if not loop.last }}{% endfor -%}
            )
        )
    {%- else -%}
        false
    {%- endif -%}
{%- endmacro %}

{# dbt's delete+insert removes the days of the new rows; these are the days that may have lost all rows
   as well. Both statements are one transaction. #}
{% macro get_incremental_replace_days_sql(arguments) %}
    {% set columns = get_quoted_csv(arguments['dest_columns'] | map(attribute='name')) %}
    delete from {{ arguments['target_relation'] }}
    where {{ marketing_kpi.in_touched_days(
        config.get('meta')['replaced_by'], config.get('meta')['reach']
    ) }};
    insert into {{ arguments['target_relation'] }} ({{ columns }})
    select {{ columns }} from {{ arguments['temp_relation'] }}
{% endmacro %}

{# Spark overwrites the partitions of the new rows; days that lost all rows are dropped before. #}
{% macro drop_touched_partitions() %}
    {% if target.type == 'spark' and is_incremental() %}
        {% for day in marketing_kpi.touched_days(config.get('meta')['reach']) %}
            {% do run_query(
                'alter table ' ~ this ~ ' drop if exists partition ('
                ~ config.get('meta')['replaced_by'] ~ " = date '" ~ day ~ "')"
            ) %}
        {% endfor %}
    {% endif %}
{% endmacro %}

{# Whether the tables of a build are there for the next one. Where a metastore of the company's own keeps those
   of Spark, days are replaced; journeys are by DuckDB alone. Elsewhere everything is built anew each time. #}
{% macro keeps_tables() %}
    {% set catalogue = env_var('KPI_SPARK_CATALOG', 'in-memory') %}
    {{ return(target.type == 'duckdb' or (target.type == 'spark' and catalogue != 'in-memory')) }}
{% endmacro %}

{# What the build read, remembered at its end if every model built by days or journeys succeeded. #}
{% macro remember_built_days(results) %}
    {% set loaded, company = ref('stg_pipeline__loaded_days'), ref('stg_pipeline__company') %}
    {% set evidence = {
        'journeys': ref('int_journeys'),
        'clients': ref('int_journey_clients'),
        'orders': ref('fct_orders'),
        'record_conversions': ref('int_record_conversions'),
        'unmatched_days': ref('int_unmatched_days'),
    } %}
    {% if not execute or flags.WHICH not in ('build', 'run') %}{% do return('') %}{% endif %}
    {% if not marketing_kpi.keeps_tables() %}{% do return('') %}{% endif %}
    {% set by_days = [] %}
    {% for node in graph.nodes.values() if 'replaced_by' in node.config.get('meta', {}) %}
        {# a table is whole whatever was remembered #}
        {% if node.config.materialized == 'incremental' %}{% do by_days.append(node.unique_id) %}{% endif %}
    {% endfor %}
    {% set built = [] %}
    {% for result in results if result.status == 'success' and result.node.unique_id in by_days %}
        {% do built.append(result.node.unique_id) %}
    {% endfor %}
    {% if by_days | length == built | length %}
        {% set schema = generate_schema_name('intermediate', none) %}
        {% set remembered = loaded.incorporate(path={'schema': schema, 'identifier': 'built_days'}, type='table') %}
        {% do run_query('drop table if exists ' ~ remembered) %}
        {% do run_query(
            'create table ' ~ remembered ~ ' as select loaded.*, company.rules_fingerprint,'
            ~ ' company.last_complete_date from ' ~ loaded ~ ' as loaded cross join ' ~ company
            ~ ' as company'
        ) %}
        {% do run_query('truncate table ' ~ remembered.incorporate(path={'identifier': 'int_touched_days'})) %}
        {% for name, relation in evidence.items() if target.type == 'duckdb' %}
            {% do run_query(
                'create or replace table ' ~ remembered.incorporate(path={'identifier': 'built_' ~ name})
                ~ ' as select ' ~ marketing_kpi.columns_of_evidence(name) ~ ' from ' ~ relation
            ) %}
        {% endfor %}
        {% for name in ['int_touched_journeys', 'int_touched_conversions'] if target.type == 'duckdb' %}
            {% do run_query('truncate table ' ~ remembered.incorporate(path={'identifier': name})) %}
        {% endfor %}
    {% endif %}
{% endmacro %}
