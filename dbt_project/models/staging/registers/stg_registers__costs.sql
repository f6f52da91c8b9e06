with source as (

    select * from {{ source('registers', 'costs') }}

),

-- append-only register: a later record of the same key corrects the earlier one
newest as (

    select *
    from source
    qualify row_number() over (
        partition by cost_id
        order by recorded_at desc, _file desc
    ) = 1

),

final as (

    select
        cost_id,
        lower(cost_type) as cost_type,
        lower({{ null_if_blank('channel') }}) as channel,
        upper(currency) as currency,
        amount,
        includes_vat,
        {{ month_of('cost_month') }} as cost_month
    from newest

)

select * from final
