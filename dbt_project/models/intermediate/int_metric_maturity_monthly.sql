-- How ripe the money and the leads of each lead month are: total, by channel and by product line.
with returns as (

    select * from {{ ref('int_cohort_returns') }}
    where attribution_model = 'last_non_direct'

),

maturity as (

    select * from {{ ref('int_cohort_maturity') }}

),

weighted as (

    select
        returns.lead_month,
        returns.channel,
        returns.product_line,
        returns.leads,
        -- a short line is ripe day by day, a long one not before its month has ended
        case
            when maturity.sales_cycle = 'short' then 1.0
            else coalesce(maturity.maturity, 0.0)
        end as maturity,
        case
            when maturity.sales_cycle = 'short'
                then {{ larger_of(to_double('returns.revenue_amount'), '0') }}
            else {{ larger_of(
                to_double('returns.revenue_amount')
                ~ ' + (1 - coalesce(maturity.maturity, 0)) * returns.leads'
                ~ ' * coalesce(maturity.revenue_per_lead, 0)',
                '0'
            ) }}
        end as expected_revenue,
        case
            when
                maturity.sales_cycle = 'long'
                and maturity.revenue_per_lead is null
                and returns.leads > 0
                then 1
            else 0
        end as is_unknown,
        case
            when maturity.reason_code = 'insufficient_history' and returns.leads > 0 then 1
            else 0
        end as is_lead_maturity_unknown
    from returns
    inner join maturity
        on
            returns.product_line = maturity.product_line
            and returns.lead_month = maturity.lead_month

),

final as (

    {% for segment_type, segment_value in [
        ('all', "'all'"), ('channel', 'channel'), ('product_line', 'product_line'),
    ] %}
        select
            '{{ segment_type }}' as segment_type,
            {{ segment_value }} as segment_value,
            {{ exact_sum('maturity * expected_revenue') }} as matured_revenue,
            {{ exact_sum('expected_revenue') }} as expected_revenue,
            max(is_unknown) = 1 as is_unknown,
            {{ exact_sum('maturity * leads') }} as matured_leads,
            {{ exact_sum('leads') }} as leads,
            max(is_lead_maturity_unknown) = 1 as is_lead_maturity_unknown,
            lead_month
        from weighted
        group by lead_month{{ ', ' ~ segment_type if segment_type != 'all' }}
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from final
