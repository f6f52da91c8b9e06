{% call staged_deals(
    'amocrm', source('amocrm', 'leads'), 'lead_id', prefixed('amocrm', 'lead_id'),
    customer_or_contact('amocrm')
) %}
    -- one record is enquiry and deal: it is a deal once sales accepted it, and also where a good
    -- enquiry was lost, without which every deal would seem to be won
    where upper(status) in ('QUALIFIED', 'CONVERTED', 'LOST')
{% endcall %}
