-- Proves that whoever names the brand first names it, and whoever names it knows it; that effective answers do
-- not exceed answers; and that intervals enclose their rates. A returned row breaks it.
{{ config(meta={'dagster': {'ref': {'name': 'kpi_brand_awareness'}}}) }}

select
    wave,
    segment,
    mode
from {{ ref('kpi_brand_awareness') }}
where
    top_of_mind_rate > unaided_rate + 0.000000001
    or unaided_rate > aided_rate + 0.000000001
    or effective_respondents > respondents + 0.000001
    or aided_low > aided_rate + 0.000000001
    or aided_high < aided_rate - 0.000000001
    or nps_low > nps
    or nps_high < nps
    or (aided_verdict in ('up', 'down') and respondents < 100)
