{# Statistics in plain SQL arithmetic: +, -, *, /, sqrt, exp, ln, power and `case`, which DuckDB, Spark
   and ClickHouse compute alike. Arguments are column names or short expressions: each is repeated in
   the text, so give a long expression a name in a CTE first.
   All intervals are 95% (two-sided) and cover chance only, never bias of selection. #}

{% macro z_95() %}1.959963984540054{% endmacro %}

{# ---- shares ---- #}

{# Wilson score interval of k successes in n trials; n may be an effective (fractional) sample size.
   NULL when there are no trials. Its bounds stay inside 0..1 and behave at 0 and n successes.
   A weighted count may exceed n by rounding only; further out it is no share and gives NULL. #}
{% macro wilson_low(k, n) %}{{ marketing_kpi.wilson_bound(k, n, '-') }}{% endmacro %}
{% macro wilson_high(k, n) %}{{ marketing_kpi.wilson_bound(k, n, '+') }}{% endmacro %}

{% macro wilson_bound(k, n, side) -%}
    {%- set k = marketing_kpi.to_double(k) -%}
    {%- set n = marketing_kpi.to_double(n) -%}
    {%- set z2 = '3.841458820694124' -%}
    (case
        {# The bound at an empty or a full count is exact; arithmetic would leave 1e-17 there. #}
        {%- if side == '-' %}
        when {{ n }} > 0 and {{ k }} = 0 then 0.0
        {%- else %}
        when {{ n }} > 0 and {{ k }} >= {{ n }} and {{ k }} <= {{ n }} * 1.000000001 then 1.0
        {%- endif %}
        when {{ n }} > 0 and {{ k }} >= 0 and {{ k }} <= {{ n }} * 1.000000001
            then (
                {{ k }} + {{ z2 }} / 2
                {{ side }} {{ marketing_kpi.z_95() }}
                    * sqrt({{ k }} * ({{ n }} - {{ k }}) / {{ n }} + {{ z2 }} / 4)
            ) / ({{ n }} + {{ z2 }})
    end)
{%- endmacro %}

{# Newcombe's score interval (method 10) of the difference of two independent shares, 1 minus 2. #}
{% macro newcombe_low(k1, n1, k2, n2) %}{{ marketing_kpi.newcombe_bound(k1, n1, k2, n2, '-') }}{% endmacro %}
{% macro newcombe_high(k1, n1, k2, n2) %}{{ marketing_kpi.newcombe_bound(k1, n1, k2, n2, '+') }}{% endmacro %}

{% macro newcombe_bound(k1, n1, k2, n2, side) -%}
    {%- set p1 = marketing_kpi.safe_divide(k1, n1) -%}
    {%- set p2 = marketing_kpi.safe_divide(k2, n2) -%}
    {%- if side == '-' -%}
        {%- set first = marketing_kpi.wilson_low(k1, n1) -%}
        {%- set second = marketing_kpi.wilson_high(k2, n2) -%}
    {%- else -%}
        {%- set first = marketing_kpi.wilson_high(k1, n1) -%}
        {%- set second = marketing_kpi.wilson_low(k2, n2) -%}
    {%- endif -%}
    ({{ p1 }} - {{ p2 }} {{ side }} sqrt(power({{ p1 }} - {{ first }}, 2) + power({{ p2 }} - {{ second }}, 2)))
{%- endmacro %}

{# Kish's effective sample size of weighted answers: what n unweighted answers would be as precise. #}
{% macro kish_effective_n(sum_of_weights, sum_of_squared_weights) -%}
    {{ marketing_kpi.safe_divide('power(' ~ marketing_kpi.to_double(sum_of_weights) ~ ', 2)', sum_of_squared_weights) }}
{%- endmacro %}

{# Effective number of trials of a share whose trials come in clusters, as visits of one browser do: how
   many independent trials would leave the same variance (Wilson's interval then takes it for n, and
   k x effective n / n for k). Squares and products are sums over clusters: successes^2, trials^2,
   successes x trials. Never above n; where nothing or all succeeded, a cluster counts as one trial that
   was repeated. n itself where the sums are NULL. #}
{% macro clustered_effective_n(k, n, squared_successes, squared_trials, products) -%}
    {%- set k = marketing_kpi.to_double(k) -%}
    {%- set n = marketing_kpi.to_double(n) -%}
    {%- set p = marketing_kpi.safe_divide(k, n) -%}
    {%- set squares -%}
        ({{ squared_successes }} - 2 * {{ p }} * {{ products }} + power({{ p }}, 2) * {{ squared_trials }})
    {%- endset -%}
    (case
        when {{ squared_successes }} is null or {{ squared_trials }} is null or {{ products }} is null
            then {{ n }}
        when {{ k }} <= 0 or {{ k }} >= {{ n }} or {{ squares }} <= 0
            then {{ marketing_kpi.smaller_of(
                n, marketing_kpi.safe_divide(n ~ ' * ' ~ n, marketing_kpi.to_double(squared_trials))
            ) }}
        else {{ marketing_kpi.smaller_of(
            n, k ~ ' * (' ~ n ~ ' - ' ~ k ~ ') / ' ~ squares
        ) }}
    end)
{%- endmacro %}

{# Answers per period needed to see p1 change to p2 (two-sided 5%, power 80%; Fleiss, uncorrected). #}
{% macro sample_size_two_shares(p1, p2) -%}
    {%- set mean = '((' ~ p1 ~ ' + ' ~ p2 ~ ') / 2.0)' -%}
    (case
        when {{ p1 }} <> {{ p2 }}
            then ceil(
                power(
                    {{ marketing_kpi.z_95() }} * sqrt(2 * {{ mean }} * (1 - {{ mean }}))
                    + 0.8416212335729143 * sqrt({{ p1 }} * (1 - {{ p1 }}) + {{ p2 }} * (1 - {{ p2 }})),
                    2
                ) / power({{ p1 }} - {{ p2 }}, 2)
            )
    end)
{%- endmacro %}

{# ---- waves of surveys ---- #}

{# `column` of the last wave of the same segment and mode that has an `answer`, of a wave that has one too. #}
{% macro of_last_asked_wave(column, answer) -%}
    case
        when {{ answer }} is not null
            then lag({{ marketing_kpi.nullable(column) }}) over (
                partition by segment, mode, case when {{ answer }} is null then 0 else 1 end
                order by fieldwork_end, fieldwork_start, wave
            )
    end
{%- endmacro %}

{# ---- loyalty index (NPS), in points -100..100 ---- #}

{# Shares of promoters (9-10) and detractors (0-6) in, points out. #}
{% macro nps(promoter_share, detractor_share) %}(100 * ({{ promoter_share }} - {{ detractor_share }})){% endmacro %}

{# Variance of one answer scored +1, 0, -1. #}
{% macro nps_answer_variance(promoter_share, detractor_share) -%}
    ({{ promoter_share }} + {{ detractor_share }} - power({{ promoter_share }} - {{ detractor_share }}, 2))
{%- endmacro %}

{% macro nps_standard_error(promoter_share, detractor_share, n) -%}
    (100 * sqrt({{ marketing_kpi.safe_divide(marketing_kpi.nps_answer_variance(promoter_share, detractor_share), n) }}))
{%- endmacro %}

{# ---- sums of independent events ---- #}

{# Standard normal distribution function (Abramowitz & Stegun 26.2.17, error below 7.5e-8). #}
{% macro normal_cdf(z) -%}
    {%- set t = '(1 / (1 + 0.2316419 * abs(' ~ z ~ ')))' -%}
    {%- set tail -%}
        (0.3989422804014327 * exp(-power({{ z }}, 2) / 2) * {{ t }} * (
            0.319381530 + {{ t }} * (-0.356563782 + {{ t }} * (
                1.781477937 + {{ t }} * (-1.821255978 + {{ t }} * 1.330274429)))))
    {%- endset -%}
    (case when {{ z }} >= 0 then 1 - {{ tail }} else {{ tail }} end)
{%- endmacro %}

{# P(X <= k) for X ~ Poisson(mean). Up to k = 9 the terms are added; above, Temme's uniform expansion
   of the incomplete gamma function (error below 5e-6 at k = 10, below 3e-7 from k = 40), because no
   engine but one has that function and the sum has no closed form.
   NULL for a negative mean; 1 for mean 0; 0 for k < 0. A fractional k counts as its whole part. #}
{% macro poisson_lower_tail(k, mean) -%}
    {%- set k = 'floor(' ~ marketing_kpi.to_double(k) ~ ')' -%}
    {%- set m = marketing_kpi.to_double(mean) -%}
    {%- set a = '(' ~ k ~ ' + 1)' -%}
    {#- e: relative distance of the mean from a; h: the same as a normal deviate per sqrt(a). -#}
    {%- set e = '(' ~ m ~ ' / ' ~ a ~ ' - 1)' -%}
    {%- set h -%}
        (case
            when abs({{ e }}) < 0.02
                then {{ e }} * (1 - {{ e }} / 3 + 7 * power({{ e }}, 2) / 36 - 73 * power({{ e }}, 3) / 540)
            when {{ e }} > 0 then sqrt(2 * ({{ e }} - ln({{ m }} / {{ a }})))
            else -sqrt(2 * ({{ e }} - ln({{ m }} / {{ a }})))
        end)
    {%- endset -%}
    {#- Near the mean both corrections are differences of large numbers: there their power series. -#}
    {%- set correction -%}
        (case
            when abs({{ e }}) < 0.02
                then -0.333333333333333 + {{ h }} / 12 - 2 * power({{ h }}, 2) / 135 + power({{ h }}, 3) / 864
                    + (-0.001851851851851852 - {{ h }} / 288 + power({{ h }}, 2) / 378) / {{ a }}
            else 1 / {{ e }} - 1 / {{ h }}
                + (1 / power({{ h }}, 3) - 1 / power({{ e }}, 3) - 1 / power({{ e }}, 2) - 1 / (12 * {{ e }})) / {{ a }}
        end)
    {%- endset -%}
    (case
        when {{ m }} < 0 then null
        when {{ k }} < 0 then 0.0
        when {{ m }} = 0 then 1.0
        when {{ k }} < 10
            then exp(-{{ m }}) * (
                1
                {%- set ns = namespace(factorial=1) -%}
                {%- for j in range(1, 10) -%}
                {%- set ns.factorial = ns.factorial * j %}
                + case when {{ k }} >= {{ j }} then power({{ m }}, {{ j }}) / {{ ns.factorial }} else 0 end
                {%- endfor %}
            )
        {# Beyond 40 standard deviations either way the answer is 0 or 1, and exp() would underflow. #}
        when {{ e }} > 0 and {{ a }} * power({{ h }}, 2) > 1400 then 0.0
        when {{ e }} < 0 and {{ a }} * power({{ h }}, 2) > 1400 then 1.0
        else {{ marketing_kpi.normal_cdf('(-' ~ h ~ ' * sqrt(' ~ a ~ '))') }}
            + exp(-{{ a }} * power({{ h }}, 2) / 2) / sqrt(2 * 3.141592653589793 * {{ a }}) * {{ correction }}
    end)
{%- endmacro %}

{# P(X >= k) #}
{% macro poisson_upper_tail(k, mean) -%}
    (1 - {{ marketing_kpi.poisson_lower_tail('(ceil(' ~ marketing_kpi.to_double(k) ~ ') - 1)', mean) }})
{%- endmacro %}

{# Byar's approximation of the exact interval of a Poisson count (within 1% of it from 1 event on). #}
{% macro poisson_low(k) -%}
    {%- set k = marketing_kpi.to_double(k) -%}
    (case
        when {{ k }} > 0
            and 1 - 1 / (9 * {{ k }}) - {{ marketing_kpi.z_95() }} / (3 * sqrt({{ k }})) > 0
            then {{ k }} * power(1 - 1 / (9 * {{ k }}) - {{ marketing_kpi.z_95() }} / (3 * sqrt({{ k }})), 3)
        -- of less than one event nothing may have been expected
        when {{ k }} >= 0 then 0.0
    end)
{%- endmacro %}
{% macro poisson_high(k) -%}
    {%- set k = '(' ~ marketing_kpi.to_double(k) ~ ' + 1)' -%}
    (case
        when {{ k }} >= 1
            then {{ k }} * power(1 - 1 / (9 * {{ k }}) + {{ marketing_kpi.z_95() }} / (3 * sqrt({{ k }})), 3)
    end)
{%- endmacro %}

{# Variance of a ratio of two sums, R = N / D, by linearisation:
   (var N - 2 R cov + R^2 var D) / D^2, where var and cov are sums over independent events.
   It is what a bootstrap that redraws the events converges to, without the redrawing. #}
{% macro ratio_variance(numerator, denominator, numerator_variance, denominator_variance, covariance) -%}
    {%- set r = marketing_kpi.safe_divide(numerator, denominator) -%}
    {#- Rounding can leave a hair below zero where the true variance is zero. -#}
    {%- set sum_of_squares -%}
        ({{ numerator_variance }} - 2 * {{ r }} * {{ covariance }} + power({{ r }}, 2) * {{ denominator_variance }})
    {%- endset -%}
    {{ marketing_kpi.safe_divide(
        'case when ' ~ sum_of_squares ~ ' < 0 then 0 else ' ~ sum_of_squares ~ ' end',
        'power(' ~ denominator ~ ', 2)'
    ) }}
{%- endmacro %}

{# ---- bootstrap ---- #}

{# Weight of a group of observations in one replicate of a Poisson bootstrap: how often it is drawn, a
   whole number with mean 1 and variance 1. It is computed from the numbers of the group and of the
   replicate (below 10^6 each), not drawn, so that every run and engine gives the same interval: three
   rounds of squaring modulo the prime 2^31 - 1, in whole numbers below 2^63, make the uniform number. #}
{% macro poisson_bootstrap_weight(group_number, replicate) -%}
    {%- set prime = '2147483647' -%}
    {%- set group_number = marketing_kpi.to_bigint(group_number) -%}
    {%- set replicate = marketing_kpi.to_bigint(replicate) -%}
    {%- set seed -%}
        ((({{ group_number }} + 1) * 1000003 + ({{ replicate }} + 1) * 998244353) % {{ prime }})
    {%- endset -%}
    {%- set first -%}
        (({{ seed }} * {{ seed }} + ({{ replicate }} + 1) * 69069) % {{ prime }})
    {%- endset -%}
    {%- set second -%}
        (({{ first }} * {{ first }} + ({{ group_number }} + 1) * 48271) % {{ prime }})
    {%- endset -%}
    {%- set uniform = marketing_kpi.to_double('(' ~ second ~ ' * ' ~ second ~ ' + 16807) % ' ~ prime) ~ ' / ' ~ prime -%}
    {{ marketing_kpi.poisson_quantile('(' ~ uniform ~ ')') }}
{%- endmacro %}

{# Quantile of a Poisson(1) variable: P(X <= k) first reaches u. Nine and more come once in 9 million. #}
{% macro poisson_quantile(u) -%}
    (case
        {%- set ns = namespace(sum=1.0, term=1.0) %}
        {%- for k in range(9) %}
        {%- if k > 0 %}{% set ns.term = ns.term / k %}{% set ns.sum = ns.sum + ns.term %}{% endif %}
        when {{ u }} <= {{ '%.15f' % (ns.sum / 2.718281828459045) }} then {{ k }}
        {%- endfor %}
        else 9
    end)
{%- endmacro %}
