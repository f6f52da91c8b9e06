{{ staged_stages('amocrm', source('amocrm', 'stages')) }}
