{{ staged_customers('plain', source('plain', 'customers')) }}
