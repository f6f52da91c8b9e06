-- Every enquiry of a complete day: CRM leads, leads of plain files, first calls.
with bitrix24_leads as (

    select * from {{ ref('stg_bitrix24__leads') }}

),

plain_leads as (

    select * from {{ ref('stg_plain__leads') }}

),

plain_calls as (

    select * from {{ ref('stg_plain__calls') }}

),

deals as (

    select * from {{ ref('stg_bitrix24__deals') }}

),

-- the CRM ties a lead to its customer only through a deal
lead_deals as (

    select
        lead_id,
        min(customer_id) as customer_id,
        min(created_at) as first_deal_at
    from deals
    where lead_id is not null
    group by lead_id

),

unioned as (

    select
        bitrix24_leads.lead_id,
        'bitrix24' as source_system,
        lead_deals.customer_id,
        bitrix24_leads.client_id,
        bitrix24_leads.yclid,
        bitrix24_leads.phone_hash,
        bitrix24_leads.email_hash,
        bitrix24_leads.phone_status,
        bitrix24_leads.email_status,
        bitrix24_leads.crm_status,
        bitrix24_leads.utm_source,
        bitrix24_leads.utm_medium,
        bitrix24_leads.utm_campaign,
        bitrix24_leads.product_line,
        bitrix24_leads.reject_reason,
        -- a deal, or the salesman's own word, is acceptance by sales
        lead_deals.lead_id is not null
        or bitrix24_leads.crm_status in ('QUALIFIED', 'CONVERTED') as is_qualified,
        bitrix24_leads.lead_date,
        bitrix24_leads.created_at,
        coalesce(
            lead_deals.first_deal_at,
            case
                when bitrix24_leads.crm_status in ('QUALIFIED', 'CONVERTED')
                    then bitrix24_leads.updated_at
            end
        ) as qualified_at
    from bitrix24_leads
    left join lead_deals on bitrix24_leads.lead_id = lead_deals.lead_id

    union all

    select
        lead_id,
        'plain' as source_system,
        customer_id,
        client_id,
        yclid,
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
        coalesce(
            is_qualified, coalesce(crm_status, '') in ('QUALIFIED', 'CONVERTED')
        ) as is_qualified,
        lead_date,
        created_at,
        qualified_at
    from plain_leads

    union all

    select
        call_id as lead_id,
        'plain_calls' as source_system,
        {{ null_string() }} as customer_id,
        client_id,
        {{ null_string() }} as yclid,
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
        false as is_qualified,
        call_date as lead_date,
        called_at as created_at,
        {{ to_timestamp('null') }} as qualified_at
    from plain_calls
    where coalesce(is_first_call, true)

),

final as (

    select
        *,
        coalesce({{ traffic_source_of_tags('utm_source', 'utm_medium') }}, '') as tag_type,
        coalesce(utm_source, '') as tag_source,
        coalesce(utm_medium, '') as tag_medium,
        coalesce(utm_campaign, '') as tag_campaign
    from unioned
    where {{ is_complete_day('lead_date') }}

)

select * from final
