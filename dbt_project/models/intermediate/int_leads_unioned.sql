-- Every enquiry of a complete day: leads of CRMs and of plain files, first calls.
{% set same_columns = [
    'lead_id', 'client_id', 'ga_client_id', 'yclid', 'gclid', 'phone_hash', 'email_hash',
    'phone_status', 'email_status', 'crm_status', 'utm_source', 'utm_medium', 'utm_campaign',
    'product_line', 'reject_reason', 'lead_date', 'created_at',
] %}

with plain_leads as (

    select * from {{ ref('stg_plain__leads') }}

),

deals as (

    select * from {{ ref('int_deals_unioned') }}

),

-- a CRM may tie a lead to its customer only through a deal
lead_deals as (

    select
        lead_id,
        min(customer_id) as customer_id,
        -- one record for enquiry and deal does not tell when it became a deal
        min(case when deal_id <> lead_id then created_at end) as first_deal_at
    from deals
    where lead_id is not null
    group by lead_id

),

crm_leads as (

    {% for system in ['bitrix24', 'amocrm', 'hubspot'] %}
        select
            '{{ system }}' as source_system,
            customer_id as given_customer_id,
            updated_at,
            {{ same_columns | join(', ') }}
        from {{ ref('stg_' ~ system ~ '__leads') }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

-- a deal, or the salesman's own word, is acceptance by sales; a good enquiry that was lost may never
-- have been accepted
judged_crm_leads as (

    select
        crm_leads.*,
        coalesce(crm_leads.given_customer_id, lead_deals.customer_id) as customer_id,
        coalesce(crm_leads.crm_status, '') in ('QUALIFIED', 'CONVERTED')
        or (
            lead_deals.lead_id is not null and coalesce(crm_leads.crm_status, '') <> 'LOST'
        ) as is_qualified,
        lead_deals.first_deal_at
    from crm_leads
    left join lead_deals on crm_leads.lead_id = lead_deals.lead_id

),

calls as (

    {% for system, model in [
        ('plain_calls', 'stg_plain__calls'), ('calltouch', 'stg_calltouch__calls'),
    ] %}
        select
            '{{ system }}' as source_system,
            call_id, client_id, ga_client_id, yclid, gclid, phone_hash, phone_status, utm_source,
            utm_medium, utm_campaign, call_date, called_at
        from {{ ref(model) }}
        where coalesce(is_first_call, true)
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

unioned as (

    select
        source_system,
        customer_id,
        {{ same_columns | join(', ') }},
        is_qualified,
        coalesce(
            first_deal_at,
            case when coalesce(crm_status, '') in ('QUALIFIED', 'CONVERTED') then updated_at end
        ) as qualified_at
    from judged_crm_leads

    union all

    select
        'plain' as source_system,
        customer_id,
        {{ same_columns | join(', ') }},
        coalesce(
            is_qualified, coalesce(crm_status, '') in ('QUALIFIED', 'CONVERTED')
        ) as is_qualified,
        qualified_at
    from plain_leads

    union all

    select
        source_system,
        {{ null_string() }} as customer_id,
        call_id as lead_id,
        client_id,
        ga_client_id,
        yclid,
        gclid,
        phone_hash,
        {{ null_string() }} as email_hash,
        phone_status,
        'missing' as email_status,
        {{ null_string() }} as crm_status,
        utm_source,
        utm_medium,
        utm_campaign,
        {{ null_string() }} as product_line,
        {{ null_string() }} as reject_reason,
        call_date as lead_date,
        called_at as created_at,
        false as is_qualified,
        {{ to_timestamp('null') }} as qualified_at
    from calls

),

final as (

    select
        lead_id,
        source_system,
        customer_id,
        {{ counter_client_id() }} as client_id,
        yclid,
        gclid,
        phone_hash,
        email_hash,
        phone_status,
        email_status,
        crm_status,
        utm_source,
        utm_medium,
        utm_campaign,
        product_line,
        reject_reason,
        is_qualified,
        lead_date,
        created_at,
        qualified_at,
        coalesce({{ traffic_source_of_tags('utm_source', 'utm_medium') }}, '') as tag_type,
        coalesce(utm_source, '') as tag_source,
        coalesce(utm_medium, '') as tag_medium,
        coalesce(utm_campaign, '') as tag_campaign
    from unioned
    where {{ is_complete_day('lead_date') }}

)

select * from final
