{{ staged_customers('bitrix24', source('bitrix24', 'contacts')) }}
