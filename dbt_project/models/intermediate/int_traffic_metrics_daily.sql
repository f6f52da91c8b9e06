-- What the metrics of visits are made of, day by day.
with visits as (

    select * from {{ ref('int_visit_days') }}

),

visitors as (

    select * from {{ ref('int_visitor_days') }}

),

visitor_months as (

    select * from {{ ref('int_visitor_months') }}

),

-- sums of a counter that gives no single visits: nobody can take the robots out of them
gross_traffic as (

    select * from {{ ref('kpi_counter_traffic_daily') }}
    where is_of_record and is_aggregated

),

conversions as (

    select * from {{ ref('kpi_conversion_daily') }}

),

clusters as (

    select * from {{ ref('int_conversion_clusters') }}

),

conversion_registry as (

    select * from {{ ref('stg_registers__conversions') }}

),

channels as (

    select * from {{ ref('dim_channel') }}

),

campaigns as (

    select * from {{ ref('dim_campaign') }}

),

trials as (

    select * from {{ ref('int_trials') }}

),

visitor_days as (

    select
        visit_date as date_day,
        case when channel = '(all)' then 'all' else 'channel' end as segment_type,
        case when channel = '(all)' then 'all' else channel end as segment_value,
        visitors
    from visitor_months

),

-- people who look for the company by name
brand_days as (

    select
        visits.visit_date as date_day,
        'all' as segment_type,
        'all' as segment_value,
        sum(visits.valid_visits) as visits
    from visits
    left join channels on visits.channel = channels.channel
    left join campaigns
        on visits.channel = campaigns.channel and visits.campaign_id = campaigns.campaign_id
    where
        channels.channel_group = 'brand_search'
        or lower(campaigns.campaign_name) like '%brand%'
        or lower(campaigns.campaign_name) like '%бренд%'
    group by visits.visit_date
    having sum(visits.valid_visits) > 0

),

trial_days as (

    select
        trial_date as date_day,
        'all' as segment_type,
        'all' as segment_value,
        count(*) as trials,
        count(paid_date) as paid
    from trials
    group by trial_date

),

{% set segments = [('all', "'all'", "'(all)'"), ('channel', 'channel', 'channel')] %}
traffic_days as (

    {% for segment_type, segment_value, channel in segments %}
        select
            visit_date as date_day,
            '{{ segment_type }}' as segment_type,
            {{ segment_value }} as segment_value,
            {{ channel }} as channel,
            sum(valid_visits) as valid_visits,
            sum(suspicious_visits) as suspicious_visits,
            sum(visits) as visits,
            {{ safe_divide('sum(provisional_visits)', 'sum(visits)') }} as provisional_share
        from visits
        group by visit_date{{ ', channel' if segment_type == 'channel' }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

traffic as (

    select
        traffic_days.*,
        visitors.valid_visit_squares,
        visitors.visit_squares,
        visitors.suspicious_visit_squares,
        visitors.suspicious_visit_products
    from traffic_days
    inner join visitors
        on
            traffic_days.date_day = visitors.visit_date
            and traffic_days.channel = visitors.channel
            and visitors.campaign_id = '(all)'

),

-- campaigns of a channel add up; the counter's own total is their sum as well
gross_days as (

    {% for segment_type, segment_value, channel in segments %}
        select
            date_day,
            '{{ segment_type }}' as segment_type,
            {{ segment_value }} as segment_value,
            sum(visits) as visits,
            -- a sum that lacks one part would look like fewer conversions
            case when count(converted_visits) = count(*) then sum(converted_visits) end
                as converted_visits
        from gross_traffic
        where channel {{ '=' if segment_type == 'all' else '<>' }} '(all)'
        group by date_day{{ ', channel' if segment_type == 'channel' }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

-- the register decides which conversion is the purchase and which the lead: by that id, or else the
-- main one with that kind of rule
conversion_roles as (

    {% for role, rule_type in [('purchase', 'order'), ('lead', 'lead')] %}
        (
            select
                conversion_id,
                '{{ role }}_conversion' as metric_id
            from conversion_registry
            where conversion_id = '{{ role }}' or rule_type = '{{ rule_type }}'
            qualify row_number() over (
                order by
                    -- a retired one leaves its role
                    case when end_date < {{ company('last_complete_date') }} then 1 else 0 end,
                    case when conversion_id = '{{ role }}' then 0 else 1 end,
                    case when is_primary then 0 else 1 end,
                    conversion_id asc,
                    conversion_version desc
            ) = 1
        )
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

conversion_days as (

    select
        conversion_roles.metric_id,
        conversions.conversion_id,
        conversions.date_day,
        conversions.channel,
        conversions.visits_valid,
        conversions.visits_converted,
        case
            when conversions.is_provisional then conversions.visits_valid
            else 0
        end as provisional_visits
    from conversions
    inner join conversion_roles on conversions.conversion_id = conversion_roles.conversion_id
    where conversions.channel <> '(all)' and conversions.campaign_id <> '(all)'

),

conversion_sums as (

    {% for segment_type, segment_value, channel in segments %}
        select
            metric_id,
            conversion_id,
            {{ channel }} as channel,
            date_day,
            '{{ segment_type }}' as segment_type,
            {{ segment_value }} as segment_value,
            sum(visits_converted) as visits_converted,
            sum(visits_valid) as visits_valid,
            {{ safe_divide('sum(provisional_visits)', 'sum(visits_valid)') }} as provisional_share
        from conversion_days
        group by metric_id, conversion_id, date_day{{ ', channel' if segment_type == 'channel' }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

-- browsers of a month, on the day of their first visit and of their first conversion
conversion_segments as (

    select
        {{ all_columns('conversion_sums', ['conversion_id', 'channel']) }},
        coalesce(clusters.converted_visit_squares, 0) as converted_visit_squares,
        coalesce(clusters.converted_visit_products, 0) as converted_visit_products,
        coalesce(visitor_months.valid_visit_squares, 0) as valid_visit_squares
    from conversion_sums
    left join clusters
        on
            conversion_sums.conversion_id = clusters.conversion_id
            and conversion_sums.channel = clusters.channel
            and conversion_sums.date_day = clusters.conversion_date
    left join visitor_months
        on
            conversion_sums.channel = visitor_months.channel
            and conversion_sums.date_day = visitor_months.visit_date

),

{% set metrics = [
    {
        'id': "'visits_valid'", 'from': 'traffic', 'numerator': 'valid_visits',
        'squares': ['valid_visit_squares'], 'events': 'valid_visits', 'provisional': 'provisional_share',
    },
    {
        'id': "'suspicious_share'", 'from': 'traffic', 'numerator': 'suspicious_visits',
        'denominator': 'visits', 'events': 'visits', 'provisional': 'provisional_share',
        'squares': ['suspicious_visit_squares', 'visit_squares', 'suspicious_visit_products'],
    },
    {
        'id': 'metric_id', 'from': 'conversion_segments', 'numerator': 'visits_converted',
        'denominator': 'visits_valid', 'events': 'visits_valid', 'provisional': 'provisional_share',
        'squares': ['converted_visit_squares', 'valid_visit_squares', 'converted_visit_products'],
    },
    {
        'id': "'visitors_valid'", 'from': 'visitor_days', 'numerator': 'visitors',
        'squares': ['visitors'], 'events': 'visitors',
    },
    {
        'id': "'brand_search_visits'", 'from': 'brand_days', 'numerator': 'visits',
        'squares': ['visits'], 'events': 'visits',
    },
    {
        'id': "'gross_visits'", 'from': 'gross_days', 'numerator': 'visits', 'squares': ['visits'],
        'events': 'visits',
    },
    {
        'id': "'gross_conversion'", 'from': 'gross_days', 'numerator': 'converted_visits',
        'denominator': 'visits', 'events': 'visits', 'where': 'converted_visits is not null',
    },
    {
        'id': "'trial_to_paid'", 'from': 'trial_days', 'numerator': 'paid', 'denominator': 'trials',
        'events': 'trials',
    },
] %}
final as (

    {{ metric_rows(metrics) | indent(4) }}

)

select * from final
