{{ staged_customers('hubspot', source('hubspot', 'contacts')) }}
