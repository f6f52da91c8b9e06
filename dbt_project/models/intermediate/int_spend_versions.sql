-- Days that the ad system reported more than once: the total it gave first and the total it gives now, each
-- over all accounts.
with versions as (

    select * from {{ ref('stg_yandex_direct__ad_stat_versions') }}

),

restated as (

    {{ restated_days('versions', 'file_name', 'spend_date') | indent(4) }}

),

restated_files as (

    select distinct
        earlier_file,
        date as spend_date
    from restated

),

restating_files as (

    select distinct
        later_file,
        date as spend_date
    from restated

),

totals as (

    select
        spend_date,
        file_name,
        sum(cost_amount) as cost_amount
    from versions
    where {{ is_complete_day('spend_date') }}
    group by spend_date, file_name

),

placed as (

    select
        totals.spend_date,
        totals.file_name,
        totals.cost_amount,
        restating_files.later_file is null as is_first,
        restated_files.earlier_file is null as is_last
    from totals
    left join restated_files
        on
            totals.file_name = restated_files.earlier_file
            and totals.spend_date = restated_files.spend_date
    left join restating_files
        on
            totals.file_name = restating_files.later_file
            and totals.spend_date = restating_files.spend_date

),

final as (

    select
        'yandex_direct' as source_system,
        min(file_name) as first_file_name,
        max(file_name) as last_file_name,
        count(*) as versions,
        sum(case when is_first then cost_amount else 0 end) as first_cost_amount,
        sum(case when is_last then cost_amount else 0 end) as last_cost_amount,
        spend_date
    from placed
    group by spend_date
    having {{ count_where('not is_last') }} > 0

)

select * from final
