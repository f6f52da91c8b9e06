{{ staged_customers('amocrm', source('amocrm', 'contacts')) }}
