-- II.C.retained-too-long: records of a student are held past their due date and no hold is open. One violation a student × category.
--
-- What is overdue is decided in retention.sql (`kept`). The party's copy after the end of its contract is among it, unless its
-- destruction was certified; a student seen again after that is overdue. Permanent records and those that wait for an event that is
-- not on file have no due date.
INSERT INTO mart.violations
SELECT 'II.C.retained-too-long', k.party_id, k.subject_key, NULL, k.file_id, k.place,
    k.category || ' was due on ' || day(k.due_on) || ' and is held: ' || k.elements || ', last seen on ' || day(k.last_on) || CASE
        WHEN k.is_certified AND k.seen_again THEN ', seen again after the certified destruction'
        WHEN k.is_certified AND k.lapsed THEN ', a copy is still pending after its day' ELSE '' END, 'high', (SELECT run_id FROM district)
FROM kept k WHERE k.status = 'overdue' AND k.party_id IN (SELECT party_id FROM party);

INSERT INTO evaluations
WITH held AS (
    SELECT party_id, count(DISTINCT subject_key) AS students, count(DISTINCT subject_key) FILTER (status = 'held') AS on_hold,
        count(DISTINCT subject_key) FILTER (status IN ('destroyed', 'pending', 'destroyed_early')) AS certified, min(file_id) AS file_id
    FROM kept GROUP BY party_id
), broken AS (
    SELECT v.party_id, count(*) AS n, count(DISTINCT v.subject_key) AS students, string_agg(DISTINCT split_part(v.detail, ' was due', 1),
        ', ' ORDER BY split_part(v.detail, ' was due', 1)) AS categories, min(regexp_extract(v.detail, '\d{4}-\d\d-\d\d')) AS first_due,
        min(v.file_id) AS file_id
    FROM mart.violations v WHERE control_id = 'II.C.retained-too-long' GROUP BY v.party_id
)
SELECT 'II.C.retained-too-long', p.party_id, p.party_id <> 'district', coalesce(b.n, 0) > 0 OR coalesce(h.students, 0) > 0 OR e.some,
    coalesce(b.n, 0), 'high',
    CASE WHEN p.party_id = 'district' THEN 'A party''s duty.'
         WHEN b.n > 0 THEN 'Held past their due date, with no hold: records of ' || some_of(b.students, 'student') || ' ('
             || b.categories || '), the first due on ' || b.first_due || '.'
         WHEN h.students > 0 THEN 'Nothing of ' || some_of(h.students, 'student') || ' is held past its due date without a hold'
             || CASE WHEN h.on_hold > 0 THEN '; ' || some_of(h.on_hold, 'student') || ' under a hold' ELSE '' END
             || CASE WHEN h.certified > 0 THEN '; the destruction for ' || some_of(h.certified, 'student') || ' was certified' ELSE '' END
             || '.' || coalesce(' Missing: ' || e.lacking || '.', '')
         WHEN e.some THEN some_of(e.files, 'file') || ' of ' || e.kinds_read || ' show no data of a student.' || coalesce(' Missing: '
             || e.lacking || '.', '')
         ELSE 'No readable evidence of what the party holds. Missing: ' || e.lacking || '.' END,
    coalesce(b.file_id, h.file_id, e.file_id)
FROM party p LEFT JOIN held h USING (party_id) LEFT JOIN broken b USING (party_id)
LEFT JOIN evidence_of(['export', 'log', 'tracking', 'sent to it']) e USING (party_id);
