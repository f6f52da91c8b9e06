{{ staged_followers(source('instagram', 'followers'), "'instagram'") }}
