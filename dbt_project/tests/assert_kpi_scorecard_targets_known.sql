-- Proves that every target names a metric and a goal that exist, and that it was proposed and approved by
-- different people. A returned row is a target that cannot be judged or was agreed with oneself.
{{ config(severity='warn', meta={'dagster': {'ref': {'name': 'kpi_scorecard'}}}) }}

select
    scorecard.target_id,
    scorecard.metric_id,
    scorecard.goal_id,
    scorecard.proposer,
    scorecard.approver
from {{ ref('kpi_scorecard') }} as scorecard
left join {{ ref('kpi_definitions') }} as definitions on scorecard.metric_id = definitions.metric_id
left join {{ ref('stg_registers__goals') }} as goals on scorecard.goal_id = goals.goal_id
where
    definitions.metric_id is null
    or goals.goal_id is null
    or scorecard.proposer = scorecard.approver
