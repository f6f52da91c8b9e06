-- Visits by day of counters that are not the record: they bear witness, and are never added to it.
with final as (

    {% for source_system, model in [
        ('yandex_metrica', 'stg_yandex_metrica__visits'), ('ga4', 'int_ga4_sessions_built'),
        ('plain', 'stg_plain__visits'),
    ] %}
        select
            '{{ source_system }}' as source_system,
            count(*) as visits,
            {{ count_where('is_new_visitor') }} as new_visits,
            count(is_new_visitor) as new_known_visits,
            {{ count_where('is_bounce') }} as bounces,
            count(is_bounce) as bounce_known_visits,
            case
                when count(goal_list) = count(*)
                    then {{ count_where("goal_list <> '' or purchase_list <> ''") }}
            end as converted_visits,
            visit_date
        from {{ ref(model) }}
        where
            not {{ is_counter_of_record(source_system) }}
            and {{ is_complete_day('visit_date') }}
            and {{ in_touched_days('visit_date') }}
        group by visit_date
        {% if not loop.last %}union all{% endif %}
    {% endfor %}

)

select * from final
