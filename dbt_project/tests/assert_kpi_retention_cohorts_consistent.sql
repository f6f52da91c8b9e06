-- Proves the identities of retention: all of a cohort are active at age 0, an active customer is retained,
-- retention by "ever again" only falls, and no rate is given before its month has ended. A returned row breaks one.
{{ config(meta={'dagster': {'ref': {'name': 'kpi_retention_cohorts'}}}) }}

with cohorts as (

    select
        *,
        lag({{ nullable('retained_customers') }}) over (
            partition by cohort_month order by age_months
        ) as retained_before
    from {{ ref('kpi_retention_cohorts') }}

)

select
    cohort_month,
    age_months
from cohorts
where
    (age_months = 0 and (active_customers <> cohort_size or retained_customers <> cohort_size))
    or active_customers > retained_customers
    or retained_customers > cohort_size
    or retained_customers > retained_before
    or returned_customers > cohort_size
    or (not is_complete and classic_retention_rate is not null)
    or (is_complete and classic_retention_rate is null)
    or (
        is_complete
        and not {{ is_complete_month(add_months('cohort_month', to_bigint('age_months'))) }}
    )
