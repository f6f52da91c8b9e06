-- Days whose conversions have to be made again since the last build that ended well: their visits are, or
-- the CRM, the shop or a file tells others than that build knew. The table grows until a build ends well,
-- which empties it.
{% set is_needed = kept_mart('fct_conversions') is not none %}

with touched_days as (

    select * from {{ ref('int_touched_days') }}

),

record_conversions as (

    select * from {{ ref('int_record_conversions') }}

),

unmatched_days as (

    select * from {{ ref('int_unmatched_days') }}

),

unioned as (

    {{ changed_since_built('record_conversions', 'conversion_date', is_needed) }}
    {{ changed_since_built('unmatched_days', 'date_day as conversion_date', is_needed) }}
    select visit_date as conversion_date
    from touched_days
    where visit_date is not null and {{ is_needed }}

),

final as (

    select conversion_date
    from unioned

)

select * from final
