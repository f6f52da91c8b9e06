with source as (

    select * from {{ source('registers', 'channels') }}

),

-- append-only register: a later record of the same key corrects the earlier one
newest as (

    select *
    from source
    qualify row_number() over (
        partition by rule_order
        order by recorded_at desc, _file desc
    ) = 1

),

final as (

    select
        {{ to_string("coalesce(nullif(lower(trim(source_type)), ''), '%')") }} as source_type,
        {{ to_string("coalesce(nullif(lower(trim(utm_source)), ''), '%')") }} as utm_source,
        {{ to_string("coalesce(nullif(lower(trim(utm_medium)), ''), '%')") }} as utm_medium,
        {{ to_string("coalesce(nullif(lower(trim(utm_campaign)), ''), '%')") }} as utm_campaign,
        lower(trim(channel)) as channel,
        name_en,
        name_ru,
        {{ null_if_blank('channel_group') }} as channel_group,
        {{ null_if_blank('contractor') }} as contractor,
        {{ to_bigint('rule_order') }} as rule_order,
        coalesce(is_paid, false) as is_paid
    from newest

)

select * from final
