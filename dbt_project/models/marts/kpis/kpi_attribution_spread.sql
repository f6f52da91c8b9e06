with cohort_roi as (

    select * from {{ ref('int_cohort_roi') }}
    where
        level = 'channel'
        and attribution_model in {{ spread_model_list() }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by lead_month, channel
            order by
                case when projected_romi is null then 1 else 0 end,
                projected_romi,
                attribution_model
        ) as rank_from_low,
        row_number() over (
            partition by lead_month, channel
            order by
                case when projected_romi is null then 1 else 0 end,
                projected_romi desc,
                attribution_model asc
        ) as rank_from_high
    from cohort_roi

),

spreads as (

    select
        lead_month,
        channel,
        min(projected_romi) as romi_min,
        max(projected_romi) as romi_max,
        max(case when attribution_model = 'last_non_direct' then projected_romi end)
            as romi_headline,
        max(case when rank_from_low = 1 and projected_romi is not null then attribution_model end)
            as model_min,
        max(case when rank_from_high = 1 and projected_romi is not null then attribution_model end)
            as model_max,
        max(spend_amount) as spend_amount,
        max(case when reason_code in ('missing_rate', 'no_margin', 'no_orders') then 1 else 0 end)
            as is_unknown,
        min(coverage_share) as coverage_share,
        count(projected_romi) as models_judged
    from ranked
    group by lead_month, channel

),

final as (

    select
        channel,
        model_min,
        model_max,
        case
            when spend_amount <= 0 then 'no_spend'
            when is_unknown = 1 then 'cannot_tell'
            -- all five must speak: an agreement of those that happen to be ripe is none
            when models_judged < {{ spread_models() | length }} then 'too_early'
            when coverage_share < 0.7 then 'cannot_tell'
            else {{ spread_verdict('romi_min', 'romi_max') }}
        end as verdict,
        romi_min,
        romi_max,
        romi_headline,
        spend_amount,
        {{ to_bigint('models_judged') }} as models_judged,
        lead_month
    from spreads

)

select * from final
