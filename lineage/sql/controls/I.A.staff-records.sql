-- I.A.staff-records: a staff element is held that neither the last agreement's schedule of data nor `staff_directory` lists. One violation
-- a member of staff × element (records of no known member of staff: one an element).
--
-- Held on whatever day, by whatever shows it. Purposes and consent are never asked for staff; whether an agreement was in force is
-- I.A.active-agreement's. Without any staff in the roster nobody can be recognized: INCONCLUSIVE.
INSERT INTO mart.violations
SELECT 'I.A.staff-records', j.to_party_id, j.subject_key, j.data_element, min_by(j.file_id, {'d': j.seen_on, 'f': j.file_id}),
    min_by(place_of(j.path, j.field_path), {'d': j.seen_on, 'f': j.file_id, 'p': place_of(j.path, j.field_path)}),
    j.data_element || ', seen on ' || day(min(j.seen_on)) || ' (' || string_agg(DISTINCT j.kind, ', ' ORDER BY j.kind)
        || '), is listed by neither the agreement nor the staff directory'
        || CASE WHEN j.subject_key IS NULL THEN '; ' || some_of(CAST(sum(j.records) AS BIGINT), 'record') || ' of nobody known' ELSE '' END,
    'high', (SELECT run_id FROM district)
FROM judged j CROSS JOIN district d
WHERE j.subject_kind = 'staff' AND starts_with(j.data_element, 'staff_') AND NOT j.operation AND j.to_party_id IN (SELECT party_id FROM party)
    AND NOT coalesce(list_contains(d.staff_directory, j.data_element), false)
    AND NOT EXISTS (SELECT 1 FROM last_schedule s WHERE s.party_id = j.to_party_id AND s.data_element = j.data_element)
GROUP BY j.to_party_id, j.subject_key, j.data_element;

INSERT INTO evaluations
WITH roster AS (
    SELECT count(*) AS staff FROM subject WHERE subject_kind = 'staff'
), held AS (
    SELECT to_party_id AS party_id, count(DISTINCT subject_key) AS people, min(file_id) AS file_id
    FROM judged WHERE subject_kind = 'staff' AND starts_with(data_element, 'staff_') AND NOT operation GROUP BY to_party_id
), broken AS (
    SELECT party_id, count(*) AS n, count(DISTINCT subject_key) AS people, string_agg(DISTINCT data_element, ', ' ORDER BY data_element) AS elements,
        min(file_id) AS file_id
    FROM mart.violations WHERE control_id = 'I.A.staff-records' GROUP BY party_id
)
SELECT 'I.A.staff-records', p.party_id, p.party_id <> 'district',
    coalesce(b.n, 0) > 0 OR (r.staff > 0 AND (coalesce(h.people, 0) > 0 OR e.some)), coalesce(b.n, 0), 'high',
    CASE WHEN p.party_id = 'district' THEN 'A party''s duty.'
         WHEN b.n > 0 THEN 'Neither the agreement nor the staff directory lists ' || b.elements || ' of ' || some_of(b.people, 'member')
             || ' of staff.'
         WHEN r.staff = 0 THEN 'Missing: staff in the roster.'
         WHEN h.people > 0 THEN 'All that was observed of ' || some_of(h.people, 'member')
             || ' of staff is listed by the agreement or the staff directory.' || coalesce(' Missing: ' || e.lacking || '.', '')
         WHEN e.some THEN some_of(e.files, 'file') || ' of ' || e.kinds_read || ' show no data of staff.' || coalesce(' Missing: '
             || e.lacking || '.', '')
         ELSE 'No readable evidence of what the party holds. Missing: ' || e.lacking || '.' END,
    coalesce(b.file_id, h.file_id, e.file_id)
FROM party p CROSS JOIN roster r LEFT JOIN held h USING (party_id) LEFT JOIN broken b USING (party_id)
LEFT JOIN evidence_of(['export', 'log', 'tracking', 'sent to it']) e USING (party_id);
