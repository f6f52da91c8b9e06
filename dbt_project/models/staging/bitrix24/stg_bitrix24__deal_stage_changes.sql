{{ staged_stage_changes('bitrix24', source('bitrix24', 'stage_history')) }}
