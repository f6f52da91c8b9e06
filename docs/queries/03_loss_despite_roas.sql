-- Which channels bring more revenue than they cost and lose money all the same?
select
    channel,
    spend_amount,
    roas,
    romi,
    contribution_amount - spend_amount as profit_amount
from marts.kpi_roi_trailing
where
    attribution_model = 'last_non_direct'
    and roas > 1
    and romi < 0
order by profit_amount;
