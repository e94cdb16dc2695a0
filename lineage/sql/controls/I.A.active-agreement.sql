-- I.A.active-agreement: a flow to the party has no agreement in force on its date (flows from it are II.A's). One violation a flow.
-- Students and staff; what a server log necessarily records is noted, not judged. No evidence at all is INCONCLUSIVE.
INSERT INTO mart.violations
SELECT 'I.A.active-agreement', to_party_id, NULL, data_element, min_by(file_id, {'d': seen_on, 'f': file_id}),
    min_by(place_of(path, field_path), {'d': seen_on, 'f': file_id, 'p': place_of(path, field_path)}),
    data_element || ' from ' || from_party_id || ' on ' || day(min(seen_on)) || ': no agreement in force; '
        || some_of(count(DISTINCT subject_key), 'subject') || ', last on ' || day(max(seen_on)), 'high', (SELECT run_id FROM district)
FROM judged WHERE NOT in_force AND NOT operation AND to_party_id IN (SELECT party_id FROM party)
GROUP BY from_party_id, to_party_id, data_element;

INSERT INTO evaluations
WITH broken AS (
    SELECT party_id, count(*) AS n, min(file_id) AS file_id, min_by(detail, {'d': regexp_extract(detail, '\d{4}-\d\d-\d\d'),
        't': detail}) AS first
    FROM mart.violations WHERE control_id = 'I.A.active-agreement' GROUP BY party_id
), flowed AS (
    SELECT to_party_id AS party_id, count(DISTINCT (from_party_id, data_element)) AS n, min(file_id) AS file_id
        FROM judged GROUP BY to_party_id
)
SELECT 'I.A.active-agreement', p.party_id, p.party_id <> 'district', coalesce(b.n, f.n, 0) > 0 OR e.some, coalesce(b.n, 0), 'high',
    CASE WHEN p.party_id = 'district' THEN 'A party''s duty.'
         WHEN b.n > 0 THEN some_of(b.n, 'flow') || ' without an agreement in force, first: ' || b.first || '.'
         WHEN f.n > 0 THEN 'An agreement was in force on every day of ' || some_of(f.n, 'flow') || '.' || coalesce(' Missing: '
             || e.lacking || '.', '')
         WHEN e.some THEN some_of(e.files, 'file') || ' of ' || e.kinds_read || ' show no data of a student or of staff.'
             || coalesce(' Missing: ' || e.lacking || '.', '')
         ELSE 'No readable evidence of what the party holds. Missing: ' || e.lacking || '.' END,
    coalesce(b.file_id, f.file_id, e.file_id)
FROM party p LEFT JOIN broken b USING (party_id) LEFT JOIN flowed f USING (party_id)
LEFT JOIN evidence_of(['export', 'log', 'tracking', 'sent to it']) e USING (party_id);
