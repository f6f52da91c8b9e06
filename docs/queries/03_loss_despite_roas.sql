-- Which channels bring more revenue than they cost and lose money all the same? Only lead months old
-- enough to judge: the deals of younger ones are still to come.
select
    channel,
    spend_amount_mature,
    roas_mature,
    romi_mature,
    contribution_amount_mature - spend_amount_mature as profit_amount_mature,
    verdict
from marts.kpi_roi_trailing
where
    attribution_model = 'last_non_direct'
    and roas_mature > 1
    and romi_mature < 0
order by profit_amount_mature;
