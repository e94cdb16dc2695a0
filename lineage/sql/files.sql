-- Every file. `duplicate`: the same bytes, of the same kind, were scanned in an earlier file (by folder date, party, path); its sightings
-- count all the same. A quarantined file is never one, nor is anything a duplicate of it.
INSERT INTO mart.files
WITH place AS (
    SELECT *, row_number() OVER (PARTITION BY sha256, kind, sent_to, status <> 'quarantined' ORDER BY received_on, delivered_by, path,
        file_id) AS nth,
        first_value(path || ' of ' || delivery_id) OVER (PARTITION BY sha256, kind, sent_to, status <> 'quarantined'
            ORDER BY received_on, delivered_by, path, file_id) AS original
    FROM file
)
SELECT file_id, delivery_id, path, kind, format, sha256, bytes, records,
    CASE WHEN nth > 1 AND sha256 IS NOT NULL AND status <> 'quarantined' THEN 'duplicate' ELSE status END,
    CASE WHEN nth > 1 AND sha256 IS NOT NULL AND status <> 'quarantined' THEN 'the same bytes as ' || original || coalesce('; '
        || reason, '') ELSE reason END,
    (SELECT run_id FROM district)
FROM place;
