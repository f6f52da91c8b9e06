{% call staged_deals(
    'bitrix24', source('bitrix24', 'deals'), 'deal_id', prefixed('bitrix24', 'lead_id'),
    prefixed('bitrix24', 'customer_id')
) %}{% endcall %}
