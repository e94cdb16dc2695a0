-- III.A.data-returned: after the end of the contract, everything held before it came back.
--
-- Not applicable before the end, and where the district waived the return. No return: INCONCLUSIVE to the deadline, one violation after
-- it. A return that came after the deadline is judged by its content, with a warning. Else one violation a student (or member of staff) ×
-- element held by the end and in no returned file; a student × element of which an export by the end showed more rows than came back
-- (elements of which there are many a student); a line of the manifest whose file is not there, has fewer rows than it says, or another
-- checksum. What cannot be read proves nothing missing: with an unreadable file, or without a manifest or checksums, INCONCLUSIVE.
CREATE OR REPLACE TEMP TABLE returned_file AS
SELECT f.*, k.party_id FROM file f JOIN contract k ON k.party_id = f.owner
WHERE f.kind = 'return' AND k.ended AND (k.started_on IS NULL OR f.received_on >= k.started_on);

CREATE OR REPLACE TEMP TABLE manifest_line AS
SELECT m.*, r.party_id, r.path, t.path AS entry_path, t.records AS entry_records, t.readable AS entry_readable
FROM lake.manifest_entries m JOIN returned_file r USING (file_id) LEFT JOIN file t ON t.file_id = m.entry_file_id WHERE m.known_to IS NULL;

CREATE OR REPLACE TABLE return_state AS
SELECT k.party_id, count(r.file_id) AS files, min(r.received_on) AS first_on, max(r.received_on) AS last_on,
    bool_or(r.status = 'quarantined') AS some_unreadable, count(*) FILTER (r.readable) AS readable,
    (SELECT count(*) FROM manifest_line m WHERE m.party_id = k.party_id) AS lines,
    (SELECT count(*) FROM manifest_line m WHERE m.party_id = k.party_id AND m.entry_file_id IS NOT NULL
        AND m.sha256_matches IS NULL) AS unverified,
    min(r.file_id) AS file_id
FROM contract k LEFT JOIN returned_file r USING (party_id) WHERE k.ended GROUP BY k.party_id;

INSERT INTO mart.violations
WITH judged_party AS (
    SELECT k.*, s.files, s.readable, s.some_unreadable FROM contract k JOIN return_state s USING (party_id)
    WHERE k.ended AND coalesce(k.on_termination, 'return') <> 'waive' AND k.party_id IN (SELECT party_id FROM party)
), held AS (
    SELECT j.to_party_id AS party_id, j.subject_key, j.data_element, min_by(j.file_id, {'d': j.seen_on, 'f': j.file_id}) AS file_id,
        min_by(place_of(j.path, j.field_path), {'d': j.seen_on, 'f': j.file_id, 'p': place_of(j.path, j.field_path)}) AS place, max(j.seen_on) AS last_on
    FROM judged j JOIN judged_party p ON p.party_id = j.to_party_id
    WHERE j.subject_key IS NOT NULL AND NOT j.operation AND coalesce(j.judged_on, j.seen_on) <= p.end_on AND p.readable > 0
        AND NOT p.some_unreadable
    GROUP BY ALL
), came AS (
    SELECT r.party_id, s.subject_key, s.data_element, sum(s.records) AS records FROM seen s JOIN returned_file r USING (file_id)
    WHERE s.subject_key IS NOT NULL GROUP BY ALL
), counted AS (
    SELECT party_id, subject_key, data_element, max(records) AS records FROM (
        SELECT p.party_id, s.subject_key, s.data_element, s.file_id, s.field_path, sum(s.records) AS records
        FROM seen s JOIN file f USING (file_id) JOIN judged_party p ON p.party_id = f.owner
        WHERE f.kind = 'export' AND s.subject_key IS NOT NULL AND s.seen_on <= p.end_on AND s.data_element IN ('assessment.score',
            'assessment.observation',
            'attendance', 'communications', 'conduct', 'performance.in_app', 'student_work', 'survey', 'transcript.grade')
        GROUP BY ALL) GROUP BY ALL
)
SELECT 'III.A.data-returned', party_id, NULL, NULL, NULL, NULL, 'no return by ' || day(return_due_on), 'high', (SELECT run_id FROM district)
FROM judged_party WHERE files = 0 AND return_due_on < (SELECT as_of FROM district)
UNION ALL
SELECT 'III.A.data-returned', h.party_id, h.subject_key, h.data_element, h.file_id, h.place,
    CASE WHEN c.party_id IS NULL THEN h.data_element || ', held on ' || day(h.last_on) || ', is in no returned file'
         ELSE format('{:,} of {:,} rows of {} came back', CAST(c.records AS BIGINT), CAST(n.records AS BIGINT), h.data_element) END,
             'high', (SELECT run_id FROM district)
FROM held h LEFT JOIN came c USING (party_id, subject_key, data_element) LEFT JOIN counted n USING (party_id, subject_key, data_element)
WHERE c.party_id IS NULL OR c.records < n.records
UNION ALL
SELECT 'III.A.data-returned', party_id, NULL, NULL, coalesce(entry_file_id, file_id), coalesce(entry_path, path) || ' line ' || line,
    CASE WHEN entry_file_id IS NULL THEN 'the manifest names a file that did not come'
         WHEN sha256_matches = false THEN 'the checksum in the manifest does not verify'
         ELSE format('the manifest promises {:,} rows, the file has {:,}', rows, entry_records) END, 'high', (SELECT run_id FROM district)
FROM manifest_line JOIN judged_party p USING (party_id)
WHERE entry_file_id IS NULL OR sha256_matches = false OR (entry_readable AND entry_records < rows);

INSERT INTO evaluations
WITH broken AS (
    SELECT party_id, count(*) AS n, count(DISTINCT subject_key) AS students, string_agg(DISTINCT data_element,
        ', ' ORDER BY data_element) AS elements,
        min(file_id) AS file_id, min(detail) FILTER (subject_key IS NULL) AS other, count(*) FILTER (subject_key IS NULL) AS others
    FROM mart.violations WHERE control_id = 'III.A.data-returned' GROUP BY party_id
), rule AS (
    SELECT p.party_id, CASE WHEN p.party_id = 'district' THEN 'A party''s duty.' WHEN NOT coalesce(k.ended,
        false) THEN 'The contract has not ended.'
        WHEN k.on_termination = 'waive' THEN 'The district waived the return.' END AS not_applicable, k.end_on, k.return_due_on,
            s.* EXCLUDE (party_id)
    FROM party p LEFT JOIN contract k USING (party_id) LEFT JOIN return_state s USING (party_id)
)
SELECT 'III.A.data-returned', r.party_id, r.not_applicable IS NULL,
    coalesce(b.n, 0) > 0 OR coalesce(r.readable > 0 AND NOT r.some_unreadable AND r.lines > 0
        AND r.unverified = 0, false), coalesce(b.n, 0), 'high',
    CASE WHEN r.not_applicable IS NOT NULL THEN r.not_applicable
         WHEN b.n > 0 THEN 'The contract ended on ' || day(r.end_on) || ': ' || concat_ws('; ',
            CASE WHEN b.students > 0 THEN 'not returned: ' || b.elements || ' of ' || some_of(b.students, 'student') END,
            CASE WHEN b.others > 0 THEN b.other || CASE WHEN b.others > 1 THEN format(' and {:,} more', b.others - 1)
                ELSE '' END END) || '.'
         WHEN r.files = 0 THEN 'No return yet; it is due by ' || day(r.return_due_on) || '. Missing: return.'
         WHEN r.some_unreadable OR r.readable = 0 THEN 'A returned file could not be read.'
         WHEN r.lines = 0 THEN 'Missing: a readable manifest.csv of the return.'
         WHEN r.unverified > 0 THEN 'Missing: checksums in the manifest for ' || some_of(r.unverified, 'file') || '.'
         ELSE CASE WHEN r.first_on > r.return_due_on THEN 'Warning: returned on ' || day(r.first_on) || ', due by '
             || day(r.return_due_on) || '. ' ELSE '' END
            || 'All that was held by ' || day(r.end_on) || ' came back; ' || some_of(r.lines, 'line') || ' of the manifest verified.' END,
    coalesce(b.file_id, r.file_id)
FROM rule r LEFT JOIN broken b USING (party_id);
