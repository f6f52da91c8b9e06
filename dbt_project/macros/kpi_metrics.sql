{# Rows of metrics in one shape: sums of a day and a segment.
   A metric is `id` (SQL text), `from` (a relation with segment_type, segment_value and date_day), `numerator`,
   `events`, and where it has them `denominator`, `squares` ([numerator_variance, denominator_variance,
   covariance]), `rates_missing`, `margins_missing`, `provisional`, `survey_mode` and `where`. What is left out
   is NULL (no denominator, no spread of its own, no survey) or 0 (nothing missing, nothing provisional). #}
{% macro metric_rows(metrics) -%}
{%- for metric in metrics -%}
{%- set squares = metric.squares | default([]) -%}
select
    {{ metric.id }} as metric_id,
    segment_type,
    segment_value,
    {{ marketing_kpi.to_double(metric.numerator) }} as numerator,
    {{ marketing_kpi.to_double(metric.denominator | default('null')) }} as denominator,
    {{ marketing_kpi.to_double(squares[0] | default('null')) }} as numerator_variance,
    {{ marketing_kpi.to_double(squares[1] | default('null')) }} as denominator_variance,
    {{ marketing_kpi.to_double(squares[2] | default('null')) }} as covariance,
    {{ marketing_kpi.to_double(metric.events) }} as events,
    {{ marketing_kpi.to_bigint(metric.rates_missing | default('0')) }} as rates_missing,
    {{ marketing_kpi.to_bigint(metric.margins_missing | default('0')) }} as margins_missing,
    {{ marketing_kpi.to_double(metric.provisional | default('0')) }} as provisional_share,
    {{ marketing_kpi.to_string(metric.survey_mode | default('null')) }} as survey_mode,
    date_day
from {{ metric.from }}
{%- if metric.where %}
where {{ metric.where }}
{%- endif %}
{{ 'union all' if not loop.last }}
{% endfor %}
{%- endmacro %}

{# Independent trials behind a share, of the sums of a metric's rows: visits of one browser are not. Answers of
   a survey have no squares; their number is an effective one already. NULL for what is no share. #}
{% macro metric_effective_trials() -%}
case
    when interval_method in ('wilson', 'survey_share')
        then {{ marketing_kpi.clustered_effective_n(
            'numerator', 'denominator', 'numerator_variance', 'denominator_variance', 'covariance'
        ) }}
end
{%- endmacro %}

{# A cost per something, or a share of cost: where more came back than was spent, it is the price of nothing. #}
{% macro is_refunded_cost(metric_id, numerator) -%}
    (
        {{ metric_id }} in (
            'cpl', 'cpql', 'cac_full', 'cost_per_valid_visit', 'cost_per_join', 'drr'
        )
        and {{ numerator }} < 0
    )
{%- endmacro %}
