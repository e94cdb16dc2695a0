-- I.E.district-authorization: an element of a student is held, and no authorization of the district was in force on the day of its first
-- collection. One violation a student × element (records of no known student: one an element).
--
-- Authorized that day: an agreement of the party (of a subprocessor without its own: of a party that lists it, within its entry) was in
-- force and its schedule of data listed the element that day, or its basis is `directory` and `directory_information` has the element.
-- The day of an export that comes within the days of return is the last one in force. Purposes, consents and opt-outs are other
-- controls'. What a server log necessarily records is not judged.
CREATE OR REPLACE TEMP TABLE first_seen AS
SELECT to_party_id, subject_key, data_element, first_on, file_id, place, NULL AS records FROM first_collection
UNION ALL
SELECT to_party_id, NULL, data_element, min(coalesce(judged_on, seen_on)), min_by(file_id, {'d': coalesce(judged_on, seen_on), 'f': file_id}),
    min_by(place_of(path, field_path), {'d': coalesce(judged_on, seen_on), 'f': file_id, 's': seen_on, 'p': place_of(path, field_path)}),
    CAST(sum(records) AS BIGINT)
FROM judged WHERE subject_kind = 'student' AND subject_key IS NULL AND NOT operation GROUP BY to_party_id, data_element;

CREATE OR REPLACE TEMP TABLE authorized_that_day AS
WITH asked AS (
    SELECT DISTINCT to_party_id, data_element, first_on FROM first_seen
), agreed AS (
    SELECT q.*, a.agreement_id, a.party_id AS agreement_party, c.elements IS NULL OR list_contains(c.elements, q.data_element) AS in_entry,
        a.ferpa_basis = 'directory' AND list_contains(d.directory_information, q.data_element) AS is_directory
    FROM asked q CROSS JOIN district d JOIN covering c ON c.party_id = q.to_party_id JOIN agreement a ON a.party_id = c.agreement_party
        AND (a.effective_on IS NULL OR a.effective_on <= q.first_on) AND (a.ends_on IS NULL OR a.ends_on >= q.first_on)
)
SELECT g.to_party_id, g.data_element, g.first_on, min(g.agreement_id) AS agreement_id, bool_or(g.in_entry) AS in_entry,
    bool_or(g.in_entry AND (coalesce(g.is_directory, false) OR coalesce((e.valid_from IS NULL OR e.valid_from <= g.first_on)
        AND (e.valid_to IS NULL OR e.valid_to >= g.first_on) AND e.data_element IS NOT NULL, false))) AS authorized,
    min(e.valid_from) FILTER (e.valid_from > g.first_on) AS only_from
FROM agreed g LEFT JOIN authorized_element e ON e.agreement_id = g.agreement_id AND e.party_id = g.agreement_party
    AND e.data_element = g.data_element
GROUP BY g.to_party_id, g.data_element, g.first_on;

INSERT INTO mart.violations
SELECT 'I.E.district-authorization', f.to_party_id, f.subject_key, f.data_element, f.file_id, f.place,
    f.data_element || ' first collected on ' || day(f.first_on) || ': ' || CASE
        WHEN a.to_party_id IS NULL THEN 'no agreement was in force'
        WHEN a.only_from IS NOT NULL THEN 'authorized only from ' || day(a.only_from)
        WHEN NOT a.in_entry THEN 'the entry for this subprocessor does not list it'
        ELSE 'not authorized by ' || a.agreement_id END
        || CASE WHEN f.subject_key IS NULL THEN ', in ' || some_of(f.records, 'record') || ' of no known student' ELSE '' END,
    'critical', (SELECT run_id FROM district)
FROM first_seen f LEFT JOIN authorized_that_day a USING (to_party_id, data_element, first_on)
WHERE NOT coalesce(a.authorized, false) AND f.to_party_id IN (SELECT party_id FROM party);

INSERT INTO evaluations
WITH held AS (
    SELECT to_party_id AS party_id, count(DISTINCT subject_key) AS students, count(DISTINCT data_element) AS elements, min(file_id) AS file_id
    FROM first_seen GROUP BY to_party_id
), broken AS (
    SELECT party_id, count(DISTINCT subject_key) AS students, count(*) AS n, string_agg(DISTINCT data_element, ', ' ORDER BY data_element) AS elements,
        min_by(detail, {'d': regexp_extract(detail, '\d{4}-\d\d-\d\d'), 't': detail}) AS first, min(file_id) AS file_id
    FROM mart.violations WHERE control_id = 'I.E.district-authorization' GROUP BY party_id
)
SELECT 'I.E.district-authorization', p.party_id, p.party_id <> 'district', coalesce(b.n, h.elements, 0) > 0 OR e.some, coalesce(b.n, 0),
    'critical',
    CASE WHEN p.party_id = 'district' THEN 'A party''s duty.'
         WHEN b.n > 0 THEN 'Collected without an authorization in force: ' || b.elements || ' of ' || some_of(b.students, 'student')
             || ', for example ' || b.first || '.'
         WHEN h.elements > 0 THEN 'All of ' || some_of(h.elements, 'element') || ' of ' || some_of(h.students, 'student')
             || ' were authorized before they were first collected.' || coalesce(' Missing: ' || e.lacking || '.', '')
         WHEN e.some THEN some_of(e.files, 'file') || ' of ' || e.kinds_read || ' show no data of a student.' || coalesce(' Missing: '
             || e.lacking || '.', '')
         ELSE 'No readable evidence of what the party holds. Missing: ' || e.lacking || '.' END,
    coalesce(b.file_id, h.file_id, e.file_id)
FROM party p LEFT JOIN held h USING (party_id) LEFT JOIN broken b USING (party_id)
LEFT JOIN evidence_of(['export', 'log', 'tracking', 'sent to it']) e USING (party_id);
