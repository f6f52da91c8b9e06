{{ staged_survey_responses(source('plain', 'survey_responses')) }}
