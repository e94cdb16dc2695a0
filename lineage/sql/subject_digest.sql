-- Each subject's record of disclosures as one digest, in memory only: whoever keeps it keys it first. `run_id` may differ between equal marts.
SELECT subject_key, sha256(string_agg(CAST(to_json(d) AS VARCHAR), chr(10) ORDER BY from_party_id, to_party_id, data_element)) AS digest
FROM (SELECT * EXCLUDE (run_id) FROM disclosures) d
GROUP BY subject_key
ORDER BY subject_key
