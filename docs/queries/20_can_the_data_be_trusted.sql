-- Is the data complete and fresh, and which checks failed in the last run?
select
    'table' as subject_kind,
    source || '.' || table_name as name,
    freshness_status as state,
    coalesce(missing_days, 0) || ' missing days, ' || rows_quarantined || ' refused rows' as details
from marts.kpi_data_quality

union all

select
    'check' as subject_kind,
    subject || '.' || name as name,
    severity as state,
    message_en as details
from run.checks
where not passed
order by subject_kind, name;
