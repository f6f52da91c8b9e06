-- Are we on plan, judged by the targets that were approved in time?
select
    target_id,
    metric_id,
    segment_value,
    target_value,
    actual_value,
    expected_to_date,
    verdict,
    reason_code,
    coverage_grade
from marts.kpi_scorecard
order by period_end, target_id;
