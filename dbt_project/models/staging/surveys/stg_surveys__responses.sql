{{ staged_survey_responses(source('surveys', 'responses')) }}
