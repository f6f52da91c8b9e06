{# Sums and splits that come out the same to the last digit, whatever the order of rows and the number
   of threads: floating-point addition depends on its order, addition of decimals does not. #}

{# Sum of `value` as a double. Each term is rounded to `places` decimals first (values below 1e29 at 9
   places), so the terms are decimals and their sum is exact. `over` (a window name, or its definition in
   brackets) makes it a window sum. #}
{% macro exact_sum(value, over=none, places=9) -%}
    {{ marketing_kpi.to_double(
        'sum(' ~ marketing_kpi.to_exact(value, places) ~ ')' ~ (' over ' ~ over if over else '')
    ) }}
{%- endmacro %}

{# Mean of `value` as a double, NULL where there is none. `over`: as above. #}
{% macro exact_avg(value, over=none) -%}
    {{ marketing_kpi.safe_divide(
        marketing_kpi.exact_sum(value, over), 'count(' ~ value ~ ')' ~ (' over ' ~ over if over else '')
    ) }}
{%- endmacro %}

{# Body of a CTE: shares amounts of each group of rows between its rows in proportion to `weight_units`
   of `total_units` (whole numbers), in whole kopecks (or other units), by largest remainder, so that
   the parts add up to the whole exactly. The sign is set aside and put back: a return is shared like a
   sale. Equal remainders go by channel and campaign name, so a rerun gives the same kopeck to the same
   row.
     group_by   columns of the group
     keep       further columns to keep; the rows of a group differ by channel and campaign_id
     amounts    list of {name, amount, places}: column of the result, SQL of the whole (the same in all
                rows of the group; NULL stays NULL), decimal places of the parts #}
{% macro split_by_largest_remainder(relation, group_by, keep, amounts) -%}
    {%- set group_columns = group_by | join(', ') -%}
    {%- set kept = (group_by + ['channel', 'campaign_id'] + keep) | join(', ') -%}
    select
        {{ kept }}
        {%- for part in amounts %},
        {{ marketing_kpi.to_decimal(
            'sign_of_' ~ part.name ~ ' * (whole_' ~ part.name ~ ' + case when rank_of_' ~ part.name
            ~ ' <= missing_' ~ part.name ~ ' then 1 else 0 end) / '
            ~ marketing_kpi.to_double(10 ** part.places), 18, part.places
        ) }} as {{ part.name }}
        {%- endfor %}
    from (
        select
            floored.*
            {%- for part in amounts %},
            total_{{ part.name }} - sum(whole_{{ part.name }}) over (
                partition by {{ group_columns }}
            ) as missing_{{ part.name }},
            row_number() over (
                partition by {{ group_columns }}
                order by remainder_{{ part.name }} desc, channel, campaign_id
            ) as rank_of_{{ part.name }}
            {%- endfor %}
        from (
            select
                divided.*
                {%- for part in amounts %},
                {{ marketing_kpi.to_bigint(
                    'round(' ~ marketing_kpi.to_double('product_' ~ part.name ~ ' - remainder_' ~ part.name)
                    ~ ' / ' ~ marketing_kpi.to_double('units_of_group') ~ ')'
                ) }} as whole_{{ part.name }}
                {%- endfor %}
            from (
                {#- whole numbers of up to 38 digits: a remainder of doubles would break ties by noise #}
                select
                    multiplied.*
                    {%- for part in amounts %},
                    product_{{ part.name }}
                    % cast(units_of_group as {{ marketing_kpi.type_decimal(38, 0) }})
                        as remainder_{{ part.name }}
                    {%- endfor %}
                from (
                    select
                        {{ kept }},
                        total_units as units_of_group
                        {%- for part in amounts %},
                        {%- set units = 'abs(' ~ part.amount ~ ') * ' ~ 10 ** part.places %}
                        case when {{ part.amount }} < 0 then -1 else 1 end as sign_of_{{ part.name }},
                        {{ marketing_kpi.to_bigint(units) }} as total_{{ part.name }},
                        cast({{ units }} as {{ marketing_kpi.type_decimal(38, 0) }}) * weight_units
                            as product_{{ part.name }}
                        {%- endfor %}
                    from {{ relation }}
                    where weight_units <> total_units or total_units = 0
                ) as multiplied
            ) as divided
        ) as floored
    ) as ranked
    union all
    {# most groups are one whole part, which takes all and needs no ranking #}
    select
        {{ kept }}
        {%- for part in amounts %},
        cast({{ part.amount }} as {{ marketing_kpi.type_decimal(18, part.places) }}) as {{ part.name }}
        {%- endfor %}
    from {{ relation }}
    where weight_units = total_units and total_units > 0
{%- endmacro %}
