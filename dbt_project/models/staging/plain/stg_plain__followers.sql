{{ staged_followers(source('plain', 'followers'), 'lower(network)') }}
