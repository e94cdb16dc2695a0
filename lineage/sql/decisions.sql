-- Every line of decisions.csv, and what became of it as of the day.
--
-- applied: it settles fields. expired: its `until` lies before the day; `fields` counts those it would still settle. overruled: an earlier
-- line settles all of its fields. waiting: it is about fields that were not scanned since it was written, because their delivery is no longer
-- in the inbox. unmatched: it is about no field at all, and the reason says how far it came.
--
-- That a field is settled is the scan's word (detector `decision`); by which line follows from party, path and field. Where a path is
-- shown redacted its glob may not tell, and a settled field of that party and name is the line's.

CREATE OR REPLACE TEMP MACRO amount(number, one) AS format('{:,} {}', number, one) || CASE WHEN number = 1 THEN '' ELSE 's' END;

-- The files, by each party under which somebody may settle them.
CREATE OR REPLACE TEMP TABLE decidable AS
WITH here AS (
    SELECT f.file_id, f.path, f.about_party, d.received_on, d.party_folder,
        d.delivery_id IN (SELECT delivery_id FROM lake.purges WHERE delivery_id IS NOT NULL) AS purged
    FROM lake.files f JOIN file USING (file_id) JOIN lake.deliveries d ON d.delivery_id = f.delivery_id AND d.known_to IS NULL
    WHERE f.known_to IS NULL
)
SELECT file_id, path, received_on, purged, lower(party_folder) AS party FROM here
UNION
SELECT file_id, path, received_on, purged, lower(about_party) FROM here WHERE party_folder = 'district' AND about_party IS NOT NULL;

CREATE OR REPLACE TEMP TABLE decision_file AS
SELECT n.line, f.file_id, f.path, f.purged,
    n.path IN (f.path, f.received_on || '/' || f.path) OR regexp_full_match(f.path, n.path_pattern)
        OR regexp_full_match(f.received_on || '/' || f.path, n.path_pattern) AS fits
FROM decision n JOIN decidable f ON f.party = lower(n.party_id);

CREATE OR REPLACE TEMP TABLE settled AS
SELECT DISTINCT x.file_id, x.field_path FROM lake.findings x JOIN file USING (file_id)
WHERE x.known_to IS NULL AND x.detector = 'decision';

-- Line × field that it names. A field that is shown as the second of its name in its file goes by the first one's name as well.
CREATE OR REPLACE TEMP TABLE decision_field AS
SELECT n.line, f.file_id, f.field_path, c.fits, s.file_id IS NOT NULL AS settled, trim(f.field_path) = n.field_path AS by_name,
    coalesce(n.until >= (SELECT as_of FROM district), true) AS in_force
FROM decision n JOIN decision_file c USING (line)
JOIN lake.fields f ON f.file_id = c.file_id AND f.known_to IS NULL
    AND n.field_path IN (trim(f.field_path), regexp_replace(trim(f.field_path), '#\d+$', ''))
LEFT JOIN settled s ON s.file_id = f.file_id AND s.field_path = f.field_path
WHERE NOT c.purged AND (c.fits OR (s.file_id IS NOT NULL AND contains(c.path, '[redacted]')))
    AND (trim(f.field_path) = n.field_path OR s.file_id IS NOT NULL);

-- Whose each settled field is: the first line that fits, as in the scan.
CREATE OR REPLACE TEMP TABLE decision_applied AS
SELECT file_id, field_path, arg_min(line, (NOT fits, NOT by_name, line)) AS line
FROM decision_field WHERE settled AND in_force GROUP BY ALL;

INSERT INTO mart.decisions
WITH reach AS (
    SELECT n.*, coalesce(n.until < (SELECT as_of FROM district), false) AS over,
        (SELECT count(*) FROM decision_file c WHERE c.line = n.line) AS delivered,
        (SELECT count(*) FROM decision_file c WHERE c.line = n.line AND c.fits) AS fitting,
        (SELECT count(*) FROM decision_file c WHERE c.line = n.line AND c.fits AND c.purged) AS purged,
        (SELECT count(*) FROM decision_field f WHERE f.line = n.line AND f.by_name AND f.fits) AS about,
        (SELECT count(*) FROM decision_field f WHERE f.line = n.line AND f.by_name AND f.fits AND f.settled) AS about_settled,
        (SELECT count(*) FROM decision_applied a WHERE a.line = n.line) AS applied,
        (SELECT count(DISTINCT a.file_id) FROM decision_applied a WHERE a.line = n.line) AS applied_files,
        (SELECT arg_max(f.field_path, jaro_winkler_similarity(lower(f.field_path), lower(n.field_path)))
         FROM decision_file c JOIN lake.fields f ON f.file_id = c.file_id AND f.known_to IS NULL
         WHERE c.line = n.line AND c.fits AND NOT c.purged
            AND jaro_winkler_similarity(lower(f.field_path), lower(n.field_path)) > 0.85) AS nearest
    FROM decision n
), judged AS (
    SELECT *, CASE WHEN over THEN 'expired' WHEN applied > 0 THEN 'applied' WHEN about_settled > 0 THEN 'overruled'
        WHEN about > 0 THEN 'waiting' ELSE 'unmatched' END AS status
    FROM reach
)
SELECT j.line, coalesce(p.party_id, n.party_id, j.party_id), j.path, j.field_path, j.data_element, j.decided_by, j.until, j.status,
    CASE status WHEN 'applied' THEN applied WHEN 'unmatched' THEN 0 ELSE about END,
    CASE status
        WHEN 'applied' THEN format('settles {} in {}', amount(applied, 'field'), amount(applied_files, 'file'))
        WHEN 'expired' THEN format('ran out on {}; ', j.until) || CASE WHEN about > 0
            THEN format('it would still settle {}: write a later day, or remove the line', amount(about, 'field'))
            ELSE 'nothing matches it any more: remove the line' END
        WHEN 'overruled' THEN format('an earlier line settles the same: {}. Remove one of the two', amount(about_settled, 'field'))
        WHEN 'waiting' THEN format('matches {} in deliveries that were not scanned since it was written: are they still in the inbox?',
            amount(about, 'field'))
        ELSE CASE
            WHEN delivered = 0 THEN 'this party has delivered no file'
            WHEN fitting = 0 THEN format('of {} of this party none has such a path; a path begins with the folder of its kind, as in '
                'export/readers.csv', amount(delivered, 'file'))
            WHEN purged = fitting THEN format('the detail of {} with such a path was purged', amount(fitting, 'file'))
            ELSE format('{} with such a path, but none has such a field', amount(fitting - purged, 'file'))
                || coalesce(format('; there is {}', nearest), '') END
    END,
    (SELECT run_id FROM district)
FROM judged j LEFT JOIN party p ON lower(p.party_id) = lower(j.party_id) LEFT JOIN party_name n ON n.name = j.party_id;
