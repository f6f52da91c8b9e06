-- Do customers come back? Share of each cohort that bought again, by age in months.
select
    cohort_month,
    cohort_size,
    max(case when age_months = 1 then classic_retention_rate end) as month_1,
    max(case when age_months = 3 then classic_retention_rate end) as month_3,
    max(case when age_months = 6 then classic_retention_rate end) as month_6,
    max(case when age_months = 12 then classic_retention_rate end) as month_12
from marts.kpi_retention_cohorts
group by cohort_month, cohort_size
order by cohort_month;
