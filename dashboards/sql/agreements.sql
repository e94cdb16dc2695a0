-- A party's agreements: how long, for what, and how many data elements each lists.
SELECT agreement_id, min(valid_from) AS valid_from, max(valid_to) AS valid_to, count(DISTINCT data_element) AS elements,
       list_sort(list(DISTINCT purpose) FILTER (purpose IS NOT NULL)) AS purposes
FROM authorizations
WHERE party_id = $party
GROUP BY agreement_id
ORDER BY valid_from DESC, agreement_id
