-- Who works for whom, seen from one party: its subprocessors, and those whose subprocessor it is.
SELECT party_id, subprocessor_id, coalesce(elements, []) AS elements, coalesce(purposes, []) AS purposes
FROM subprocessors
WHERE party_id = $party OR subprocessor_id = $party
ORDER BY party_id, subprocessor_id
