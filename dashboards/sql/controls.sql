-- The clause's text beside its verdicts: what its controls ask.
SELECT control_id, title, severity, law
FROM controls
WHERE clause = $clause
ORDER BY list_position(['critical', 'high', 'medium', 'low'], severity), control_id
