with cohort_roi as (

    select * from {{ ref('int_cohort_roi') }}
    where level = 'campaign'

),

final as (

    select
        channel,
        campaign_id,
        attribution_model,
        {{ cohort_return_columns() }}
    from cohort_roi

)

select * from final
