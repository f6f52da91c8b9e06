{{ staged_deal_products('amocrm', source('amocrm', 'deal_products')) }}
