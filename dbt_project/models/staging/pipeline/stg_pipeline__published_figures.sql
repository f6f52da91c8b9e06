with source as (

    select * from {{ source('pipeline', 'published_figures') }}

),

final as (

    select
        figure_id,
        metric_id,
        segment,
        period,
        value as figure_value,
        as_of_date,
        published_at
    from source

)

select * from final
