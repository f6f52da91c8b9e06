with published as (

    select * from {{ ref('stg_pipeline__published_figures') }}
    -- the versions of a day of spend tell their own history
    where metric_id <> 'spend' and segment = 'all'

),

metrics as (

    select
        *,
        substr({{ to_string('month') }}, 1, 7) as period
    from {{ ref('kpi_metrics_monthly') }}
    where segment_type = 'all'

),

channel_figures as (

    select * from {{ ref('int_channel_restatements') }}

),

spend_versions as (

    select * from {{ ref('int_spend_versions') }}

),

margin_changes as (

    select
        valid_from,
        seen_at
    from {{ ref('stg_pipeline__register_ledger') }}
    where register_name = 'margins'
    -- what the ledger began with was there before
    qualify seen_at > min(seen_at) over ()

),

rule_changes as (

    select
        register_name,
        max(seen_at) as changed_at
    from (
        select
            register_name,
            seen_at
        from {{ ref('stg_pipeline__register_ledger') }}
        where register_name in ('channels', 'conversions', 'costs', 'settings')
        qualify seen_at > min(seen_at) over (partition by register_name)
    ) as changes
    group by register_name

),

margin_metrics as (

    select metric_id
    from {{ ref('kpi_definitions') }}
    where coverage_parts like '%|margins|%'

),

orders as (

    select
        *,
        substr({{ to_string('cohort_date') }}, 1, 7) as period,
        row_number() over (
            partition by lead_id
            order by case when order_kind = 'sale' then 0 else 1 end, order_date, order_id
        ) as place_in_lead
    from {{ ref('int_cohort_orders') }}

),

channels as (

    select * from {{ ref('dim_channel') }}

),

-- what customers brought, by the month of their first order
customer_orders as (

    select
        orders.contribution_amount,
        orders.order_date,
        substr({{ to_string('first_orders.order_month') }}, 1, 7) as period
    from {{ ref('fct_orders') }} as orders
    inner join {{ ref('fct_orders') }} as first_orders
        on orders.customer_id = first_orders.customer_id and first_orders.is_first_order

),

qualified_leads as (

    select
        channel,
        {{ to_date(from_utc('qualified_at', company('timezone'))) }} as qualified_date,
        substr({{ to_string('lead_date') }}, 1, 7) as period
    from {{ ref('fct_leads') }}
    where lead_status = 'valid' and is_qualified and qualified_at is not null

),

trials as (

    select
        paid_date,
        substr({{ to_string('trial_date') }}, 1, 7) as period
    from {{ ref('int_trials') }}
    where paid_date is not null

),

first_published as (

    select *
    from published
    qualify row_number() over (partition by figure_id order by published_at, as_of_date) = 1

),

current_figures as (

    select
        {{ dbt.concat(["metric_id", "'|'", "segment_value", "'|'", "period"]) }} as figure_id,
        metric_id,
        segment_value as segment,
        period,
        is_cohort_metric,
        numerator,
        denominator,
        metric_value
    from metrics

),

-- what came to a lead month after a figure of it was shown
later_orders as (

    select
        first_published.figure_id,
        sum(case when channels.is_paid then orders.revenue_amount end) as paid_revenue,
        sum(case when channels.is_paid then orders.contribution_amount end) as paid_contribution,
        sum(case
            when {{ is_marketing_work('orders.channel') }} then orders.contribution_amount
        end) as marketing_contribution,
        sum(case
            when {{ is_marketing_work('orders.channel') }} then orders.new_customers
        end) as marketing_new_customers,
        {{ count_where(
            "orders.lead_id is not null and orders.order_kind = 'sale' and orders.place_in_lead = 1"
        ) }} as ordered_leads,
        sum(orders.revenue_amount) as revenue,
        sum(case when orders.channel <> 'unattributed' then orders.revenue_amount end)
            as known_revenue
    from first_published
    inner join orders
        on
            first_published.period = orders.period
            and first_published.as_of_date <= orders.order_date
    left join channels on orders.channel = channels.channel
    group by first_published.figure_id

),

later_values as (

    select
        first_published.figure_id,
        sum(customer_orders.contribution_amount) as contribution
    from first_published
    inner join customer_orders
        on
            first_published.period = customer_orders.period
            and first_published.as_of_date <= customer_orders.order_date
    group by first_published.figure_id

),

later_qualified as (

    select
        first_published.figure_id,
        count(*) as leads,
        {{ count_where('channels.is_paid') }} as paid_leads
    from first_published
    inner join qualified_leads
        on
            first_published.period = qualified_leads.period
            and first_published.as_of_date <= qualified_leads.qualified_date
    left join channels on qualified_leads.channel = channels.channel
    group by first_published.figure_id

),

later_paid as (

    select
        first_published.figure_id,
        count(*) as trials
    from first_published
    inner join trials
        on
            first_published.period = trials.period
            and first_published.as_of_date <= trials.paid_date
    group by first_published.figure_id

),

-- the figure of today without it: what is left of the change is no ripening
unripened as (

    select
        current_figures.figure_id,
        {% set part = "coalesce(later_orders.%s, 0)" -%}
        case current_figures.metric_id
            when 'roas' then {{ safe_divide(
                '(current_figures.numerator - ' ~ part % 'paid_revenue' ~ ')',
                'current_figures.denominator'
            ) }}
            when 'drr' then {{ safe_divide(
                'current_figures.numerator',
                '(current_figures.denominator - ' ~ part % 'paid_revenue' ~ ')'
            ) }}
            when 'romi' then {{ safe_divide(
                '(current_figures.numerator - ' ~ part % 'paid_contribution' ~ ')',
                'current_figures.denominator'
            ) }}
            when 'romi_full' then {{ safe_divide(
                '(current_figures.numerator - ' ~ part % 'marketing_contribution' ~ ')',
                'current_figures.denominator'
            ) }}
            when 'cac_full' then {{ safe_divide(
                'current_figures.numerator',
                '(current_figures.denominator - ' ~ part % 'marketing_new_customers' ~ ')'
            ) }}
            when 'lead_to_order' then {{ safe_divide(
                '(current_figures.numerator - ' ~ part % 'ordered_leads' ~ ')',
                'current_figures.denominator'
            ) }}
            when 'attributed_share' then {{ safe_divide(
                '(current_figures.numerator - ' ~ part % 'known_revenue' ~ ')',
                '(current_figures.denominator - ' ~ part % 'revenue' ~ ')'
            ) }}
            when 'ltv_cac' then {{ safe_divide(
                '(current_figures.numerator - coalesce(later_values.contribution, 0))',
                'current_figures.denominator'
            ) }}
            when 'leads_qualified'
                then current_figures.numerator - coalesce(later_qualified.leads, 0)
            when 'qualified_rate' then {{ safe_divide(
                '(current_figures.numerator - coalesce(later_qualified.leads, 0))',
                'current_figures.denominator'
            ) }}
            when 'cpql' then {{ safe_divide(
                'current_figures.numerator',
                '(current_figures.denominator - coalesce(later_qualified.paid_leads, 0))'
            ) }}
            when 'trial_to_paid' then {{ safe_divide(
                '(current_figures.numerator - coalesce(later_paid.trials, 0))',
                'current_figures.denominator'
            ) }}
        end as value_then
    from current_figures
    left join later_orders on current_figures.figure_id = later_orders.figure_id
    left join later_values on current_figures.figure_id = later_values.figure_id
    left join later_qualified on current_figures.figure_id = later_qualified.figure_id
    left join later_paid on current_figures.figure_id = later_paid.figure_id

),

cohort_ends as (

    select
        period,
        substr({{ to_string('max(order_date)') }}, 1, 10) as last_order_date
    from orders
    group by period

),

-- a margin that was entered or taken back after a figure was shown, for days that the figure rests on
margin_restatements as (

    select distinct first_published.figure_id
    from first_published
    inner join current_figures on first_published.figure_id = current_figures.figure_id
    inner join margin_metrics on current_figures.metric_id = margin_metrics.metric_id
    left join cohort_ends on current_figures.period = cohort_ends.period
    inner join margin_changes
        on
            first_published.published_at < margin_changes.seen_at
            and (
                substr(margin_changes.valid_from, 1, 7) <= current_figures.period
                or (
                    current_figures.is_cohort_metric
                    and cohort_ends.last_order_date >= margin_changes.valid_from
                )
            )

),

-- a rule or a setting that was changed after a figure was shown, where the figure rests on it
rule_restatements as (

    select distinct first_published.figure_id
    from first_published
    inner join {{ ref('kpi_definitions') }} as definitions
        on first_published.metric_id = definitions.metric_id
    inner join rule_changes
        on
            first_published.published_at < rule_changes.changed_at
            and (
                rule_changes.register_name = 'settings'
                or (
                    rule_changes.register_name = 'channels'
                    and definitions.coverage_parts like '%|spend_days|%'
                )
                or (
                    rule_changes.register_name = 'conversions'
                    and definitions.metric_id in (
                        'lead_conversion', 'purchase_conversion', 'trial_to_paid'
                    )
                )
                or (
                    rule_changes.register_name = 'costs'
                    and definitions.coverage_parts like '%|cost_types|%'
                )
            )

    union distinct

    select channel_figures.figure_id
    from channel_figures
    inner join rule_changes
        on
            channel_figures.first_published_at < rule_changes.changed_at
            and rule_changes.register_name in ('channels', 'settings')

),

figures as (

    -- a figure nobody has seen yet is shown for the first time now
    select
        current_figures.figure_id,
        current_figures.metric_id,
        current_figures.segment,
        current_figures.period,
        case
            when margin_restatements.figure_id is not null then 'margin_changed'
            when
                not current_figures.is_cohort_metric and unripened.value_then is null
                then 'late_data'
            -- money of a lead month grows while its deals close, that of customers while they buy again:
            -- that is ripening, not a correction
            when
                abs(unripened.value_then - {{ to_double('first_published.figure_value') }})
                > 0.05 * abs({{ to_double('first_published.figure_value') }})
                then
                    case
                        when current_figures.is_cohort_metric then 'known_records_changed'
                        else 'late_data'
                    end
            else 'cohort_ripened'
        end as cause_if_changed,
        case
            when first_published.figure_id is null then current_figures.metric_value
            else {{ to_double('first_published.figure_value') }}
        end as first_value,
        current_figures.metric_value as current_value,
        coalesce(first_published.as_of_date, {{ company('as_of_date') }}) as first_as_of_date,
        false as is_told_by_total
    from current_figures
    left join first_published on current_figures.figure_id = first_published.figure_id
    left join margin_restatements on current_figures.figure_id = margin_restatements.figure_id
    left join unripened on current_figures.figure_id = unripened.figure_id

    union all

    select
        first_published.figure_id,
        first_published.metric_id,
        first_published.segment,
        first_published.period,
        'no_longer_known' as cause_if_changed,
        {{ to_double('first_published.figure_value') }} as first_value,
        {{ null_double() }} as current_value,
        first_published.as_of_date as first_as_of_date,
        false as is_told_by_total
    from first_published
    left join current_figures on first_published.figure_id = current_figures.figure_id
    where current_figures.figure_id is null

    union all

    select
        {{ dbt.concat(["'spend|'", 'source_system', "'|'", to_string('spend_date')]) }}
            as figure_id,
        'spend' as metric_id,
        source_system as segment,
        {{ to_string('spend_date') }} as period,
        'source_restated' as cause_if_changed,
        {{ to_double('first_cost_amount') }} as first_value,
        {{ to_double('last_cost_amount') }} as current_value,
        cast(null as date) as first_as_of_date,
        false as is_told_by_total
    from spend_versions

    union all

    select
        figure_id,
        metric_id,
        segment,
        period,
        case when has_moved then 'moved_between_channels' else 'late_data' end as cause_if_changed,
        first_value,
        current_value,
        first_as_of_date,
        not has_moved as is_told_by_total
    from channel_figures

),

compared as (

    select
        figures.figure_id,
        metric_id,
        segment,
        period,
        case
            when
                rule_restatements.figure_id is not null
                and cause_if_changed in (
                    'late_data', 'known_records_changed', 'moved_between_channels'
                )
                then 'rule_version'
            else cause_if_changed
        end as cause_if_changed,
        first_value,
        current_value,
        first_as_of_date,
        is_told_by_total,
        current_value - first_value as delta,
        {{ safe_divide('(current_value - first_value)', 'abs(first_value)') }} as delta_share,
        -- sums of decimals in another order differ in the last digits of a double
        case
            when first_value is null and current_value is null then true
            when first_value is null or current_value is null then false
            else abs(current_value - first_value) <= 0.000000001 * abs(first_value)
        end as is_same
    from figures
    left join rule_restatements on figures.figure_id = rule_restatements.figure_id

),

final as (

    select
        figure_id,
        metric_id,
        segment,
        period,
        case when is_same then 'same' else 'restated' end as status,
        case when not is_same then cause_if_changed end as cause,
        first_value,
        current_value,
        delta,
        delta_share,
        -- above a twentieth a reader of the old figure should be told
        not is_same and not is_told_by_total and coalesce(abs(delta_share) > 0.05, true)
            as is_notice,
        first_as_of_date
    from compared

)

select * from final
