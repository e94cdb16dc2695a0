-- Every violation of a clause and party, for the download.
SELECT v.control_id, v.party_id, v.severity, v.subject_key, v.data_element, v.place, v.detail,
       file.path AS evidence_file, file.kind AS evidence_kind, file.delivery_id, delivery.received_on
FROM violations AS v
JOIN controls AS control USING (control_id)
LEFT JOIN files AS file USING (file_id)
LEFT JOIN deliveries AS delivery USING (delivery_id)
WHERE control.clause = $clause AND ($party IS NULL OR v.party_id = $party)
ORDER BY ALL
