{{ staged_calls('calltouch', source('calltouch', 'calls')) }}
