-- What each detector said of each field, and what the crosswalk says of a party's own ids.
INSERT INTO mart.findings
SELECT f.file_id, f.field_path, coalesce(f.data_element, 'none'), coalesce(f.pii_class, 'none'), coalesce(f.subject_kind, 'unknown'),
    f.entity_type,
    f.detector, f.occurrences, f.distinct_values, f.subjects, f.confidence, f.rationale, (SELECT run_id FROM district)
FROM lake.findings f JOIN file USING (file_id) WHERE f.known_to IS NULL
UNION ALL
SELECT o.file_id, o.field_path, 'student_id.provider', 'direct', 'student', 'PROVIDER_ID', 'crosswalk', CAST(o.occurrences AS BIGINT),
    o.tokens, o.subjects, 0.9,
    format('{:,} values of this field stand beside a known student elsewhere in the files of this party', o.tokens), (SELECT run_id
        FROM district)
FROM own_id o JOIN mart.fields f ON f.file_id = o.file_id AND f.field_path = o.field_path AND f.data_element = 'student_id.provider';
