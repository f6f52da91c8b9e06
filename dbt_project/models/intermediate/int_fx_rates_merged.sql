-- One rate per day and currency, from the central bank and from the company's register, which goes
-- first: a contract may set a rate of its own.
{% set longest_gap_days = 14 %}

with registers as (

    select * from {{ ref('stg_registers__fx_rates') }}

),

central_bank as (

    select * from {{ ref('stg_central_bank__fx_rates') }}

),

-- the bank quotes roubles: a company that counts in another currency needs the ratio of two rates
roubles as (

    select
        currency,
        fx_rate,
        rate_date
    from central_bank
    union all
    select distinct
        'RUB' as currency,
        {{ to_double('1') }} as fx_rate,
        rate_date
    from central_bank

),

own_currency as (

    select
        fx_rate,
        rate_date
    from roubles
    where currency = {{ company('currency') }}

),

quoted as (

    select
        roubles.currency,
        roubles.fx_rate / own_currency.fx_rate as fx_rate,
        roubles.rate_date,
        lead({{ nullable('roubles.rate_date') }}) over (
            partition by roubles.currency
            order by roubles.rate_date
        ) as next_rate_date
    from roubles
    inner join own_currency on roubles.rate_date = own_currency.rate_date
    where roubles.currency <> {{ company('currency') }}

),

days as (

    select * from {{ ref('dim_date') }}

),

numbers as (

    {{ numbers(2) | indent(4) }}

),

-- a published rate is in force until the next one; a hole longer than the longest holidays is a hole
in_force as (

    select
        quoted.currency,
        quoted.fx_rate,
        {{ add_days('quoted.rate_date', to_bigint('numbers.number')) }} as rate_date
    from quoted
    inner join numbers
        on
            numbers.number = 0
            or (
                numbers.number < {{ days_between('quoted.rate_date', 'quoted.next_rate_date') }}
                and {{ days_between('quoted.rate_date', 'quoted.next_rate_date') }}
                <= {{ longest_gap_days }}
            )

),

-- after the last one there is no next that ends it. A rate is set on a working day for the day after: until
-- then the last one is in force, be it a weekend or holidays; what comes later was set and not loaded
next_settings as (

    select
        quoted.currency,
        quoted.fx_rate,
        quoted.rate_date,
        min(days.date_day) as set_date
    from quoted
    inner join days
        on
            quoted.rate_date <= days.date_day
            and days.date_day < {{ add_days('quoted.rate_date', longest_gap_days) }}
            and days.day_type in ('workday', 'short')
    where quoted.next_rate_date is null
    group by quoted.currency, quoted.fx_rate, quoted.rate_date

),

bank_rates as (

    select * from in_force
    union all
    select
        next_settings.currency,
        next_settings.fx_rate,
        days.date_day as rate_date
    from next_settings
    inner join days
        on
            next_settings.rate_date < days.date_day
            and next_settings.set_date >= days.date_day
    where {{ is_complete_day('days.date_day') }}

),

final as (

    select
        currency,
        'registers' as source_system,
        fx_rate,
        rate_date
    from registers
    union all
    select
        bank_rates.currency,
        'central_bank' as source_system,
        bank_rates.fx_rate,
        bank_rates.rate_date
    from bank_rates
    left join registers
        on
            bank_rates.currency = registers.currency
            and bank_rates.rate_date = registers.rate_date
    where registers.currency is null

)

select * from final
