-- Where on the way from visit to order do we lose people, by lead month?
select
    lead_month,
    sum(visits_valid) as visits,
    sum(leads_valid) as leads,
    sum(leads_qualified) as qualified_leads,
    sum(leads_ordered) as leads_ordered,
    sum(leads_valid) / nullif(sum(visits_valid), 0) as visit_to_lead_rate,
    sum(leads_qualified) / nullif(sum(leads_valid), 0) as qualified_rate
from marts.kpi_funnel_monthly
group by lead_month
order by lead_month;
