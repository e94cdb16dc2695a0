-- The district, every registered party, every listed subprocessor, and whoever else data, deliveries or trackers came to or from.
INSERT INTO mart.parties
WITH met AS (
    SELECT from_party_id AS party_id FROM mart.flows UNION SELECT to_party_id FROM mart.flows
    UNION SELECT party_id FROM delivery UNION SELECT party_id FROM mart.trackers
)
SELECT party_id, name, kind, parent_party_id, coalesce(domains, []), (SELECT run_id FROM district) FROM party
UNION ALL
SELECT party_id, substr(party_id, length('third_party:') + 1), 'third_party', NULL,
    CASE WHEN contains(party_id, '.') THEN [substr(party_id, length('third_party:') + 1)] ELSE [] END, (SELECT run_id FROM district)
FROM met WHERE party_id NOT IN (SELECT party_id FROM party);
