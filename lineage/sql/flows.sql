-- From × to × element. Authorized only if every disclosure in it is; a flow whose records resolve to no subject is judged by its element
-- (where consent is required that says nothing about whose: nobody's can be looked up). `unresolved_records` are those of no known subject.
INSERT INTO mart.flows
WITH known AS (
    SELECT from_party_id, to_party_id, data_element, count(*) AS subjects, count(*) FILTER (NOT authorized) AS denied,
        min(first_seen_on) AS first_on,
        max(last_seen_on) AS last_on, bool_and(authorized) AS authorized, min(reason) AS first_reason,
        coalesce(min_by(evidence_file_id, {'r': reason, 'f': evidence_file_id}) FILTER (NOT authorized),
            min_by(evidence_file_id, {'d': first_seen_on, 'f': evidence_file_id})) AS file_id
    FROM mart.disclosures GROUP BY ALL
), unknown AS (
    SELECT from_party_id, to_party_id, data_element, sum(records) AS records, min(seen_on) AS first_on, max(seen_on) AS last_on,
        bool_and(authorized) AS authorized, min(reason) AS first_reason,
        coalesce(min_by(file_id, {'r': reason, 'f': file_id}) FILTER (NOT authorized), min_by(file_id, {'d': seen_on,
            'f': file_id})) AS file_id
    FROM judged WHERE subject_key IS NULL GROUP BY ALL
)
SELECT from_party_id, to_party_id, data_element, coalesce(k.subjects, 0), CAST(coalesce(u.records, 0) AS BIGINT),
    least(k.first_on, u.first_on), greatest(k.last_on, u.last_on), coalesce(k.authorized, u.authorized),
    CASE WHEN k.denied > 0 THEN format('{:,} of {:,} not authorized. {}.', k.denied, k.subjects, k.first_reason)
         WHEN k.subjects IS NULL THEN u.first_reason || '.' END,
    coalesce(k.file_id, u.file_id), (SELECT run_id FROM district)
FROM known k FULL JOIN unknown u USING (from_party_id, to_party_id, data_element);
