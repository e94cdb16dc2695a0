-- Cookies and storage items, with the party whose page set them and whether another party's host did. `purpose` is the host's class, if it
-- has one, or `service_operation` for a log-in cookie of the party's own.
INSERT INTO mart.trackers
SELECT DISTINCT t.file_id, coalesce(p.party_id, f.owner) AS party_id, t.host, h.party_id IS DISTINCT
    FROM coalesce(p.party_id, f.owner), t.name, t.storage,
    coalesce(t.persistent, false), t.expires_on, coalesce(t.contains_pii, false),
    coalesce(c.purpose, CASE WHEN l.name IS NOT NULL AND h.party_id = coalesce(p.party_id, f.owner) THEN 'service_operation' END),
        (SELECT run_id FROM district)
FROM lake.trackers t JOIN file f USING (file_id)
LEFT JOIN host_party p ON p.host = t.page_host LEFT JOIN host_party h ON h.host = t.host LEFT JOIN host_purpose c ON c.host = t.host
LEFT JOIN login_cookie l ON l.party_id = coalesce(p.party_id, f.owner) AND l.name = t.name
WHERE t.known_to IS NULL;
