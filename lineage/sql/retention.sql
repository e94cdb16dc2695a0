-- Party × category × due date × status: how many of the party's students. Each student counts once in a category.
--
-- After the end of its contract all that a party holds is `vendor_copy`, due at the end plus the agreement's days; before it, elements have
-- the category that names them, else the default. `held`: past due, and a hold is open. After a certificate `vendor_copy` is `destroyed`,
-- `pending` while a copy still waits for its day, `destroyed_early` where a hold was open on the day of destruction.
INSERT INTO mart.retention
WITH holding AS (
    SELECT DISTINCT to_party_id AS party_id, subject_key, data_element FROM judged WHERE subject_kind = 'student'
        AND subject_key IS NOT NULL
), filed AS (
    SELECT DISTINCT h.party_id, h.subject_key, CASE WHEN k.ended THEN 'vendor_copy'
        ELSE coalesce(e.category, (SELECT min(category) FROM category WHERE is_default), 'subsidiary') END AS category
    FROM holding h LEFT JOIN contract k USING (party_id) LEFT JOIN category_element e USING (data_element)
), certified AS (
    SELECT party_id, min(destroyed_on) AS destroyed_on, bool_or(certified_on IS NOT NULL) AS certified FROM certificate GROUP BY party_id
), happened AS (
    SELECT subject_key, event, max(occurred_on) AS occurred_on FROM event GROUP BY ALL
), waiting AS (
    SELECT DISTINCT party_id FROM certified_copy WHERE status = 'pending'
), due AS (
    SELECT f.party_id, f.subject_key, f.category, d.as_of, t.certified, t.destroyed_on, w.party_id IS NOT NULL AS waiting,
        CASE WHEN f.category = 'vendor_copy' AND k.ended THEN k.destroy_due_on
             WHEN c.rule = 'years_after_absence' THEN CAST(s.absent_since + to_years(c.years) AS DATE)
             WHEN c.rule = 'years_after_event' THEN CAST(v.occurred_on + to_years(c.years) AS DATE) END AS due_on,
        f.category = 'vendor_copy' AND k.ended AND coalesce(t.certified, false) AS is_destroyed,
        EXISTS (SELECT 1 FROM hold h WHERE h.subject_key = f.subject_key AND h.opened_on <= d.as_of
            AND (h.closed_on IS NULL OR h.closed_on > d.as_of)) AS on_hold,
        EXISTS (SELECT 1 FROM hold h WHERE h.subject_key = f.subject_key AND h.opened_on <= t.destroyed_on
            AND (h.closed_on IS NULL OR h.closed_on > t.destroyed_on)) AS was_on_hold
    FROM filed f CROSS JOIN district d LEFT JOIN contract k USING (party_id) LEFT JOIN category c USING (category)
        LEFT JOIN subject s USING (subject_key)
    LEFT JOIN certified t USING (party_id) LEFT JOIN waiting w USING (party_id)
    LEFT JOIN happened v ON v.subject_key = f.subject_key AND v.event = c.event
)
SELECT party_id, category, count(*), due_on,
    CASE WHEN is_destroyed AND was_on_hold THEN 'destroyed_early' WHEN is_destroyed AND waiting THEN 'pending'
        WHEN is_destroyed THEN 'destroyed'
         WHEN due_on IS NULL OR as_of <= due_on THEN 'within' WHEN on_hold THEN 'held' ELSE 'overdue' END AS status,
    (SELECT run_id FROM district)
FROM due GROUP BY party_id, category, due_on, status;
