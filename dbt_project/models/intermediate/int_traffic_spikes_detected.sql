-- What each day of a series should have looked like, and the verdict. The method stands in the macro, so
-- that a test can feed it a history with a known answer, and a benchmark a labelled series.
{{ detect_spikes(ref('int_traffic_series_daily'), keys=['channel', 'campaign_id']) }}
