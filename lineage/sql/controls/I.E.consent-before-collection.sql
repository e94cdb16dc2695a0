-- I.E.consent-before-collection: a student's element is held where consent is required, and no consent covering it was given by the day of
-- its first collection and not revoked by then; or only the student signed, younger than `student_signs_from`. One violation a student ×
-- element.
--
-- Required: by every agreement in force on that day, or, where none was, by any of the party's. An age that is not known proves nothing.
-- A consents.csv that does not exist is missing evidence; one with a header alone says that nobody consented.
CREATE OR REPLACE TEMP TABLE first_collection AS
SELECT to_party_id, subject_key, data_element, min(coalesce(judged_on, seen_on)) AS first_on, min_by(file_id, {'d': coalesce(judged_on,
    seen_on), 'f': file_id}) AS file_id,
    min_by(place_of(path, field_path), {'d': coalesce(judged_on, seen_on), 'f': file_id, 's': seen_on, 'p': place_of(path, field_path)}) AS place
FROM judged WHERE subject_kind = 'student' AND subject_key IS NOT NULL AND NOT operation
GROUP BY to_party_id, subject_key, data_element;

CREATE OR REPLACE TEMP TABLE consent_needed AS
WITH days AS (
    SELECT DISTINCT to_party_id, first_on FROM first_collection
)
SELECT d.to_party_id, d.first_on,
    CASE WHEN count(*) FILTER (current) > 0 THEN bool_and(a.consent_required) FILTER (current)
        ELSE bool_or(a.consent_required) END AS required
FROM (SELECT d.*, c.agreement_party FROM days d JOIN covering c ON c.party_id = d.to_party_id) d
JOIN (SELECT * FROM agreement) a ON a.party_id = d.agreement_party
CROSS JOIN LATERAL (SELECT coalesce(a.effective_on <= d.first_on, true) AND coalesce(a.ends_on >= d.first_on, true) AS current)
GROUP BY d.to_party_id, d.first_on;

INSERT INTO mart.violations
WITH needed AS (
    SELECT f.* FROM first_collection f JOIN consent_needed n USING (to_party_id, first_on)
    WHERE n.required AND (EXISTS (SELECT 1 FROM register_file WHERE name = 'consents.csv') OR NOT EXISTS (SELECT 1 FROM register_file))
), matched AS (
    SELECT n.*, k.given_on, k.given_on <= n.first_on AND (k.revoked_on IS NULL OR k.revoked_on > n.first_on) AS in_time,
        k.relation = 'student' AND k.signer_age < (SELECT student_signs_from FROM district) AS too_young
    FROM needed n
    LEFT JOIN (SELECT DISTINCT c.party_id AS to_party_id, k.subject_key, k.data_element, k.given_on, k.revoked_on, k.relation, k.signer_age
               FROM covering c JOIN consent_element k ON k.party_id IN (c.agreement_party, c.party_id)) k USING (to_party_id, subject_key,
                   data_element)
), summed AS (
    SELECT to_party_id, subject_key, data_element, first_on, file_id, place, coalesce(bool_or(in_time
        AND NOT coalesce(too_young, false)), false) AS consented,
        coalesce(bool_or(in_time AND too_young), false) AS student_signed, min(given_on) FILTER (given_on > first_on) AS later_on,
            count(given_on) AS given
    FROM matched GROUP BY to_party_id, subject_key, data_element, first_on, file_id, place
)
SELECT 'I.E.consent-before-collection', to_party_id, subject_key, data_element, file_id, place,
    data_element || ' first collected on ' || day(first_on) || ': ' || CASE
        WHEN student_signed THEN 'signed by the student, who was too young to'
        WHEN later_on IS NOT NULL THEN 'consent was given only on ' || day(later_on)
        WHEN given > 0 THEN 'consent had been revoked' ELSE 'no consent covers it' END, 'critical', (SELECT run_id FROM district)
FROM summed WHERE NOT consented AND to_party_id IN (SELECT party_id FROM party);

INSERT INTO evaluations
WITH asked AS (
    SELECT c.party_id, bool_or(a.consent_required) AS required FROM covering c
        JOIN agreement a ON a.party_id = c.agreement_party GROUP BY c.party_id
), file_missing AS (
    SELECT EXISTS (SELECT 1 FROM register_file) AND NOT EXISTS (SELECT 1 FROM register_file WHERE name = 'consents.csv') AS missing
), held AS (
    SELECT to_party_id AS party_id, count(DISTINCT subject_key) AS students, min(file_id) AS file_id, bool_or(n.required) AS required
    FROM first_collection LEFT JOIN consent_needed n USING (to_party_id, first_on) GROUP BY to_party_id
), broken AS (
    SELECT party_id, count(*) AS n, count(DISTINCT subject_key) AS students, min(detail) AS first, min(file_id) AS file_id
    FROM mart.violations WHERE control_id = 'I.E.consent-before-collection' GROUP BY party_id
)
SELECT 'I.E.consent-before-collection', p.party_id, p.party_id <> 'district' AND coalesce(a.required, false),
    coalesce(b.n, 0) > 0 OR (h.students > 0 AND NOT (m.missing AND h.required)) OR (h.students IS NULL
        AND e.some), coalesce(b.n, 0), 'critical',
    CASE WHEN p.party_id = 'district' THEN 'A party''s duty.'
         WHEN NOT coalesce(a.required, false) THEN 'No agreement with this party requires consent.'
         WHEN b.n > 0 THEN some_of(b.n, 'element') || ' of ' || some_of(b.students, 'student')
             || ' collected without a consent given before, for example '
            || b.first || '.'
         WHEN h.students > 0 AND m.missing AND h.required THEN 'Missing: consents.csv; data of ' || some_of(h.students, 'student')
             || ' is held.'
         WHEN h.students > 0 THEN 'No data of ' || some_of(h.students, 'student') || ' was collected without a consent that was required.'
         WHEN e.some THEN some_of(e.files, 'file') || ' of ' || e.kinds_read || ' show no data of a student.' || coalesce(' Missing: '
             || e.lacking || '.', '')
         ELSE 'No readable evidence of what the party holds. Missing: ' || e.lacking || '.' END,
    coalesce(b.file_id, h.file_id, e.file_id)
FROM party p CROSS JOIN file_missing m LEFT JOIN asked a USING (party_id) LEFT JOIN held h USING (party_id)
    LEFT JOIN broken b USING (party_id)
LEFT JOIN evidence_of(['export', 'log', 'tracking', 'sent to it']) e USING (party_id);
