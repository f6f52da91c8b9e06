with costs as (

    select * from {{ ref('stg_registers__costs') }}

),

fx_rates as (

    select * from {{ ref('int_fx_rates_merged') }}

),

vat_rates as (

    select * from {{ ref('stg_pipeline__vat_rates') }}

),

-- a monthly cost has no day: the mean of the month's rates
monthly_rates as (

    select
        currency,
        {{ month_of('rate_date') }} as rate_month,
        {{ exact_avg('fx_rate') }} as fx_rate
    from fx_rates
    group by currency, {{ month_of('rate_date') }}

),

rated as (

    select
        {{ all_columns('costs', ['currency']) }},
        vat_rates.vat_rate,
        case
            when costs.currency = {{ company('currency') }} then 1
            else monthly_rates.fx_rate
        end as fx_rate
    from costs
    left join vat_rates on {{ in_force_on('vat_rates', 'costs.cost_month') }}
    left join monthly_rates
        on costs.currency = monthly_rates.currency and costs.cost_month = monthly_rates.rate_month
    where {{ is_complete_day('costs.cost_month') }}

),

final as (

    select
        cost_id,
        cost_type,
        coalesce(channel, '(all)') as channel,
        case when fx_rate is null then 'missing_rate' end as reason_code,
        -- media is bought with VAT like the spend of an ad system, and so is what its bill tells; salaries
        -- carry none, so nothing is added
        case
            when cost_type in ('media', 'invoice')
                then {{ to_money(
                    spend_by_vat_policy(
                        to_double('amount') ~ ' * ' ~ to_double('fx_rate'),
                        'coalesce(includes_vat, false)',
                        'vat_rate'
                    )
                ) }}
            else {{ to_money(
                without_vat_by_policy(
                    to_double('amount') ~ ' * ' ~ to_double('fx_rate'),
                    'coalesce(includes_vat, false)',
                    'vat_rate'
                )
            ) }}
        end as amount,
        cost_month
    from rated

)

select * from final
