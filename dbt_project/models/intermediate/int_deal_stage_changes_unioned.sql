-- Changes of stage of the deals of every CRM.
{% for system in ['bitrix24', 'amocrm', 'hubspot'] %}
    select
        stage_change_id,
        deal_id,
        '{{ system }}' as source_system,
        stage_id,
        stage_semantic,
        changed_date,
        changed_at
    from {{ ref('stg_' ~ system ~ '__deal_stage_changes') }}
    {% if not loop.last %}union all{% endif %}
{% endfor %}
