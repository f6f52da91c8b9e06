-- Where do two systems that should tell the same story disagree more than usual?
select
    pair,
    source_left,
    source_right,
    date_day,
    left_value,
    right_value,
    recent_ratio,
    usual_ratio,
    status,
    reason_code
from marts.kpi_reconciliation_daily
qualify row_number() over (partition by pair order by date_day desc) = 1
order by
    case status when 'warn' then 0 when 'ok' then 1 else 2 end asc,
    abs(recent_ratio / nullif(usual_ratio, 0) - 1) desc nulls last;
