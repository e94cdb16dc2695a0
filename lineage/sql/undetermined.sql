-- Fields that a person should look at: some detector saw something, and none could tell. Not listed: what a person settled, and fields of
-- kinds that prove no disclosure and are compared with nothing (certificates, documents, accounts, access logs).
--
-- Five ways not to know: detectors that disagree on the element; a finding without an element; nothing but a guess, below the least that a
-- header or the roster gives; ids whose owner nobody knows; what identifies somebody in a table that need not be about students.
--
-- `data_element` is the best guess (none: there is none). `decision_party_id` and `decision_path` are what a line of decisions.csv says of
-- the field's file, in all deliveries of the party that have it; a piece of a path that is not shown is a `*`.
INSERT INTO mart.undetermined
WITH said AS (
    SELECT x.file_id, x.field_path,
        bool_or(x.detector = 'decision') AS settled, bool_or(x.detector = 'crosswalk') AS own_id, max(x.confidence) AS confidence,
        coalesce(max(x.subjects), 0) AS subjects,
        arg_max(x.data_element, (x.confidence, x.subjects, x.data_element)) FILTER (x.data_element <> 'none') AS guess,
        string_agg(DISTINCT x.data_element || ' by ' || x.detector, ', ' ORDER BY x.data_element || ' by ' || x.detector)
            FILTER (x.data_element <> 'none') AS elements,
        count(DISTINCT x.data_element) FILTER (x.data_element <> 'none') AS different,
        count(DISTINCT x.detector) FILTER (x.data_element <> 'none') AS detectors,  -- one alone can see flags of several elements
        string_agg(x.rationale, '; ' ORDER BY x.confidence DESC, x.detector, x.rationale) AS rationales
    FROM mart.findings x GROUP BY ALL
), judged AS (
    SELECT f.*, s.guess, CASE
        WHEN s.different > 1 AND s.detectors > 1 THEN format('the detectors disagree ({}): {}', s.elements, s.rationales)
        WHEN f.data_element = 'none' THEN format('no detector is sure: {}', s.rationales)
        WHEN s.confidence < 0.7 AND s.subjects = 0 THEN format('a guess, and nobody the roster knows: {}', s.rationales)
        WHEN s.subjects = 0 AND f.data_element LIKE 'student_id.%'
            THEN format('ids that nobody on the roster has, beside no student whom it knows: {}', s.rationales)
        WHEN s.subjects = 0 AND f.pii_class = 'direct' AND f.subject_kind = 'unknown'
            THEN format('it identifies somebody, and nothing says whom: {}', s.rationales)
        END AS why
    FROM mart.fields f JOIN said s USING (file_id, field_path)
    WHERE NOT s.settled AND NOT s.own_id
)
SELECT j.file_id, file.owner, j.field_path, j.records, j.distinct_values, j.why, coalesce(j.guess, 'none'),
    CASE WHEN file.owner IN (SELECT party_id FROM party) THEN file.owner ELSE d.party_folder END,
    replace(regexp_replace(replace(file.path, '[redacted]', chr(1)), '([*?\[])', '[\1]', 'g'), chr(1), '*'),
    (SELECT run_id FROM district)
FROM judged j JOIN file USING (file_id) JOIN lake.deliveries d ON d.delivery_id = file.delivery_id AND d.known_to IS NULL
WHERE j.why IS NOT NULL AND file.kind IN ('export', 'sent', 'aggregate', 'log', 'tracking', 'return');
