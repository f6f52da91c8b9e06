with telegram as (

    select * from {{ ref('stg_telegram__followers') }}

),

vk as (

    select * from {{ ref('stg_vk__followers') }}

),

instagram as (

    select * from {{ ref('stg_instagram__followers') }}

),

plain as (

    select * from {{ ref('stg_plain__followers') }}

),

unioned as (

    {% set columns = [
        'network', 'account', 'followers', 'joined', 'left_count', 'reach', 'reactions', 'snapshot_date',
    ] %}
    {% for network in ['telegram', 'vk', 'instagram', 'plain'] %}
        select {{ columns | join(', ') }} from {{ network }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

complete as (

    select * from unioned
    where {{ is_complete_day('snapshot_date') }}

),

-- growth needs yesterday's snapshot: a missing day gives NULL, it is not interpolated
compared as (

    select
        today.network,
        today.account,
        today.snapshot_date as date_day,
        today.followers,
        today.joined,
        today.left_count,
        today.reach,
        today.reactions,
        yesterday.followers as followers_before,
        today.followers - yesterday.followers as net_growth,
        {{ safe_divide('today.reach', 'today.followers') }} as reach_rate,
        -- a network that does not tell joins still shows its net growth; an account that was read as empty
        -- gains all of its followers back, and nobody has joined
        coalesce(
            today.joined,
            case when yesterday.followers > 0 then today.followers - yesterday.followers end
        ) as joins
    from complete as today
    left join complete as yesterday
        on
            today.network = yesterday.network
            and today.account = yesterday.account
            and yesterday.snapshot_date = {{ add_days('today.snapshot_date', -1) }}

),

-- usual joins and their spread in the 28 days that end 3 days before, as in the detector of visits
past as (

    select
        tested.network,
        tested.account,
        tested.date_day,
        past.joins,
        past.reach_rate
    from compared as tested
    inner join compared as past
        on
            tested.network = past.network
            and tested.account = past.account
            and past.date_day >= {{ add_days('tested.date_day', -30) }}
            and past.date_day < {{ add_days('tested.date_day', -2) }}
    where past.joins is not null

),

medians as (

    select
        network,
        account,
        date_day,
        count(*) as past_days,
        {{ median('joins') }} as median_joins,
        {{ median('reach_rate') }} as median_reach_rate
    from past
    group by network, account, date_day

),

spreads as (

    select
        medians.network,
        medians.account,
        medians.date_day,
        1.4826 * {{ median('abs(past_days.joins - medians.median_joins)') }} as joins_sigma
    from past as past_days
    inner join medians
        on
            past_days.network = medians.network
            and past_days.account = medians.account
            and past_days.date_day = medians.date_day
    group by medians.network, medians.account, medians.date_day

),

judged as (

    select
        {{ all_columns('compared', ['network', 'account', 'date_day']) }},
        coalesce(medians.past_days, 0) as past_days,
        -- joins are counts: their spread is at least that of a Poisson count
        compared.joins - medians.median_joins as joins_excess,
        4 * case
            when spreads.joins_sigma > sqrt(medians.median_joins + 1) then spreads.joins_sigma
            else sqrt(medians.median_joins + 1)
        end as joins_limit,
        {{ safe_divide('compared.reach_rate', 'medians.median_reach_rate') }} as reach_rate_change
    from compared
    left join medians
        on
            compared.network = medians.network
            and compared.account = medians.account
            and compared.date_day = medians.date_day
    left join spreads
        on
            compared.network = spreads.network
            and compared.account = spreads.account
            and compared.date_day = spreads.date_day

),

final as (

    select
        network,
        account,
        case
            when joins is null or past_days < 21 then 'insufficient_history'
            -- many came, and nobody reads more: real newcomers bring reach with them
            when
                joins_excess > joins_limit
                and joins_excess >= 30
                and coalesce(reach_rate_change, 0) < 1.2
                then 'bought_suspected'
            else 'ok'
        end as joins_verdict,
        case
            when followers_before is null then 'no_previous_day'
            when followers_before = 0 then 'no_followers'
        end as reason_code,
        followers,
        joined,
        left_count,
        net_growth,
        reach,
        reactions,
        {{ safe_divide('net_growth', 'followers_before') }} as growth_rate,
        {{ safe_divide('joined', 'followers_before') }} as gross_join_rate,
        {{ safe_divide('left_count', 'followers_before') }} as churn_rate,
        reach_rate,
        date_day
    from judged

)

select * from final
