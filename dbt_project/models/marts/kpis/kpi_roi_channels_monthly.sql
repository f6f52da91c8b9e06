with cohort_roi as (

    select * from {{ ref('int_cohort_roi') }}
    where level in ('channel', 'paid')

),

final as (

    select
        channel,
        attribution_model,
        {{ cohort_return_columns() }}
    from cohort_roi

)

select * from final
