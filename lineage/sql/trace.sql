-- Where did it go: every transfer that the question is about, with the hop at which it lies on its way from where it began.
--
-- A transfer is a flow, or, when one student is asked for, that student's disclosure. It goes on from a party when that party sent the same
-- element at or after the day it had it. A way begins with what was asked for where nobody in it was seen to hand it to the
-- sender before.
WITH RECURSIVE edge AS (
    SELECT from_party_id, to_party_id, data_element, first_seen_on, last_seen_on, authorized, CAST(NULL AS VARCHAR) AS basis, reason, subjects,
        unresolved_records, evidence_file_id
    FROM flows WHERE $subject_key IS NULL AND ($element IS NULL OR data_element = $element)
    UNION ALL
    SELECT from_party_id, to_party_id, data_element, first_seen_on, last_seen_on, authorized, basis, reason, 1, 0, evidence_file_id
    FROM disclosures WHERE subject_key = $subject_key AND ($element IS NULL OR data_element = $element)
), asked_file AS (
    SELECT file_id, delivery_id, path, kind FROM files
    WHERE $file IS NOT NULL AND ($file IN (file_id, lower(sha256), path, delivery_id || '/' || path) OR ends_with(path, '/' || $file)
        OR file_id IN (SELECT b.file_id FROM files a JOIN files b USING (sha256)
            WHERE $file IN (a.file_id, a.path, a.delivery_id || '/' || a.path) OR ends_with(a.path, '/' || $file)))
), shown AS (   -- what the files asked for show, and who had it; of the district's own evidence and of purged files, by what rests on them
    SELECT DISTINCT f.data_element, CASE WHEN a.kind = 'sent' THEN split_part(a.path, '/', 2) ELSE d.party_id END AS party_id
    FROM asked_file a JOIN deliveries d USING (delivery_id) JOIN fields f USING (file_id) WHERE f.data_element <> 'none'
    UNION
    SELECT e.data_element, e.to_party_id FROM asked_file a JOIN deliveries d USING (delivery_id) JOIN edge e ON e.evidence_file_id = a.file_id
    WHERE (d.party_id = 'district' AND a.kind <> 'sent') OR a.file_id NOT IN (SELECT file_id FROM fields)
), wanted AS (
    SELECT * FROM edge e WHERE $file IS NULL OR EXISTS (SELECT 1 FROM shown s WHERE s.data_element = e.data_element)
), asked AS (
    SELECT * FROM wanted e
    WHERE ($file IS NULL OR EXISTS (SELECT 1 FROM shown s WHERE s.data_element = e.data_element AND s.party_id = e.to_party_id))
    AND ($party IS NULL OR $party IN (e.from_party_id, e.to_party_id))
), start AS (
    SELECT * FROM asked e WHERE NOT EXISTS (
        SELECT 1 FROM asked i WHERE i.to_party_id = e.from_party_id AND i.data_element = e.data_element AND i.first_seen_on <= e.last_seen_on)
), way AS (
    SELECT e.*, 1 AS hop, [e.from_party_id, e.to_party_id] AS via, e.first_seen_on AS arrived_on FROM start e
    UNION ALL
    SELECT e.*, w.hop + 1, list_append(w.via, e.to_party_id), greatest(e.first_seen_on, w.arrived_on)
    FROM way w JOIN wanted e ON e.from_party_id = w.to_party_id AND e.data_element = w.data_element AND e.last_seen_on >= w.arrived_on
    WHERE NOT list_contains(w.via, e.to_party_id) AND w.hop < 12
), nearest AS (
    SELECT * FROM way
    QUALIFY row_number() OVER (PARTITION BY from_party_id, to_party_id, data_element ORDER BY hop, arrived_on, via) = 1
), everything AS (
    SELECT * FROM nearest
    UNION ALL       -- what only came back, or went round among parties where no way begins: it went there all the same
    SELECT e.*, 1, [e.from_party_id, e.to_party_id], e.first_seen_on FROM asked e
    ANTI JOIN nearest n USING (from_party_id, to_party_id, data_element)
)
SELECT e.data_element, e.hop, e.from_party_id, e.to_party_id, e.via, e.first_seen_on, e.last_seen_on, e.arrived_on, e.authorized, e.basis,
    e.reason, e.subjects, e.unresolved_records, e.evidence_file_id, f.delivery_id AS evidence_delivery_id, f.path AS evidence_path
FROM everything e LEFT JOIN files f ON f.file_id = e.evidence_file_id
ORDER BY e.data_element, e.via, e.hop, e.from_party_id, e.to_party_id
