{# Kind of traffic read from tags alone, in the words Metrica uses, for rows that no counter has
   classified (CRM records, plain files). NULL when the tags say nothing. #}
{% macro traffic_source_of_tags(utm_source, utm_medium) -%}
    (case
        when {{ utm_source }} in ('(direct)', 'direct') then 'direct'
        when {{ utm_medium }} in (
            'cpc', 'ppc', 'cpm', 'cpa', 'cpv', 'paid', 'paid_social', 'display', 'banner', 'retargeting'
        ) then 'ad'
        when {{ utm_medium }} = 'organic' then 'organic'
        when {{ utm_medium }} in ('email', 'e-mail', 'newsletter') then 'email'
        when {{ utm_medium }} in ('social', 'smm', 'post') then 'social'
        when {{ utm_medium }} = 'messenger' then 'messenger'
        when {{ utm_source }} is not null then 'referral'
    end)
{%- endmacro %}

{# Whether the system that keeps a lead is one in which sales can accept it: a log of calls is none. #}
{% macro is_accepting_system() %}coalesce(source_system, '') not in ('plain_calls', 'calltouch'){% endmacro %}

{# Channels that no campaign can be responsible for. #}
{% macro is_own_traffic(channel) %}({{ channel }} in ('direct', 'internal')){% endmacro %}

{# Whoever runs a channel, or is judged by its figures, does not confirm attacks on it. #}
{% macro is_confirmed_by_another(confirmed_by, contractor) -%}
    (
        coalesce(trim({{ confirmed_by }}), '') <> ''
        and lower(trim({{ confirmed_by }})) not in ('marketer', 'in_house')
        and lower(trim({{ confirmed_by }})) <> lower(trim(coalesce({{ contractor }}, '')))
    )
{%- endmacro %}

{# Whether marketing answers for the channel; of typed addresses, own links and orders of which nothing is
   known nobody can say whose work they are. #}
{% macro is_marketing_work(channel) %}({{ channel }} not in ('direct', 'internal', 'unattributed')){% endmacro %}

{# Condition of a join: the two relations agree in the tags that decide on the channel. #}
{% macro same_tags(left, right) -%}
    {{ marketing_kpi.same_keys(left, right, ['tag_type', 'tag_source', 'tag_medium', 'tag_campaign']) }}
{%- endmacro %}
