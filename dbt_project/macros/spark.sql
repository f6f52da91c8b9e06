{# dbt's own macros where its Spark adapter means something else than the other engines do. A project's
   macro of this name wins over the adapter's. #}

{# The adapter's raises an error at the first NULL, and counts elapsed months, not the boundaries
   between them. #}
{% macro spark__datediff(first_date, second_date, datepart) -%}
    {%- if datepart == 'day' -%}
        datediff({{ second_date }}, {{ first_date }})
    {%- elif datepart == 'month' -%}
        ((year({{ second_date }}) * 12 + month({{ second_date }})) - (year({{ first_date }}) * 12 + month({{ first_date }})))
    {%- elif datepart == 'year' -%}
        (year({{ second_date }}) - year({{ first_date }}))
    {%- elif datepart in ('hour', 'minute', 'second') -%}
        {%- set seconds = {'hour': 3600, 'minute': 60, 'second': 1}[datepart] -%}
        cast(
            floor(unix_seconds(cast({{ second_date }} as timestamp)) / {{ seconds }})
            - floor(unix_seconds(cast({{ first_date }} as timestamp)) / {{ seconds }}) as bigint
        )
    {%- else -%}
        {{ exceptions.raise_compiler_error("datediff by " ~ datepart ~ " is not written for Spark") }}
    {%- endif -%}
{%- endmacro %}

{# The adapter's raises an error at the first NULL. #}
{% macro spark__dateadd(datepart, interval, from_date_or_timestamp) -%}
    timestampadd({{ datepart }}, cast({{ interval }} as int), {{ from_date_or_timestamp }})
{%- endmacro %}

{# The adapter's takes a literal number of the part only, and fails where there are fewer parts. #}
{% macro spark__split_part(string_text, delimiter_text, part_number) -%}
    split_part({{ string_text }}, {{ delimiter_text }}, cast({{ part_number }} as int))
{%- endmacro %}

{# The adapter's session method writes empty seed cells as the text 'None'. #}
{% macro spark__load_csv_rows(model, agate_table) %}
    {% set types = model['config'].get('column_types', {}) %}
    {% for chunk in agate_table.rows | batch(1000) %}
        {% set insertion %}
            insert into {{ this.render() }} values
            {% for row in chunk -%}
            (
                {%- for name in agate_table.column_names -%}
                    {%- set type = marketing_kpi.spark_type(types.get(name, adapter.convert_type(agate_table, loop.index0))) -%}
                    {%- set cell = row[loop.index0] -%}
                    {%- if cell is none -%}
                        cast(null as {{ type }})
                    {%- else -%}
                        cast('{{ cell | string | replace("\\", "\\\\") | replace("'", "\\'") }}' as {{ type }})
                    {%- endif -%}
                    {{ ', ' if not loop.last }}
                {%- endfor -%}
            ){{ ',' if not loop.last }}
            {% endfor %}
        {% endset %}
        {% do adapter.add_query(insertion, abridge_sql_log=True) %}
    {% endfor %}
    {{ return('-- loaded by insert statements') }}
{% endmacro %}

{# A contract's types in Spark's words. #}
{% macro spark_type(data_type) %}{{ return('string' if data_type | lower == 'varchar' else data_type) }}{% endmacro %}

{# A model under contract is cast to its types: Spark widens decimals with every operation, so that a
   comparison of types would refuse decimal(28,2) where decimal(18,2) is declared. A missing column is
   Spark's own error. #}
{% macro spark__get_assert_columns_equivalent(sql) %}{% endmacro %}

{% macro spark__get_select_subquery(sql) %}
    select
        {% for name, column in model['columns'].items() -%}
            cast({{ name }} as {{ marketing_kpi.spark_type(column['data_type']) }}) as {{ name }}{{ ',' if not loop.last }}
        {% endfor %}
    from (
        {{ sql }}
    ) as model_subq
{%- endmacro %}

{% macro spark__create_csv_table(model, agate_table) %}
    {% set types = model['config'].get('column_types', {}) %}
    {% set definition %}
        create table {{ this.render() }} (
            {%- for name in agate_table.column_names -%}
                {{ name }} {{ marketing_kpi.spark_type(types.get(name, adapter.convert_type(agate_table, loop.index0))) }}{{ ', ' if not loop.last }}
            {%- endfor -%}
        )
    {% endset %}
    {% call statement('create_seed') %}{{ definition }}{% endcall %}
    {{ return(definition) }}
{% endmacro %}

{# Partitions are there to be overwritten by later runs. Where the catalogue ends with the run, nothing is, and
   a file a day would cost far more than its rows. #}
{% macro spark__partition_cols(label, required=false) -%}
    {%- if marketing_kpi.keeps_tables() -%}
        {{ dbt.spark__partition_cols(label, required) }}
    {%- endif -%}
{%- endmacro %}
