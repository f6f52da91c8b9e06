-- Where no lead, order or row of a file carries the id of a browser, none can be found among the visits: a
-- conversion of zero would be none.
with record_conversions as (

    select * from {{ ref('int_record_conversions') }}

),

final as (

    select
        conversion_id,
        conversion_version,
        {{ month_of('conversion_date') }} as month
    from record_conversions
    group by conversion_id, conversion_version, {{ month_of('conversion_date') }}
    having count(client_id) = 0

)

select * from final
