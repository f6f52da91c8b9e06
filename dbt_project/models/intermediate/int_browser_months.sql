-- Months of a browser's valid visits, and the month of the first of them. Months before the first touched
-- one are left as they are: a browser's cohort depends on earlier visits alone.
with visits as (

    select
        client_id,
        {{ month_of('visit_date') }} as month
    from {{ ref('fct_visits') }}
    where
        not is_suspicious
        and client_id is not null
        and {{ in_touched_days('visit_date', 'since rescored month') }}

),

browser_months as (

    select distinct
        client_id,
        month
    from visits

),

known_browsers as (

    {% if replaces_days() %}
        select
            client_id,
            cohort_month
        from {{ this }}
        where month = cohort_month and not {{ in_touched_days('month', 'since rescored month') }}
    {% else %}
        select
            client_id,
            month as cohort_month
        from browser_months
        where false
    {% endif %}

),

final as (

    select
        browser_months.client_id,
        coalesce(
            known_browsers.cohort_month,
            min(browser_months.month) over (partition by browser_months.client_id)
        ) as cohort_month,
        browser_months.month
    from browser_months
    left join known_browsers on browser_months.client_id = known_browsers.client_id

)

select * from final
