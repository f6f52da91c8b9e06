{{ staged_calls('plain-call', source('plain', 'calls')) }}
