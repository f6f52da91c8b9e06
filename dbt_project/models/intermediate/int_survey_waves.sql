-- Weighted counts per wave, segment and mode of interview. Modes are kept apart because people answer
-- a street interviewer and a web panel differently.
with answers as (

    select * from {{ ref('int_survey_answers') }}
    where {{ is_complete_day('answered_date') }}

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
        wave,
        segment,
        mode,
        vendor,
        respondents,
        {{ kish_effective_n('target_weight', 'target_squared_weight') }} as effective_respondents,
        {{ safe_divide('aided_weight', 'target_weight') }} as aided_rate,
        {{ safe_divide('unaided_weight', 'target_weight') }} as unaided_rate,
        {{ safe_divide('top_of_mind_weight', 'target_weight') }} as top_of_mind_rate,
        nps_respondents,
        {{ kish_effective_n('nps_weight', 'nps_squared_weight') }} as nps_effective_respondents,
        {{ safe_divide('promoter_weight', 'nps_weight') }} as promoter_share,
        {{ safe_divide('detractor_weight', 'nps_weight') }} as detractor_share,
        fieldwork_start,
        fieldwork_end
    from sums

)

select * from final
