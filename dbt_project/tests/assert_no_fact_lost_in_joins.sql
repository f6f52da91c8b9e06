-- The joins to channels, scores, rates and margins neither lose nor multiply rows. A returned row names a
-- fact whose count differs from that of its source model.
{{ config(meta={'dagster': {'ref': {'name': 'fct_visits'}}}) }}

{% set pairs = [
    ('int_visits_unioned', 'fct_visits'), ('int_leads_unioned', 'fct_leads'),
    ('int_orders_unioned', 'fct_orders'), ('int_ad_spend_unioned', 'fct_ad_spend_daily'),
] %}
with counts as (

    {% for before, after in pairs %}
        select
            '{{ after }}' as fact,
            (select count(*) from {{ ref(before) }}) as rows_before,
            (
                select count(*) from {{ ref(after) }}
                {{ "where source_system <> 'registers'" if after == 'fct_ad_spend_daily' }}
            ) as rows_after
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select *
from counts
where rows_before <> rows_after
