-- What each signal of suspicion saw, and whether it could see at all: a signal without data must not
-- look like a signal that found nothing.
{% set signal_ids = ['S1', 'S2', 'S3', 'S4', 'S5', 'S6', 'S7', 'S8', 'S9', 'S10', 'S11'] %}

with scores as (

    select * from {{ ref('int_visits_scored') }}

),

signals as (

    select * from {{ ref('suspicion_signals') }}

),

sources as (

    select
        source_system,
        {% for signal in signal_ids %}
            {% if signal == 'S3' %}
                -- a source that told one referrer told all
                case when count(s3_points) > 0 then count(*) else 0 end as s3_judged,
            {% else %}
                count({{ signal | lower }}_points) as {{ signal | lower }}_judged,
            {% endif %}
            {{ count_where(signal | lower ~ '_points > 0') }} as {{ signal | lower }}_flagged,
        {% endfor %}
        count(*) as visits
    from scores
    group by source_system

),

unpivoted as (

    {% for signal in signal_ids %}
        select
            source_system,
            '{{ signal }}' as signal_id,
            visits,
            {{ signal | lower }}_judged as judged_visits,
            {{ signal | lower }}_flagged as flagged_visits
        from sources
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

),

final as (

    select
        unpivoted.source_system,
        unpivoted.signal_id,
        signals.name_en,
        signals.name_ru,
        case
            when unpivoted.judged_visits = 0 then 'not_available'
            when unpivoted.judged_visits < unpivoted.visits then 'partly_available'
            else 'available'
        end as signal_status,
        {{ to_bigint('signals.points') }} as points,
        {{ to_bigint('signals.rule_version') }} as rule_version,
        {{ to_bigint('unpivoted.visits') }} as visits,
        {{ to_bigint('unpivoted.judged_visits') }} as judged_visits,
        case
            when unpivoted.judged_visits > 0 then {{ to_bigint('unpivoted.flagged_visits') }}
        end as flagged_visits,
        {{ safe_divide('unpivoted.flagged_visits', 'unpivoted.judged_visits') }} as flagged_share
    from unpivoted
    inner join signals on unpivoted.signal_id = signals.signal_id

)

select * from final
