{# Body of a CTE: shares `amount` of each order between its rows by `weight`, in kopecks, by largest
   remainder, so that the parts add up to the whole exactly. The sign is set aside and put back: a
   return is shared like a sale. Equal remainders go by channel and campaign name, so a rerun gives the
   same kopeck to the same row. #}
{% macro split_kopecks(relation, amount, weight) -%}
    select
        order_id,
        attribution_model,
        channel,
        campaign_id,
        cast(
            sign_of_amount * (
                whole_kopecks + case when remainder_rank <= missing_kopecks then 1 else 0 end
            ) / 100.0 as {{ marketing_kpi.type_money() }}
        ) as part_amount
    from (
        select
            floored.*,
            total_kopecks - sum(whole_kopecks) over (
                partition by order_id, attribution_model
            ) as missing_kopecks,
            row_number() over (
                partition by order_id, attribution_model
                order by exact_kopecks - whole_kopecks desc, channel, campaign_id
            ) as remainder_rank
        from (
            select
                order_id,
                attribution_model,
                channel,
                campaign_id,
                case when {{ amount }} < 0 then -1 else 1 end as sign_of_amount,
                {{ marketing_kpi.to_bigint('abs(' ~ amount ~ ') * 100') }} as total_kopecks,
                {{ marketing_kpi.to_double('abs(' ~ amount ~ ') * 100') }} * {{ weight }} as exact_kopecks,
                {{ marketing_kpi.to_bigint(
                    'floor(' ~ marketing_kpi.to_double('abs(' ~ amount ~ ') * 100') ~ ' * ' ~ weight ~ ')'
                ) }} as whole_kopecks
            from {{ relation }}
        ) as floored
    ) as ranked
{%- endmacro %}
