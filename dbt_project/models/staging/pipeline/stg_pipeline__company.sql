with source as (

    select * from {{ source('pipeline', 'company') }}

),

final as (

    select
        company_name,
        brand,
        timezone,
        currency,
        language,
        vat_policy,
        kpi_set,
        counters_of_record,
        orders_of_record,
        rules_fingerprint,
        attribution_window_days,
        attribution_window_long_days,
        active_customer_days,
        fiscal_year_start_month,
        as_of_date,
        last_complete_date,
        first_date
    from source

)

select * from final
