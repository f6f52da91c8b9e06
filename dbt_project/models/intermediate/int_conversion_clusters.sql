-- Visits of one browser are no independent trials: what the variance of a conversion needs, summed over
-- the browsers of a month.
with conversions as (

    select
        *,
        {{ month_of('conversion_date') }} as month
    from {{ ref('fct_conversions') }}
    where
        not is_suspicious
        and visit_id is not null
        and {{ in_touched_days('conversion_date', 'conversion months') }}

),

converted_browsers as (

    select distinct
        client_id,
        month
    from conversions

),

visits as (

    select
        client_id,
        channel,
        {{ month_of('visit_date') }} as month
    from {{ ref('fct_visits') }}
    where not is_suspicious and {{ in_touched_days('visit_date', 'conversion months') }}

),

browser_visits as (

    select
        visits.client_id,
        visits.channel,
        visits.month,
        count(*) as visits
    from visits
    inner join converted_browsers
        on
            visits.client_id = converted_browsers.client_id
            and visits.month = converted_browsers.month
    group by visits.client_id, visits.channel, visits.month

),

browser_conversions as (

    select
        conversion_id,
        client_id,
        channel,
        month,
        count(distinct visit_id) as converted_visits,
        min(conversion_date) as first_day
    from conversions
    group by conversion_id, client_id, channel, month

),

channel_clusters as (

    select
        browser_conversions.*,
        browser_visits.visits
    from browser_conversions
    inner join browser_visits
        on
            browser_conversions.client_id = browser_visits.client_id
            and browser_conversions.channel = browser_visits.channel
            and browser_conversions.month = browser_visits.month

),

conversion_sums as (

    select
        conversion_id,
        client_id,
        month,
        sum(converted_visits) as converted_visits,
        min(first_day) as first_day
    from browser_conversions
    group by conversion_id, client_id, month

),

visit_sums as (

    select
        client_id,
        month,
        sum(visits) as visits
    from browser_visits
    group by client_id, month

),

all_clusters as (

    select
        conversion_sums.conversion_id,
        conversion_sums.converted_visits,
        visit_sums.visits,
        conversion_sums.first_day
    from conversion_sums
    inner join visit_sums
        on
            conversion_sums.client_id = visit_sums.client_id
            and conversion_sums.month = visit_sums.month

),

final as (

    {% for clusters, channel in [('channel_clusters', 'channel'), ('all_clusters', "'(all)'")] %}
        select
            conversion_id,
            {{ channel }} as channel,
            {{ to_bigint('sum(converted_visits * converted_visits)') }} as converted_visit_squares,
            {{ to_bigint('sum(converted_visits * visits)') }} as converted_visit_products,
            first_day as conversion_date
        from {{ clusters }}
        group by conversion_id, first_day{{ ', channel' if loop.first }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from final
