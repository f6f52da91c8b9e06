-- The one feed of plan, scorecard and published figures: for each metric, segment and day the sums a
-- ratio or a flow is made of, and how much they vary by chance.
--   numerator, denominator   flows have no denominator; a stock's numerator is its level that day
--   numerator_variance ...   sums of squares (and products) of independent events, so that the variance
--                            of any period is the sum over its days
--   rates_missing            amounts left out for lack of an exchange rate
--   margins_missing          orders or customers of which nobody knows what they contribute
--   events                   independent events behind the row; a verdict asks for enough of them
--   survey_mode              how a survey was taken: its figures compare with those of the same mode only
with unioned as (

    select * from {{ ref('int_traffic_metrics_daily') }}
    union all
    select * from {{ ref('int_lead_metrics_daily') }}
    union all
    select * from {{ ref('int_return_metrics_daily') }}
    union all
    select * from {{ ref('int_order_metrics_daily') }}
    union all
    select * from {{ ref('int_audience_metrics_daily') }}

),

final as (

    select
        metric_id,
        segment_type,
        segment_value,
        numerator,
        denominator,
        numerator_variance,
        denominator_variance,
        covariance,
        events,
        rates_missing,
        margins_missing,
        -- share of the day's figure that its source may still restate
        coalesce(provisional_share, 0) as provisional_share,
        survey_mode,
        date_day
    from unioned
    where {{ is_complete_day('date_day') }}

)

select * from final
