{# Generic test: the listed columns are the grain: filled in every row, and no two rows share them.
   A returned row names a combination that is repeated or has a gap. One query for the whole key. #}
{% test unique_rows(model, columns) %}
    select
        {{ columns | join(', ') }},
        count(*) as row_count
    from {{ model }}
    group by {{ columns | join(', ') }}
    having
        count(*) > 1
        {% for column in columns -%}
            or {{ column }} is null
        {% endfor %}
{% endtest %}


{# Generic test: none of the listed columns is ever NULL. One query a model instead of one a column.
   A returned row is one with a gap. #}
{% test filled(model, columns) %}
    select {{ columns | join(', ') }}
    from {{ model }}
    where
        {% for column in columns -%}
            {% if not loop.first %}or {% endif %}{{ column }} is null
        {% endfor %}
{% endtest %}
