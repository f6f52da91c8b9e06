{# Tables and views of DuckDB, replaced in one transaction.

   The adapter makes a table beside the old one, renames both and drops the old one, since on many engines a
   statement that makes a table ends the transaction. DuckDB's does not: the old table is dropped and the new
   one made in one transaction, and whoever reads meanwhile sees the old one. Each rename and drop that is left
   out is a macro with a context of its own; of a build with little to do they were a sixth. #}

{% materialization table, adapter='duckdb' %}
    {{ return(marketing_kpi.replace_in_one_transaction('table')) }}
{% endmaterialization %}

{% materialization view, adapter='duckdb' %}
    {{ return(marketing_kpi.replace_in_one_transaction('view')) }}
{% endmaterialization %}

{% macro replace_in_one_transaction(kind) %}
    {%- set before = load_cached_relation(this) -%}
    {%- set target_relation = this.incorporate(type=kind) -%}
    {{ run_hooks(pre_hooks, inside_transaction=False) }}
    {{ run_hooks(pre_hooks, inside_transaction=True) }}
    {% call statement('main') -%}
        {% if before is not none %}drop {{ before.type }} if exists {{ this }};{% endif %}
        {{ create_table_as(False, target_relation, compiled_code) if kind == 'table'
            else get_create_view_as_sql(target_relation, compiled_code) }}
    {%- endcall %}
    {{ run_hooks(post_hooks, inside_transaction=True) }}
    {{ adapter.commit() }}
    {{ run_hooks(post_hooks, inside_transaction=False) }}
    {{ return({'relations': [target_relation]}) }}
{% endmacro %}
