with source as (

    select * from {{ source('amocrm', 'contacts') }}

),

newest as (

    select *
    from source
    qualify row_number() over (
        partition by customer_id
        order by _file desc
    ) = 1

),

final as (

    select
        {{ dbt.concat(["'amocrm:'", "customer_id"]) }} as customer_id,
        {{ null_if_blank('phone_hash') }} as phone_hash,
        {{ null_if_blank('email_hash') }} as email_hash,
        {{ to_utc('created_at', company('timezone')) }} as created_at
    from newest

)

select * from final
