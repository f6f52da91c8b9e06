-- Open deals at what they are worth by measured win rates. Shown beside the projection of lead months,
-- never added to it: both speak of the same future deals.
with deals as (

    select * from {{ ref('int_deals_unioned') }}
    where stage_semantic = 'P' and {{ is_complete_day('created_date') }}

),

stages as (

    select * from {{ ref('int_pipeline_stages') }}

),

leads as (

    select * from {{ ref('fct_leads') }}

),

sources as (

    select
        source_system,
        min(currency) as currency,
        max(case when includes_vat then 1 else 0 end) = 1 as includes_vat
    from {{ ref('stg_pipeline__sources') }}
    group by source_system

),

fx_rates as (

    select * from {{ ref('int_fx_rates_merged') }}

),

vat_rates as (

    select * from {{ ref('stg_pipeline__vat_rates') }}

),

rated as (

    select
        deals.deal_id,
        deals.lead_id,
        coalesce(leads.channel, 'unattributed') as channel,
        coalesce(deals.product_line, '(none)') as product_line,
        deals.stage_id,
        -- a deal is worth today's rate: it is not paid yet
        {{ without_vat_by_policy(
            to_double('deals.amount'), 'coalesce(sources.includes_vat, false)', 'vat_rates.vat_rate'
        ) }}
        * case
            when
                coalesce(deals.currency, sources.currency, {{ company('currency') }})
                = {{ company('currency') }}
                then 1
            else fx_rates.fx_rate
        end as amount,
        {{ to_bigint(
            days_between('deals.created_date', company('last_complete_date'))
        ) }} as age_days,
        deals.created_date
    from deals
    left join vat_rates on {{ in_force_on('vat_rates', company('last_complete_date')) }}
    left join sources on deals.source_system = sources.source_system
    left join leads on deals.lead_id = leads.lead_id
    left join fx_rates
        on
            coalesce(deals.currency, sources.currency) = fx_rates.currency
            and fx_rates.rate_date = {{ company('last_complete_date') }}

),

weighed as (

    select
        rated.*,
        stages.win_rate,
        stages.win_rate_low,
        stages.win_rate_high,
        coalesce(rated.age_days > stages.stale_after_days, false) as is_stale
    from rated
    left join stages
        on
            rated.product_line = stages.product_line
            and rated.stage_id = stages.stage_id

),

final as (

    select
        deal_id,
        lead_id,
        channel,
        product_line,
        stage_id,
        case
            when amount is null then 'missing_rate'
            when is_stale then 'stale'
            when win_rate is null then 'not_enough_data'
        end as reason_code,
        age_days,
        {{ to_money('amount') }} as amount,
        {{ to_money('case when is_stale then 0 else amount * win_rate end') }} as expected_amount,
        {{ to_money(
            'case when is_stale then 0 else amount * win_rate_low end'
        ) }} as expected_low_amount,
        {{ to_money(
            'case when is_stale then 0 else amount * win_rate_high end'
        ) }} as expected_high_amount,
        is_stale,
        created_date
    from weighed

)

select * from final
