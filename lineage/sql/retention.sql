-- Party × category × due date and status: how many of the party's students. Each student counts once in a category.
--
-- After the end of its contract all that a party holds is `vendor_copy`, due at the end plus the agreement's days; before it, elements have
-- the category that names them, else the default. `held`: past due, and a hold is open. After a certificate, its own or that of a party
-- which lists it and names it, `vendor_copy` is `destroyed`, `pending` while a copy still waits for its day, `destroyed_early` where a
-- hold was open on the day of destruction. A student who is seen again after the certified date was not destroyed, nor was a copy that
-- is still pending after its day: they are within, held or overdue like any other.
--
-- `kept` has one row a party, student and category, with the file that showed it last.
CREATE OR REPLACE TEMP TABLE kept AS
WITH holding AS (
    SELECT to_party_id AS party_id, subject_key, data_element, max(seen_on) AS last_on, max_by(file_id, {'d': seen_on, 'f': file_id}) AS file_id,
        max_by(place_of(path, field_path), {'d': seen_on, 'f': file_id, 'p': place_of(path, field_path)}) AS place
    FROM judged WHERE subject_kind = 'student' AND subject_key IS NOT NULL GROUP BY ALL
), filed AS (
    SELECT h.party_id, h.subject_key, CASE WHEN k.ended THEN 'vendor_copy'
        ELSE coalesce(e.category, (SELECT min(category) FROM category WHERE is_default), 'subsidiary') END AS category,
        max(h.last_on) AS last_on, string_agg(DISTINCT h.data_element, ', ' ORDER BY h.data_element) AS elements,
        max_by(h.file_id, {'d': h.last_on, 'f': h.file_id}) AS file_id, max_by(h.place, {'d': h.last_on, 'f': h.file_id, 'p': h.place}) AS place
    FROM holding h LEFT JOIN contract k USING (party_id) LEFT JOIN category_element e USING (data_element) GROUP BY ALL
), said AS (
    SELECT c.party_id, c.destroyed_on, c.certified_on FROM certificate c
    UNION ALL
    SELECT p.party_id, c.destroyed_on, c.certified_on
    FROM certified_copy o JOIN certificate c USING (file_id) JOIN subprocessor s ON s.party_id = o.party_id
        JOIN party p ON p.party_id = s.subprocessor_id AND o.system IN (lower(p.party_id), lower(p.name))
    WHERE o.kind = 'subprocessors' AND o.status IN ('destroyed', 'none') AND p.party_id NOT IN (SELECT party_id FROM certificate)
), certified AS (
    SELECT s.party_id, min(s.destroyed_on) AS destroyed_on,
        coalesce(min(s.certified_on) FILTER (s.certified_on >= k.end_on), max(s.certified_on)) AS since
    FROM said s LEFT JOIN contract k USING (party_id) GROUP BY s.party_id
), again AS (
    SELECT DISTINCT c.party_id, j.subject_key
    FROM certified c JOIN judged j ON c.party_id IN (j.to_party_id, j.from_party_id) AND j.seen_on > c.since
    WHERE j.subject_kind = 'student' AND j.subject_key IS NOT NULL
), happened AS (
    SELECT subject_key, event, max(occurred_on) AS occurred_on FROM event GROUP BY ALL
), waiting AS (
    SELECT party_id, bool_or(expires_on < d.as_of) AS lapsed FROM certified_copy CROSS JOIN district d WHERE status = 'pending'
        GROUP BY party_id
), due AS (
    SELECT f.*, d.as_of, w.party_id IS NOT NULL AS waiting,
        CASE WHEN f.category = 'vendor_copy' AND k.ended THEN k.destroy_due_on
             WHEN c.rule = 'years_after_absence' THEN CAST(s.absent_since + to_years(c.years) AS DATE)
             WHEN c.rule = 'years_after_event' THEN CAST(v.occurred_on + to_years(c.years) AS DATE) END AS due_on,
        f.category = 'vendor_copy' AND k.ended AND t.since IS NOT NULL AS is_certified,
        a.party_id IS NOT NULL AS seen_again, coalesce(w.lapsed, false) AS lapsed,
        EXISTS (SELECT 1 FROM hold h WHERE h.subject_key = f.subject_key AND h.opened_on <= d.as_of
            AND (h.closed_on IS NULL OR h.closed_on > d.as_of)) AS on_hold,
        EXISTS (SELECT 1 FROM hold h WHERE h.subject_key = f.subject_key AND h.opened_on <= t.destroyed_on
            AND (h.closed_on IS NULL OR h.closed_on > t.destroyed_on)) AS was_on_hold
    FROM filed f CROSS JOIN district d LEFT JOIN contract k USING (party_id) LEFT JOIN category c USING (category)
        LEFT JOIN subject s USING (subject_key)
    LEFT JOIN certified t USING (party_id) LEFT JOIN waiting w USING (party_id)
    LEFT JOIN again a ON a.party_id = f.party_id AND a.subject_key = f.subject_key
    LEFT JOIN happened v ON v.subject_key = f.subject_key AND v.event = c.event
)
SELECT party_id, subject_key, category, elements, last_on, due_on, file_id, place, is_certified, seen_again, lapsed,
    CASE WHEN is_certified AND NOT seen_again AND was_on_hold THEN 'destroyed_early'
         WHEN is_certified AND NOT seen_again AND NOT lapsed THEN CASE WHEN waiting THEN 'pending' ELSE 'destroyed' END
         WHEN due_on IS NULL OR as_of <= due_on THEN 'within' WHEN on_hold THEN 'held' ELSE 'overdue' END AS status
FROM due;

INSERT INTO mart.retention
SELECT party_id, category, count(*), due_on, status, (SELECT run_id FROM district) FROM kept GROUP BY party_id, category, due_on, status;
