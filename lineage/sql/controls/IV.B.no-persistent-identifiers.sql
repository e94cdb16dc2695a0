-- IV.B.no-persistent-identifiers: a cookie, localStorage item, IndexedDB entry or service worker of the party's pages outlives the session
-- and is not one of its `login_cookies` on its own host. One violation an item, over all captures that are not stale.
--
-- A session's cookie is fine, and so is session storage; a cookie that a page takes away (an end in the past) is none. Third parties'
-- items on the party's pages count. What counts as evidence is the same as for IV.A.
INSERT INTO mart.violations
SELECT 'IV.B.no-persistent-identifiers', t.party_id, NULL, NULL, max_by(t.file_id, {'d': t.dated_on, 'f': t.file_id}),
    max_by(t.path, {'d': t.dated_on, 'f': t.file_id}) || coalesce(' ' || t.name, ''),
    replace(t.storage, '_', ' ') || coalesce(' ' || t.name, '') || coalesce(' of ' || t.host, '') || ' outlives the session'
        || coalesce(', until ' || day(max(t.expires_on)), ''), 'high', (SELECT run_id FROM district)
FROM tracker t JOIN (SELECT DISTINCT file_id FROM tracker_evidence WHERE readable AND NOT stale) e USING (file_id) JOIN party p USING (party_id)
WHERE t.lasting AND NOT t.login AND not_a_host(p.party_id, p.hosted) IS NULL
GROUP BY t.party_id, t.host, t.name, t.storage;

INSERT INTO evaluations
WITH broken AS (
    SELECT party_id, count(*) AS n, min(detail) AS first, max(file_id) AS file_id
    FROM mart.violations WHERE control_id = 'IV.B.no-persistent-identifiers' GROUP BY party_id
), looked AS (
    SELECT t.party_id, count(DISTINCT (t.host, t.name, t.storage)) AS items, count(DISTINCT t.name) FILTER (t.login AND t.lasting) AS logins
    FROM tracker t JOIN (SELECT DISTINCT file_id FROM tracker_evidence WHERE readable AND NOT stale) e USING (file_id) GROUP BY t.party_id
)
SELECT 'IV.B.no-persistent-identifiers', p.party_id, not_a_host(p.party_id, p.hosted) IS NULL, coalesce(b.n, 0) > 0 OR s.files > 0,
    coalesce(b.n, 0), 'high',
    CASE WHEN not_a_host(p.party_id, p.hosted) IS NOT NULL THEN not_a_host(p.party_id, p.hosted)
         WHEN b.n > 0 THEN some_of(b.n, 'item') || CASE WHEN b.n = 1 THEN ' outlives the session and is no log-in cookie'
             ELSE ' outlive the session and are no log-in cookies' END || ', for example ' || b.first || '.'
         WHEN s.files > 0 THEN some_of(coalesce(l.items, 0), 'cookie or storage item') || ' in ' || some_of(s.files, 'file')
             || ': none outlives the session' || CASE WHEN l.logins > 0 THEN ' but ' || some_of(l.logins, 'log-in cookie') ELSE '' END || '.'
         ELSE s.lacking END,
    coalesce(b.file_id, s.file_id)
FROM party p JOIN tracker_state s USING (party_id) LEFT JOIN broken b USING (party_id) LEFT JOIN looked l USING (party_id);
