-- the CRM ties a lead to its customer only through a deal
{% call staged_leads(
    'bitrix24', source('bitrix24', 'leads'), 'lead_id', null_string(), 'source'
) %}{% endcall %}
