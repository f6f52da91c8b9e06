{% call staged_leads(
    'hubspot', source('hubspot', 'contacts'), 'customer_id', prefixed('hubspot', 'customer_id'),
    'source'
) %}
    -- a contact without a status never asked for anything: a subscriber, a partner
    where status is not null
{% endcall %}
