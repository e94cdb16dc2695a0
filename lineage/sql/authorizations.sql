-- Agreement × element × purpose, valid where both the agreement and the entry of its schedule of data are. No purpose named: NULL.
INSERT INTO mart.authorizations
SELECT DISTINCT a.agreement_id, a.party_id, e.data_element, p.purpose,
    coalesce(greatest(a.effective_on, e.valid_from), a.effective_on, e.valid_from), coalesce(least(a.ends_on, e.valid_to), a.ends_on,
        e.valid_to),
    (SELECT run_id FROM district)
FROM agreement a JOIN authorized_element e ON e.agreement_id = a.agreement_id AND e.party_id = a.party_id
LEFT JOIN (SELECT agreement_id, party_id, data_element, valid_from, unnest(purposes) AS purpose FROM (
    SELECT e.*  EXCLUDE (purposes), coalesce(e.purposes, a.purposes) AS purposes
    FROM authorized_element e JOIN agreement a ON a.agreement_id = e.agreement_id AND a.party_id = e.party_id)) p
    ON p.agreement_id = e.agreement_id AND p.party_id = e.party_id AND p.data_element = e.data_element
        AND p.valid_from IS NOT DISTINCT FROM e.valid_from;
