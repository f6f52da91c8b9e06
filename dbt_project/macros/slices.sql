{# Slices: what would not fit into memory at once is made a few months at a time. #}

{# Months of the days made now, cut where their visits would exceed KPI_VISITS_AT_ONCE; one slice where all of
   them fit. #}
{% macro slices_of_build(compiled_code) %}
    {% set most = env_var('KPI_VISITS_AT_ONCE', '5000000') | int %}
    {% if model.name == 'int_visits_unioned' %}
        {% set visits = '(' ~ compiled_code ~ ') as visits' %}
    {% else %}
        {% set visits = marketing_kpi.earlier_relation('int_visits_unioned') ~ ' as visits where '
            ~ marketing_kpi.in_touched_days('visit_date', config.get('meta')['reach']) %}
    {% endif %}
    {% set found = run_query(
        'select ' ~ marketing_kpi.month_of('visit_date') ~ ' as month, count(*) as visits from ' ~ visits
        ~ ' group by 1 order by 1'
    ) %}
    {% set months, visits_of_months = found.columns[0].values(), found.columns[1].values() %}
    {% set first_months, held = [], namespace(visits=0) %}
    {% for month in months %}
        {% if not loop.first and held.visits + visits_of_months[loop.index0] > most %}
            {% do first_months.append(month) %}
            {% set held.visits = 0 %}
        {% endif %}
        {% set held.visits = held.visits + visits_of_months[loop.index0] %}
    {% endfor %}
    {% set slices = [] %}
    {% set day = modules.datetime.timedelta(days=1) %}
    {% for first_month in [none] + first_months %}
        {% do slices.append({
            'first_day': first_month | string if first_month else none,
            'last_day': none if loop.last else (first_months[loop.index0] - day) | string,
        }) %}
    {% endfor %}
    {% do return(slices) %}
{% endmacro %}

{# The model's SQL for one slice. #}
{% macro sliced_code(slice) %}
    {% do config.get('meta').update({'slice': slice}) %}
    {% set code = render(model['raw_code']) %}
    {% do config.get('meta').pop('slice') %}
    {% do return(code) %}
{% endmacro %}

{# The adapter's, slice by slice for a model with `in_slices`. #}
{% macro duckdb__create_table_as(temporary, relation, compiled_code, language='sql', partitioned_by=none, sorted_by=none) -%}
    {%- set slices = [none] -%}
    {%- if config.get('meta', {}).get('in_slices') -%}
        {%- set slices = marketing_kpi.slices_of_build(compiled_code) -%}
    {%- endif -%}
    {%- for slice in slices -%}
        {%- set code = compiled_code if slices | length == 1 else marketing_kpi.sliced_code(slice) -%}
        {%- if loop.first -%}
            {{ dbt.duckdb__create_table_as(
                temporary, relation, code, language, partitioned_by=partitioned_by, sorted_by=sorted_by
            ) }}
        {%- elif config.get('contract').enforced and not temporary -%}
            insert into {{ relation }} {{ get_column_names() }} (
                {{ get_select_subquery(code) }}
            );
        {%- else -%}
            insert into {{ relation.include(database=(not temporary), schema=(not temporary)) }} (
                {{ code }}
            );
        {%- endif %}
    {% endfor -%}
{%- endmacro %}
