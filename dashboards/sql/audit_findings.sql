-- The first $rows findings of one check in one table of the file $file.
SELECT cell, value_low, value_high, witness, verdict
FROM aggregate_audits
WHERE file_id = $file AND table_name = $table AND check_id = $check
ORDER BY verdict, cell NULLS FIRST, value_low, witness
LIMIT $rows
