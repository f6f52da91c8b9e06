-- Weighted counts per wave, segment and mode of interview. Modes are kept apart because people answer
-- a street interviewer and a web panel differently.
with answers as (

    select * from {{ ref('int_survey_answers') }}
    where {{ is_complete_day('answered_date') }}

),

-- a question that nobody of a wave answered was not asked: its share is unknown, not 0
asked as (

    select
        wave,
        mode,
        {{ count_where('is_asked_awareness and has_chosen_brands') }} > 0 as is_aided_asked,
        {{ count_where('is_asked_awareness and has_named_brands') }} > 0 as is_unaided_asked
    from answers
    group by wave, mode

),

segmented as (

    select
        *,
        'all' as segment
    from answers
    union all
    select
        *,
        age_group as segment
    from answers
    -- everybody is there already
    where age_group <> 'all'

),

sums as (

    select
        wave,
        segment,
        mode,
        case
            when min(coalesce(vendor, '')) = max(coalesce(vendor, '')) then min(vendor)
            else '(several)'
        end as vendor,
        {{ count_where('is_asked_awareness') }} as respondents,
        {{ exact_sum("case when is_asked_awareness then weight else 0 end") }} as target_weight,
        {{ exact_sum("case when is_asked_awareness then weight * weight else 0 end") }}
            as target_squared_weight,
        {{ exact_sum("case when is_asked_awareness and is_aided then weight else 0 end") }}
            as aided_weight,
        {{ exact_sum("case when is_asked_awareness and is_unaided then weight else 0 end") }}
            as unaided_weight,
        {{ exact_sum("case when is_asked_awareness and is_top_of_mind then weight else 0 end") }}
            as top_of_mind_weight,
        {{ count_where('is_customer and recommendation is not null') }} as nps_respondents,
        {{ exact_sum(
            "case when is_customer and recommendation is not null then weight else 0 end"
        ) }}
            as nps_weight,
        {{ exact_sum(
            "case when is_customer and recommendation is not null then weight * weight else 0 end"
        ) }}
            as nps_squared_weight,
        {{ exact_sum("case when is_customer and recommendation >= 9 then weight else 0 end") }}
            as promoter_weight,
        {{ exact_sum("case when is_customer and recommendation <= 6 then weight else 0 end") }}
            as detractor_weight,
        min(answered_date) as fieldwork_start,
        max(answered_date) as fieldwork_end
    from segmented
    group by wave, segment, mode

),

final as (

    select
        sums.wave,
        sums.segment,
        sums.mode,
        sums.vendor,
        sums.respondents,
        {{ kish_effective_n('sums.target_weight', 'sums.target_squared_weight') }}
            as effective_respondents,
        case
            when asked.is_aided_asked
                then {{ safe_divide('sums.aided_weight', 'sums.target_weight') }}
        end as aided_rate,
        case
            when asked.is_unaided_asked
                then {{ safe_divide('sums.unaided_weight', 'sums.target_weight') }}
        end as unaided_rate,
        case
            when asked.is_unaided_asked
                then {{ safe_divide('sums.top_of_mind_weight', 'sums.target_weight') }}
        end as top_of_mind_rate,
        sums.nps_respondents,
        {{ kish_effective_n('sums.nps_weight', 'sums.nps_squared_weight') }}
            as nps_effective_respondents,
        {{ safe_divide('sums.promoter_weight', 'sums.nps_weight') }} as promoter_share,
        {{ safe_divide('sums.detractor_weight', 'sums.nps_weight') }} as detractor_share,
        sums.fieldwork_start,
        sums.fieldwork_end
    from sums
    inner join asked on sums.wave = asked.wave and sums.mode = asked.mode

)

select * from final
