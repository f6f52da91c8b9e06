{{ staged_stage_changes('hubspot', source('hubspot', 'stage_history')) }}
