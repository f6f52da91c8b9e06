-- Browsers that began a trial, and when they paid: orders come long after the trial, so a share of them grows.
with conversions as (

    select * from {{ ref('fct_conversions') }}
    where conversion_id = 'trial' and client_id is not null and not is_suspicious

),

orders as (

    select * from {{ ref('fct_orders') }}
    where order_kind = 'sale'

),

trials as (

    select
        client_id,
        min(conversion_date) as trial_date
    from conversions
    group by client_id

),

final as (

    select
        trials.client_id,
        trials.trial_date,
        min(orders.order_date) as paid_date
    from trials
    left join orders
        on trials.client_id = orders.client_id and trials.trial_date <= orders.order_date
    group by trials.client_id, trials.trial_date

)

select * from final
