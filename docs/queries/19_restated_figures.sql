-- Which figures changed after they were shown, by how much, and why?
select *
from marts.kpi_restatements
where delta <> 0
order by abs(delta_share) desc nulls last
limit 50;
