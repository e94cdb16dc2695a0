-- II.A.no-third-party-disclosure: captures, logs or `sent` show a student's value going from the party to one that is neither it nor a
-- subprocessor it lists (nor, for a subprocessor, one that lists it). What a subprocessor's entry does not cover is II.A.subprocessor-
-- necessity's. One violation a student × element × receiver.
--
-- A disclosure once seen stays seen, however old its evidence; only a pass needs evidence that is not stale.
INSERT INTO mart.violations
SELECT 'II.A.no-third-party-disclosure', j.from_party_id, j.subject_key, j.data_element, min_by(j.file_id, {'d': j.seen_on,
    'f': j.file_id}),
    min_by(place_of(j.path, j.field_path), {'d': j.seen_on, 'f': j.file_id, 'p': place_of(j.path, j.field_path)}),
    j.data_element || ' went to ' || j.to_party_id || ' on ' || day(min(j.seen_on)) || ' ('
        || string_agg(DISTINCT j.kind, ', ' ORDER BY j.kind) || ')', 'critical',
    (SELECT run_id FROM district)
FROM judged j
WHERE j.kind IN ('tracking', 'log', 'sent') AND j.subject_kind = 'student' AND j.subject_key IS NOT NULL
    AND j.from_party_id <> 'district' AND j.from_party_id IN (SELECT party_id FROM party)
    AND NOT EXISTS (SELECT 1 FROM subprocessor s WHERE s.party_id = j.from_party_id AND s.subprocessor_id = j.to_party_id)
    AND NOT EXISTS (SELECT 1 FROM subprocessor s WHERE s.subprocessor_id = j.from_party_id AND s.party_id = j.to_party_id)
GROUP BY j.from_party_id, j.to_party_id, j.subject_key, j.data_element;

INSERT INTO evaluations
WITH broken AS (
    SELECT party_id, count(*) AS n, count(DISTINCT subject_key) AS students, min(file_id) AS file_id,
        string_agg(DISTINCT regexp_extract(detail, ' went to (\S+) ', 1), ', ' ORDER BY regexp_extract(detail, ' went to (\S+) ',
            1)) AS receivers
    FROM mart.violations WHERE control_id = 'II.A.no-third-party-disclosure' GROUP BY party_id
)
SELECT 'II.A.no-third-party-disclosure', p.party_id, p.party_id <> 'district', coalesce(b.n, 0) > 0 OR e.some, coalesce(b.n, 0), 'critical',
    CASE WHEN p.party_id = 'district' THEN 'A party''s duty.'
         WHEN b.n > 0 THEN some_of(b.n, 'value') || ' of ' || some_of(b.students, 'student') || ' went to ' || b.receivers || '.'
         WHEN e.some THEN some_of(e.files, 'file') || ' of ' || e.kinds_read
             || ' show no student''s value going to anybody but listed subprocessors.'
            || coalesce(' Missing: ' || e.lacking || '.', '')
         ELSE 'No readable evidence of what the party sends. Missing: ' || e.lacking || '.' END,
    coalesce(b.file_id, e.file_id)
FROM party p LEFT JOIN broken b USING (party_id) LEFT JOIN evidence_of(['tracking', 'log', 'sent']) e USING (party_id);
