-- What the metrics of followers and surveys are made of, day by day. Posts of one day are read by the same
-- people, so the day is the independent event of reach; an answer of NPS scores +100, 0 or -100.
{# an account that was not read for so long is closed, as a campaign without visits and spend is over #}
{% set days_of_silence = 28 %}

with audience as (

    select * from {{ ref('kpi_audience_daily') }}

),

days as (

    select * from {{ ref('dim_date') }}
    where {{ is_complete_day('date_day') }}

),

channel_spend as (

    select
        spend_date as date_day,
        channel,
        sum(coalesce(spend_amount, 0)) as spend_amount,
        {{ count_where('spend_amount is null') }} as rates_missing
    from {{ ref('fct_ad_spend_daily') }}
    group by spend_date, channel

),

survey_waves as (

    select * from {{ ref('int_survey_waves') }}
    where segment = 'all'

),

readings as (

    select
        network,
        account,
        date_day,
        lead({{ nullable('date_day') }}) over (
            partition by network, account
            order by date_day
        ) as next_day,
        {{ add_days('date_day', days_of_silence) }} as closed_day
    from audience
    where followers is not null

),

-- a sum over accounts is known only when every account that exists by then was read
audience_days as (

    {% for segment_type, segment_value in [('all', "'all'"), ('network', 'audience.network')] %}
        select
            audience.date_day,
            '{{ segment_type }}' as segment_type,
            {{ segment_value }} as segment_value,
            sum(audience.followers) as followers,
            count(audience.followers) as accounts_read,
            sum(coalesce(
                audience.joined + audience.left_count,
                {{ to_bigint('abs(audience.net_growth)') }},
                0
            )) as moves,
            case when count(audience.joined) = count(*) then sum(audience.joined) end as joined,
            case when count(audience.left_count) = count(*) then sum(audience.left_count) end
                as left_count,
            case when count(audience.reach) = count(*) then sum(audience.reach) end as reach
        from audience
        where audience.followers is not null
        group by audience.date_day{{ ', audience.network' if segment_type == 'network' }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

audience_expected as (

    {% for segment_type, segment_value in [
        ('all', "'all'"), ('network', 'readings.network'),
    ] %}
        select
            days.date_day,
            '{{ segment_type }}' as segment_type,
            {{ segment_value }} as segment_value,
            count(*) as accounts_expected
        from days
        inner join readings
            on
                days.date_day >= readings.date_day
                and days.date_day < readings.closed_day
                and (readings.next_day is null or days.date_day < readings.next_day)
        group by days.date_day{{ ', readings.network' if segment_type == 'network' }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

audience_known as (

    select audience_days.*
    from audience_days
    inner join audience_expected
        on
            audience_days.date_day = audience_expected.date_day
            and audience_days.segment_type = audience_expected.segment_type
            and audience_days.segment_value = audience_expected.segment_value
    where audience_days.accounts_read = audience_expected.accounts_expected

),

networks as (

    select distinct network
    from audience

),

-- a post that was paid for on one day brings followers on others: a month with spend counts as a whole
months_of_spend as (

    select distinct
        channel_spend.channel as network,
        {{ month_of('channel_spend.date_day') }} as month
    from channel_spend
    inner join networks on channel_spend.channel = networks.network

),

-- a channel with the name of a network is what was paid for its followers
join_costs as (

    select
        audience_known.date_day,
        audience_known.segment_type,
        audience_known.segment_value,
        audience_known.joined,
        sum(coalesce(channel_spend.spend_amount, 0)) as spend_amount,
        sum(coalesce(channel_spend.rates_missing, 0)) as rates_missing
    from audience_known
    inner join months_of_spend
        on
            audience_known.segment_value in (months_of_spend.network, 'all')
            and {{ month_of('audience_known.date_day') }} = months_of_spend.month
    left join channel_spend
        on
            months_of_spend.network = channel_spend.channel
            and audience_known.date_day = channel_spend.date_day
    where audience_known.joined is not null
    group by
        audience_known.date_day,
        audience_known.segment_type,
        audience_known.segment_value,
        audience_known.joined

),

{# question -> the number of its answers, and what only a wave that asked it has #}
{% set questions = {
    'aided': ['respondents', 'aided_rate'],
    'unaided': ['respondents', 'unaided_rate'],
    'loyalty': ['nps_respondents', 'promoter_share'],
} %}
{% for question, (answers, share) in questions.items() %}
    {{ question }}_modes as (

        select
            *,
            {{ nps('promoter_share', 'detractor_share') }} as nps,
            fieldwork_end as date_day,
            count(*) over (partition by mode) as waves_of_mode
        from survey_waves
        where {{ share }} is not null
        -- of two waves that end on one day the larger speaks for it
        qualify row_number() over (
            partition by mode, fieldwork_end
            order by {{ answers }} desc, wave desc
        ) = 1

    ),

    -- a wave may be asked in several modes: the one of most waves speaks for it, so that waves compare
    {{ question }}_spoken as (

        select * from {{ question }}_modes
        qualify row_number() over (
            partition by wave
            order by waves_of_mode desc, {{ answers }} desc, mode asc
        ) = 1

    ),

    {{ question }}_waves as (

        select
            *,
            'mode' as segment_type,
            mode as segment_value
        from {{ question }}_modes
        union all
        select
            *,
            'all' as segment_type,
            'all' as segment_value
        from {{ question }}_spoken
        -- and for two waves that end on one day
        qualify row_number() over (
            partition by fieldwork_end
            order by waves_of_mode desc, {{ answers }} desc, mode asc
        ) = 1

    ),

{% endfor -%}
{% set metrics = [
    {
        'id': "'followers'", 'from': 'audience_known', 'numerator': 'followers', 'squares': ['moves'],
        'events': 'followers',
    },
    {
        'id': "'reach_rate'", 'from': 'audience_known', 'where': 'reach is not null',
        'numerator': 'reach', 'denominator': 'followers',
        'squares': [
            'power(' ~ to_double('reach') ~ ', 2)', 'power(' ~ to_double('followers') ~ ', 2)',
            to_double('reach') ~ ' * ' ~ to_double('followers'),
        ],
        'events': '1',
    },
    {
        'id': "'follower_joins'", 'from': 'audience_known', 'where': 'joined is not null',
        'numerator': 'joined', 'squares': ['joined'], 'events': 'joined',
    },
    {
        'id': "'follower_churn'", 'from': 'audience_known', 'where': 'left_count is not null',
        'numerator': 'left_count', 'denominator': 'followers + left_count - coalesce(joined, 0)',
        'events': 'followers',
    },
    {
        'id': "'cost_per_join'", 'from': 'join_costs', 'numerator': 'spend_amount',
        'denominator': 'joined', 'squares': ['0', 'joined', '0'], 'events': 'joined',
        'rates_missing': 'rates_missing',
    },
    {
        'id': "'unaided_awareness'", 'from': 'unaided_waves',
        'numerator': 'unaided_rate * effective_respondents', 'denominator': 'effective_respondents',
        'events': 'effective_respondents', 'survey_mode': 'mode',
    },
    {
        'id': "'aided_awareness'", 'from': 'aided_waves',
        'numerator': 'aided_rate * effective_respondents', 'denominator': 'effective_respondents',
        'events': 'effective_respondents', 'survey_mode': 'mode',
    },
    {
        'id': "'nps'", 'from': 'loyalty_waves', 'numerator': 'nps * nps_effective_respondents',
        'denominator': 'nps_effective_respondents',
        'squares': [
            '10000 * (promoter_share + detractor_share) * nps_effective_respondents',
            'nps_effective_respondents', 'nps * nps_effective_respondents',
        ],
        'events': 'nps_effective_respondents', 'survey_mode': 'mode',
    },
] %}
final as (

    {{ metric_rows(metrics) | indent(4) }}

)

select * from final
