-- Deals of every CRM in their newest state, still in their own currency.
{% set columns = [
    'deal_id', 'lead_id', 'customer_id', 'client_id', 'ga_client_id', 'yclid', 'gclid', 'stage_id',
    'stage_semantic', 'product_line', 'currency', 'utm_source', 'utm_medium', 'utm_campaign',
    'amount', 'created_date', 'closed_date', 'created_at', 'updated_at', 'closed_at',
] %}
{% for system in ['bitrix24', 'amocrm', 'hubspot'] %}
    select
        '{{ system }}' as source_system,
        {{ columns | join(', ') }}
    from {{ ref('stg_' ~ system ~ '__deals') }}
    {% if not loop.last %}union all{% endif %}
{% endfor %}
