-- Every cookie and storage item with the party whose page set it, and what the captures can prove of a party's trackers.
--
-- The party is the owner of the page; where no page is known (cookies of a storageState without an origin), the file's. `own`: the host
-- is the party's too. `login`: one of its `login_cookies`, on its own host. `lasting`: outlives the session.
--
-- tracker_evidence  The files of kind `tracking` that show what is set: of a party's captures those with a cookie in them (recent browsers
--                   strip cookies from what they export, so a HAR without any shows nothing), and every storageState or cookies.txt,
--                   also one with nothing in it.
CREATE OR REPLACE TABLE tracker AS
SELECT t.* REPLACE (coalesce(t.contains_pii, false) AS contains_pii, coalesce(t.data_elements, []) AS data_elements,
        coalesce(t.identifying, false) AS identifying),
    f.path, f.observed_on, f.dated_on, coalesce(p.party_id, f.owner) AS party_id, h.site,
    h.party_id AS host_party, h.party_id IS NOT DISTINCT FROM coalesce(p.party_id, f.owner) AS own,
    l.name IS NOT NULL AND h.party_id IS NOT DISTINCT FROM coalesce(p.party_id, f.owner) AS login,
    t.storage IN ('local_storage', 'indexed_db', 'service_worker')
        OR (t.storage = 'cookie' AND coalesce(t.persistent, false)
            AND (t.expires_on IS NULL OR t.expires_on >= coalesce(t.set_on, f.dated_on))) AS lasting
FROM lake.trackers t JOIN file f USING (file_id)
LEFT JOIN host_party p ON p.host = t.page_host LEFT JOIN host_party h ON h.host = t.host
LEFT JOIN (SELECT DISTINCT party_id, name FROM login_cookie) l ON l.party_id = coalesce(p.party_id, f.owner) AND l.name = t.name
WHERE t.known_to IS NULL;

CREATE OR REPLACE TABLE tracker_evidence AS
SELECT e.*, e.kind = 'tracking' AS is_capture, EXISTS (SELECT 1 FROM tracker t WHERE t.file_id = e.file_id) AS shows_some
FROM evidence e
WHERE e.kind = 'tracker state' OR (e.kind = 'tracking' AND EXISTS (SELECT 1 FROM tracker t WHERE t.file_id = e.file_id AND t.storage = 'cookie'));

-- One line a party: `files` that are read and not stale, else why there are none.
CREATE OR REPLACE TABLE tracker_state AS
SELECT p.party_id, count(DISTINCT e.file_id) FILTER (e.readable AND NOT e.stale) AS files,
    count(DISTINCT e.file_id) FILTER (e.readable AND NOT e.stale AND e.is_capture) AS captures,
    max_by(e.file_id, {'d': e.dated_on, 'f': e.file_id}) FILTER (e.readable AND NOT e.stale) AS file_id,
    CASE WHEN bool_or(e.readable AND e.stale) THEN 'The captures and storage states are older than the district''s interval.'
         WHEN count(a.file_id) FILTER (a.readable) > 0 THEN 'Missing: a capture with cookies in it, a storageState or a cookies.txt;'
             || ' a browser stripped the cookies from what came.'
         WHEN count(a.file_id) > 0 THEN 'A capture came that could not be read.'
         ELSE 'Missing: tracking (a capture with cookies in it, a storageState or a cookies.txt).' END AS lacking
FROM party p
LEFT JOIN evidence a ON a.party_id = p.party_id AND a.kind IN ('tracking', 'tracker state')
LEFT JOIN tracker_evidence e ON e.party_id = p.party_id AND e.file_id = a.file_id
GROUP BY p.party_id;

-- What a tracker control has on a party before it looks at any item.
CREATE OR REPLACE MACRO not_a_host(party_id, hosted) AS CASE WHEN party_id = 'district' THEN 'A party''s duty.'
    WHEN NOT coalesce(hosted, true) THEN 'The party hosts nothing of its own.' END;
