-- How customers of every system can be reached, as hashes: what ties an order to the enquiries of the
-- same person.
{% for system in ['bitrix24', 'amocrm', 'hubspot', 'plain'] %}
    select
        customer_id,
        '{{ system }}' as source_system,
        phone_hash,
        email_hash,
        created_at
    from {{ ref('stg_' ~ system ~ '__customers') }}
    {% if not loop.last %}union all{% endif %}
{% endfor %}
