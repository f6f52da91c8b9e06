with rules as (

    select * from {{ ref('int_channel_rules') }}

),

ad_spend as (

    select * from {{ ref('fct_ad_spend_daily') }}

),

seen_channels as (

    select distinct channel
    from {{ ref('int_channels_assigned') }}

),

spending_channels as (

    select distinct channel
    from ad_spend
    where spend_original_amount > 0

),

-- the first rule of a channel names it; default channels that no row ever fell into stay away
named as (

    select
        rules.channel,
        rules.name_en,
        rules.name_ru,
        rules.channel_group,
        -- whatever the map says: a channel that money was spent on is paid for
        rules.is_paid or spending_channels.channel is not null as is_paid,
        rules.contractor
    from rules
    left join seen_channels on rules.channel = seen_channels.channel
    left join spending_channels on rules.channel = spending_channels.channel
    where
        rules.is_company_rule
        or seen_channels.channel is not null
        or spending_channels.channel is not null
        or rules.channel in ('direct', 'internal', 'other')
    qualify row_number() over (
        partition by rules.channel
        order by case when rules.name_en is null then 1 else 0 end, rules.rule_rank
    ) = 1

),

-- reserved, and channels that a spend file names but no rule does
additional as (

    select
        'unattributed' as channel,
        'Unattributed' as name_en,
        'Источник не установлен' as name_ru,
        'other' as channel_group,
        false as is_paid
    union all
    select distinct
        channel,
        channel as name_en,
        channel as name_ru,
        'paid' as channel_group,
        true as is_paid
    from ad_spend

),

final as (

    select
        channel,
        coalesce(name_en, channel) as name_en,
        coalesce(name_ru, name_en, channel) as name_ru,
        coalesce(channel_group, 'other') as channel_group,
        contractor,
        is_paid
    from named
    union all
    select
        additional.channel,
        additional.name_en,
        additional.name_ru,
        additional.channel_group,
        {{ null_string() }} as contractor,
        additional.is_paid
    from additional
    left join named on additional.channel = named.channel
    where named.channel is null

)

select * from final
