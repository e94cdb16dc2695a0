-- The matrix: the worst verdict of a clause and party, and what it is made of.
SELECT status.clause, status.party_id, status.verdict,
       count(*) AS controls,
       count(*) FILTER (result.verdict = 'FAIL') AS failing,
       count(*) FILTER (result.verdict = 'INCONCLUSIVE') AS inconclusive,
       coalesce(sum(result.violations), 0)::BIGINT AS violations,
       bool_and(result.waived_until IS NOT NULL) FILTER (result.verdict = 'FAIL') IS TRUE AS waived
FROM clause_status AS status
JOIN control_results AS result USING (clause, party_id)
GROUP BY ALL
ORDER BY ALL
