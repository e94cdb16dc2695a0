-- II.B.aggregate-only: the disclosure audit finds row-level data, small cells or what can be computed in what is called aggregate, or a
-- party whose agreement is `aggregate_only` holds students' data. One violation a finding of the audit, and one a student × element held
-- (records of no known student: one an element). A violation says the kind of a finding and its cell, never a count.
--
-- Not applicable where no agreement is `aggregate_only` and no aggregate came. Aggregate only on a day: every agreement in force that day
-- is, or, where none was, any of the party's. What is held is shown by exports, logs, captures and what was sent to it; a row-level
-- aggregate is the audit's finding. A pass needs an aggregate that was read, and says under which assumptions nothing was found.
CREATE OR REPLACE TEMP TABLE aggregate_day AS
SELECT d.to_party_id, d.seen_on, CASE WHEN count(*) FILTER (current) > 0 THEN bool_and(a.aggregate_only) FILTER (current)
    ELSE bool_or(a.aggregate_only) END AS aggregate_only
FROM (SELECT DISTINCT to_party_id, coalesce(judged_on, seen_on) AS seen_on FROM judged) d
JOIN covering c ON c.party_id = d.to_party_id JOIN agreement a ON a.party_id = c.agreement_party
CROSS JOIN LATERAL (SELECT coalesce(a.effective_on <= d.seen_on, true) AND coalesce(a.ends_on >= d.seen_on, true) AS current)
GROUP BY d.to_party_id, d.seen_on;

CREATE OR REPLACE TEMP TABLE audit_finding AS
SELECT f.owner AS party_id, a.file_id, a.verdict, a.check_id, f.path || coalesce(' ' || nullif(a.table_name, ''), '')
    || coalesce(' ' || a.cell, '') AS place
FROM lake.aggregate_audits a JOIN file f USING (file_id)
WHERE a.known_to IS NULL AND f.owner IN (SELECT party_id FROM party WHERE party_id <> 'district');

INSERT INTO mart.violations
SELECT 'II.B.aggregate-only', a.party_id, NULL, NULL, a.file_id, a.place,
    CASE a.check_id WHEN 'grain' THEN 'the rows are single students'' data'
        WHEN 'small_cell' THEN 'a group of fewer than ' || format('{:,}', d.minimum_cell_size)
        WHEN 'zero_or_full' THEN 'a group of which all or none are counted'
        WHEN 'exact_disclosure' THEN 'a hidden cell that can be computed'
        WHEN 'interval' THEN 'a hidden cell that can be narrowed to fewer than ' || format('{:,}', d.minimum_interval_width)
        WHEN 'differencing' THEN 'the difference of two releases or groups is a group of fewer than ' || format('{:,}', d.minimum_cell_size)
        WHEN 'reidentification' THEN 'rows without names that can be traced to single students' END, 'critical', d.run_id
FROM audit_finding a CROSS JOIN district d WHERE a.verdict = 'FAIL'
UNION ALL
SELECT 'II.B.aggregate-only', j.to_party_id, j.subject_key, j.data_element, min_by(j.file_id, {'d': j.seen_on, 'f': j.file_id}),
    min_by(place_of(j.path, j.field_path), {'d': j.seen_on, 'f': j.file_id}),
    j.data_element || ' in ' || string_agg(DISTINCT j.kind, ', ' ORDER BY j.kind) || ' on ' || day(min(j.seen_on))
        || ', although the agreement allows aggregates only' || CASE WHEN j.subject_key IS NULL THEN ', in '
        || some_of(CAST(sum(j.records) AS BIGINT), 'record') || ' of no known student' ELSE '' END, 'critical', (SELECT run_id FROM district)
FROM judged j JOIN aggregate_day g ON g.to_party_id = j.to_party_id AND g.seen_on = coalesce(j.judged_on, j.seen_on) AND g.aggregate_only
WHERE j.subject_kind = 'student' AND NOT j.operation AND j.kind <> 'aggregate' AND j.to_party_id IN (SELECT party_id FROM party)
GROUP BY j.to_party_id, j.subject_key, j.data_element;

INSERT INTO evaluations
WITH agreed AS (
    SELECT c.party_id, bool_or(a.aggregate_only) AS aggregate_only FROM covering c
        JOIN agreement a ON a.party_id = c.agreement_party GROUP BY c.party_id
), came AS (
    SELECT owner AS party_id, count(*) AS files FROM file WHERE kind = 'aggregate' GROUP BY owner
), open_findings AS (
    SELECT party_id, count(DISTINCT file_id) AS files, min(file_id) AS file_id, bool_or(check_id = 'differencing') AS releases,
        bool_or(check_id <> 'differencing') AS cells
    FROM audit_finding WHERE verdict = 'INCONCLUSIVE' GROUP BY party_id
), found AS (
    SELECT a.party_id, concat_ws('; ',
        some_or_none(count(*) FILTER (check_id = 'grain'), 'table', ' with rows of single students'),
        some_or_none(count(*) FILTER (check_id = 'small_cell'), 'cell', ' of fewer than ' || k),
        some_or_none(count(*) FILTER (check_id = 'zero_or_full'), 'group', ' of which all or none are counted'),
        some_or_none(count(*) FILTER (check_id = 'exact_disclosure'), 'hidden cell', ' that can be computed'),
        some_or_none(count(*) FILTER (check_id = 'interval'), 'hidden cell', ' that can be narrowed to fewer than ' || width),
        some_or_none(count(*) FILTER (check_id = 'differencing'), 'difference', ' of two releases or groups of fewer than ' || k),
        some_or_none(count(*) FILTER (check_id = 'reidentification'), 'way', ' to trace rows without names to single students')) AS words
    FROM audit_finding a
    CROSS JOIN (SELECT format('{:,}', minimum_cell_size) AS k, format('{:,}', minimum_interval_width) AS width FROM district) d
    WHERE a.verdict = 'FAIL' GROUP BY a.party_id, k, width
), broken AS (
    SELECT party_id, count(*) AS n, count(*) FILTER (data_element IS NOT NULL) AS held, count(DISTINCT subject_key) AS students,
        string_agg(DISTINCT data_element, ', ' ORDER BY data_element) AS elements, min(file_id) AS file_id
    FROM mart.violations WHERE control_id = 'II.B.aggregate-only' GROUP BY party_id
), rule AS (
    SELECT p.party_id, CASE WHEN p.party_id = 'district' THEN 'A party''s duty.'
        WHEN NOT coalesce(a.aggregate_only, false) AND c.files IS NULL THEN 'No agreement is aggregate only, and no aggregate came.'
        END AS not_applicable, coalesce(c.files, 0) AS came
    FROM party p LEFT JOIN agreed a USING (party_id) LEFT JOIN came c USING (party_id)
)
SELECT 'II.B.aggregate-only', r.party_id, r.not_applicable IS NULL, coalesce(b.n, 0) > 0 OR (e.some AND o.party_id IS NULL), coalesce(b.n, 0),
    'critical',
    CASE WHEN r.not_applicable IS NOT NULL THEN r.not_applicable
         WHEN b.n > 0 THEN 'Not aggregate: ' || concat_ws('; ',
            nullif(w.words, ''),
            CASE WHEN b.held > 0 THEN b.elements || ' of ' || some_of(b.students, 'student') || ' held under an agreement for aggregates only'
                END) || '.'
         WHEN o.party_id IS NOT NULL THEN 'The audit of ' || some_of(o.files, 'aggregate file') || ' could not finish: '
            || concat_ws('; ', CASE WHEN o.cells THEN 'not every cell was computed' END,
                CASE WHEN o.releases THEN 'not every earlier release was compared' END) || '.'
         WHEN e.some THEN 'No disclosure found in ' || some_of(e.files, 'aggregate file')
             || ' under these assumptions: a group is small below ' || format('{:,}', d.minimum_cell_size)
             || ', a hidden number must stay open by ' || format('{:,}', d.minimum_interval_width)
             || ' or more, and nobody knows more than these files and the releases before them.'
         WHEN r.came > 0 THEN 'An aggregate came that could not be read.'
         ELSE 'Missing: aggregate.' END,
    coalesce(b.file_id, o.file_id, e.file_id)
FROM rule r CROSS JOIN district d LEFT JOIN broken b USING (party_id) LEFT JOIN open_findings o USING (party_id) LEFT JOIN found w USING (party_id)
LEFT JOIN evidence_of(['aggregate']) e USING (party_id);
