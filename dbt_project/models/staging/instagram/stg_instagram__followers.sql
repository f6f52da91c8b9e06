with source as (

    select * from {{ source('instagram', 'followers') }}

),

-- a later export file replaces whole days of an account
newest as (

    select *
    from source
    qualify row_number() over (
        partition by date, account
        order by _file desc
    ) = 1

),

final as (

    select
        'instagram' as network,
        account,
        {{ to_bigint('followers') }} as followers,
        {{ to_bigint('joined') }} as joined,
        {{ to_bigint('left_count') }} as left_count,
        {{ to_bigint('reach') }} as reach,
        {{ to_bigint('reactions') }} as reactions,
        date as snapshot_date
    from newest

)

select * from final
