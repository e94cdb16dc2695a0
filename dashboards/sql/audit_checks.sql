-- Of the file $file, or (NULL) of all: how often each check of the audit found something, by table.
SELECT file_id, table_name, check_id, verdict, count(*) AS findings, count(witness) AS witnesses
FROM aggregate_audits
WHERE $file IS NULL OR file_id = $file
GROUP BY ALL
ORDER BY ALL
