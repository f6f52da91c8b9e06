-- Two sources that should tell the same story. A gap is normal; a gap that changes is not.
{% set too_few = 20 %}
{% set recent_days = 14 %}
{% set past_days = 56 %}

with ad_spend as (

    select * from {{ ref('fct_ad_spend_daily') }}

),

visits as (

    select * from {{ ref('int_visit_days') }}

),

counters as (

    select * from {{ ref('kpi_counter_traffic_daily') }}

),

raw_visits as (

    select * from {{ ref('int_visits_unioned') }}

),

leads as (

    select * from {{ ref('fct_leads') }}

),

orders as (

    select * from {{ ref('fct_orders') }}

),

conversions as (

    select * from {{ ref('fct_conversions') }}

),

rules as (

    select * from {{ ref('int_conversion_rules') }}

),

credits as (

    select * from {{ ref('int_order_credits') }}

),

costs as (

    select * from {{ ref('fct_costs') }}

),

spend_days as (

    select
        source_system,
        channel,
        spend_date as date_day,
        sum(clicks) as clicks,
        {{ exact_sum('platform_conversions') }} as platform_conversions
    from ad_spend
    -- the register knows no clicks
    where source_system <> 'registers'
    group by source_system, channel, spend_date

),

campaigns as (

    select distinct
        source_system,
        channel,
        campaign_id
    from ad_spend
    where source_system <> 'registers'

),

campaign_visit_days as (

    select
        campaigns.source_system,
        campaigns.channel,
        visits.visit_date as date_day,
        sum(visits.visits) as visits
    from visits
    inner join campaigns
        on visits.channel = campaigns.channel and visits.campaign_id = campaigns.campaign_id
    group by campaigns.source_system, campaigns.channel, visits.visit_date

),

-- what sales saw of the channel: its valid leads, and its orders that had no lead
credited_orders as (

    select
        credits.channel,
        orders.order_date as date_day,
        sum(credits.order_credit) as sales_events
    from credits
    inner join orders on credits.order_id = orders.order_id
    where
        credits.attribution_model = 'last_non_direct'
        and orders.lead_id is null
        and orders.order_kind = 'sale'
    group by credits.channel, orders.order_date

),

channel_leads as (

    select
        channel,
        lead_date as date_day,
        count(*) as sales_events
    from leads
    where lead_status = 'valid'
    group by channel, lead_date

),

sales as (

    select * from credited_orders
    union all
    select * from channel_leads

),

sales_days as (

    select
        channel,
        date_day,
        sum(sales_events) as sales_events
    from sales
    group by channel, date_day

),

counter_purchases as (

    select
        visit_date as date_day,
        sum({{ list_size('purchase_list') }}) as purchases
    from raw_visits
    where purchase_list <> ''
    group by visit_date

),

-- orders of a shop; deals of a CRM are signed by hand and never reach the counter
shop_orders as (

    select
        order_date as date_day,
        count(*) as orders
    from orders
    where lead_id is null and source_system = 'plain' and order_kind <> 'return'
    group by order_date

),

-- the counter's goals stand against the CRM's leads where the register calls a goal a lead
lead_goals as (

    select distinct conversion_id
    from rules
    where rule_type = 'metrica_goal' and conversion_id like '%lead%'

),

goal_days as (

    select
        conversions.conversion_date as date_day,
        count(distinct conversions.visit_id) as goal_visits
    from conversions
    inner join lead_goals on conversions.conversion_id = lead_goals.conversion_id
    group by conversions.conversion_date

),

lead_days as (

    select
        lead_date as date_day,
        count(*) as leads
    from leads
    where lead_status <> 'invalid'
    group by lead_date

),

counter_visits as (

    select
        date_day,
    {% for source_system in ['yandex_metrica', 'ga4', 'plain'] %}
        sum(case when source_system = '{{ source_system }}' then visits else 0 end)
            as {{ source_system }}_visits{{ ',' if not loop.last }}
    {% endfor %}
    from counters
    where channel = '(all)'
    group by date_day

),

invoice_months as (

    select
        channel,
        cost_month,
        {{ sum_if_known('amount') }} as invoiced_amount
    from costs
    where cost_type = 'invoice'
    group by channel, cost_month

),

-- before the first of its events a source does not say 0, it says nothing
starts as (

    select
        (select min(visit_date) from visits) as first_visit_date,
        (select min(date_day) from sales_days) as first_sale_date,
        (select min(date_day) from counter_purchases) as first_purchase_date,
        (select min(date_day) from goal_days) as first_goal_date

),

-- a bill without a channel is for all of them
spend_months as (

    {% for channel in ['channel', "'(all)' as channel"] %}
        select
            {{ channel }},
            {{ month_of('spend_date') }} as cost_month,
            -- money without a rate is missing here, and not from the bill
            {{ sum_if_known('spend_amount') }} as spend_amount
        from ad_spend
        where source_system <> 'registers'
        group by {{ 'channel, ' if loop.first }}{{ month_of('spend_date') }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

counted_days as (

    select distinct visit_date as date_day
    from visits

),

pairs as (

    select
        {{ dbt.concat(["'ad_clicks_visits:'", 'spend_days.channel']) }} as pair,
        'ad_clicks_visits' as pair_kind,
        spend_days.source_system as source_left,
        'web_analytics' as source_right,
        {{ to_double('spend_days.clicks') }} as left_value,
        case
            when spend_days.date_day >= starts.first_visit_date
                then {{ to_double('coalesce(campaign_visit_days.visits, 0)') }}
        end as right_value,
        spend_days.date_day
    from spend_days
    cross join starts
    left join campaign_visit_days
        on
            spend_days.source_system = campaign_visit_days.source_system
            and spend_days.channel = campaign_visit_days.channel
            and spend_days.date_day = campaign_visit_days.date_day

    union all

    select
        {{ dbt.concat(["'platform_conversions_sales:'", 'spend_days.channel']) }} as pair,
        'platform_conversions_sales' as pair_kind,
        spend_days.source_system as source_left,
        'sales' as source_right,
        {{ to_double('spend_days.platform_conversions') }} as left_value,
        case
            when spend_days.date_day >= starts.first_sale_date
                then {{ to_double('coalesce(sales_days.sales_events, 0)') }}
        end as right_value,
        spend_days.date_day
    from spend_days
    cross join starts
    left join sales_days
        on
            spend_days.channel = sales_days.channel
            and spend_days.date_day = sales_days.date_day

    union all

    select
        'shop_orders_counter_purchases' as pair,
        'shop_orders_counter_purchases' as pair_kind,
        'sales' as source_left,
        'web_analytics' as source_right,
        {{ to_double('shop_orders.orders') }} as left_value,
        case
            when shop_orders.date_day >= starts.first_purchase_date
                then {{ to_double('coalesce(counter_purchases.purchases, 0)') }}
        end as right_value,
        shop_orders.date_day
    from shop_orders
    cross join starts
    left join counter_purchases on shop_orders.date_day = counter_purchases.date_day

    union all

    select
        'crm_leads_counter_goals' as pair,
        'crm_leads_counter_goals' as pair_kind,
        'sales' as source_left,
        'web_analytics' as source_right,
        {{ to_double('lead_days.leads') }} as left_value,
        {{ to_double('coalesce(goal_days.goal_visits, 0)') }} as right_value,
        lead_days.date_day
    from lead_days
    -- a form that no longer reaches the counter has no goals at all
    inner join starts on lead_days.date_day >= starts.first_goal_date
    left join goal_days on lead_days.date_day = goal_days.date_day

    union all

    {% for other in ['ga4', 'plain'] %}
        -- two counters of one site differ by design; what tells is a ratio that changes
        {% set pair = 'metrica_visits_other_counter' ~ (':ga4' if other == 'ga4' else '') %}
        select
            '{{ pair }}' as pair,
            'metrica_visits_other_counter' as pair_kind,
            'yandex_metrica' as source_left,
            '{{ other }}' as source_right,
            {{ to_double('yandex_metrica_visits') }} as left_value,
            {{ to_double(other ~ '_visits') }} as right_value,
            date_day
        from counter_visits
        where yandex_metrica_visits > 0 and {{ other }}_visits > 0

        union all

    {% endfor %}
    -- a bill is of a month; it is shown on the month's last day
    select
        {{ dbt.concat(["'invoice_spend:'", 'invoice_months.channel']) }} as pair,
        'invoice_spend' as pair_kind,
        'registers' as source_left,
        'ad_spend' as source_right,
        {{ to_double('invoice_months.invoiced_amount') }} as left_value,
        {{ to_double(
            'case when spend_months.channel is null then 0 else spend_months.spend_amount end'
        ) }} as right_value,
        {{ add_days(add_months('invoice_months.cost_month', 1), -1) }} as date_day
    from invoice_months
    left join spend_months
        on
            invoice_months.channel = spend_months.channel
            and invoice_months.cost_month = spend_months.cost_month
    where {{ is_complete_day(add_days(add_months('invoice_months.cost_month', 1), -1)) }}

),

compared as (

    select
        *,
        {{ safe_divide('right_value', 'left_value') }} as ratio,
        left_value - right_value as gap
    from pairs

),

-- small firms have few events a day: the last two weeks are compared with the eight weeks before them
windows as (

    select
        tested.pair,
        tested.date_day,
        past.left_value,
        past.right_value,
        past.date_day as past_day,
        past.date_day > {{ add_days('tested.date_day', -recent_days) }} as is_recent
    from compared as tested
    inner join compared as past
        on
            tested.pair = past.pair
            and tested.date_day >= past.date_day
            and past.date_day > {{ add_days('tested.date_day', -(recent_days + past_days)) }}
            -- what one side alone tells belongs to no ratio
            and past.left_value is not null
            and past.right_value is not null
    left join counted_days on past.date_day = counted_days.date_day
    where
        tested.pair_kind <> 'invoice_spend'
        -- weeks without a counter are not what is usual
        and (
            past.source_right <> 'web_analytics'
            or counted_days.date_day is not null
            or past.date_day > {{ add_days('tested.date_day', -recent_days) }}
        )

),

recent as (

    select
        windows.pair,
        windows.date_day,
        {{ exact_sum('case when windows.is_recent then windows.left_value end') }}
            as recent_left_value,
        {{ exact_sum('case when windows.is_recent then windows.right_value end') }}
            as recent_right_value,
        {{ exact_sum('case when not windows.is_recent then windows.left_value end') }}
            as past_left_value,
        {{ exact_sum('case when not windows.is_recent then windows.right_value end') }}
            as past_right_value,
        min(windows.past_day) as first_past_day
    from windows
    group by windows.pair, windows.date_day

),

rated as (

    select
        compared.*,
        recent.recent_left_value,
        recent.recent_right_value,
        {{ safe_divide('recent.recent_right_value', 'recent.recent_left_value') }} as recent_ratio,
        {{ safe_divide('recent.past_right_value', 'recent.past_left_value') }} as usual_ratio,
        -- eight weeks of past less a week of gaps
        coalesce(
            recent.first_past_day
            <= {{ add_days('compared.date_day', -(recent_days + past_days - 7)) }},
            false
        ) as has_past
    from compared
    left join recent on compared.pair = recent.pair and compared.date_day = recent.date_day

),

judged as (

    select
        *,
        case
            when pair_kind = 'invoice_spend' and coalesce(left_value, 0) = 0 then 'no_denominator'
            when pair_kind = 'invoice_spend' and right_value is null then 'missing_rate'
            when pair_kind = 'invoice_spend' and abs(ratio - 1) > 0.05 then 'differs_from_invoice'
            when pair_kind = 'invoice_spend' then null
            when right_value is null then 'no_other_side'
            -- more visits than clicks: the tag is on something else as well. Both sides are counts, so the day,
            -- or it and the days up to it together, has to be beyond the limit by four standard errors
            {% for clicks, visits in [
                ('left_value', 'right_value'), ('recent_left_value', 'recent_right_value'),
            ] %}
                when
                    pair_kind = 'ad_clicks_visits' and ratio > 1.1 and {{ clicks }} >= {{ too_few }}
                    and 2 * (sqrt({{ visits }}) - sqrt(1.1 * {{ clicks }})) / sqrt(2.1) > 4
                    then 'more_visits_than_clicks'
                when
                    pair_kind = 'ad_clicks_visits' and ratio < 0.5 and {{ clicks }} >= {{ too_few }}
                    and 2 * (sqrt(0.5 * {{ clicks }}) - sqrt({{ visits }})) / sqrt(1.5) > 4
                    then 'clicks_do_not_arrive'
            {% endfor %}
            when coalesce(recent_left_value, 0) < {{ too_few }} then 'too_few_events'
            when not has_past or usual_ratio is null then 'insufficient_history'
            -- four standard errors of a ratio of two counts, and never less than a fifth
            when
                abs(recent_ratio - usual_ratio) > 0.2 * usual_ratio
                and abs(recent_ratio - usual_ratio)
                > 4 * sqrt(usual_ratio * (1 + usual_ratio) / recent_left_value)
                then 'sudden_change'
        end as reason_code
    from rated

),

final as (

    select
        pair,
        pair_kind,
        source_left,
        source_right,
        case
            when
                reason_code in (
                    'no_denominator', 'no_other_side', 'missing_rate', 'too_few_events'
                )
                then 'no_data'
            when reason_code is null or reason_code = 'insufficient_history' then 'ok'
            else 'warn'
        end as status,
        reason_code,
        left_value,
        right_value,
        ratio,
        recent_ratio,
        usual_ratio,
        gap,
        date_day
    from judged

)

select * from final
