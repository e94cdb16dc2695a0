-- What each field of a file was taken for, and what spoke for it.
SELECT field.field_path, field.data_element, field.pii_class, field.subject_kind, field.records, field.distinct_values, field.confidence,
       (SELECT list(finding.detector || ': ' || finding.rationale ORDER BY finding.confidence DESC, finding.detector)
        FROM findings AS finding
        WHERE (finding.file_id, finding.field_path, finding.data_element) = (field.file_id, field.field_path, field.data_element)) AS why
FROM fields AS field
WHERE field.file_id = $file
ORDER BY field.data_element = 'none', list_position(['direct', 'sensitive', 'indirect', 'none'], field.pii_class), field.field_path
