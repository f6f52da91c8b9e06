-- Do more people know and recommend us, and is the change more than chance?
select
    wave,
    mode,
    respondents,
    aided_rate,
    aided_low,
    aided_high,
    aided_verdict,
    nps,
    nps_low,
    nps_high,
    nps_verdict
from marts.kpi_brand_awareness
where segment = 'all'
order by mode, wave;
