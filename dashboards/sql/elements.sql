-- What a party may have beside what was seen with it, one row a data element.
WITH listed AS (
    SELECT data_element, min(valid_from) AS valid_from, max(valid_to) AS valid_to
    FROM authorizations WHERE party_id = $party GROUP BY data_element
), seen AS (
    SELECT data_element, max(subjects) AS subjects, min(first_seen_on) AS first_seen_on, max(last_seen_on) AS last_seen_on,
           bool_and(authorized) AS authorized, min(reason) FILTER (NOT authorized) AS reason
    FROM flows WHERE to_party_id = $party GROUP BY data_element
)
SELECT data_element, valid_from, valid_to, subjects, first_seen_on, last_seen_on, authorized, reason
FROM listed FULL JOIN seen USING (data_element)
ORDER BY coalesce(authorized, true), subjects IS NULL, data_element
