-- What each day of a series should have looked like, and the verdict. The method stands in the macro, so
-- that a test can feed it a history with a known answer, and a benchmark a labelled series. Days before
-- the first one that changed keep their verdict.
{% set series, keys = ref('int_traffic_series_daily'), ['channel', 'campaign_id'] %}
{{ detect_spikes(series, keys=keys, first_day=first_changed_day(series, keys)) }}
