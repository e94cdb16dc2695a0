-- Every sighting with its subject, if there is one, and its day: the first and the last day of each stretch of days that are judged alike.
--
-- What is judged differs between two days only where an agreement, a schedule's entry, a consent, an opt-out or a certificate begins or
-- ends between them (`turning_day`; `own_turning_day` of one subject). Between such days only the first and the last sighting of one thing
-- are kept, as rows of their own, and the records of all stand with the first: what began when, what was seen last, on what authority and
-- how much of it come out as from all days. Whatever is to be judged by another kind of day must be added to these two tables.
--
-- A sighting that resolves to nobody is kept only where it is surely about a student or a member of staff: by its own kind, or, where the
-- row leaves that open, by the field's, or by an own id among ids of which others are students' (in the same file). Records of guardians
-- and of nobody make no flow, and `application.*` counts only for a record
-- that names somebody.
--
-- A party's own id is an element of the student it identifies (`student_id.provider`), also in files where the scan could not know it.
CREATE OR REPLACE TEMP TABLE turning_day AS
SELECT DISTINCT on_day FROM (
    SELECT effective_on AS on_day FROM agreement UNION ALL SELECT ends_on + 1 FROM agreement
    UNION ALL SELECT valid_from FROM authorized_element UNION ALL SELECT valid_to + 1 FROM authorized_element
    UNION ALL SELECT certified_on + 1 FROM lake.certificates WHERE known_to IS NULL)
WHERE on_day IS NOT NULL;

CREATE OR REPLACE TEMP TABLE own_turning_day AS
SELECT subject_key, list(DISTINCT on_day) AS on_days FROM (
    SELECT subject_key, given_on AS on_day FROM consent UNION ALL SELECT subject_key, revoked_on FROM consent
    UNION ALL SELECT subject_key, opted_out_on FROM opt_out)
WHERE on_day IS NOT NULL GROUP BY subject_key;

-- A stretch is what lies between two turning days that follow each other.
CREATE OR REPLACE TEMP TABLE stretch AS
SELECT s.seen_on, max(t.on_day) AS since
FROM (SELECT DISTINCT seen_on FROM lake.sightings WHERE known_to IS NULL AND seen_on IS NOT NULL) s
LEFT JOIN turning_day t ON t.on_day <= s.seen_on GROUP BY s.seen_on;

CREATE OR REPLACE TEMP TABLE sighted AS
WITH raw AS (
    SELECT s.file_id, s.subject_key, s.token, s.subject_kind,
        CASE WHEN s.subject_key IS NULL AND s.data_element IN ('student_id.local', 'student_id.state') AND o.file_id IS NOT NULL
            THEN 'student_id.provider' ELSE s.data_element END AS data_element, s.pii_class,
        CASE WHEN s.seen_on <= d.as_of THEN s.seen_on END AS seen_on, s.receiver_host, s.sender_host, s.purpose, s.field_path, s.records,
        s.confidence
    FROM lake.sightings s JOIN file USING (file_id) CROSS JOIN district d
    LEFT JOIN own_id o ON o.file_id = s.file_id AND o.field_path = s.field_path
    WHERE s.known_to IS NULL AND coalesce(s.data_element, 'none') <> 'none'
    UNION ALL
    SELECT c.file_id, t.subject_key, c.token, 'student', 'student_id.provider', 'direct', NULL, NULL, NULL, NULL, c.field_path,
        sum(c.records), 0.9
    FROM crosswalk c JOIN token_of_file t USING (file_id, token) JOIN file f USING (file_id)
    JOIN lake.fields d ON d.file_id = c.file_id AND d.field_path = c.field_path AND d.known_to IS NULL
    WHERE f.kind <> 'tracking' AND d.data_element IN ('none', 'student_id.provider')
    AND EXISTS (SELECT 1 FROM own_id o WHERE o.file_id = c.file_id AND o.field_path = c.field_path) AND NOT EXISTS (
        SELECT 1 FROM lake.sightings s WHERE s.known_to IS NULL AND s.file_id = c.file_id AND s.field_path = c.field_path
        AND s.data_element = 'student_id.provider')
    GROUP BY ALL
), named AS (
    SELECT r.* EXCLUDE (token) REPLACE (coalesce(r.subject_key, t.subject_key) AS subject_key), r.token IS NOT NULL AS has_token
    FROM raw r LEFT JOIN token_of_file t ON t.file_id = r.file_id AND t.token = r.token
)
SELECT n.* EXCLUDE (seen_on, records, confidence), n.seen_on IS NULL AS undated, s.since,
    len(list_filter(o.on_days, lambda x: x <= n.seen_on)) AS own_stretch,
    min(n.seen_on) AS first_on, max(n.seen_on) AS last_on, CAST(sum(n.records) AS BIGINT) AS records, max(n.confidence) AS confidence
FROM named n LEFT JOIN stretch s USING (seen_on) LEFT JOIN own_turning_day o ON o.subject_key = n.subject_key
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE seen AS
WITH days AS (
    SELECT * EXCLUDE (first_on, last_on), first_on AS seen_on FROM sighted
    UNION ALL
    SELECT * EXCLUDE (first_on, last_on) REPLACE (0 AS records), last_on FROM sighted WHERE last_on > first_on
), named AS (
    SELECT s.*, d.subject_kind AS field_kind
    FROM days s LEFT JOIN lake.fields d ON d.file_id = s.file_id AND d.field_path = s.field_path AND d.known_to IS NULL
), own_ids AS (
    SELECT DISTINCT t.file_id FROM token_of_file t JOIN subject s USING (subject_key) WHERE s.subject_kind = 'student'
), kinds AS (
    SELECT n.*, CASE
        WHEN n.subject_key IS NOT NULL THEN coalesce(s.subject_kind, CASE WHEN n.subject_kind = 'staff' THEN 'staff' ELSE 'student' END)
        WHEN n.field_kind = 'guardian' THEN NULL
        WHEN n.subject_kind IN ('student', 'staff') THEN n.subject_kind
        WHEN n.field_kind IN ('student', 'staff') THEN n.field_kind
        WHEN n.has_token AND o.file_id IS NOT NULL AND NOT starts_with(n.data_element,
            'staff_') THEN 'student' END AS kind_of_subject
    FROM named n LEFT JOIN subject s ON s.subject_key = n.subject_key LEFT JOIN own_ids o ON o.file_id = n.file_id
)
SELECT k.file_id, k.subject_key, k.kind_of_subject AS subject_kind, k.data_element,
    CASE k.pii_class WHEN 'direct' THEN 3 WHEN 'sensitive' THEN 2 ELSE 1 END AS class_rank,
    coalesce(k.seen_on, f.observed_on) AS seen_on, nullif(k.receiver_host, '') AS receiver_host, nullif(k.sender_host, '') AS sender_host,
    k.purpose, k.field_path, k.records, k.confidence
FROM kinds k JOIN file f USING (file_id)
WHERE k.kind_of_subject IS NOT NULL AND (k.subject_key IS NOT NULL OR k.data_element NOT LIKE 'application.%');
