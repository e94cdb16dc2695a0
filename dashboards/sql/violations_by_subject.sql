-- The same per pseudonym: who is concerned how often.
SELECT subject_key, count(*) AS violations, list_sort(list(DISTINCT data_element) FILTER (data_element IS NOT NULL)) AS elements
FROM violations
WHERE control_id = $control AND party_id = $party AND subject_key IS NOT NULL
GROUP BY subject_key
ORDER BY violations DESC, subject_key
LIMIT $rows
