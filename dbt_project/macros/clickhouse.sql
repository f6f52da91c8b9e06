{# dbt's own macros where its ClickHouse adapter means something else than the other engines do. A
   project's macro of this name wins over the adapter's. #}

{# The adapter's DateTime has whole seconds, and no days after 2106. #}
{% macro clickhouse__type_timestamp() %}DateTime64(6){% endmacro %}

{# Plain SQL as ClickHouse understands it. Some things mean something else there, and no setting changes
   that: lower() and upper() know ASCII letters only; a date ends in 2149 and a timestamp has whole seconds;
   a count is unsigned, and has no common type with a number that is not; of joined tables a selected `a.x` is
   named `a.x`, not `x`, where another table has an x as well. So such an item of a select list, which has a
   line of its own, gets its name. (For `a.*` see `all_columns`.)
   Calls are laid on one line before, so that their arguments are no such lines; comments are left out. #}
{% macro clickhouse_sql(sql) -%}
    {%- set pieces, is_query = [], [true] -%}
    {%- for piece in modules.re.split("('(?:[^'\\\\]|''|\\\\.)*'|--[^\\n]*|[()])", sql) if piece[:2] != '--' -%}
        {%- if piece == ')' -%}
            {%- do is_query.pop() -%}
        {%- elif is_query[-1] is none and piece.strip() -%}
            {%- do is_query.append(modules.re.match('(?i)\\s*(select|with)\\b', piece) is not none) -%}
            {%- do is_query.pop(-2) -%}
        {%- endif -%}
        {%- if piece[:1] != "'" -%}
            {%- set piece = modules.re.sub('(?i)\\b(lower|upper)$', '\\1UTF8', piece) -%}
            {%- set piece = modules.re.sub('(?i)\\bas date$', 'as Nullable(Date32)', piece) -%}
            {%- set piece = modules.re.sub('(?i)\\bas timestamp$', 'as Nullable(DateTime64(6))', piece) -%}
            {%- set piece = piece if is_query[-1] else modules.re.sub('\\s+', ' ', piece) -%}
        {%- endif -%}
        {%- do pieces.append(piece) -%}
        {%- if piece == '(' -%}{%- do is_query.append(none) -%}{%- endif -%}
    {%- endfor -%}
    {%- set sql = pieces | join -%}
    {%- set call = namespace(pattern='\\([^()]*\\)') -%}
    {%- for level in range(8) -%}
        {%- set call.pattern = '\\([^()]*(?:' ~ call.pattern ~ '[^()]*)*\\)' -%}
    {%- endfor -%}
    {%- set counts = '(?i)\\b((?:count|row_number)' ~ call.pattern ~ '(?:\\s+over\\s+(?:' ~ call.pattern ~ '|\\w+))?)' -%}
    {%- set sql = modules.re.sub(counts, 'toInt64(\\1)', sql) -%}
    {%- set item = '(?i)(,|\\bselect|\\bselect distinct)(\\s*\\n\\s*|(?<=t) )(\\w+)\\.(\\w+)(?=,|\\s*\\n\\s*from\\b)' -%}
    {{ return(modules.re.sub(item, '\\1\\2\\3.\\4 as \\4', sql)) }}
{%- endmacro %}

{% macro clickhouse__create_table_as(temporary, relation, sql) -%}
    {{ dbt.clickhouse__create_table_as(temporary, relation, marketing_kpi.clickhouse_sql(sql)) }}
{%- endmacro %}

{% macro clickhouse__create_view_as(relation, sql) -%}
    {{ dbt.clickhouse__create_view_as(relation, marketing_kpi.clickhouse_sql(sql)) }}
{%- endmacro %}

{% macro clickhouse__get_test_sql(main_sql, fail_calc, warn_if, error_if, limit) -%}
    {{ dbt.clickhouse__get_test_sql(marketing_kpi.clickhouse_sql(main_sql), fail_calc, warn_if, error_if, limit) }}
{%- endmacro %}
