-- IV.A.single-site: one identifying value that a page of the party set for a user is sent to another registrable domain. One violation a
-- value and receiving domain, over all captures that are not stale.
--
-- Sent: a request of the same capture carries the value (or what identifies in it) to a host of another domain, or a cookie of another
-- domain holds the same value. The value is its own host's where several hosts of the page hold it. What the district's own hosts receive
-- is not judged. A pass needs a capture with cookies, or a storageState or cookies.txt without any identifying value: what is not there
-- cannot be sent, what is there may be.
CREATE OR REPLACE TEMP TABLE identifying AS
SELECT t.* FROM tracker t JOIN (SELECT DISTINCT file_id FROM tracker_evidence WHERE readable AND NOT stale) e USING (file_id)
WHERE t.identifying AND t.value_digest IS NOT NULL AND t.site IS NOT NULL;

INSERT INTO mart.violations
WITH origin AS (
    SELECT * FROM identifying
    QUALIFY row_number() OVER (PARTITION BY file_id, party_id, value_digest ORDER BY own DESC, storage <> 'cookie', host, name) = 1
), sent AS (
    SELECT s.file_id, s.value_digest, h.site, h.party_id AS receiver, s.host, s.field_path
    FROM lake.tracker_sends s JOIN host_party h USING (host) WHERE s.known_to IS NULL
    UNION ALL
    SELECT file_id, value_digest, site, host_party, host, 'cookie ' || name FROM identifying WHERE storage = 'cookie'
)
SELECT 'IV.A.single-site', o.party_id, NULL, 'application.cookie', max_by(o.file_id, {'d': o.dated_on, 'f': o.file_id}),
    max_by(o.path || coalesce(' ' || s.field_path, ''), {'d': o.dated_on, 'f': o.file_id, 'p': s.field_path}),
    'the value of ' || replace(o.storage, '_', ' ') || ' ' || o.name || ' of ' || o.host || ' was sent to ' || s.site, 'critical',
    (SELECT run_id FROM district)
FROM origin o JOIN sent s ON s.file_id = o.file_id AND s.value_digest = o.value_digest AND s.site <> o.site
JOIN party p ON p.party_id = o.party_id
WHERE not_a_host(p.party_id, p.hosted) IS NULL AND s.receiver <> 'district'
GROUP BY o.party_id, o.host, o.name, o.storage, s.site;

INSERT INTO evaluations
WITH broken AS (
    SELECT party_id, count(*) AS n, string_agg(DISTINCT regexp_extract(detail, '(\S+)$', 1), ', ' ORDER BY regexp_extract(detail, '(\S+)$',
        1)) AS sites, max(file_id) AS file_id
    FROM mart.violations WHERE control_id = 'IV.A.single-site' GROUP BY party_id
), values_set AS (
    SELECT party_id, count(DISTINCT value_digest) AS n FROM identifying GROUP BY party_id
)
SELECT 'IV.A.single-site', p.party_id, not_a_host(p.party_id, p.hosted) IS NULL,
    coalesce(b.n, 0) > 0 OR s.captures > 0 OR (s.files > 0 AND v.n IS NULL), coalesce(b.n, 0), 'critical',
    CASE WHEN not_a_host(p.party_id, p.hosted) IS NOT NULL THEN not_a_host(p.party_id, p.hosted)
         WHEN b.n > 0 THEN some_of(b.n, 'time') || ' an identifying value set on its pages was sent to another site: ' || b.sites || '.'
         WHEN s.files > 0 AND v.n IS NULL THEN 'No identifying value is set in ' || some_of(s.files, 'file') || '.'
         WHEN s.captures > 0 THEN 'None of ' || some_of(v.n, 'identifying value') || ' in ' || some_of(s.captures, 'capture')
             || ' was sent to another site.'
         WHEN s.files > 0 THEN some_of(v.n, 'identifying value') || ' set; missing: a capture with cookies, which shows what is sent.'
         ELSE s.lacking END,
    coalesce(b.file_id, s.file_id)
FROM party p JOIN tracker_state s USING (party_id) LEFT JOIN broken b USING (party_id) LEFT JOIN values_set v USING (party_id);
