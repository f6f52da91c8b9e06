-- Which campaigns were clicked and never brought a lead or an order?
select
    channel,
    campaign_id,
    sum(spend_amount) as spend_amount,
    sum(leads) as leads,
    sum(orders) as orders
from marts.kpi_roi_monthly
where attribution_model = 'linear'
group by channel, campaign_id
having sum(spend_amount) > 0 and sum(leads) = 0 and sum(orders) = 0
order by spend_amount desc;
