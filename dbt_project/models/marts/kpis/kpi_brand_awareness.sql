{% set minimum_answers = '99.999999' %}

with waves as (

    select
        *,
        aided_rate * effective_respondents as aided_n,
        unaided_rate * effective_respondents as unaided_n,
        top_of_mind_rate * effective_respondents as top_of_mind_n,
        {{ nps('promoter_share', 'detractor_share') }} as nps,
        -- answers that are all alike show no spread: neither a range nor a change is proven by them
        nullif({{ nps_standard_error(
            'promoter_share', 'detractor_share', 'nps_effective_respondents'
        ) }}, 0) as nps_error
    from {{ ref('int_survey_waves') }}

),

-- awareness and loyalty are often asked in waves of their own: each is compared with the last wave that
-- asked the same question. An earlier one of any mode tells "first ever" from "first of this mode".
earlier_waves as (

    select
        waves.wave,
        waves.segment,
        waves.mode,
        {{ count_where('earlier.aided_rate is not null') }} as earlier_aided_waves,
        {{ count_where('earlier.nps is not null') }} as earlier_nps_waves
    from waves
    inner join waves as earlier
        on
            waves.segment = earlier.segment
            and waves.wave <> earlier.wave
            and waves.fieldwork_start > earlier.fieldwork_end
    group by waves.wave, waves.segment, waves.mode

),

compared as (

    select
        waves.*,
        {{ of_last_asked_wave('wave', 'aided_rate') }} as previous_wave,
        {{ of_last_asked_wave('aided_rate', 'aided_rate') }} as previous_aided_rate,
        {{ of_last_asked_wave('aided_n', 'aided_rate') }} as previous_aided_n,
        {{ of_last_asked_wave('effective_respondents', 'aided_rate') }}
            as previous_effective_respondents,
        {{ of_last_asked_wave('wave', 'nps') }} as previous_nps_wave,
        {{ of_last_asked_wave('nps', 'nps') }} as previous_nps,
        {{ of_last_asked_wave('nps_error', 'nps') }} as previous_nps_error,
        {{ of_last_asked_wave('nps_effective_respondents', 'nps') }}
            as previous_nps_effective_respondents
    from waves

),

changes as (

    select
        compared.*,
        coalesce(earlier_waves.earlier_aided_waves, 0) as earlier_aided_waves,
        coalesce(earlier_waves.earlier_nps_waves, 0) as earlier_nps_waves,
        compared.aided_rate - compared.previous_aided_rate as aided_change,
        {{ newcombe_low(
            'compared.aided_n',
            'compared.effective_respondents',
            'compared.previous_aided_n',
            'compared.previous_effective_respondents'
        ) }} as aided_change_low,
        {{ newcombe_high(
            'compared.aided_n',
            'compared.effective_respondents',
            'compared.previous_aided_n',
            'compared.previous_effective_respondents'
        ) }} as aided_change_high,
        compared.nps - compared.previous_nps as nps_change,
        {{ z_95() }} * sqrt(power(compared.nps_error, 2) + power(compared.previous_nps_error, 2))
            as nps_change_margin
    from compared
    left join earlier_waves
        on
            compared.wave = earlier_waves.wave
            and compared.segment = earlier_waves.segment
            and compared.mode = earlier_waves.mode

),

final as (

    select
        wave,
        segment,
        mode,
        vendor,
        previous_wave,
        previous_nps_wave,
        case
            -- fewer than 100 answers show a trend at most; a hair is left for weights' rounding
            when aided_rate is null or effective_respondents < {{ minimum_answers }}
                then 'not_enough_data'
            when previous_wave is null and earlier_aided_waves > 0 then 'not_comparable'
            when previous_wave is null then 'first_wave'
            when coalesce(previous_effective_respondents, 0) < {{ minimum_answers }}
                then 'not_enough_data'
            when aided_change_low > 0 then 'up'
            when aided_change_high < 0 then 'down'
            else 'not_proven'
        end as aided_verdict,
        case
            when nps is null or nps_effective_respondents < {{ minimum_answers }}
                then 'not_enough_data'
            when previous_nps_wave is null and earlier_nps_waves > 0 then 'not_comparable'
            when previous_nps_wave is null then 'first_wave'
            when coalesce(previous_nps_effective_respondents, 0) < {{ minimum_answers }}
                then 'not_enough_data'
            when nps_change - nps_change_margin > 0 then 'up'
            when nps_change + nps_change_margin < 0 then 'down'
            else 'not_proven'
        end as nps_verdict,
        respondents,
        effective_respondents,
        {% for answer in ['aided', 'unaided', 'top_of_mind'] -%}
            {{ answer }}_rate,
            {{ wilson_low(answer ~ '_n', 'effective_respondents') }} as {{ answer }}_low,
            {{ wilson_high(answer ~ '_n', 'effective_respondents') }} as {{ answer }}_high,
        {% endfor -%}
        aided_change,
        aided_change_low,
        aided_change_high,
        nps_respondents,
        nps,
        case
            when nps_error > 0 then {{ larger_of('nps - ' ~ z_95() ~ ' * nps_error', '-100.0') }}
        end as nps_low,
        case
            when nps_error > 0 then {{ smaller_of('nps + ' ~ z_95() ~ ' * nps_error', '100.0') }}
        end as nps_high,
        nps_change,
        nps_change - nps_change_margin as nps_change_low,
        nps_change + nps_change_margin as nps_change_high,
        fieldwork_start,
        fieldwork_end
    from changes

)

select * from final
