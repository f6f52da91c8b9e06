{# Attribution from the paths of all visitors, converting or not (specification 4.2). Diagnostics only:
   neither proves a cause. #}

{# Removal effects of an order-1 Markov chain, solved exactly: one row per channel with
     conversion_probability  P(conversion) of the whole chain
     reach_probability       P(a path ever meets the channel)
     removal_effect          1 - P(conversion without the channel) / P(conversion)
   `states`: most states of the chain; smaller channels beyond it are one, `(other channels)`.
   `transitions`: relation with from_channel, to_channel, transitions (a count). Paths begin at `(start)`
   and end at `(conversion)` or `(null)`.

   Without a channel, exactly those paths are lost that would meet it and then convert, so the effect is
   P(meet c) x P(conversion from c) / P(conversion), and one inverse of I - Q gives all of them:
   P(meet c) = expected visits of c from the start / expected visits of c from c. The inverse is made in
   place by Gauss-Jordan sweeps, one CTE a state. Each cell is computed from three others and nothing is
   summed over rows, so every run gives the same digits; I - Q is diagonally dominant, so no pivot
   search is needed. Repeated visits of one channel change no probability and are left out. #}
{% macro markov_removal_effects(transitions, states=24) -%}
    with markov_sizes as (

        select
            channel,
            row_number() over (order by sum(transitions) desc, channel) as place
        from (
            select
                to_channel as channel,
                transitions
            from {{ transitions }}
        ) as arrivals
        where channel not in ('(conversion)', '(null)')
        group by channel

    ),

    markov_labels as (

        select
            channel,
            case when place < {{ states }} then channel else '(other channels)' end as state,
            case when place < {{ states }} then place else {{ states }} end as state_number
        from markov_sizes
        union all
        select
            '(start)' as channel,
            '(start)' as state,
            0 as state_number

    ),

    markov_moves as (

        select
            origins.state,
            origins.state_number,
            -- 0: into conversion; -1: lost
            case
                when moves.to_channel = '(conversion)' then 0
                when moves.to_channel = '(null)' then -1
                else targets.state_number
            end as target_number,
            moves.transitions
        from {{ transitions }} as moves
        inner join markov_labels as origins on moves.from_channel = origins.channel
        left join markov_labels as targets on moves.to_channel = targets.channel

    ),

    -- a row of I - Q for the start and every state, the chance to convert at once on the right
    markov_rows as (

        select
            state,
            state_number,
            {% for column in range(1, states + 1) -%}
            case when state_number = {{ column }} then 1 else 0 end - {{ marketing_kpi.safe_divide(
                'sum(case when target_number = ' ~ column ~ ' then transitions else 0 end)',
                'sum(transitions)'
            ) }} as cell_{{ column }},
            {% endfor -%}
            {{ marketing_kpi.safe_divide(
                'sum(case when target_number = 0 then transitions else 0 end)', 'sum(transitions)'
            ) }} as conversion_chance
        from markov_moves
        where state_number <> target_number or target_number = 0
        group by state, state_number

    ),

    {% for pivot in range(1, states + 1) %}
    {%- set before = 'markov_rows' if loop.first else 'markov_sweep_' ~ (pivot - 1) %}
    markov_pivot_{{ pivot }} as (

        select
            *,
            {% for column in range(1, states + 1) -%}
            max(case when state_number = {{ pivot }} then cell_{{ column }} end) over ()
                as pivot_{{ column }},
            {% endfor -%}
            max(case when state_number = {{ pivot }} then conversion_chance end) over ()
                as pivot_chance
        from {{ before }}

    ),

    markov_sweep_{{ pivot }} as (

        select
            state,
            state_number,
            {% for column in range(1, states + 1) -%}
            {% if column == pivot -%}
            case
                when pivot_{{ pivot }} is null then cell_{{ column }}
                when state_number = {{ pivot }} then 1 / pivot_{{ pivot }}
                else -cell_{{ pivot }} / pivot_{{ pivot }}
            end as cell_{{ column }},
            {% else -%}
            case
                when pivot_{{ pivot }} is null then cell_{{ column }}
                when state_number = {{ pivot }} then cell_{{ column }} / pivot_{{ pivot }}
                else cell_{{ column }} - cell_{{ pivot }} * pivot_{{ column }} / pivot_{{ pivot }}
            end as cell_{{ column }},
            {% endif -%}
            {% endfor -%}
            case
                when pivot_{{ pivot }} is null then conversion_chance
                when state_number = {{ pivot }} then conversion_chance / pivot_{{ pivot }}
                else conversion_chance - cell_{{ pivot }} * pivot_chance / pivot_{{ pivot }}
            end as conversion_chance
        from markov_pivot_{{ pivot }}

    ),
    {% endfor %}

    markov_solution as (

        select
            state,
            state_number,
            conversion_chance,
            case state_number
                {% for column in range(1, states + 1) -%}
                when {{ column }} then cell_{{ column }}
                {% endfor -%}
            end as visits_from_itself,
            case state_number
                {% for column in range(1, states + 1) -%}
                when {{ column }}
                    then max(case when state_number = 0 then cell_{{ column }} end) over ()
                {% endfor -%}
            end as visits_from_start,
            max(case when state_number = 0 then conversion_chance end) over ()
                as conversion_probability
        from markov_sweep_{{ states }}

    )

    select
        state as channel,
        conversion_probability,
        {{ marketing_kpi.safe_divide('visits_from_start', 'visits_from_itself') }} as reach_probability,
        {{ marketing_kpi.safe_divide(
            'visits_from_start / visits_from_itself * conversion_chance', 'conversion_probability'
        ) }} as removal_effect
    from markov_solution
    where state_number > 0
{%- endmacro %}

{# Shapley value of each channel: one row per channel with `shapley_value`.
   `members`: relation with one row per coalition and member: coalition, channel, members (size of the
   coalition) and dividend, what exactly this set of channels brought. With v(S) = conversions of people
   whose channels all lie in S, the dividend of a set is the number of conversions of people who met just
   these channels, and the sum over all orders of joining comes down to equal parts of every dividend. #}
{% macro shapley_values(members) -%}
    select
        channel,
        {{ marketing_kpi.exact_sum(
            marketing_kpi.to_double('dividend') ~ ' / members', places=12
        ) }} as shapley_value
    from {{ members }}
    group by channel
{%- endmacro %}
