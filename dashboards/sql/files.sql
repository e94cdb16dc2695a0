-- Files in one of the states $states, of one party or (NULL) of all.
SELECT file.file_id, file.path, file.kind, file.format, file.bytes, file.records, file.status, file.reason, file.delivery_id,
       delivery.party_id, delivery.received_on
FROM files AS file
JOIN deliveries AS delivery USING (delivery_id)
WHERE list_contains($states, file.status) AND ($party IS NULL OR delivery.party_id = $party)
ORDER BY list_position(['quarantined', 'partly_scanned', 'duplicate', 'scanned'], file.status), delivery.received_on DESC,
         file.delivery_id, file.path
