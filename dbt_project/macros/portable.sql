{# What dbt's own cross-database macros leave out, or do differently per engine.
   Models use these and dbt's `datediff`, `dateadd`, `date_trunc`, `split_part`, `hash`, `concat`
   and nothing that belongs to one engine. #}

{# ---- types ---- #}

{% macro type_double() %}{{ return(adapter.dispatch('type_double', 'marketing_kpi')()) }}{% endmacro %}
{% macro default__type_double() %}double{% endmacro %}
{% macro clickhouse__type_double() %}Nullable(Float64){% endmacro %}

{% macro type_money() %}{{ return(adapter.dispatch('type_money', 'marketing_kpi')()) }}{% endmacro %}
{% macro default__type_money() %}decimal(18, 2){% endmacro %}
{% macro clickhouse__type_money() %}Nullable(Decimal(18, 2)){% endmacro %}

{% macro type_rate() %}{{ return(adapter.dispatch('type_rate', 'marketing_kpi')()) }}{% endmacro %}
{% macro default__type_rate() %}decimal(18, 6){% endmacro %}
{% macro clickhouse__type_rate() %}Nullable(Decimal(18, 6)){% endmacro %}

{% macro type_decimal(precision, places) %}{{ return(adapter.dispatch('type_decimal', 'marketing_kpi')(precision, places)) }}{% endmacro %}
{% macro default__type_decimal(precision, places) %}decimal({{ precision }}, {{ places }}){% endmacro %}
{% macro clickhouse__type_decimal(precision, places) %}Nullable(Decimal({{ precision }}, {{ places }})){% endmacro %}

{% macro to_double(value) %}cast({{ value }} as {{ marketing_kpi.type_double() }}){% endmacro %}
{% macro to_bigint(value) %}cast({{ value }} as {{ dbt.type_bigint() }}){% endmacro %}
{% macro to_string(value) %}cast({{ value }} as {{ dbt.type_string() }}){% endmacro %}
{% macro to_date(value) %}cast({{ value }} as date){% endmacro %}
{% macro to_timestamp(value) %}cast({{ value }} as {{ dbt.type_timestamp() }}){% endmacro %}

{# Rounded first: engines disagree on whether a cast to decimal rounds or truncates. By way of a decimal,
   because 80.335 as a double lies below the half kopeck that it means. #}
{% macro to_money(value) -%}
    cast(round({{ marketing_kpi.to_exact(value, 8) }}, 2) as {{ marketing_kpi.type_money() }})
{%- endmacro %}

{# A decimal wide enough for any sum of the marts; rounded first, as above. #}
{% macro to_exact(value, places=9) %}{{ marketing_kpi.to_decimal(value, 38, places) }}{% endmacro %}

{% macro to_decimal(value, precision, places) %}{{ return(adapter.dispatch('to_decimal', 'marketing_kpi')(value, precision, places)) }}{% endmacro %}
{% macro default__to_decimal(value, precision, places) -%}
    cast(round({{ value }}, {{ places }}) as {{ marketing_kpi.type_decimal(precision, places) }})
{%- endmacro %}
{# By way of text: ClickHouse cuts a double where others round it, and casts what lies beneath a NULL. #}
{% macro clickhouse__to_decimal(value, precision, places) -%}
    toDecimal{{ 64 if precision <= 18 else 128 }}OrNull(toString(round({{ value }}, {{ places }})), {{ places }})
{%- endmacro %}

{% macro null_string() %}{{ marketing_kpi.to_string('null') }}{% endmacro %}
{% macro null_bigint() %}{{ marketing_kpi.to_bigint('null') }}{% endmacro %}
{% macro null_double() %}{{ marketing_kpi.to_double('null') }}{% endmacro %}
{% macro null_money() %}cast(null as {{ marketing_kpi.type_money() }}){% endmacro %}

{# ---- arithmetic ---- #}

{# NULL when the denominator is zero or missing; never an error, an infinity or a silent zero. #}
{% macro safe_divide(numerator, denominator) -%}
    (case
        when {{ denominator }} <> 0
            then {{ marketing_kpi.to_double(numerator) }} / {{ marketing_kpi.to_double(denominator) }}
    end)
{%- endmacro %}

{# Linear-interpolated percentile of a group. Exact, so keep it away from very large groups. #}
{% macro percentile(column, fraction) %}{{ return(adapter.dispatch('percentile', 'marketing_kpi')(column, fraction)) }}{% endmacro %}
{% macro default__percentile(column, fraction) %}percentile_cont({{ fraction }}) within group (order by {{ column }}){% endmacro %}
{% macro spark__percentile(column, fraction) %}percentile({{ column }}, {{ fraction }}){% endmacro %}
{% macro clickhouse__percentile(column, fraction) %}quantileExactInclusiveOrNull({{ fraction }})({{ column }}){% endmacro %}

{% macro median(column) %}{{ marketing_kpi.percentile(marketing_kpi.to_double(column), 0.5) }}{% endmacro %}

{# `greatest` / `least` treat NULL differently on every engine; these give NULL if either side is. #}
{% macro larger_of(left, right) %}(case when {{ left }} >= {{ right }} then {{ left }} when {{ left }} < {{ right }} then {{ right }} end){% endmacro %}
{% macro smaller_of(left, right) %}(case when {{ left }} <= {{ right }} then {{ left }} when {{ left }} > {{ right }} then {{ right }} end){% endmacro %}

{# Number of rows of the group for which the condition holds; 0, not NULL, when there are none. #}
{% macro count_where(condition) %}{{ marketing_kpi.to_bigint('coalesce(sum(case when ' ~ condition ~ ' then 1 else 0 end), 0)') }}{% endmacro %}

{# The same where a source may not tell: NULL unless every row of the group is known, since a part would look
   like fewer. #}
{% macro count_if_known(condition) -%}
    case when count({{ condition }}) = count(*) then {{ marketing_kpi.count_where(condition) }} end
{%- endmacro %}

{# Sum of a column that may be unknown; NULL unless every row of the group has it. #}
{% macro sum_if_known(column) -%}
    case when count({{ column }}) = count(*) then sum({{ column }}) end
{%- endmacro %}

{# ---- columns ---- #}

{# `a.*` where `a` is one of three or more relations, or not the first of two. `shared`: its columns that
   another of them has as well, which ClickHouse would name `a.x`. #}
{% macro all_columns(relation, shared) %}{{ return(adapter.dispatch('all_columns', 'marketing_kpi')(relation, shared)) }}{% endmacro %}
{% macro default__all_columns(relation, shared) %}{{ relation }}.*{% endmacro %}
{% macro clickhouse__all_columns(relation, shared) -%}
    {{ relation }}.*
    {%- if shared %} replace (
        {%- for name in shared %}{{ relation }}.{{ name }} as {{ name }}{{ ', ' if not loop.last }}{% endfor -%}
    ){%- endif -%}
{%- endmacro %}

{# Condition of a join: the two relations agree in these columns. #}
{% macro same_keys(left, right, columns) -%}
    {%- for column in columns -%}
        {{ left }}.{{ column }} = {{ right }}.{{ column }}{{ ' and ' if not loop.last }}
    {%- endfor -%}
{%- endmacro %}

{# ---- common table expressions ---- #}

{# A common table expression that many others read, the caller's text in it. Spark and ClickHouse compute one
   anew for each reader, and again for each reader of these, unless they are kept from it: Spark repeats
   nothing that holds a random number. What is computed once is kept whole, so this is for what is costly
   to make and not large. #}
{% macro computed_once(name) -%}
    {{ adapter.dispatch('computed_once', 'marketing_kpi')(name, caller()) }}
{%- endmacro %}
{% macro default__computed_once(name, query) -%}
    {{ name }} as (
        {{ query }}
    )
{%- endmacro %}
{% macro spark__computed_once(name, query) -%}
    {{ name }} as (
        select * from (
            {{ query }}
        ) as computed
        where rand() >= 0
    )
{%- endmacro %}
{% macro clickhouse__computed_once(name, query) -%}
    {{ name }} as materialized (
        {{ query }}
    )
{%- endmacro %}

{# ---- keys ---- #}

{% macro surrogate_key(columns) -%}
    {%- set parts = [] -%}
    {%- for column in columns -%}
        {%- do parts.append("coalesce(" ~ marketing_kpi.to_string(column) ~ ", '_null_')") -%}
        {%- if not loop.last -%}{%- do parts.append("'|'") -%}{%- endif -%}
    {%- endfor -%}
    {{ dbt.hash(dbt.concat(parts)) }}
{%- endmacro %}

{# ClickHouse columns are NOT NULL unless declared, and `lag()` over them gives '' or 1970. #}
{% macro nullable(value) %}{{ return(adapter.dispatch('nullable', 'marketing_kpi')(value)) }}{% endmacro %}
{% macro default__nullable(value) %}{{ value }}{% endmacro %}
{% macro clickhouse__nullable(value) %}toNullable({{ value }}){% endmacro %}

{# ---- time ---- #}

{# Wall-clock time of a zone -> UTC, and back. `zone` is an SQL expression holding an IANA name. #}
{% macro to_utc(local_time, zone) %}{{ return(adapter.dispatch('to_utc', 'marketing_kpi')(local_time, zone)) }}{% endmacro %}
{% macro default__to_utc(local_time, zone) %}timezone('UTC', timezone({{ zone }}, {{ local_time }})){% endmacro %}
{% macro spark__to_utc(local_time, zone) %}to_utc_timestamp({{ local_time }}, {{ zone }}){% endmacro %}
{% macro clickhouse__to_utc(local_time, zone) %}to_utc_timestamp({{ local_time }}, {{ zone }}){% endmacro %}

{% macro from_utc(utc_time, zone) %}{{ return(adapter.dispatch('from_utc', 'marketing_kpi')(utc_time, zone)) }}{% endmacro %}
{% macro default__from_utc(utc_time, zone) %}timezone({{ zone }}, timezone('UTC', {{ utc_time }})){% endmacro %}
{% macro spark__from_utc(utc_time, zone) %}from_utc_timestamp({{ utc_time }}, {{ zone }}){% endmacro %}
{% macro clickhouse__from_utc(utc_time, zone) %}from_utc_timestamp({{ utc_time }}, {{ zone }}){% endmacro %}

{# Whole days from the first date to the second. #}
{% macro days_between(earlier, later) %}{{ dbt.datediff(earlier, later, 'day') }}{% endmacro %}

{# Elapsed days as a fraction: 36 hours are 1.5. `datediff('day')` would count midnights. #}
{% macro elapsed_days(earlier, later) %}({{ marketing_kpi.to_double(dbt.datediff(earlier, later, 'second')) }} / 86400.0){% endmacro %}

{% macro add_days(date_value, days) %}{{ return(adapter.dispatch('add_days', 'marketing_kpi')(date_value, days)) }}{% endmacro %}
{% macro default__add_days(date_value, days) %}{{ marketing_kpi.to_date(dbt.dateadd('day', days, date_value)) }}{% endmacro %}
{# Spark takes the way of a timestamp otherwise, which is many times slower. #}
{% macro spark__add_days(date_value, days) %}date_add({{ marketing_kpi.to_date(date_value) }}, cast({{ days }} as int)){% endmacro %}
{% macro add_months(date_value, months) %}{{ marketing_kpi.to_date(dbt.dateadd('month', months, date_value)) }}{% endmacro %}
{% macro month_of(date_value) %}{{ marketing_kpi.to_date(dbt.date_trunc('month', date_value)) }}{% endmacro %}

{# Monday = 1 ... Sunday = 7, counted from a known Monday: engines number weekdays differently. #}
{% macro iso_weekday(date_value) %}(({{ dbt.datediff("cast('1970-01-05' as date)", date_value, 'day') }}) % 7 + 1){% endmacro %}

{# Number of the slot of so many minutes that holds a time. #}
{% macro time_slot(moment, minutes) -%}
    {{ marketing_kpi.to_bigint('floor(' ~ marketing_kpi.to_double(
        dbt.datediff("cast('2020-01-01 00:00:00' as timestamp)", moment, 'minute')
    ) ~ ' / ' ~ minutes ~ ')') }}
{%- endmacro %}

{# ---- text ---- #}

{# Lower-cased, trimmed; '' and the vendors' spellings of "nothing" become NULL, and so does the name of our
   own rows of sums: anybody can put it into an address. #}
{% macro clean_tag(value) -%}
    (case
        when lower(trim({{ value }})) in ('', '(not set)', 'not set', '(none)', '(all)', '(not provided)', 'undefined', 'null', '--')
            then null
        else lower(trim({{ value }}))
    end)
{%- endmacro %}

{% macro null_if_blank(value) %}nullif(trim({{ value }}), ''){% endmacro %}

{# 'https://www.shop.ru/a/b?x=1#y' -> 'shop.ru' #}
{% macro url_host(url) -%}
    {%- set bare -%}{{ dbt.split_part(dbt.split_part(marketing_kpi.url_without_scheme(url), "'/'", 1), "'?'", 1) }}{%- endset -%}
    (case when lower({{ bare }}) like 'www.%' then substr(lower({{ bare }}), 5) else lower({{ bare }}) end)
{%- endmacro %}

{# 'https://www.shop.ru/a/b?x=1#y' -> '/a/b' ; a bare host gives '/', no address NULL #}
{% macro url_path(url) -%}
    {%- set bare -%}{{ dbt.split_part(dbt.split_part(marketing_kpi.url_without_scheme(url), "'?'", 1), "'#'", 1) }}{%- endset -%}
    (case
        when {{ url }} <> ''
            then coalesce(nullif(substr({{ bare }}, length({{ dbt.split_part(bare, "'/'", 1) }}) + 1), ''), '/')
    end)
{%- endmacro %}

{% macro url_without_scheme(url) -%}
    (case when {{ url }} like '%://%' then substr({{ url }}, {{ dbt.position("'://'", url) }} + 3) else {{ url }} end)
{%- endmacro %}

{# Value of one query parameter, NULL when absent. Looked for after ? and after &, so that `yclid`
   is not found inside `my_yclid`. #}
{% macro url_parameter(url, name) -%}
    {%- set query = "replace(" ~ url ~ ", '?', '&')" -%}
    (case
        when {{ query }} like '%&{{ name }}=%'
            then nullif({{ dbt.split_part(dbt.split_part(dbt.split_part(query, "'&" ~ name ~ "='", 2), "'&'", 1), "'#'", 1) }}, '')
    end)
{%- endmacro %}

{# ---- delimited lists kept as text ---- #}

{# '[1,2]', "['a','b']", '1|2' or '1, 2' -> ',1,,2,' : every element fenced by its own commas, so that
   an element can be found and counted with plain string functions on any engine. '' when empty. #}
{% macro fenced_list(list_text) -%}
    {%- set plain = "replace(replace(replace(replace(replace(replace(coalesce(" ~ list_text ~ ", ''), '[', ''), ']', ''), '''', ''), '\"', ''), ' ', ''), '|', ',')" -%}
    (case when {{ plain }} = '' then '' else {{ dbt.concat(["','", "replace(" ~ plain ~ ", ',', ',,')", "','"]) }} end)
{%- endmacro %}

{% macro list_has(fenced, element) %}({{ fenced }} like {{ dbt.concat(["'%,'", element, "',%'"]) }}){% endmacro %}

{# How often the element occurs in a fenced list. #}
{% macro list_count_of(fenced, element) -%}
    {%- set needle = dbt.concat(["','", element, "','"]) -%}
    {{ marketing_kpi.to_bigint("(length(" ~ fenced ~ ") - length(replace(" ~ fenced ~ ", " ~ needle ~ ", ''))) / length(" ~ needle ~ ")") }}
{%- endmacro %}

{# Number of elements of a fenced list: two fences each. #}
{% macro list_size(fenced) -%}
    {{ marketing_kpi.to_bigint("(length(" ~ fenced ~ ") - length(replace(" ~ fenced ~ ", ',', ''))) / 2") }}
{%- endmacro %}

{# A CTE body with the integers 0 .. 10^digits - 1 in column `number`. #}
{% macro numbers(digits) -%}
    select
        {% for place in range(digits) -%}
        digit_{{ place }}.digit * {{ 10 ** place }}{% if not loop.last %} + {% endif %}
        {%- endfor %} as number
    from
        {% for place in range(digits) -%}
        {% if not loop.first %}cross join {% endif -%}
        (
            {% for digit in range(10) -%}
            select {{ digit }} as digit{% if not loop.last %} union all {% endif %}
            {%- endfor %}
        ) as digit_{{ place }}
        {% endfor %}
{%- endmacro %}

{# ---- addresses ---- #}

{# IPv4 address in dots -> its number; NULL for anything else. #}
{% macro ip_number(address) -%}
    (case
        when {{ address }} like '%.%.%.%'
            then {{ marketing_kpi.to_bigint(dbt.split_part(address, "'.'", 1)) }} * 16777216
            + {{ marketing_kpi.to_bigint(dbt.split_part(address, "'.'", 2)) }} * 65536
            + {{ marketing_kpi.to_bigint(dbt.split_part(address, "'.'", 3)) }} * 256
            + {{ marketing_kpi.to_bigint(dbt.split_part(address, "'.'", 4)) }}
    end)
{%- endmacro %}
