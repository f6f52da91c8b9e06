{% call staged_deals(
    'bitrix24', source('bitrix24', 'deals'), 'deal_id', prefixed('bitrix24', 'lead_id')
) %}{% endcall %}
