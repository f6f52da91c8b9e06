-- Each answer of each wave, with the brand in question looked up in what the respondent said.
with company as (

    select
        lower(trim(brand)) as brand,
        {{ dbt.concat(["'|'", "lower(trim(brand))", "'|'"]) }} as fenced_brand
    from {{ ref('stg_pipeline__company') }}

),

responses as (

    select
        'surveys' as source_system,
        *
    from {{ ref('stg_surveys__responses') }}
    union all
    select
        'plain' as source_system,
        *
    from {{ ref('stg_plain__survey_responses') }}

),

final as (

    select
        responses.respondent_id,
        responses.source_system,
        responses.wave,
        responses.mode,
        responses.vendor,
        coalesce(responses.age_group, 'unknown') as age_group,
        responses.recommendation,
        responses.weight,
        -- a sample of customers knows the brand by definition: it is no sample for awareness
        coalesce(responses.is_target, false) and responses.mode <> 'customers'
            as is_asked_awareness,
        coalesce(responses.is_customer, false) as is_customer,
        -- whoever named the brand unprompted knows it, ticked on the list or not: many questionnaires
        -- show the list without the brands already named
        {{ dbt.position('company.fenced_brand', 'responses.aided_brands') }} > 0
        or {{ dbt.position('company.fenced_brand', 'responses.unaided_brands') }} > 0 as is_aided,
        {{ dbt.position('company.fenced_brand', 'responses.unaided_brands') }} > 0 as is_unaided,
        coalesce(responses.first_brand = company.brand, false) as is_top_of_mind,
        responses.aided_brands <> '' as has_chosen_brands,
        responses.unaided_brands <> '' as has_named_brands,
        responses.answered_date
    from responses
    cross join company
    where responses.weight > 0

)

select * from final
