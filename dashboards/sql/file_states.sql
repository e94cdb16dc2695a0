-- How many files ended in which state.
SELECT status, count(*) AS files FROM files GROUP BY status
