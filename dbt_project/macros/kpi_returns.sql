{# Return and cost formulas, written once. Money in the company currency; a ratio without a denominator
   is NULL, a true zero stays 0. #}

{# An amount that something can be divided by. A credit note may leave a month with less than nothing spent: a
   return on it would have the wrong sign. #}
{% macro positive(amount) %}(case when {{ amount }} > 0 then {{ amount }} end){% endmacro %}

{# Revenue per unit of spend. Not a profit measure. #}
{% macro roas(revenue, spend) %}{{ marketing_kpi.safe_divide(revenue, marketing_kpi.positive(spend)) }}{% endmacro %}

{# Share of revenue eaten by spend (ДРР). #}
{% macro drr(revenue, spend) %}{{ marketing_kpi.cost_per(spend, marketing_kpi.positive(revenue)) }}{% endmacro %}

{# Profit per unit of cost; `contribution` is net revenue times the contribution margin. #}
{% macro romi(contribution, cost) %}{{ marketing_kpi.safe_divide(marketing_kpi.to_double(contribution) ~ ' - ' ~ marketing_kpi.to_double(cost), marketing_kpi.positive(cost)) }}{% endmacro %}

{# The article's reading: goods counted as free. #}
{% macro roi_revenue(revenue, spend) %}{{ marketing_kpi.romi(revenue, spend) }}{% endmacro %}

{% macro breakeven_margin(revenue, spend) %}{{ marketing_kpi.drr(revenue, spend) }}{% endmacro %}
{% macro breakeven_roas(margin) %}{{ marketing_kpi.safe_divide('1', margin) }}{% endmacro %}

{# Cost of one lead, order or new customer; money that came back is the price of none. #}
{% macro cost_per(cost, events) %}{{ marketing_kpi.safe_divide('(case when ' ~ cost ~ ' >= 0 then ' ~ cost ~ ' end)', events) }}{% endmacro %}

{# Customers kept: (at the end - new) / at the start. #}
{% macro retention_rate(customers_start, customers_end, customers_new) %}{{ marketing_kpi.safe_divide('(' ~ customers_end ~ ' - ' ~ customers_new ~ ')', customers_start) }}{% endmacro %}

{# Columns of every return mart, in their order, computed from sums of the row.
   `suffix` is put to the names of the sums and of the results alike. Where `is_cost_partial` holds, the cost
   is a part of the whole, and no ratio of it is given; likewise of revenue where `is_revenue_partial` does. #}
{% macro return_columns(is_cost_partial, is_revenue_partial, suffix='') %}
{%- set spend = '(case when not ' ~ is_cost_partial ~ ' then spend_amount' ~ suffix ~ ' end)' -%}
{%- set full_cost = '(case when not ' ~ is_cost_partial ~ ' then full_cost_amount' ~ suffix ~ ' end)' -%}
{%- set revenue = '(case when ' ~ is_revenue_partial ~ ' then null else revenue_amount' ~ suffix ~ ' end)' %}
        {{ marketing_kpi.roas(revenue, spend) }} as roas{{ suffix }},
        {{ marketing_kpi.drr(revenue, spend) }} as drr{{ suffix }},
        {{ marketing_kpi.romi('contribution_amount' ~ suffix, spend) }} as romi{{ suffix }},
        {{ marketing_kpi.romi('contribution_amount' ~ suffix, full_cost) }} as romi_full{{ suffix }},
        {{ marketing_kpi.roi_revenue(revenue, spend) }} as roi_revenue{{ suffix }},
        {{ marketing_kpi.to_money(marketing_kpi.cost_per(spend, 'new_customers' ~ suffix)) }} as cac_media_amount{{ suffix }},
        {{ marketing_kpi.to_money(marketing_kpi.cost_per(full_cost, 'new_customers' ~ suffix)) }} as cac_full_amount{{ suffix }},
        {{ marketing_kpi.to_money(marketing_kpi.cost_per(spend, 'leads' ~ suffix)) }} as cpl_amount{{ suffix }},
        {{ marketing_kpi.to_money(marketing_kpi.cost_per(spend, 'qualified_leads' ~ suffix)) }} as cpql_amount{{ suffix }},
        {{ marketing_kpi.to_money(marketing_kpi.cost_per(spend, 'orders' ~ suffix)) }} as cpo_amount{{ suffix }}
{%- endmacro %}

{# Columns of a lead month of int_cohort_roi behind those that say of what it is, in their order. #}
{% macro cohort_return_columns() %}
        maturity_stage,
        reason_code,
        verdict,
        spend_source,
        spend_amount,
        full_cost_amount,
        leads,
        qualified_leads,
        orders,
        new_customers,
        revenue_amount,
        contribution_amount,
        {{- marketing_kpi.return_columns(
            '(is_rate_missing or not is_recorded)', '(is_order_rate_missing or is_without_sales)'
        ) }},
        maturity,
        projected_revenue_cl_amount,
        projected_revenue_bf_amount,
        projected_romi_low,
        projected_romi,
        projected_romi_high,
        coverage_share,
        journey_coverage_share,
        is_complete,
        lead_month
{%- endmacro %}

{# The models whose agreement makes a verdict robust; plain `last` is left out because it credits
   `direct`, which nobody pays for. #}
{% macro spread_models() %}{{ return(['first', 'last_non_direct', 'linear', 'position', 'time_decay']) }}{% endmacro %}

{% macro spread_model_list() %}('{{ marketing_kpi.spread_models() | join("', '") }}'){% endmacro %}

{# One verdict from the lowest and highest ROMI over models. #}
{% macro spread_verdict(romi_min, romi_max) -%}
    (case
        when {{ romi_min }} > 0 then 'robust_positive'
        when {{ romi_max }} < 0 then 'robust_negative'
        when {{ romi_min }} is not null then 'depends_on_model'
    end)
{%- endmacro %}

{# Whether a part of the data is among those that a KPI's definition names, as |one|another|. #}
{% macro is_part_of(part, parts) %}{{ dbt.position(dbt.concat(["'|'", part, "'|'"]), parts) }} > 0{% endmacro %}
