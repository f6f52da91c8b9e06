{{ staged_followers(source('vk', 'followers'), "'vk'") }}
