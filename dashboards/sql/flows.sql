-- Flows between two parties, or (NULL) from or to any, those that nothing authorizes first.
SELECT flow.from_party_id, flow.to_party_id, flow.data_element, flow.subjects, flow.unresolved_records, flow.first_seen_on,
       flow.last_seen_on, flow.authorized, flow.reason, file.file_id, file.path, file.kind, file.delivery_id, delivery.received_on
FROM flows AS flow
LEFT JOIN files AS file ON file.file_id = flow.evidence_file_id
LEFT JOIN deliveries AS delivery USING (delivery_id)
WHERE ($sender IS NULL OR flow.from_party_id = $sender) AND ($receiver IS NULL OR flow.to_party_id = $receiver)
ORDER BY flow.authorized, flow.subjects DESC, flow.data_element, flow.from_party_id, flow.to_party_id
