-- The last night and how much it is about: one row.
SELECT coalesce((SELECT max(name) FROM parties WHERE party_id = 'district'), 'The district') AS district,
       run.as_of, run.run_id, run.finished_at,
       (SELECT count(*) FROM deliveries) AS deliveries,
       (SELECT count(*) FROM files) AS files,
       (SELECT count(*) FROM parties WHERE kind NOT IN ('district', 'third_party')) AS parties
FROM runs AS run
ORDER BY run.started_at DESC
LIMIT 1
