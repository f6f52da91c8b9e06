{% call staged_leads(
    'amocrm', source('amocrm', 'leads'), 'lead_id', prefixed('amocrm', 'customer_id'), null_string()
) %}{% endcall %}
