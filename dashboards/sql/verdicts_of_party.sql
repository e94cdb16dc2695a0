-- A party's verdict on every clause.
SELECT clause, verdict FROM clause_status WHERE party_id = $party
