{{ staged_followers(source('telegram', 'followers'), "'telegram'") }}
