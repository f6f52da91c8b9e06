-- Guests of a shop who are known otherwise: somebody who orders without an account, and later (or before) with
-- one, is one customer. Only what one customer alone has tells who it is: a phone of two (a family, a
-- reception desk) tells nobody.
with orders as (

    select
        order_id,
        customer_id,
        phone_hash,
        email_hash,
        customer_id like 'plain_contact:%' as is_guest
    from {{ ref('stg_plain__orders') }}
    where customer_id is not null and {{ is_complete_day('order_date') }}

),

customers as (

    select * from {{ ref('int_customers_unioned') }}

),

deals_of_orders as (

    select * from {{ ref('int_deals_of_orders') }}

),

contacts as (

    {% for contact in ['phone_hash', 'email_hash'] %}
        select
            customer_id,
            {{ contact }} as contact_hash
        from customers
        where {{ contact }} is not null
        union distinct
        select
            customer_id,
            {{ contact }} as contact_hash
        from orders
        where {{ contact }} is not null and not is_guest
        union distinct
        -- an order that names a deal tells how to reach the deal's customer
        select
            deals_of_orders.customer_id,
            orders.{{ contact }} as contact_hash
        from orders
        inner join deals_of_orders on orders.order_id = deals_of_orders.order_id
        where
            orders.{{ contact }} is not null
            and orders.is_guest
            and deals_of_orders.customer_id is not null
        {% if not loop.last %}union distinct{% endif %}
    {% endfor %}

),

-- who has the contact alone, in the shop if anybody there has it
owners as (

    select
        contact_hash,
        coalesce(
            min(case when customer_id like 'plain:%' then customer_id end), min(customer_id)
        ) as customer_id
    from contacts
    group by contact_hash
    having
        {{ count_where("customer_id like 'plain:%'") }} = 1
        or count(*) = 1

),

guests as (

    select distinct
        customer_id as guest_id,
        phone_hash,
        case when phone_hash is null then email_hash end as email_hash
    from orders
    where is_guest

),

-- guests who once gave a phone with the e-mail: one phone is one person, several say nothing
phones_of_emails as (

    select
        email_hash,
        min(phone_hash) as phone_hash
    from orders
    where is_guest and phone_hash is not null and email_hash is not null
    group by email_hash
    having count(distinct phone_hash) = 1

),

known_guests as (

    select
        guests.guest_id,
        coalesce(
            owners.customer_id,
            owners_of_phones.customer_id,
            {{ dbt.concat(["'plain_contact:'", 'phones_of_emails.phone_hash']) }}
        ) as customer_id
    from guests
    left join owners on coalesce(guests.phone_hash, guests.email_hash) = owners.contact_hash
    left join phones_of_emails on guests.email_hash = phones_of_emails.email_hash
    left join owners as owners_of_phones
        on phones_of_emails.phone_hash = owners_of_phones.contact_hash

),

final as (

    select
        guest_id,
        customer_id
    from known_guests
    where customer_id is not null

)

select * from final
