with ad_spend as (

    select * from {{ ref('int_ad_spend_assigned') }}

),

labels as (

    select * from {{ ref('int_campaign_labels') }}

),

fx_rates as (

    select * from {{ ref('int_fx_rates_merged') }}

),

vat_rates as (

    select * from {{ ref('stg_pipeline__vat_rates') }}

),

costs as (

    select * from {{ ref('fct_costs') }}

),

dates as (

    select * from {{ ref('dim_date') }}

),

converted as (

    select
        {{ all_columns('ad_spend', [
            'source_system', 'tag_source', 'channel', 'campaign_id', 'currency',
        ]) }},
        coalesce(labels.campaign_id, ad_spend.campaign_id) as campaign_label,
        vat_rates.vat_rate,
        case
            when ad_spend.currency = {{ company('currency') }} then 1
            else fx_rates.fx_rate
        end as known_fx_rate
    from ad_spend
    left join vat_rates on {{ in_force_on('vat_rates', 'ad_spend.spend_date') }}
    left join labels
        on
            ad_spend.channel = labels.channel
            and ad_spend.campaign_id = labels.campaign_label
    left join fx_rates
        on ad_spend.currency = fx_rates.currency and ad_spend.spend_date = fx_rates.rate_date

),

reported as (

    select
        source_system,
        channel,
        campaign_label as campaign_id,
        case when campaign_id <> '(none)' then campaign_id end as platform_campaign_id,
        campaign_name,
        currency,
        -- no rate of the day: no amount, never a rate of 1
        case when known_fx_rate is null then 'missing_rate' end as reason_code,
        {{ to_bigint('impressions') }} as impressions,
        {{ to_bigint('clicks') }} as clicks,
        platform_conversions,
        cast(cost_amount as {{ type_money() }}) as spend_original_amount,
        {{ to_double('known_fx_rate') }} as fx_rate,
        {{ to_money(
            spend_by_vat_policy(
                to_double('cost_amount') ~ ' * ' ~ to_double('known_fx_rate'), 'includes_vat',
                'vat_rate'
            )
        ) }} as spend_amount,
        spend_date
        > {{ add_days(company('last_complete_date'), '-lookback_days') }} as is_provisional,
        spend_date
    from converted

),

-- media that finance booked by hand. An ad system that reports the channel in the month wins over the
-- register, and over a booking without a channel if it reports anything in the month: it would be the
-- same money once more
reported_months as (

    select
        channel,
        {{ month_of('spend_date') }} as spend_month
    from reported
    where spend_original_amount > 0
    group by channel, {{ month_of('spend_date') }}
    union distinct
    select
        '(all)' as channel,
        {{ month_of('spend_date') }} as spend_month
    from reported
    where spend_original_amount > 0
    group by {{ month_of('spend_date') }}

),

bookings as (

    select
        case when costs.channel = '(all)' then 'other_paid' else costs.channel end as channel,
        costs.cost_month,
        case when count(*) = count(costs.amount) then sum(costs.amount) end as amount
    from costs
    left join reported_months
        on
            costs.channel = reported_months.channel
            and costs.cost_month = reported_months.spend_month
    where costs.cost_type = 'media' and reported_months.channel is null
    group by
        case when costs.channel = '(all)' then 'other_paid' else costs.channel end,
        costs.cost_month

),

-- a monthly amount accrues day by day; rounding the running sum keeps the month to the kopeck
accrued as (

    select
        bookings.channel,
        bookings.amount,
        dates.date_day,
        {{ to_money(
            to_double('bookings.amount') ~ ' * ('
            ~ days_between('bookings.cost_month', 'dates.date_day') ~ ' + 1) / '
            ~ days_between('bookings.cost_month', add_months('bookings.cost_month', 1))
        ) }} as amount_to_date,
        {{ to_money(
            to_double('bookings.amount') ~ ' * '
            ~ days_between('bookings.cost_month', 'dates.date_day') ~ ' / '
            ~ days_between('bookings.cost_month', add_months('bookings.cost_month', 1))
        ) }} as amount_before
    from bookings
    inner join dates on bookings.cost_month = dates.month
    where {{ is_complete_day('dates.date_day') }}

),

booked as (

    select
        'registers' as source_system,
        channel,
        '(none)' as campaign_id,
        {{ null_string() }} as platform_campaign_id,
        {{ null_string() }} as campaign_name,
        {{ company('currency') }} as currency,
        case when amount is null then 'missing_rate' end as reason_code,
        {{ null_bigint() }} as impressions,
        {{ null_bigint() }} as clicks,
        {{ null_double() }} as platform_conversions,
        cast(amount_to_date - amount_before as {{ type_money() }}) as spend_original_amount,
        {{ to_double('case when amount is not null then 1 end') }} as fx_rate,
        cast(amount_to_date - amount_before as {{ type_money() }}) as spend_amount,
        false as is_provisional,
        date_day as spend_date
    from accrued

),

final as (

    select * from reported
    union all
    select * from booked

)

select * from final
