-- How long what a party holds may be kept.
SELECT category, subjects, due_on, status
FROM retention
WHERE party_id = $party
ORDER BY list_position(['destroyed_early', 'overdue', 'pending', 'held', 'within', 'destroyed'], status), due_on, category
