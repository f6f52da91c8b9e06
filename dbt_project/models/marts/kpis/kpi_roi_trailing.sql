with cohort_roi as (

    select * from {{ ref('int_cohort_roi') }}
    where level = 'channel'

),

tests as (

    select * from {{ ref('kpi_incremental_roi') }}

),

period as (

    {{ trailing_year() | indent(4) }}

),

months as (

    select
        cohort_roi.*,
        coalesce(cohort_roi.maturity >= 0.8, false) as is_mature,
        period.period_start,
        period.period_end
    from cohort_roi
    inner join period
        on
            cohort_roi.lead_month >= period.period_start
            and cohort_roi.lead_month <= period.period_end

),

{% set measures = [
    'spend_amount', 'full_cost_amount', 'leads', 'qualified_leads', 'orders', 'new_customers',
    'revenue_amount',
] %}
sums as (

    select
        channel,
        attribution_model,
        period_start,
        period_end,
        {% for measure in measures -%}
            {%- if measure.endswith('_amount') %}
                sum({{ measure }}) as {{ measure }},
                sum(case when is_mature then {{ measure }} else 0 end) as {{ measure }}_mature,
            {%- else %}
                {{ exact_sum(measure) }} as {{ measure }},
                {{ exact_sum('case when is_mature then ' ~ measure ~ ' else 0 end') }}
                    as {{ measure }}_mature,
            {%- endif %}
        {%- endfor %}
        -- NULL in one month (margin unknown) makes the sum NULL
        case
            when count(*) = count(contribution_amount) then sum(contribution_amount)
        end as contribution_amount,
        case
            when {{ count_where(
                'is_mature') }} = {{ count_where('is_mature and contribution_amount is not null'
            ) }}
                then sum(case when is_mature then contribution_amount else 0 end)
        end as contribution_amount_mature,
        {{ exact_sum('case when is_mature then contribution_squares else 0 end') }}
            as contribution_squares_mature,
        -- up to a fifth of what these months will bring may still be to come
        {{ exact_sum(
            'case when is_mature then coalesce(outstanding_contribution_amount, 0) else 0 end'
        ) }} as outstanding_contribution_mature,
        {{ count_where('is_mature') }} as mature_months,
        count(*) as months,
        {{ count_where('not is_recorded') }} as months_unrecorded,
        {{ count_where('is_rate_missing') }} as months_without_rate,
        {{ count_where('is_mature and is_rate_missing') }} as months_without_rate_mature,
        {{ count_where('is_order_rate_missing') }} as months_without_order_rate,
        {{ count_where('is_mature and is_order_rate_missing') }}
            as months_without_order_rate_mature,
        {{ count_where('is_without_sales') }} > 0 as is_without_sales
    from months
    group by channel, attribution_model, period_start, period_end

),

coverage as (

    select
        attribution_model,
        {{ safe_divide(
            "sum(case when channel <> 'unattributed' then revenue_amount else 0 end)",
            'sum(revenue_amount)'
        ) }} as coverage_share
    from sums
    group by attribution_model

),

-- under the headline model customers are redrawn, as on the page of intervals
redrawn as (

    select
        segment_value as channel,
        'last_non_direct' as attribution_model,
        metric_low,
        metric_high
    from {{ ref('kpi_return_intervals') }}
    where metric_id = 'romi' and segment_type = 'channel'

),

estimated as (

    select
        sums.*,
        coverage.coverage_share,
        case
            when sums.months_without_rate_mature = 0
                then {{ romi('sums.contribution_amount_mature', 'sums.spend_amount_mature') }}
        end as romi_of_mature,
        {{ safe_divide(
            larger_of('sums.outstanding_contribution_mature', '0'), 'sums.spend_amount_mature'
        ) }} as romi_to_come,
        -- about what redrawing the deals would give; with fewer than ten there is nothing to redraw
        case
            when sums.orders_mature >= 10
                then {{ safe_divide(
                    z_95() ~ ' * sqrt(sums.contribution_squares_mature)', 'sums.spend_amount_mature'
                ) }}
        end as romi_margin_of_error
    from sums
    inner join coverage on sums.attribution_model = coverage.attribution_model

),

returns as (

    select
        estimated.*,
        coalesce(
            redrawn.metric_low,
            -- with nothing earned all of the spend is lost, not more
            {{ larger_of(
                'estimated.romi_of_mature - estimated.romi_margin_of_error',
                smaller_of('estimated.romi_of_mature', '-1.0')
            ) }}
        ) as romi_mature_low,
        coalesce(
            redrawn.metric_high, estimated.romi_of_mature + estimated.romi_margin_of_error
        ) as romi_mature_high
    from estimated
    left join redrawn
        on
            estimated.channel = redrawn.channel
            and estimated.attribution_model = redrawn.attribution_model

),

-- the spread is of ripe months: young ones look like a loss under every model
spreads as (

    select
        channel,
        min(romi_of_mature) as romi_min,
        max(romi_of_mature) as romi_max,
        max(romi_of_mature + romi_to_come) as romi_max_in_the_end,
        count(romi_of_mature) as models_judged,
        min(orders_mature) as fewest_orders,
        min(coverage_share) as coverage_share
    from returns
    where attribution_model in {{ spread_model_list() }}
    group by channel

),

extremes as (

    select
        returns.channel,
        min(case when returns.romi_of_mature = spreads.romi_min then returns.attribution_model end)
            as model_min,
        min(case when returns.romi_of_mature = spreads.romi_max then returns.attribution_model end)
            as model_max
    from returns
    inner join spreads on returns.channel = spreads.channel
    where returns.attribution_model in {{ spread_model_list() }}
    group by returns.channel

),

-- only a test fills incremental ROMI: the newest one that ended in the period
latest_tests as (

    select
        tests.channel,
        tests.iromi
    from tests
    inner join period
        on tests.end_date >= period.period_start and tests.end_date <= period.period_end
    qualify row_number() over (
        partition by tests.channel
        order by tests.end_date desc, tests.test_id asc
    ) = 1

),

judged as (

    select
        {{ all_columns('returns', ['channel', 'coverage_share']) }},
        spreads.romi_min,
        spreads.romi_max,
        latest_tests.iromi,
        extremes.model_min,
        extremes.model_max,
        case
            when returns.spend_amount <= 0 then 'no_spend'
            when returns.months_unrecorded = returns.months then 'cannot_tell'
            when
                returns.months_without_rate_mature > 0
                or (
                    returns.spend_amount_mature > 0 and returns.contribution_amount_mature is null
                )
                then 'cannot_tell'
            when spreads.models_judged < {{ spread_models() | length }} then 'too_early'
            -- a loss that what is still to come makes good is none yet
            when spreads.romi_max < 0 and spreads.romi_max_in_the_end >= 0 then 'too_early'
            -- models that agree on the little that was traced agree on nothing
            when spreads.coverage_share < 0.7 then 'cannot_tell'
            -- all models agree on a channel that no visit is seen of, radio or leaflets: on nothing
            when
                spreads.fewest_orders < 10
                and (spreads.romi_min > 0 or spreads.romi_max < 0)
                then 'cannot_tell'
            else {{ spread_verdict('spreads.romi_min', 'spreads.romi_max') }}
        end as spread_verdict,
        case
            when returns.months_without_rate > 0 then 'missing_rate'
            when returns.spend_amount <= 0 then 'no_spend'
            when returns.is_without_sales then 'no_orders'
            when returns.months_unrecorded = returns.months then 'no_records'
            when returns.spend_amount_mature <= 0 then 'not_mature'
            when returns.months_without_order_rate_mature > 0 then 'missing_rate'
            when returns.contribution_amount_mature is null then 'no_margin'
            when returns.coverage_share < 0.7 then 'low_coverage'
            when returns.orders_mature < 10 then 'not_enough_data'
            when
                returns.romi_mature_high < 0
                and returns.romi_mature_high + returns.romi_to_come >= 0
                then 'not_mature'
            when returns.romi_mature_low <= 0 and returns.romi_mature_high >= 0 then 'within_noise'
        end as reason_code
    from returns
    inner join spreads on returns.channel = spreads.channel
    inner join extremes on returns.channel = extremes.channel
    left join latest_tests on returns.channel = latest_tests.channel

),

final as (

    select
        channel,
        attribution_model,
        reason_code,
        case
            when reason_code = 'no_spend' then 'no_spend'
            when reason_code = 'not_mature' then 'too_early'
            when reason_code is not null then 'cannot_tell'
            when romi_of_mature > 0 then 'pays'
            else 'does_not_pay'
        end as verdict,
        spread_verdict,
        model_min,
        model_max,
        {% for suffix in ['', '_mature'] -%}
            {{ to_money('spend_amount' ~ suffix) }} as spend_amount{{ suffix }},
            {{ to_money('full_cost_amount' ~ suffix) }} as full_cost_amount{{ suffix }},
            leads{{ suffix }},
            qualified_leads{{ suffix }},
            orders{{ suffix }},
            new_customers{{ suffix }},
            {{ to_money('revenue_amount' ~ suffix) }} as revenue_amount{{ suffix }},
            {{ to_money('contribution_amount' ~ suffix) }} as contribution_amount{{ suffix }},
            {{- return_columns(
                '(months_without_rate' ~ suffix ~ ' > 0'
                ~ (' or months_unrecorded > 0)' if suffix == '' else ')'),
                '(months_without_order_rate' ~ suffix ~ ' > 0 or is_without_sales)',
                suffix,
            ) }},
        {% endfor -%}
        romi_mature_low,
        romi_mature_high,
        mature_months,
        romi_min,
        romi_max,
        iromi,
        coverage_share,
        period_start,
        period_end
    from judged

)

select * from final
