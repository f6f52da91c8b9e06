-- Browsers of a day: they cannot be added up, so campaigns, channels and all of them are counted apart.
with visits as (

    select * from {{ ref('fct_visits') }}
    where {{ in_touched_days('visit_date', 'rescored') }}

),

browser_days as (

    select
        visit_date,
        channel,
        campaign_id,
        client_id,
        count(*) as visits,
        {{ count_where('not is_suspicious') }} as valid_visits
    from visits
    group by visit_date, channel, campaign_id, client_id

),

channel_browser_days as (

    select
        visit_date,
        channel,
        client_id,
        sum(visits) as visits,
        sum(valid_visits) as valid_visits
    from browser_days
    group by visit_date, channel, client_id

),

all_browser_days as (

    select
        visit_date,
        client_id,
        sum(visits) as visits,
        sum(valid_visits) as valid_visits,
        sum(valid_visits * valid_visits) as valid_visit_squares
    from channel_browser_days
    group by visit_date, client_id

),

{% set squares = 'valid_visits * valid_visits' %}
{% set levels = [
    ('browser_days', 'channel', 'campaign_id', ', channel, campaign_id', squares),
    ('channel_browser_days', 'channel', "'(all)'", ', channel', squares),
    ('all_browser_days', "'(all)'", "'(all)'", '', 'valid_visit_squares'),
] %}
final as (

    {% for relation, channel, campaign_id, keys, squares in levels %}
        select
            {{ channel }} as channel,
            {{ campaign_id }} as campaign_id,
            count(*) as visitors,
            {{ count_where('valid_visits > 0') }} as valid_visitors,
            -- visits of one browser come together: the browser, not the visit, is the independent event
            {{ to_bigint('sum(' ~ squares ~ ')') }} as valid_visit_squares,
            {{ to_bigint('sum(visits * visits)') }} as visit_squares,
            {{ to_bigint('sum((visits - valid_visits) * (visits - valid_visits))') }}
                as suspicious_visit_squares,
            {{ to_bigint('sum((visits - valid_visits) * visits)') }} as suspicious_visit_products,
            visit_date
        from {{ relation }}
        group by visit_date{{ keys }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from final
