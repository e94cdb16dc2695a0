-- II.B.authorized-elements: what makes a flow to the party shows, on whatever day, an element of a student that the last
-- agreement's schedule of data does not list, or a known purpose it does not allow. One violation a student × element (records of no
-- known student: one an element).
--
-- Last: the agreement of the covering party with the latest first day by the as-of day; of a subprocessor without its own, of each party
-- that lists it, within its entry. Under `ferpa_basis: directory` what `directory_information` has counts as listed. No agreement at all
-- lists nothing. What the party itself sent to others shows what they hold. What a server log necessarily records is not judged. "Observed" is the interface's word: a row-level
-- aggregate and a capture show what a party holds as well; a clean one alone is not the evidence this control asks for.
CREATE OR REPLACE TABLE last_schedule AS
WITH last AS (
    SELECT c.party_id, c.elements, a.* EXCLUDE (party_id), a.party_id AS agreement_party
    FROM covering c JOIN agreement a ON a.party_id = c.agreement_party
    WHERE a.effective_on IS NULL OR a.effective_on <= (SELECT as_of FROM district)
    QUALIFY rank() OVER (PARTITION BY c.party_id, c.agreement_party, c.elements ORDER BY a.effective_on DESC NULLS LAST) = 1
)
SELECT l.party_id, e.data_element, coalesce(e.purposes, l.purposes) AS purposes
FROM last l JOIN authorized_element e ON e.agreement_id = l.agreement_id AND e.party_id = l.agreement_party
WHERE l.elements IS NULL OR list_contains(l.elements, e.data_element)
UNION ALL
SELECT l.party_id, d.data_element, l.purposes FROM last l CROSS JOIN (SELECT unnest(directory_information) AS data_element FROM district) d
WHERE l.ferpa_basis = 'directory' AND (l.elements IS NULL OR list_contains(l.elements, d.data_element));

INSERT INTO mart.violations
WITH observed AS (
    SELECT to_party_id AS party_id, data_element, purpose, subject_key, seen_on, file_id, place_of(path, field_path) AS place, records
    FROM judged WHERE kind IN ('export', 'log', 'sent', 'aggregate', 'tracking') AND subject_kind = 'student' AND NOT operation
        AND to_party_id IN (SELECT party_id FROM party)
), allowed AS (
    SELECT o.party_id, o.data_element, o.purpose, count(s.data_element) > 0 AS listed,
        coalesce(bool_or(o.purpose IS NULL OR s.purposes IS NULL OR list_contains(s.purposes, o.purpose)), false) AS purpose_allowed
    FROM (SELECT DISTINCT party_id, data_element, purpose FROM observed) o
    LEFT JOIN last_schedule s ON s.party_id = o.party_id AND s.data_element = o.data_element
    GROUP BY o.party_id, o.data_element, o.purpose
), wrong AS (
    SELECT o.*, a.listed FROM observed o
    JOIN allowed a ON a.party_id = o.party_id AND a.data_element = o.data_element AND a.purpose IS NOT DISTINCT FROM o.purpose
    WHERE NOT (a.listed AND a.purpose_allowed)
)
SELECT 'II.B.authorized-elements', party_id, subject_key, data_element, min_by(file_id, {'d': seen_on, 'f': file_id}), min_by(place,
    {'d': seen_on, 'f': file_id, 'p': place}),
    CASE WHEN bool_and(listed) THEN data_element || ' is used for ' || string_agg(DISTINCT purpose, ', ' ORDER BY purpose)
        || ', which the agreement does not allow'
         ELSE data_element || ' is not in the schedule of data of the last agreement' END
        || ', seen on ' || day(min(seen_on)) || CASE WHEN subject_key IS NULL THEN ' in ' || some_of(CAST(sum(records) AS BIGINT),
            'record') || ' of no known student' ELSE '' END,
    'critical', (SELECT run_id FROM district)
FROM wrong GROUP BY party_id, subject_key, data_element;

INSERT INTO evaluations
WITH broken AS (
    SELECT party_id, count(*) AS n, count(DISTINCT subject_key) AS students, string_agg(DISTINCT data_element,
        ', ' ORDER BY data_element) AS elements, min(file_id) AS file_id
    FROM mart.violations WHERE control_id = 'II.B.authorized-elements' GROUP BY party_id
), held AS (
    SELECT to_party_id AS party_id, count(DISTINCT data_element) AS elements, min(file_id) AS file_id
    FROM judged WHERE kind IN ('export', 'log', 'sent', 'aggregate', 'tracking') AND subject_kind = 'student' AND NOT operation GROUP BY to_party_id
)
SELECT 'II.B.authorized-elements', p.party_id, p.party_id <> 'district', coalesce(b.n, h.elements, 0) > 0 OR e.some, coalesce(b.n, 0),
    'critical',
    CASE WHEN p.party_id = 'district' THEN 'A party''s duty.'
         WHEN b.n > 0 THEN 'Not agreed, or not for this purpose: ' || b.elements || ' of ' || some_of(b.students, 'student') || '.'
         WHEN h.elements > 0 THEN 'All of ' || some_of(h.elements, 'element') || ' that were observed are agreed.'
             || coalesce(' Missing: ' || e.lacking || '.', '')
         WHEN e.some THEN some_of(e.files, 'file') || ' of ' || e.kinds_read || ' show no data of a student.' || coalesce(' Missing: '
             || e.lacking || '.', '')
         ELSE 'No readable evidence of what the party holds. Missing: ' || e.lacking || '.' END,
    coalesce(b.file_id, h.file_id, e.file_id)
FROM party p LEFT JOIN broken b USING (party_id) LEFT JOIN held h USING (party_id)
LEFT JOIN evidence_of(['export', 'log', 'sent to it']) e USING (party_id);
