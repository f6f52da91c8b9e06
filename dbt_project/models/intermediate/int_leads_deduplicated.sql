-- Leads judged: valid, duplicate (the same contact within 30 days of its previous lead) or invalid
-- (no usable contact, or spam by the CRM's word). Nothing is dropped, all are counted. What sales said of any
-- record of a contact is said of the valid lead that stands for all of them.
{% set dedupe_days = 30 %}

with leads as (

    select * from {{ ref('int_leads_unioned') }}

),

contacts as (

    select
        *,
        case when phone_status = 'valid' then phone_hash end as valid_phone_hash,
        case when email_status = 'valid' then email_hash end as valid_email_hash
    from leads

),

-- a lead that left only an e-mail belongs to the phone that used this e-mail
phones_of_emails as (

    select
        valid_email_hash,
        min(valid_phone_hash) as valid_phone_hash
    from contacts
    where valid_email_hash is not null and valid_phone_hash is not null
    group by valid_email_hash

),

-- a source that never tells a contact cannot be judged by contacts: there each customer, or else each
-- lead, is a person of its own
contactless_sources as (

    select source_system
    from contacts
    group by source_system
    having
        max(case when phone_status = 'missing' and email_status = 'missing' then 0 else 1 end) = 0

),

identified as (

    select
        {{ all_columns('contacts', ['source_system', 'valid_phone_hash', 'valid_email_hash']) }},
        -- a rejected contact was not accepted by sales, whatever else was typed in
        contacts.is_qualified
        and coalesce(contacts.crm_status, '') not in ('JUNK', 'DUPLICATE') as is_accepted,
        coalesce(
            contacts.valid_phone_hash,
            phones_of_emails.valid_phone_hash,
            contacts.valid_email_hash,
            case
                when contactless_sources.source_system is not null
                    then coalesce(contacts.customer_id, contacts.lead_id)
            end
        ) as contact_hash,
        coalesce(contacts.crm_status, '') = 'JUNK'
        and (
            lower(coalesce(contacts.reject_reason, '')) like '%спам%'
            or lower(coalesce(contacts.reject_reason, '')) like '%spam%'
            or lower(coalesce(contacts.reject_reason, '')) like '%тест%'
            or lower(coalesce(contacts.reject_reason, '')) like '%test%'
        ) as is_spam
    from contacts
    left join phones_of_emails on contacts.valid_email_hash = phones_of_emails.valid_email_hash
    left join contactless_sources on contacts.source_system = contactless_sources.source_system

),

eligible as (

    select
        lead_id,
        contact_hash,
        product_line,
        coalesce(crm_status, '') = 'DUPLICATE' as is_crm_duplicate,
        is_accepted,
        case when is_accepted then qualified_at end as accepted_at,
        created_at,
        lag({{ nullable('created_at') }}) over (
            partition by contact_hash
            order by created_at, length(lead_id), lead_id
        ) as previous_created_at
    from identified
    where contact_hash is not null and not is_spam

),

-- the gap is counted from the previous lead, valid or not: a form sent every week by the same person
-- is one lead, however long it goes on
marked as (

    select
        *,
        case
            when previous_created_at is null then 1
            when {{ elapsed_days('previous_created_at', 'created_at') }} <= {{ dedupe_days }} then 0
            when is_crm_duplicate then 0
            else 1
        end as is_first
    from eligible

),

grouped as (

    select
        *,
        sum(is_first) over (
            partition by contact_hash
            order by created_at, length(lead_id), lead_id
            rows between unbounded preceding and current row
        ) as group_number
    from marked

),

rooted as (

    select
        lead_id,
        is_first,
        first_value(lead_id) over (
            partition by contact_hash, group_number
            order by created_at, length(lead_id), lead_id
            rows between unbounded preceding and unbounded following
        ) as root_lead_id,
        -- a call names no product line, the form that the same person sent next day does
        min(product_line) over (partition by contact_hash, group_number) as known_product_line,
        -- salesmen work on the record that they opened, which a call or a form may have come before
        max(case when is_accepted then 1 else 0 end) over (
            partition by contact_hash, group_number
        ) = 1 as is_contact_accepted,
        min(accepted_at) over (partition by contact_hash, group_number) as contact_accepted_at
    from grouped

),

final as (

    select
        identified.lead_id,
        identified.source_system,
        identified.customer_id,
        identified.client_id,
        identified.yclid,
        identified.gclid,
        identified.contact_hash,
        coalesce(identified.product_line, rooted.known_product_line) as product_line,
        identified.tag_type,
        identified.tag_source,
        identified.tag_medium,
        identified.tag_campaign,
        case
            when rooted.lead_id is null then 'invalid'
            when rooted.is_first = 1 then 'valid'
            else 'duplicate'
        end as lead_status,
        case when rooted.is_first = 0 then rooted.root_lead_id end as duplicate_of_lead_id,
        case
            when rooted.is_first = 1 then rooted.is_contact_accepted else identified.is_accepted
        end as is_qualified,
        identified.client_id is not null as has_client_id,
        identified.lead_date,
        identified.created_at,
        case
            when rooted.is_first = 1
                then coalesce(rooted.contact_accepted_at, identified.qualified_at)
            else identified.qualified_at
        end as qualified_at
    from identified
    left join rooted on identified.lead_id = rooted.lead_id

)

select * from final
