{{ staged_deal_products('bitrix24', source('bitrix24', 'deal_products')) }}
