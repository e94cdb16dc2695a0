-- III.C.silence-after-destruction: after the certified date nothing of a student is seen any more.
--
-- Not applicable before the end. The certified date is the first certificate's that is not before the end (else the last one's).
-- Violations, one a student × element: a flow to or from the party dated after it, its server logs included; and each cookie or stored
-- item with a student's data set after it. PASS needs a later log, export or capture of the party that was read; no certificate:
-- INCONCLUSIVE.
CREATE OR REPLACE TABLE silence AS
SELECT k.party_id, k.end_on, coalesce(min(c.certified_on) FILTER (c.certified_on >= k.end_on), max(c.certified_on)) AS since,
    min(c.file_id) AS file_id
FROM contract k LEFT JOIN certificate c USING (party_id) WHERE k.ended GROUP BY k.party_id, k.end_on;

INSERT INTO mart.violations
WITH loud AS (
    SELECT s.party_id, j.subject_key, j.data_element, j.file_id, place_of(j.path, j.field_path) AS place, j.seen_on, j.kind
    FROM silence s JOIN judged j ON s.party_id IN (j.to_party_id, j.from_party_id) AND j.seen_on > s.since
    WHERE j.subject_kind = 'student' AND j.subject_key IS NOT NULL
)
SELECT 'III.C.silence-after-destruction', party_id, subject_key, data_element, min_by(file_id, {'d': seen_on, 'f': file_id}),
    min_by(place, {'d': seen_on, 'f': file_id, 'p': place}),
    data_element || ' in ' || string_agg(DISTINCT kind, ', ' ORDER BY kind) || ' on ' || day(min(seen_on))
        || ', after the certified destruction', 'critical',
    (SELECT run_id FROM district)
FROM loud WHERE party_id IN (SELECT party_id FROM party) GROUP BY party_id, subject_key, data_element
UNION ALL
SELECT DISTINCT 'III.C.silence-after-destruction', s.party_id, NULL, NULL, t.file_id, f.path,
    t.storage || ' of ' || t.host || ' with a student''s data on ' || day(coalesce(t.set_on, f.observed_on))
        || ', after the certified destruction', 'critical',
    (SELECT run_id FROM district)
FROM lake.trackers t JOIN file f USING (file_id) LEFT JOIN host_party p ON p.host = t.page_host LEFT JOIN host_party h ON h.host = t.host
JOIN silence s ON s.party_id IN (coalesce(p.party_id, f.owner), h.party_id) AND coalesce(t.set_on, f.observed_on) > s.since
WHERE t.known_to IS NULL AND t.contains_pii AND s.party_id IN (SELECT party_id FROM party);

INSERT INTO evaluations
WITH later AS (
    SELECT s.party_id, count(DISTINCT e.file_id) AS files, string_agg(DISTINCT e.kind, ', ' ORDER BY e.kind) AS kinds,
        max(e.file_id) AS file_id
    FROM silence s JOIN evidence e ON e.party_id = s.party_id AND e.dated_on > s.since WHERE e.readable
        AND e.kind IN ('log', 'export', 'tracking')
    GROUP BY s.party_id
), broken AS (
    SELECT party_id, count(*) AS n, count(DISTINCT subject_key) AS students, min(file_id) AS file_id, string_agg(DISTINCT data_element,
        ', ' ORDER BY data_element) AS elements
    FROM mart.violations WHERE control_id = 'III.C.silence-after-destruction' GROUP BY party_id
), rule AS (
    SELECT p.party_id, CASE WHEN p.party_id = 'district' THEN 'A party''s duty.'
        WHEN s.party_id IS NULL THEN 'The contract has not ended.' END AS not_applicable, s.since, s.file_id
    FROM party p LEFT JOIN silence s USING (party_id)
)
SELECT 'III.C.silence-after-destruction', r.party_id, r.not_applicable IS NULL, coalesce(b.n, 0) > 0 OR (r.since IS NOT NULL
    AND l.files > 0), coalesce(b.n, 0), 'critical',
    CASE WHEN r.not_applicable IS NOT NULL THEN r.not_applicable
         WHEN b.n > 0 THEN 'After ' || day(r.since) || ' still seen: ' || concat_ws(' and ', b.elements || ' of '
             || some_of(b.students, 'student'),
            CASE WHEN b.elements IS NULL THEN some_of(b.n, 'stored item') END) || '.'
         WHEN r.since IS NULL THEN 'Missing: a certificate with the day of destruction.'
         WHEN l.files > 0 THEN some_of(l.files, 'file') || ' of ' || l.kinds || ' dated after ' || day(r.since) || ' show no student.'
         ELSE 'Missing: a log, export or capture dated after ' || day(r.since) || '.' END,
    coalesce(b.file_id, l.file_id, r.file_id)
FROM rule r LEFT JOIN later l USING (party_id) LEFT JOIN broken b USING (party_id);
