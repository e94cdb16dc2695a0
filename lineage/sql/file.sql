-- Every file with the party it is evidence of.
--
-- A file is its deliverer's. Evidence in the district's folder belongs to the party it is about: a capture to the registered owners of its
-- pages (table `file_owner`; there may be several), any other kind to the registered party named by the folder below the kind; what no
-- registered party owns is the district's own. `sent/<to>` in the district's folder is what the district sent.
--
-- `readable` is what a control may rest on: an archive itself is not, its members are; nor is a file without a byte.
CREATE OR REPLACE TABLE file AS
WITH here AS (
    SELECT f.*, d.party_id AS delivered_by, d.received_on, d.observed_on, d.purpose, n.party_id AS named, coalesce(n.registered,
        false) AS named_registered
    FROM lake.files f JOIN delivery d USING (delivery_id) LEFT JOIN party_name n ON n.name = f.about_party
    WHERE f.known_to IS NULL
), archive AS (
    SELECT DISTINCT delivery_id, left(path, length(path) - length(string_split(path, '!/')[-1]) - 2) AS path FROM here
        WHERE contains(path, '!/')
)
SELECT file_id, delivery_id, path, kind, format, sha256, bytes, records, status, reason, first_on, last_on, page_hosts,
    delivered_by, received_on, observed_on, purpose,
    CASE WHEN kind = 'sent' THEN named END AS sent_to,
    CASE WHEN delivered_by = 'district' AND kind <> 'sent' AND named_registered THEN named ELSE delivered_by END AS owner,
    status IN ('scanned', 'partly_scanned') AND coalesce(bytes, 0) > 0 AND archive.path IS NULL
        AND coalesce(lower(format), '') NOT IN ('zip', 'tar', 'gzip', 'gz', 'archive') AS readable,
    coalesce(last_on, observed_on) AS dated_on
FROM here LEFT JOIN archive USING (delivery_id, path);

CREATE OR REPLACE TABLE file_owner AS
WITH page AS (
    SELECT file_id, delivered_by, owner, h.party_id, h.registered
    FROM (SELECT file_id, delivered_by, owner, unnest(page_hosts) AS host FROM file WHERE kind = 'tracking') JOIN host_party h USING (host)
), owned AS (
    SELECT file_id, owner AS party_id FROM file WHERE kind <> 'tracking' OR owner <> 'district'
    UNION
    SELECT file_id, party_id FROM page WHERE registered
)
SELECT * FROM owned
UNION
SELECT file_id, 'district' FROM file WHERE file_id NOT IN (SELECT file_id FROM owned);
