-- Lines of decisions.csv, those that settle nothing first.
SELECT line, party_id, path, field_path, data_element, decided_by, until, status, fields, reason
FROM decisions
ORDER BY list_position(['expired', 'unmatched', 'overruled', 'waiting', 'applied'], status), line
