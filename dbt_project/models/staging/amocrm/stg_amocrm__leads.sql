{% call staged_leads(
    'amocrm', source('amocrm', 'leads'), 'lead_id', customer_or_contact('amocrm'), null_string()
) %}{% endcall %}
