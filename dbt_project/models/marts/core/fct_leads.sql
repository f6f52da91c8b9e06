with leads as (

    select * from {{ ref('int_leads_deduplicated') }}

),

-- the headline model: last touch that is not direct, the CRM's tags where no visit explains the lead
credits as (

    select * from {{ ref('int_attribution_weights') }}
    where attribution_model = 'last_non_direct'

),

final as (

    select
        leads.lead_id,
        leads.source_system,
        leads.customer_id,
        leads.client_id,
        leads.contact_hash,
        coalesce(credits.channel, 'unattributed') as channel,
        coalesce(credits.campaign_id, '(none)') as campaign_id,
        leads.product_line,
        leads.lead_status,
        leads.duplicate_of_lead_id,
        leads.is_qualified,
        leads.has_client_id,
        leads.lead_date,
        {{ month_of('leads.lead_date') }} as lead_month,
        leads.created_at,
        leads.qualified_at
    from leads
    -- a duplicate shows the channel of the lead it repeats
    left join credits
        on
            credits.journey_id
            = {{ dbt.concat(["'lead:'", 'coalesce(leads.duplicate_of_lead_id, leads.lead_id)']) }}

)

select * from final
