{# Staging models of tables that several sources have alike. A model names its source, and what is
   its own; the columns of the subject are written here once. #}

{# Newest state of each record of a CRM. Exports and loads overlap, and a record that the CRM deleted
   after the last of them is no longer there for anybody. `key` is the column of the record's id. #}
{% macro newest_records(relation, key, order_by=['updated_at desc', '_file desc']) -%}
    select * from (
        select *
        from {{ relation }}
        qualify row_number() over (
            partition by {{ key }}
            order by {{ order_by | join(', ') }}
        ) = 1
    ) as records
    where not coalesce(is_deleted, false)
{%- endmacro %}

{# Newest state of each record of a table of events, which has far more rows than anything else: a day is
   looked into only where rows of several files lie in it. By record, not by day: a day may come in
   several parts, and none of them may displace another. `keys`: of a record, besides its day.
   `relation` is a table of the lake: a common table expression would be held in memory whole, since it
   is read twice. #}
{% macro newest_events(relation, day, keys) -%}
    select events.*
    from {{ relation }} as events
    left join (
        select {{ day }} from {{ relation }} group by {{ day }} having min(_file) < max(_file)
    ) as shared_days on events.{{ day }} = shared_days.{{ day }}
    where shared_days.{{ day }} is null
    union all
    select * from (
        select events.*
        from {{ relation }} as events
        inner join (
            select {{ day }} from {{ relation }} group by {{ day }} having min(_file) < max(_file)
        ) as shared_days on events.{{ day }} = shared_days.{{ day }}
    ) as shared_rows
    qualify _file = max(_file) over (partition by {{ day }}, {{ keys | join(', ') }})
{%- endmacro %}

{# Days that a later export file of an ad system tells anew: `earlier_file`, `later_file` and `date`. Two files
   without a campaign in common are of two accounts: none of them displaces the other. #}
{% macro restated_days(relation, file='_file', day='date') -%}
    with file_days as (
        select distinct
            {{ file }} as file_name,
            {{ day }} as date
        from {{ relation }}
    ),

    file_campaigns as (
        select distinct
            {{ file }} as file_name,
            campaign_id
        from {{ relation }}
    ),

    shared_days as (
        select
            earlier.file_name as earlier_file,
            later.file_name as later_file,
            earlier.date
        from file_days as earlier
        inner join file_days as later
            on earlier.date = later.date and earlier.file_name < later.file_name
    ),

    files_of_one_account as (
        select distinct
            pairs.earlier_file,
            pairs.later_file
        from (select distinct earlier_file, later_file from shared_days) as pairs
        inner join file_campaigns as earlier on pairs.earlier_file = earlier.file_name
        inner join file_campaigns as later
            on pairs.later_file = later.file_name and earlier.campaign_id = later.campaign_id
    )

    select
        shared_days.earlier_file,
        shared_days.later_file,
        shared_days.date
    from shared_days
    inner join files_of_one_account
        on
            shared_days.earlier_file = files_of_one_account.earlier_file
            and shared_days.later_file = files_of_one_account.later_file
{%- endmacro %}

{# Rows of an ad system as its newest files tell them: a later export file replaces whole days of an earlier
   one of the same account. #}
{% macro newest_days(relation) -%}
    select newer.*
    from {{ relation }} as newer
    left join (
        select distinct
            earlier_file,
            date as restated_date
        from ({{ marketing_kpi.restated_days(relation) }}) as restated_days
    ) as restated
        on newer._file = restated.earlier_file and newer.date = restated.restated_date
    where restated.earlier_file is null
{%- endmacro %}

{# 'GA1.1.123.456' -> '123.456', the browser id as events carry it. #}
{% macro ga_client_id(column) -%}
    {%- set id = marketing_kpi.null_if_blank(column) -%}
    (case when {{ id }} like 'GA1._.%' then substr({{ id }}, 7) else {{ id }} end)
{%- endmacro %}

{# Ids by which a record of sales finds its visits. #}
{% macro browser_ids() -%}
    {{ marketing_kpi.null_if_blank('client_id') }} as client_id,
        {{ marketing_kpi.ga_client_id('ga_client_id') }} as ga_client_id,
        {{ marketing_kpi.null_if_blank('yclid') }} as yclid,
        {{ marketing_kpi.null_if_blank('gclid') }} as gclid
{%- endmacro %}

{# An id with its system in front, so that ids of two systems never meet; NULL stays NULL. #}
{% macro prefixed(system, column) -%}
    {{ dbt.concat(["'" ~ system ~ ":'", marketing_kpi.null_if_blank(column)]) }}
{%- endmacro %}

{# The customer of a record that may carry no id of one: then a phone or an e-mail is the person. #}
{% macro customer_or_contact(system) -%}
    coalesce(
            {{ marketing_kpi.prefixed(system, 'customer_id') }},
            {{ marketing_kpi.prefixed(system ~ '_contact', 'phone_hash') }},
            {{ marketing_kpi.prefixed(system ~ '_contact', 'email_hash') }}
        )
{%- endmacro %}

{# One row per enquiry. `customer` is SQL of the customer's id, prefixed, or NULL. #}
{% macro staged_leads(system, relation, key, customer, crm_source) -%}
with newest as (

    {{ marketing_kpi.newest_records(relation, key) }}

),

final as (

    select
        {{ marketing_kpi.prefixed(system, key) }} as lead_id,
        {{ customer }} as customer_id,
        {{ marketing_kpi.browser_ids() }},
        {{ marketing_kpi.null_if_blank('phone_hash') }} as phone_hash,
        {{ marketing_kpi.null_if_blank('email_hash') }} as email_hash,
        coalesce(phone_status, 'missing') as phone_status,
        coalesce(email_status, 'missing') as email_status,
        upper(status) as crm_status,
        {{ crm_source }} as crm_source,
        {{ marketing_kpi.clean_tag('utm_source') }} as utm_source,
        {{ marketing_kpi.clean_tag('utm_medium') }} as utm_medium,
        {{ marketing_kpi.clean_tag('utm_campaign') }} as utm_campaign,
        {{ marketing_kpi.null_if_blank('product_line') }} as product_line,
        {{ marketing_kpi.null_if_blank('reject_reason') }} as reject_reason,
        {{ marketing_kpi.to_date('created_at') }} as lead_date,
        {{ marketing_kpi.to_utc('created_at', marketing_kpi.company('timezone')) }} as created_at,
        {{ marketing_kpi.to_utc('updated_at', marketing_kpi.company('timezone')) }} as updated_at
    from newest
    {{ caller() }}

)

select * from final
{%- endmacro %}

{# One row per deal. `lead` and `customer` are SQL of their ids, prefixed, or NULL. #}
{% macro staged_deals(system, relation, key, lead, customer) -%}
with newest as (

    {{ marketing_kpi.newest_records(relation, key) }}

),

final as (

    select
        {{ marketing_kpi.prefixed(system, key) }} as deal_id,
        {{ lead }} as lead_id,
        {{ customer }} as customer_id,
        {{ marketing_kpi.browser_ids() }},
        stage_id,
        upper(stage_semantic) as stage_semantic,
        {{ marketing_kpi.null_if_blank('product_line') }} as product_line,
        {{ marketing_kpi.null_if_blank('upper(currency)') }} as currency,
        {{ marketing_kpi.clean_tag('utm_source') }} as utm_source,
        {{ marketing_kpi.clean_tag('utm_medium') }} as utm_medium,
        {{ marketing_kpi.clean_tag('utm_campaign') }} as utm_campaign,
        -- a sum that nobody entered brings no revenue, but the deal stays an order
        coalesce(amount, 0) as amount,
        {{ marketing_kpi.to_date('created_at') }} as created_date,
        {{ marketing_kpi.to_date('closed_at') }} as closed_date,
        {{ marketing_kpi.to_utc('created_at', marketing_kpi.company('timezone')) }} as created_at,
        {{ marketing_kpi.to_utc('updated_at', marketing_kpi.company('timezone')) }} as updated_at,
        {{ marketing_kpi.to_utc('closed_at', marketing_kpi.company('timezone')) }} as closed_at
    from newest
    {{ caller() }}

)

select * from final
{%- endmacro %}

{# Whether the closing of a won deal is a plan that nobody took back: no deal was won after the CRM last heard
   of it. Then that day is the one on which it was won. Days in the company's zone. #}
{% macro is_closing_planned(closed_date, updated_date) -%}
    ({{ closed_date }} is null or coalesce({{ closed_date }} > {{ updated_date }}, false))
{%- endmacro %}

{# One row per product of a deal; an export file holds all products of its deals. #}
{% macro staged_deal_products(system, relation) -%}
with newest as (

    select *
    from {{ relation }}
    where not coalesce(is_deleted, false)
    qualify _file = max(_file) over (partition by deal_id)

),

final as (

    select
        {{ marketing_kpi.prefixed(system, 'deal_id') }} as deal_id,
        line_id,
        product_id,
        product_name,
        {{ marketing_kpi.null_if_blank('product_line') }} as product_line,
        {{ marketing_kpi.null_if_blank('upper(currency)') }} as currency,
        quantity,
        unit_price as unit_price_amount,
        coalesce(discount_amount, 0) as discount_amount,
        cost_amount
    from newest

)

select * from final
{%- endmacro %}

{# One row per change of a deal's stage. #}
{% macro staged_stage_changes(system, relation) -%}
with newest as (

    select *
    from {{ relation }}
    qualify row_number() over (
        partition by history_id
        order by _file desc
    ) = 1

),

final as (

    select
        {{ marketing_kpi.prefixed(system, 'history_id') }} as stage_change_id,
        {{ marketing_kpi.prefixed(system, 'deal_id') }} as deal_id,
        stage_id,
        upper(stage_semantic) as stage_semantic,
        {{ marketing_kpi.to_date('changed_at') }} as changed_date,
        {{ marketing_kpi.to_utc('changed_at', marketing_kpi.company('timezone')) }} as changed_at
    from newest

)

select * from final
{%- endmacro %}

{# One row per stage of each sales funnel. #}
{% macro staged_stages(system, relation) -%}
with newest as (

    select *
    from {{ relation }}
    qualify row_number() over (
        partition by pipeline_id, stage_id
        order by _file desc
    ) = 1

),

final as (

    select
        {{ marketing_kpi.prefixed(system, 'pipeline_id') }} as pipeline_id,
        stage_id,
        pipeline_name,
        stage_name,
        upper(stage_semantic) as stage_semantic,
        {{ marketing_kpi.to_bigint('sort_order') }} as sort_order
    from newest

)

select * from final
{%- endmacro %}

{# One row per customer or contact. #}
{% macro staged_customers(system, relation) -%}
with newest as (

    {{ marketing_kpi.newest_records(relation, 'customer_id', ['_file desc']) }}

),

final as (

    select
        {{ marketing_kpi.prefixed(system, 'customer_id') }} as customer_id,
        {{ marketing_kpi.null_if_blank('phone_hash') }} as phone_hash,
        {{ marketing_kpi.null_if_blank('email_hash') }} as email_hash,
        {{ marketing_kpi.to_utc('created_at', marketing_kpi.company('timezone')) }} as created_at
    from newest

)

select * from final
{%- endmacro %}

{# One row per call. #}
{% macro staged_calls(prefix, relation) -%}
with newest as (

    select *
    from {{ relation }}
    qualify row_number() over (
        partition by call_id
        order by _file desc
    ) = 1

),

final as (

    select
        {{ marketing_kpi.prefixed(prefix, 'call_id') }} as call_id,
        {{ marketing_kpi.browser_ids() }},
        {{ marketing_kpi.null_if_blank('phone_hash') }} as phone_hash,
        coalesce(phone_status, 'missing') as phone_status,
        {{ marketing_kpi.clean_tag('utm_source') }} as utm_source,
        {{ marketing_kpi.clean_tag('utm_medium') }} as utm_medium,
        {{ marketing_kpi.clean_tag('utm_campaign') }} as utm_campaign,
        {{ marketing_kpi.to_bigint('duration_seconds') }} as duration_seconds,
        is_first_call,
        {{ marketing_kpi.to_date('called_at') }} as call_date,
        {{ marketing_kpi.to_utc('called_at', marketing_kpi.company('timezone')) }} as called_at
    from newest

)

select * from final
{%- endmacro %}

{# One row per day and account. `network` is SQL of the network's name. #}
{% macro staged_followers(relation, network) -%}
-- a later export file replaces whole days of an account
with newest as (

    select *
    from {{ relation }}
    qualify row_number() over (
        partition by {{ (['date', 'account'] + ([] if network.startswith("'") else ['network'])) | join(', ') }}
        order by _file desc
    ) = 1

),

final as (

    select
        {{ network }} as network,
        account,
        {{ marketing_kpi.to_bigint('followers') }} as followers,
        {{ marketing_kpi.to_bigint('joined') }} as joined,
        {{ marketing_kpi.to_bigint('left_count') }} as left_count,
        {{ marketing_kpi.to_bigint('reach') }} as reach,
        {{ marketing_kpi.to_bigint('reactions') }} as reactions,
        date as snapshot_date
    from newest

)

select * from final
{%- endmacro %}

{# One row per respondent and wave. #}
{% macro staged_survey_responses(relation) -%}
-- a wave exported again replaces the answers of the same respondents
with newest as (

    select *
    from {{ relation }}
    qualify row_number() over (
        partition by wave, mode, respondent_id
        order by _file desc
    ) = 1

),

-- what has a question of its own was named unprompted too, and before all others
named as (

    select
        *,
        case
            when coalesce(trim(first_brand), '') = '' then unaided_brands
            when coalesce(trim(unaided_brands), '') = '' then first_brand
            else {{ dbt.concat(['first_brand', "'|'", 'unaided_brands']) }}
        end as named_brands
    from newest

),

final as (

    select
        respondent_id,
        wave,
        lower(mode) as mode,
        {{ marketing_kpi.null_if_blank('vendor') }} as vendor,
        {{ marketing_kpi.null_if_blank('age_group') }} as age_group,
        {{ marketing_kpi.null_if_blank('city') }} as city,
        {{ marketing_kpi.fenced_brands('named_brands') }} as unaided_brands,
        {{ marketing_kpi.fenced_brands('aided_brands') }} as aided_brands,
        lower(trim({{ dbt.split_part('named_brands', "'|'", 1) }})) as first_brand,
        {{ marketing_kpi.to_bigint('recommendation') }} as recommendation,
        {{ marketing_kpi.to_double('coalesce(weight, 1)') }} as weight,
        is_target,
        is_customer,
        {{ marketing_kpi.to_date('answered_at') }} as answered_date
    from named

)

select * from final
{%- endmacro %}

{# Brands keep their inner spaces: 'a | b' -> '|a||b|'; '' when nothing was named. #}
{% macro fenced_brands(column) -%}
    {%- set bare = "replace(replace(lower(trim(" ~ column ~ ")), ' |', '|'), '| ', '|')" -%}
    (case
        when coalesce(trim({{ column }}), '') = '' then ''
        else {{ dbt.concat(["'|'", "replace(" ~ bare ~ ", '|', '||')", "'|'"]) }}
    end)
{%- endmacro %}
