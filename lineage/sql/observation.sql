-- What makes a flow: each sighting as a disclosure from one party to another, seen on a day.
--
--   export     the district → the file's party; where that has no agreement of its own and is listed: each party that lists it → it.
--   aggregate  the district → the file's party, only where its rows resolve to subjects (then it is row-level).
--   log        received by the log's owner (no host, or its own): the district → the owner. Received by another's host: the owner → the
--              host's owner, and no second disclosure to the owner of the log from that record.
--   tracking   (a capture) addressed to a host; no host: nothing was sent. The page's own host, or a page of the district's: the district →
--              the host's owner. Else the page's owner → the host's owner. Where the page is not known, the file's owner stands for it.
--   sent       the deliverer → `<to>`.
--   Nothing else proves a disclosure, nor does what the district's own hosts receive, nor what a party sends to itself.
--
-- `operation`: what a server log necessarily records about a request to its own, registered, owner.
-- `arrived_on`: of exports only, for the days in which the end of an agreement leaves them the last day in force.
-- `purpose`: the receiving host's class (advertising, profiling, data_broker as `sale`), else the record's, else the delivery's; a word outside the
--              vocabulary is unknown.
CREATE OR REPLACE TABLE host_purpose AS
SELECT h.host, max_by(CASE c.class WHEN 'data_broker' THEN 'sale' ELSE c.class END, length(c.host)) AS purpose, max_by(c.class,
    length(c.host)) AS class
FROM host_party h JOIN host_classes c ON h.bare = lower(c.host) OR ends_with(h.bare, '.' || lower(c.host))
GROUP BY h.host;

CREATE OR REPLACE TEMP TABLE observation AS
WITH lister AS (
    SELECT subprocessor_id, party_id FROM subprocessor WHERE subprocessor_id NOT IN (SELECT party_id FROM agreement)
), placed AS (
    SELECT s.*, f.kind, f.delivered_by, f.owner, f.sent_to, f.path, f.received_on, r.party_id AS receiver, coalesce(p.party_id,
        f.owner) AS page_owner,
        coalesce(h.purpose, CASE WHEN list_contains(['educational_service', 'internal_use', 'service_operation', 'research', 'audit',
            'advertising', 'profiling', 'sale'], coalesce(s.purpose, f.purpose)) THEN coalesce(s.purpose, f.purpose) END) AS known_purpose
    FROM seen s JOIN file f USING (file_id)
    LEFT JOIN host_party r ON r.host = s.receiver_host
    LEFT JOIN host_party p ON p.host = s.sender_host
    LEFT JOIN host_purpose h ON h.host = s.receiver_host
), moved AS (
    SELECT p.*, coalesce(l.party_id, 'district') AS from_party_id, p.owner AS to_party_id
    FROM placed p LEFT JOIN lister l ON l.subprocessor_id = p.owner WHERE kind = 'export'
    UNION ALL
    SELECT *, 'district', owner FROM placed WHERE kind = 'aggregate' AND subject_key IS NOT NULL
    UNION ALL
    SELECT *, CASE WHEN coalesce(receiver, owner) = owner THEN 'district' ELSE owner END, coalesce(receiver, owner) FROM placed
        WHERE kind = 'log'
    UNION ALL
    SELECT *, CASE WHEN page_owner = receiver THEN 'district' ELSE page_owner END, receiver FROM placed
        WHERE kind = 'tracking' AND receiver IS NOT NULL
    UNION ALL
    SELECT *, delivered_by, sent_to FROM placed WHERE kind = 'sent' AND sent_to IS NOT NULL
)
SELECT from_party_id, to_party_id, subject_key, subject_kind, data_element, seen_on, CASE
    WHEN kind = 'export' THEN received_on END AS arrived_on,
    known_purpose AS purpose,
    kind = 'log' AND to_party_id = owner AND data_element IN ('application.ip', 'application.usage')
        AND NOT starts_with(to_party_id, 'third_party:')
        AS operation,
    kind, file_id, any_value(path) AS path, min(field_path) AS field_path, max(class_rank) AS class_rank, max(confidence) AS confidence,
    CAST(sum(records) AS BIGINT) AS records
FROM moved
WHERE to_party_id <> 'district' AND from_party_id <> to_party_id
GROUP BY ALL;
