{{ staged_stages('hubspot', source('hubspot', 'stages')) }}
