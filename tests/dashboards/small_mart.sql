-- A mart small enough to count by hand: three parties and a stranger, one failing clause, one waived, hostile names.
INSERT INTO parties VALUES
    ('district', 'Elm Creek Schools', 'district', NULL, ['elmcreek.example'], 'r1'),
    ('quietquill', 'Quiet Quill', 'vendor', NULL, ['quietquill.example'], 'r1'),
    ('loudlark', 'Loud [Lark](https://elsewhere.example) <b>Inc</b>', 'vendor', NULL, ['loudlark.example'], 'r1'),
    ('cloudbarn', 'Cloud Barn', 'subprocessor', 'loudlark', [], 'r1'),
    ('third_party:adnova.example', 'third_party:adnova.example', 'third_party', NULL, ['adnova.example'], 'r1');
INSERT INTO subprocessors VALUES ('loudlark', 'cloudbarn', ['student_name'], ['service_operation'], 'r1');
INSERT INTO authorizations VALUES
    ('QQ-1', 'quietquill', 'student_name', 'educational_service', '2025-08-01', '2027-07-31', 'r1'),
    ('QQ-1', 'quietquill', 'student_id.local', 'educational_service', '2025-08-01', '2027-07-31', 'r1'),
    ('LL-1', 'loudlark', 'student_name', 'educational_service', '2025-08-01', '2027-07-31', 'r1'),
    ('LL-1', 'loudlark', 'attendance', 'educational_service', '2025-08-01', '2027-07-31', 'r1');
INSERT INTO deliveries VALUES
    ('quietquill/2026-03-02', 'quietquill', '2026-03-02', 1, 800, '2026-03-31 02:00:00', '0.1.0', 'r1'),
    ('loudlark/2026-03-09', 'loudlark', '2026-03-09', 4, 2500000, '2026-03-31 02:00:00', '0.1.0', 'r1');
INSERT INTO files VALUES
    ('f1', 'quietquill/2026-03-02', 'export/learners.csv', 'export', 'csv', 'aa', 800, 3, 'scanned', NULL, 'r1'),
    ('f2', 'loudlark/2026-03-09', 'export/<img src=x onerror=alert(1)>.csv', 'export', 'csv', 'bb', 900, 3, 'scanned', NULL, 'r1'),
    ('f3', 'loudlark/2026-03-09', 'export/broken.zip', 'export', 'zip', 'cc', 700, NULL, 'quarantined', 'The archive''s entries overlap.', 'r1'),
    ('f4', 'loudlark/2026-03-09', 'export/half.csv', 'export', 'csv', 'dd', 600, 40, 'partly_scanned', 'Two rows have too many cells.', 'r1'),
    ('f5', 'loudlark/2026-03-09', 'export/again.csv', 'export', 'csv', 'bb', 900, 3, 'duplicate', NULL, 'r1');
INSERT INTO files VALUES
    ('f6', 'loudlark/2026-03-09', 'aggregate/climate.csv', 'aggregate', 'csv', 'ee', 500, 9, 'scanned', NULL, 'r1'),
    ('f7', 'quietquill/2026-03-02', 'aggregate/clean.csv', 'aggregate', 'csv', 'ff', 500, 9, 'scanned', NULL, 'r1');
INSERT INTO aggregate_audits VALUES
    ('f6', 'climate', 'FAIL', 'exact_disclosure', 'Elm / Female', 7, 7, NULL, 'r1'),
    ('f6', 'climate', 'FAIL', 'small_cell', 'Elm / <img src=x onerror=alert(1)>', 3, 3, NULL, 'r1'),
    ('f6', 'climate', 'FAIL', 'small_cell', 'Oak / Male', 4, 4, NULL, 'r1'),
    ('f6', 'climate', 'INCONCLUSIVE', 'differencing', NULL, NULL, NULL, NULL, 'r1');
INSERT INTO fields VALUES
    ('f1', 'first_name', 3, 3, 'student_name', 'direct', 'student', 0.95, 'r1'),
    ('f1', 'room', 3, 2, 'none', 'none', NULL, 0.5, 'r1');
INSERT INTO findings VALUES
    ('f1', 'first_name', 'student_name', 'direct', 'student', 'PERSON', 'roster_match', 3, 3, 3, 0.95, '3 of 3 values are on the roster', 'r1');
INSERT INTO decisions VALUES
    (2, 'quietquill', 'export/*', 'room', 'none', 'Records officer', NULL, 'applied', 1, 'settles 1 field in 1 file', 'r1'),
    (3, 'loudlark', 'export/<img src=x onerror=alert(1)>.csv', 'IEP', 'none', NULL, '2026-03-30', 'expired', 4, 'ran out on 2026-03-30', 'r1'),
    (4, 'loudlark', 'nowhere/*', 'IEP', 'survey', NULL, '2027-03-30', 'unmatched', 0, 'of 4 files of this party none has such a path', 'r1');
INSERT INTO undetermined VALUES
    ('f1', 'quietquill', 'nickname', 3, 3, 'a guess, and nobody the roster knows: 2 names', 'student_name', 'quietquill', 'export/learners.csv', 'r1'),
    ('f2', 'loudlark', 'note, "x"', 3, 2, 'no detector is sure: 1 name', 'none', 'loudlark', 'export/<img src=x onerror=alert(1)>.csv', 'r1'),
    ('f5', 'loudlark', 'note, "x"', 3, 2, 'no detector is sure: 1 name', 'none', 'loudlark', 'export/<img src=x onerror=alert(1)>.csv', 'r1'),
    ('f4', 'loudlark', '=cmd|''/c calc''!A1', 40, 2, 'no detector is sure: 1 name', 'none', 'loudlark', 'export/half.csv', 'r1');
INSERT INTO flows VALUES
    ('district', 'quietquill', 'student_name', 3, 0, '2026-03-02', '2026-03-02', true, NULL, 'f1', 'r1'),
    ('district', 'quietquill', 'student_id.local', 3, 0, '2026-03-02', '2026-03-02', true, NULL, 'f1', 'r1'),
    ('district', 'loudlark', 'student_name', 3, 1, '2026-03-09', '2026-03-09', true, NULL, 'f2', 'r1'),
    ('district', 'loudlark', 'special.iep_504', 2, 0, '2026-03-09', '2026-03-09', false, 'special.iep_504 is not listed.', 'f2', 'r1'),
    ('loudlark', 'cloudbarn', 'student_name', 3, 0, '2026-03-09', '2026-03-09', true, NULL, 'f2', 'r1'),
    ('loudlark', 'third_party:adnova.example', 'student_contact.email', 1, 0, '2026-03-09', '2026-03-09', false, 'No agreement.', 'f2', 'r1');
INSERT INTO trackers VALUES
    ('f2', 'loudlark', 'loudlark.example', false, 'uid', 'cookie', true, '2027-01-01', true, NULL, 'r1'),
    ('f1', 'loudlark', 'loudlark.example', false, 'uid', 'cookie', true, '2027-02-01', true, NULL, 'r1');
INSERT INTO retention VALUES ('loudlark', 'special_education', 2, '2026-01-31', 'overdue', 'r1');
INSERT INTO controls VALUES
    ('I.A.active-agreement', 'I.A', 'Student data reaches a party only while an agreement is in force.', 'high', 'Millard 7400.1 I.A', 'r1'),
    ('II.B.authorized-elements', 'II.B', 'The party has only what its agreement lists.', 'critical', 'Millard 7400.1 II.B', 'r1'),
    ('II.B.purpose-limited', 'II.B', 'Student data is used for no advertising.', 'critical', 'Millard 7400.1 II.B', 'r1');
INSERT INTO control_results
SELECT control_id, clause, party_id, verdict, severity, violations, reason, waived_until, evidence_file_id, '2026-03-31 23:59:59', 'r1'
FROM (VALUES
    ('I.A.active-agreement', 'district', 'NOT_APPLICABLE', 0, 'A party''s duty.', NULL, NULL),
    ('I.A.active-agreement', 'quietquill', 'PASS', 0, 'In force on every day.', NULL, 'f1'),
    ('I.A.active-agreement', 'loudlark', 'FAIL', 1, 'One flow after the end.', DATE '2026-12-31', 'f2'),
    ('I.A.active-agreement', 'cloudbarn', 'INCONCLUSIVE', 0, 'Nothing was delivered.', NULL, NULL),
    ('II.B.authorized-elements', 'district', 'NOT_APPLICABLE', 0, 'A party''s duty.', NULL, NULL),
    ('II.B.authorized-elements', 'quietquill', 'PASS', 0, 'All elements are listed.', NULL, 'f1'),
    ('II.B.authorized-elements', 'loudlark', 'FAIL', 3, 'Not listed: special.iep_504 of 2 students.', NULL, 'f2'),
    ('II.B.authorized-elements', 'cloudbarn', 'PASS', 0, 'All elements are listed.', NULL, NULL),
    ('II.B.purpose-limited', 'district', 'NOT_APPLICABLE', 0, 'A party''s duty.', NULL, NULL),
    ('II.B.purpose-limited', 'quietquill', 'INCONCLUSIVE', 0, 'No document names a purpose.', NULL, NULL),
    ('II.B.purpose-limited', 'loudlark', 'PASS', 0, 'Allowed purposes alone.', NULL, NULL),
    ('II.B.purpose-limited', 'cloudbarn', 'PASS', 0, 'Allowed purposes alone.', NULL, NULL)
) AS result (control_id, party_id, verdict, violations, reason, waived_until, evidence_file_id)
JOIN controls USING (control_id);
INSERT INTO violations VALUES
    ('I.A.active-agreement', 'loudlark', NULL, 'student_name', 'f2', 'export/x.csv name', 'after the end', 'high', 'r1'),
    ('II.B.authorized-elements', 'loudlark', 'aaaa1111', 'special.iep_504', 'f2', '=cmd|''/c calc''!A1 IEP', 'not listed', 'critical', 'r1'),
    ('II.B.authorized-elements', 'loudlark', 'aaaa1111', 'special.iep_504', 'f4', 'export/half.csv IEP', 'not listed', 'critical', 'r1'),
    ('II.B.authorized-elements', 'loudlark', 'bbbb2222', 'special.iep_504', 'f2', '=cmd|''/c calc''!A1 IEP', 'not listed', 'critical', 'r1');
INSERT INTO runs VALUES ('r1', '2026-03-31 02:00:00', '2026-03-31 02:01:00', '2026-03-31', 2, 5, 2500800, 9, '0.1.0');
