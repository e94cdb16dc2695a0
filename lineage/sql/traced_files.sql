-- The files that a path, a file id or a SHA-256 means, and the same bytes elsewhere.
WITH named AS (
    SELECT file_id, sha256 FROM files
    WHERE $file IN (file_id, lower(sha256), path, delivery_id || '/' || path) OR ends_with(path, '/' || $file)
)
SELECT f.file_id, f.delivery_id, d.party_id, f.path, f.kind, f.status, f.sha256
FROM files f LEFT JOIN deliveries d USING (delivery_id)
WHERE f.file_id IN (SELECT file_id FROM named) OR f.sha256 IN (SELECT sha256 FROM named)
ORDER BY f.delivery_id, f.path
