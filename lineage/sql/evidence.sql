-- What there is to judge a party by: party × inbox kind → read, stale, unreadable or missing.
--
-- Beside the kinds of the inbox there is `sent to it`, what others delivered as sent to this party. Of the captures only a HAR shows what
-- is sent; the rest of kind `tracking` is `tracker state`. Stale: older than the kind's `evidence_intervals`; kinds without one never are.
CREATE OR REPLACE TABLE evidence AS
WITH filed AS (
    SELECT o.party_id, CASE WHEN f.kind = 'tracking' AND NOT starts_with(coalesce(lower(f.format), ''), 'har') THEN 'tracker state'
        ELSE f.kind END AS kind, f.*  EXCLUDE (kind)
    FROM file f JOIN file_owner o USING (file_id)
    UNION ALL
    SELECT f.sent_to, 'sent to it', f.*  EXCLUDE (kind) FROM file f WHERE f.kind = 'sent' AND f.sent_to IS NOT NULL
)
SELECT f.party_id, f.kind, f.file_id, f.path, f.readable, f.status, f.received_on, f.dated_on,
    coalesce(f.dated_on < d.as_of - i.days, false) AS stale
FROM filed f CROSS JOIN district d LEFT JOIN evidence_intervals i ON i.kind = CASE f.kind WHEN 'tracker state' THEN 'tracking'
    ELSE f.kind END;

CREATE OR REPLACE TABLE evidence_kind AS
SELECT p.party_id, k.kind,
    CASE WHEN bool_or(e.readable AND NOT e.stale) THEN 'read' WHEN bool_or(e.readable) THEN 'stale'
        WHEN count(e.file_id) > 0 THEN 'unreadable' ELSE 'missing' END AS state,
    count(*) FILTER (e.readable AND NOT e.stale) AS files,
    max_by(e.file_id, {'d': e.dated_on, 'f': e.file_id}) FILTER (e.readable AND NOT e.stale) AS file_id
FROM party p CROSS JOIN (SELECT unnest(['export', 'sent', 'aggregate', 'log', 'access-log', 'accounts', 'intrusion', 'encryption',
    'documents', 'tracking',
    'tracker state', 'return', 'destruction', 'sent to it']) AS kind) k
LEFT JOIN evidence e ON e.party_id = p.party_id AND e.kind = k.kind
GROUP BY p.party_id, k.kind;

-- The kinds a control reads, in one line a party; what others sent to it is no kind to miss.
CREATE OR REPLACE MACRO evidence_of(wanted) AS TABLE
    SELECT party_id, count(*) FILTER (state = 'read') > 0 AS some, CAST(sum(files) AS BIGINT) AS files,
        string_agg(kind, ', ' ORDER BY kind) FILTER (state = 'read') AS kinds_read,
        string_agg(kind || CASE state WHEN 'missing' THEN '' ELSE ' (' || state || ')' END,
            ', ' ORDER BY kind) FILTER (state <> 'read' AND kind <> 'sent to it') AS lacking,
        max(file_id) AS file_id
    FROM evidence_kind WHERE list_contains(wanted, kind) GROUP BY party_id;
CREATE OR REPLACE MACRO some_of(n, noun) AS format('{:,} {}', n, CASE WHEN n = 1 THEN noun ELSE noun || 's' END);
CREATE OR REPLACE MACRO some_or_none(n, noun, more) AS CASE WHEN n > 0 THEN some_of(n, noun) || more END;
CREATE OR REPLACE MACRO place_of(path, field_path) AS path || coalesce(' ' || nullif(field_path, ''), '');
CREATE OR REPLACE MACRO day(d) AS strftime(d, '%Y-%m-%d');
