-- Every field. One that nothing else recognized and whose values the crosswalk resolves is the party's own student id. Of a field whose
-- detail was purged the lake keeps the element alone, on which disclosures rest; the mart has none.
INSERT INTO mart.fields
SELECT f.file_id, f.field_path, f.records, f.distinct_values,
    CASE WHEN own.file_id IS NULL THEN coalesce(f.data_element, 'none') ELSE 'student_id.provider' END,
    CASE WHEN own.file_id IS NULL THEN coalesce(f.pii_class, 'none') ELSE 'direct' END,
    CASE WHEN own.file_id IS NULL THEN coalesce(f.subject_kind, 'unknown') ELSE 'student' END,
    CASE WHEN own.file_id IS NULL THEN f.confidence ELSE greatest(f.confidence, 0.9) END, (SELECT run_id FROM district)
FROM lake.fields f JOIN file USING (file_id)
LEFT JOIN own_id own ON own.file_id = f.file_id AND own.field_path = f.field_path AND coalesce(f.data_element, 'none') IN ('none',
    'student_id.provider', 'student_id.local', 'student_id.state')
WHERE f.known_to IS NULL AND f.delivery_id NOT IN (SELECT delivery_id FROM lake.purges WHERE delivery_id IS NOT NULL);
