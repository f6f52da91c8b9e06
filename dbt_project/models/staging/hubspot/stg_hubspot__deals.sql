-- HubSpot's lead is the contact itself
{% call staged_deals(
    'hubspot', source('hubspot', 'deals'), 'deal_id', prefixed('hubspot', 'customer_id'),
    prefixed('hubspot', 'customer_id')
) %}{% endcall %}
