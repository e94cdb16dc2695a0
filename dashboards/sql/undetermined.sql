-- Fields for review, of one party or (NULL) of all: one row a line of decisions.csv that would settle them, with the last file that shows it.
SELECT field.party_id, field.decision_party_id, field.decision_path, field.field_path,
       arg_max(field.data_element, (delivery.received_on, file.file_id)) AS data_element,
       count(*) AS files,
       arg_max(field.records, (delivery.received_on, file.file_id)) AS records,
       arg_max(field.distinct_values, (delivery.received_on, file.file_id)) AS distinct_values,
       arg_max(field.why, (delivery.received_on, file.file_id)) AS why,
       unnest(arg_max({file_id: file.file_id, path: file.path, kind: file.kind, delivery_id: file.delivery_id,
                       received_on: delivery.received_on}, (delivery.received_on, file.file_id)))
FROM undetermined AS field
JOIN files AS file USING (file_id)
JOIN deliveries AS delivery USING (delivery_id)
WHERE $party IS NULL OR field.party_id = $party
GROUP BY field.party_id, field.decision_party_id, field.decision_path, field.field_path
ORDER BY field.party_id, field.decision_path, field.field_path
