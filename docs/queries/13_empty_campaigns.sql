-- Which campaigns cost money and never brought a lead or an order? Spend without a campaign is none.
select
    channel,
    campaign_id,
    sum(spend_amount) as spend_amount,
    sum(leads) as leads,
    sum(orders) as orders
from marts.kpi_roi_monthly
where attribution_model = 'linear' and campaign_id <> '(none)'
group by channel, campaign_id
having sum(spend_amount) > 0 and sum(leads) = 0 and sum(orders) = 0
order by spend_amount desc;
