-- Verdicts of a clause, of one party or (NULL) of all, worst first, with the evidence they name.
SELECT result.control_id, result.party_id, coalesce(party.name, result.party_id) AS party, result.verdict, result.severity,
       result.violations,
       (SELECT count(DISTINCT subject_key) FROM violations AS v
        WHERE (v.control_id, v.party_id) = (result.control_id, result.party_id)) AS subjects,
       result.reason, result.waived_until,
       file.file_id, file.path, file.kind, file.delivery_id, delivery.received_on
FROM control_results AS result
LEFT JOIN parties AS party USING (party_id)
LEFT JOIN files AS file ON file.file_id = result.evidence_file_id
LEFT JOIN deliveries AS delivery USING (delivery_id)
WHERE result.clause = $clause AND ($party IS NULL OR result.party_id = $party)
ORDER BY list_position(['FAIL', 'INCONCLUSIVE', 'PASS', 'NOT_APPLICABLE'], result.verdict),
         list_position(['critical', 'high', 'medium', 'low'], result.severity), result.control_id, party.name, result.party_id
