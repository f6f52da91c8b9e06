with source as (

    select * from {{ source('registers', 'hosting_networks') }}

),

-- append-only register: a later record of the same key corrects the earlier one
newest as (

    select *
    from source
    qualify row_number() over (
        partition by network
        order by recorded_at desc, _file desc
    ) = 1

),

parted as (

    select
        trim(network) as network,
        name,
        {{ dbt.split_part('trim(network)', "'/'", 1) }} as address,
        {{ dbt.split_part('trim(network)', "'/'", 2) }} as length_text
    from newest

),

numbered as (

    select
        network,
        name,
        {{ ip_number('address') }} as address_number,
        {{ to_bigint('power(2, 32 - ' ~ to_bigint('length_text') ~ ')') }} as addresses
    from parted

),

final as (

    select
        network,
        name,
        -- 203.0.113.7/24 is the network of that address
        address_number - address_number % addresses as first_number,
        address_number - address_number % addresses + addresses - 1 as last_number
    from numbered

)

select * from final
