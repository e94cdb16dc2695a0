-- IV.A.no-pii-in-trackers: a cookie or storage item of the party's pages holds, plain or encoded, what the roster knows of a student (or of
-- a student's guardian). One violation an item × element, over all captures that are not stale.
--
-- Exempt is the user name in one of the party's `login_cookies` on its own host; in the same cookie a name is not, and no third party's
-- cookie is. Not applicable where the party hosts nothing. A storageState or cookies.txt counts, also an empty one; a capture counts only
-- with a cookie in it.
INSERT INTO mart.violations
WITH held AS (
    SELECT t.*, unnest(t.data_elements) AS data_element FROM tracker t
    JOIN (SELECT DISTINCT file_id FROM tracker_evidence WHERE readable AND NOT stale) e USING (file_id) WHERE t.contains_pii
)
SELECT 'IV.A.no-pii-in-trackers', h.party_id, NULL, h.data_element, max_by(h.file_id, {'d': h.dated_on, 'f': h.file_id}),
    max_by(h.path, {'d': h.dated_on, 'f': h.file_id}) || coalesce(' ' || h.name, ''),
    replace(h.storage, '_', ' ') || coalesce(' ' || h.name, '') || coalesce(' of ' || h.host, '') || ' holds ' || h.data_element, 'critical',
    (SELECT run_id FROM district)
FROM held h JOIN party p USING (party_id)
WHERE not_a_host(p.party_id, p.hosted) IS NULL AND NOT (h.login AND h.data_element = 'student_id.username')
GROUP BY h.party_id, h.host, h.name, h.storage, h.data_element;

INSERT INTO evaluations
WITH broken AS (
    SELECT party_id, count(*) AS n, string_agg(DISTINCT data_element, ', ' ORDER BY data_element) AS elements, min(detail) AS first,
        max(file_id) AS file_id
    FROM mart.violations WHERE control_id = 'IV.A.no-pii-in-trackers' GROUP BY party_id
), looked AS (
    SELECT t.party_id, count(DISTINCT (t.host, t.name, t.storage)) AS items FROM tracker t
    JOIN (SELECT DISTINCT file_id FROM tracker_evidence WHERE readable AND NOT stale) e USING (file_id) GROUP BY t.party_id
)
SELECT 'IV.A.no-pii-in-trackers', p.party_id, not_a_host(p.party_id, p.hosted) IS NULL, coalesce(b.n, 0) > 0 OR s.files > 0, coalesce(b.n, 0),
    'critical',
    CASE WHEN not_a_host(p.party_id, p.hosted) IS NOT NULL THEN not_a_host(p.party_id, p.hosted)
         WHEN b.n > 0 THEN some_of(b.n, 'finding') || ' of ' || b.elements || ' in cookies and storage, for example ' || b.first || '.'
         WHEN s.files > 0 THEN some_of(coalesce(l.items, 0), 'cookie or storage item') || ' in ' || some_of(s.files, 'file')
             || ': none holds what identifies a student.'
         ELSE s.lacking END,
    coalesce(b.file_id, s.file_id)
FROM party p JOIN tracker_state s USING (party_id) LEFT JOIN broken b USING (party_id) LEFT JOIN looked l USING (party_id);
