{{ staged_stage_changes('amocrm', source('amocrm', 'stage_history')) }}
