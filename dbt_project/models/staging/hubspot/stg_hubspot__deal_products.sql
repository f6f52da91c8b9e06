{{ staged_deal_products('hubspot', source('hubspot', 'deal_products')) }}
