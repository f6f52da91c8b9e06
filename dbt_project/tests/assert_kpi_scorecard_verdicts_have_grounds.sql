-- Proves that every verdict follows from the figures beside it, also for targets that should stay low, and that
-- "cannot tell" always says why. A returned row breaks it.
{{ config(meta={'dagster': {'ref': {'name': 'kpi_scorecard'}}}) }}

select
    target_id,
    verdict,
    reason_code
from {{ ref('kpi_scorecard') }}
where
    (verdict = 'cannot_tell' and reason_code is null)
    or (verdict <> 'cannot_tell' and reason_code is not null)
    or (verdict <> 'cannot_tell' and actual_value is null)
    or (
        metric_kind = 'ratio'
        and verdict in ('ahead', 'behind', 'reached')
        and actual_low <= target_value
        and actual_high >= target_value
    )
    or (verdict = 'behind' and metric_kind = 'flow' and tail_probability >= 0.05)
    or (verdict = 'behind_within_noise' and metric_kind = 'flow' and tail_probability < 0.05)
    or (
        verdict in ('reached', 'ahead')
        and metric_kind = 'flow'
        and direction = 'up'
        and actual_value < expected_to_date
    )
    or (
        verdict in ('reached', 'ahead')
        and metric_kind = 'flow'
        and direction = 'down'
        and actual_value > expected_to_date
    )
    or (elapsed_days > period_days and reason_code <> 'no_period')
    or provisional_share < 0
    or provisional_share > 1.000001
