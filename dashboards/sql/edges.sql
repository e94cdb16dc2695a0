-- Flows, one row a pair of parties.
SELECT from_party_id, to_party_id, count(*) AS elements, count(*) FILTER (NOT authorized) AS unauthorized,
       max(subjects) AS subjects, min(first_seen_on) AS first_seen_on, max(last_seen_on) AS last_seen_on
FROM flows
GROUP BY from_party_id, to_party_id
ORDER BY unauthorized = 0, from_party_id <> 'district', from_party_id, to_party_id
