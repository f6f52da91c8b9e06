{{ staged_stages('bitrix24', source('bitrix24', 'stages')) }}
