-- Files that are called aggregate, with what the disclosure audit found in them, worst first.
SELECT file.file_id, file.path, file.status, delivery.party_id, delivery.received_on,
       count(a.file_id) FILTER (a.verdict = 'FAIL') AS findings, count(a.file_id) FILTER (a.verdict = 'INCONCLUSIVE') AS unfinished,
       count(DISTINCT a.table_name) AS tables
FROM files AS file
JOIN deliveries AS delivery USING (delivery_id)
LEFT JOIN aggregate_audits AS a USING (file_id)
WHERE file.kind = 'aggregate'
GROUP BY ALL
ORDER BY findings > 0 DESC, unfinished > 0 DESC, findings DESC, delivery.received_on DESC, delivery.party_id, file.path
