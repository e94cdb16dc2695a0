-- What was found, one row a place and data element, the most first.
SELECT v.place, v.data_element, count(*) AS violations, count(DISTINCT v.subject_key) AS subjects, min(v.detail) AS detail,
       file.file_id, file.path, file.kind, file.delivery_id, delivery.received_on
FROM violations AS v
LEFT JOIN files AS file USING (file_id)
LEFT JOIN deliveries AS delivery USING (delivery_id)
WHERE v.control_id = $control AND v.party_id = $party
GROUP BY ALL
ORDER BY violations DESC, v.place, v.data_element, delivery.received_on
LIMIT $rows
