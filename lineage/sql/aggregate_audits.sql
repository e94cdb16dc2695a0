-- What the disclosure audit found in tables that are called aggregate. A witness reveals small counts: shown only where the district wants.
INSERT INTO mart.aggregate_audits
SELECT a.file_id, coalesce(a.table_name, ''), a.verdict, a.check_id, a.cell, a.value_low, a.value_high,
    CASE WHEN coalesce(d.show_witnesses, false) THEN a.witness END, d.run_id
FROM lake.aggregate_audits a JOIN file USING (file_id) CROSS JOIN district d WHERE a.known_to IS NULL;
