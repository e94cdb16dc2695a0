-- One file.
SELECT file.file_id, file.path, file.kind, file.format, file.bytes, file.records, file.status, file.reason, file.delivery_id,
       delivery.party_id, delivery.received_on
FROM files AS file
JOIN deliveries AS delivery USING (delivery_id)
WHERE file.file_id = $file
