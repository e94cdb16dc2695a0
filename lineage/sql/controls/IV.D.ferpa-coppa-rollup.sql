-- IV.D.ferpa-coppa-rollup: run on a finished stage, when every other control has its verdict (table `verdict`, handed back by the audit).
--
-- FAIL where a critical or high control of the party fails, all but I.A.staff-records; a waived failure counts. One violation a failing
-- control. INCONCLUSIVE where one of them is, or where no written retention policy (`documents/retention-policy.*`) of the party's own is
-- on file, readable and not stale. A party's duty: no critical or high control is the district's own, so it never applies to the district.
DELETE FROM mart.violations WHERE control_id = 'IV.D.ferpa-coppa-rollup';
DELETE FROM evaluations WHERE control_id = 'IV.D.ferpa-coppa-rollup';

INSERT INTO mart.violations
SELECT 'IV.D.ferpa-coppa-rollup', party_id, NULL, NULL, evidence_file_id, NULL, control_id || ' fails with ' || some_of(violations, 'violation'),
    'high', (SELECT run_id FROM district)
FROM verdict WHERE grave AND verdict = 'FAIL' AND party_id <> 'district'
    AND EXISTS (SELECT 1 FROM control WHERE control_id = 'IV.D.ferpa-coppa-rollup');

INSERT INTO evaluations
WITH summed AS (
    SELECT party_id, count(*) FILTER (verdict = 'FAIL') AS failed, count(*) FILTER (verdict = 'INCONCLUSIVE') AS unclear,
        count(*) FILTER (verdict = 'PASS') AS passed,
        string_agg(control_id, ', ' ORDER BY control_id) FILTER (verdict = 'FAIL') AS failing,
        list_sort(list(control_id) FILTER (verdict = 'INCONCLUSIVE')) AS open,
        min_by(evidence_file_id, control_id) FILTER (verdict = 'FAIL' AND evidence_file_id IS NOT NULL) AS file_id
    FROM verdict WHERE grave GROUP BY party_id
), policy AS (
    SELECT party_id, bool_or(readable AND NOT stale) AS some, bool_or(readable AND stale) AS stale, count(*) AS files,
        max_by(file_id, {'d': dated_on, 'f': file_id}) FILTER (readable AND NOT stale) AS file_id
    FROM evidence WHERE kind = 'documents' AND regexp_matches(lower(path), '(^|[/!])retention[-_ ]policy\.[^/]+$') GROUP BY party_id
)
SELECT 'IV.D.ferpa-coppa-rollup', p.party_id, p.party_id <> 'district',
    coalesce(s.failed, 0) > 0 OR (coalesce(s.unclear, 0) = 0 AND coalesce(s.passed, 0) > 0 AND coalesce(o.some, false)),
    CASE WHEN p.party_id = 'district' THEN 0 ELSE coalesce(s.failed, 0) END, 'high',
    CASE WHEN p.party_id = 'district' THEN 'A party''s duty.'
         WHEN s.failed > 0 THEN some_of(s.failed, 'critical or high control') || CASE WHEN s.failed = 1 THEN ' fails: ' ELSE ' fail: ' END
             || s.failing || '.'
         ELSE concat_ws(' ',
            CASE WHEN s.unclear > 0 THEN some_of(s.unclear, 'critical or high control') || ' could not be judged: '
                || list_aggregate(s.open[1:4], 'string_agg', ', ')
                || CASE WHEN s.unclear > 4 THEN format(' and {:,} more', s.unclear - 4) ELSE '' END || '.'
                 WHEN coalesce(s.passed, 0) = 0 THEN 'No critical or high control was judged.'
                 WHEN o.some THEN format('All {:,} critical and high controls that apply pass', s.passed)
                     || ', and a written retention policy is on file.' END,
            CASE WHEN o.some THEN NULL WHEN o.stale THEN 'The written retention policy is older than the district''s interval.'
                 WHEN o.files > 0 THEN 'The written retention policy could not be read.'
                 ELSE 'Missing: a written retention policy (documents/retention-policy.*).' END) END,
    coalesce(s.file_id, o.file_id)
FROM party p LEFT JOIN summed s USING (party_id) LEFT JOIN policy o USING (party_id)
WHERE EXISTS (SELECT 1 FROM control WHERE control_id = 'IV.D.ferpa-coppa-rollup');
