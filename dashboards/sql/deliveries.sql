-- Deliveries of one party, or (NULL) of all, the newest first, with what became of their files.
SELECT delivery.delivery_id, delivery.party_id, delivery.received_on, delivery.bytes, delivery.scanned_at,
       count(file.file_id) AS files,
       count(*) FILTER (file.status = 'scanned') AS scanned,
       count(*) FILTER (file.status = 'partly_scanned') AS partly_scanned,
       count(*) FILTER (file.status = 'quarantined') AS quarantined,
       count(*) FILTER (file.status = 'duplicate') AS duplicates
FROM deliveries AS delivery
LEFT JOIN files AS file USING (delivery_id)
WHERE $party IS NULL OR delivery.party_id = $party
GROUP BY ALL
ORDER BY delivery.received_on DESC, delivery.delivery_id
