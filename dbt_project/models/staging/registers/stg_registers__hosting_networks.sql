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
        coalesce(nullif({{ dbt.split_part('trim(network)', "'/'", 2) }}, ''), '32') as length_text
    from newest
    where network like '%.%.%.%'

),

final as (

    select
        network,
        name,
        {{ ip_number('address') }} as first_number,
        {{ ip_number('address') }}
        + {{ to_bigint('power(2, 32 - ' ~ to_bigint('length_text') ~ ')') }} - 1 as last_number
    from parted

)

select * from final
