-- Subject × from × to × element: authorized only if it was on every day it was observed. Reason and evidence are of the first day on which
-- not; basis and exemption of the strongest ground, where what a server log records on its own is the weakest.
INSERT INTO mart.disclosures
SELECT subject_key, any_value(subject_kind), from_party_id, to_party_id, data_element,
    ['indirect', 'sensitive', 'direct'][max(class_rank)], min(seen_on), max(seen_on), bool_and(authorized),
    CASE WHEN bool_and(authorized) THEN min_by(basis, ground) ELSE 'none' END,
    CASE WHEN bool_and(authorized) THEN min_by(exempt_basis, {'g': ground, 'd': seen_on, 'e': exempt_basis}) END,
    min(reason),
    coalesce(min_by(file_id, {'r': reason, 'f': file_id}) FILTER (NOT authorized), min_by(file_id, {'d': seen_on, 'f': file_id})),
    max(confidence), (SELECT run_id FROM district)
FROM (SELECT *, list_position(['agreement', 'subprocessor', 'directory', 'staff_directory', 'operation'], basis) AS ground FROM judged)
WHERE subject_key IS NOT NULL
GROUP BY subject_key, from_party_id, to_party_id, data_element;
