-- Destruction certificates with the party they speak for: the one they name where that is the deliverer or a subprocessor it lists, else
-- the file's owner. `copy` has one row a statement about copies, the latest one of each kind and system.
CREATE OR REPLACE TABLE certificate AS
WITH said AS (
    SELECT c.*, f.owner, f.path, f.received_on,
        (SELECT min(s.subprocessor_id) FROM subprocessor s JOIN party p ON p.party_id = s.subprocessor_id
         WHERE s.party_id = f.owner AND lower(trim(c.party)) IN (lower(p.party_id), lower(p.name))) AS named
    FROM lake.certificates c JOIN file f USING (file_id) WHERE c.known_to IS NULL AND f.kind = 'destruction'
)
SELECT coalesce(s.named, s.owner) AS party_id, s.file_id, s.path, s.received_on, s.systems, s.datasets, s.rows, s.method, s.destroyed_on,
    s.certified_on, s.missing, s.copies
FROM said s LEFT JOIN contract k ON k.party_id = coalesce(s.named, s.owner)
WHERE coalesce(s.certified_on, s.received_on) >= coalesce(k.started_on, DATE '0001-01-01');

CREATE OR REPLACE TABLE certified_copy AS
SELECT c.party_id, c.file_id, c.path, lower(trim(c.copy.kind)) AS kind, lower(trim(c.copy.status)) AS status,
    lower(trim(c.copy.system)) AS system, c.copy.expires_on AS expires_on
FROM (SELECT *, unnest(copies) AS copy FROM certificate) c
QUALIFY rank() OVER (PARTITION BY c.party_id, lower(trim(c.copy.kind)),
    lower(trim(c.copy.system)) ORDER BY c.certified_on DESC NULLS LAST, c.received_on DESC, c.file_id) = 1;
