{# What the pipeline asks of an engine besides building models (`dbt run-operation`). #}

{# Runs statements one by one, for example those that make the raw lake visible to the engine. #}
{% macro run_statements(statements) %}
    {% for statement in statements %}
        {% do run_query(statement) %}
    {% endfor %}
{% endmacro %}
