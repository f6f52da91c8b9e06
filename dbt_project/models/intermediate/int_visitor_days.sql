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
        {{ count_where('not is_suspicious') }} as valid_visits
    from visits
    group by visit_date, channel, campaign_id, client_id

),

channel_browser_days as (

    select
        visit_date,
        channel,
        client_id,
        sum(valid_visits) as valid_visits
    from browser_days
    group by visit_date, channel, client_id

),

{% set levels = [
    ('browser_days', 'channel', 'campaign_id', ', channel, campaign_id'),
    ('channel_browser_days', 'channel', "'(all)'", ', channel'),
    ('channel_browser_days', "'(all)'", "'(all)'", ''),
] %}
final as (

    {% for relation, channel, campaign_id, keys in levels %}
        select
            {{ channel }} as channel,
            {{ campaign_id }} as campaign_id,
            count(distinct client_id) as visitors,
            count(distinct case when valid_visits > 0 then client_id end) as valid_visitors,
            -- visits of one browser come together: the browser, not the visit, is the independent event
            {{ to_bigint('sum(valid_visits * valid_visits)') }} as valid_visit_squares,
            visit_date
        from {{ relation }}
        group by visit_date{{ keys }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from final
