-- The published compliance mart, empty. Timestamps are in the district's time zone (a plain TIMESTAMP needs no extension to read). Names
-- and vocabularies are the public contract; a column is added, never renamed. What a table and a column mean stands below, as comments of
-- the database itself: whoever opens the mart can ask for them (duckdb_tables(), duckdb_columns()), and the catalogue in Dagster shows them.

CREATE TABLE parties (party_id VARCHAR, name VARCHAR, kind VARCHAR, parent_party_id VARCHAR, domains VARCHAR[], run_id VARCHAR);
CREATE TABLE subprocessors (party_id VARCHAR, subprocessor_id VARCHAR, elements VARCHAR[], purposes VARCHAR[], run_id VARCHAR);
CREATE TABLE authorizations (agreement_id VARCHAR, party_id VARCHAR, data_element VARCHAR, purpose VARCHAR, valid_from DATE, valid_to DATE,
    run_id VARCHAR);
CREATE TABLE deliveries (delivery_id VARCHAR, party_id VARCHAR, received_on DATE, files BIGINT, bytes BIGINT, scanned_at TIMESTAMP,
    scanner_version VARCHAR, run_id VARCHAR);
CREATE TABLE files (file_id VARCHAR, delivery_id VARCHAR, path VARCHAR, kind VARCHAR, format VARCHAR, sha256 VARCHAR, bytes BIGINT,
    records BIGINT, status VARCHAR, reason VARCHAR, run_id VARCHAR);
CREATE TABLE fields (file_id VARCHAR, field_path VARCHAR, records BIGINT, distinct_values BIGINT, data_element VARCHAR, pii_class VARCHAR,
    subject_kind VARCHAR, confidence DOUBLE, run_id VARCHAR);
CREATE TABLE findings (file_id VARCHAR, field_path VARCHAR, data_element VARCHAR, pii_class VARCHAR, subject_kind VARCHAR,
    entity_type VARCHAR, detector VARCHAR, occurrences BIGINT, distinct_values BIGINT, subjects BIGINT, confidence DOUBLE,
        rationale VARCHAR,
    run_id VARCHAR);
CREATE TABLE disclosures (subject_key VARCHAR, subject_kind VARCHAR, from_party_id VARCHAR, to_party_id VARCHAR, data_element VARCHAR,
    pii_class VARCHAR, first_seen_on DATE, last_seen_on DATE, authorized BOOLEAN, basis VARCHAR, exempt_basis VARCHAR, reason VARCHAR,
    evidence_file_id VARCHAR, confidence DOUBLE, run_id VARCHAR);
CREATE TABLE flows (from_party_id VARCHAR, to_party_id VARCHAR, data_element VARCHAR, subjects BIGINT, unresolved_records BIGINT,
    first_seen_on DATE, last_seen_on DATE, authorized BOOLEAN, reason VARCHAR, evidence_file_id VARCHAR, run_id VARCHAR);
CREATE TABLE aggregate_audits (file_id VARCHAR, table_name VARCHAR, verdict VARCHAR, check_id VARCHAR, cell VARCHAR, value_low DOUBLE,
    value_high DOUBLE, witness VARCHAR, run_id VARCHAR);
CREATE TABLE trackers (file_id VARCHAR, party_id VARCHAR, host VARCHAR, third_party BOOLEAN, name VARCHAR, storage VARCHAR,
    persistent BOOLEAN, expires_on DATE, contains_pii BOOLEAN, purpose VARCHAR, run_id VARCHAR);
CREATE TABLE retention (party_id VARCHAR, category VARCHAR, subjects BIGINT, due_on DATE, status VARCHAR, run_id VARCHAR);
CREATE TABLE controls (control_id VARCHAR, clause VARCHAR, title VARCHAR, severity VARCHAR, law VARCHAR, run_id VARCHAR);
CREATE TABLE control_results (control_id VARCHAR, clause VARCHAR, party_id VARCHAR, verdict VARCHAR, severity VARCHAR, violations BIGINT,
    reason VARCHAR, waived_until DATE, evidence_file_id VARCHAR, evaluated_at TIMESTAMP, run_id VARCHAR);
CREATE TABLE violations (control_id VARCHAR, party_id VARCHAR, subject_key VARCHAR, data_element VARCHAR, file_id VARCHAR, place VARCHAR,
    detail VARCHAR, severity VARCHAR, run_id VARCHAR);
CREATE TABLE decisions (line INTEGER, party_id VARCHAR, path VARCHAR, field_path VARCHAR, data_element VARCHAR, decided_by VARCHAR,
    until DATE, status VARCHAR, fields BIGINT, reason VARCHAR, run_id VARCHAR);
CREATE TABLE undetermined (file_id VARCHAR, party_id VARCHAR, field_path VARCHAR, records BIGINT, distinct_values BIGINT, why VARCHAR,
    data_element VARCHAR, decision_party_id VARCHAR, decision_path VARCHAR, run_id VARCHAR);
CREATE TABLE runs (run_id VARCHAR, started_at TIMESTAMP, finished_at TIMESTAMP, as_of DATE, deliveries BIGINT, files BIGINT,
    bytes BIGINT, new_values BIGINT, scanner_version VARCHAR);
CREATE VIEW clause_status AS
    SELECT clause, party_id, ['NOT_APPLICABLE', 'PASS', 'INCONCLUSIVE', 'FAIL'][max(
        CASE verdict WHEN 'FAIL' THEN 4 WHEN 'INCONCLUSIVE' THEN 3 WHEN 'PASS' THEN 2 ELSE 1 END)] AS verdict
    FROM control_results GROUP BY clause, party_id;

-- What a row is, and what each column says.

COMMENT ON TABLE parties IS 'One row a party: the district, everyone registered, and every host that nobody registered.';
COMMENT ON COLUMN parties.party_id IS 'The district is `district`; whom no register names is `third_party:<registrable domain>`.';
COMMENT ON COLUMN parties.name IS 'As the register has it; of an unregistered party its domain.';
COMMENT ON COLUMN parties.kind IS 'district, vendor, subprocessor, agency, researcher or third_party.';
COMMENT ON COLUMN parties.parent_party_id IS 'The one party that lists this subprocessor; NULL where none or several do.';
COMMENT ON COLUMN parties.domains IS 'Its hosts; a domain covers its subdomains.';
COMMENT ON COLUMN parties.run_id IS 'The run that first produced the row as it stands.';

COMMENT ON TABLE subprocessors IS 'One row a party and subprocessor it lists.';
COMMENT ON COLUMN subprocessors.party_id IS 'The party that lists it.';
COMMENT ON COLUMN subprocessors.subprocessor_id IS 'The party that is listed.';
COMMENT ON COLUMN subprocessors.elements IS 'What it may get; NULL: all that the listing party may have.';
COMMENT ON COLUMN subprocessors.purposes IS 'What for; NULL: all purposes of the listing party.';
COMMENT ON COLUMN subprocessors.run_id IS 'The run that first produced the row as it stands.';

COMMENT ON TABLE authorizations IS 'One row an agreement, data element and purpose it allows, with the days it is valid.';
COMMENT ON COLUMN authorizations.agreement_id IS 'The agreement, as the vendor file names it.';
COMMENT ON COLUMN authorizations.party_id IS 'The party that agreed.';
COMMENT ON COLUMN authorizations.data_element IS 'A slug of the schedule of data.';
COMMENT ON COLUMN authorizations.purpose IS 'What the element may be used for.';
COMMENT ON COLUMN authorizations.valid_from IS 'The first day on which it may be held.';
COMMENT ON COLUMN authorizations.valid_to IS 'The last day, included; NULL: no end was agreed.';
COMMENT ON COLUMN authorizations.run_id IS 'The run that first produced the row as it stands.';

COMMENT ON TABLE deliveries IS 'One row a delivery: a party''s folder for one day.';
COMMENT ON COLUMN deliveries.delivery_id IS '`<folder>/<date>` in the inbox.';
COMMENT ON COLUMN deliveries.party_id IS 'Who delivered it.';
COMMENT ON COLUMN deliveries.received_on IS 'The folder''s date.';
COMMENT ON COLUMN deliveries.files IS 'Files in it, as delivered; members of archives not counted.';
COMMENT ON COLUMN deliveries.bytes IS 'Their size together.';
COMMENT ON COLUMN deliveries.scanned_at IS 'When what is known of it became known, in the district''s time.';
COMMENT ON COLUMN deliveries.scanner_version IS 'The version that scanned it.';
COMMENT ON COLUMN deliveries.run_id IS 'The run that first produced the row as it stands.';

COMMENT ON TABLE files IS 'One row a file of a delivery, members of archives included, with its state and the reason for it.';
COMMENT ON COLUMN files.file_id IS 'Follows from the delivery and the path.';
COMMENT ON COLUMN files.delivery_id IS 'The delivery it lies in.';
COMMENT ON COLUMN files.path IS 'Within the delivery; members of archives after `!/`; what matches the roster is redacted.';
COMMENT ON COLUMN files.kind IS 'The inbox kind it was read as: export, log, tracking …';
COMMENT ON COLUMN files.format IS 'What its bytes are.';
COMMENT ON COLUMN files.sha256 IS 'Of its bytes.';
COMMENT ON COLUMN files.bytes IS 'Its size.';
COMMENT ON COLUMN files.records IS 'Rows, objects or lines that were read.';
COMMENT ON COLUMN files.status IS 'scanned, partly_scanned, quarantined or duplicate.';
COMMENT ON COLUMN files.reason IS 'What was missed or refused, or of which file it is the duplicate.';
COMMENT ON COLUMN files.run_id IS 'The run that first produced the row as it stands.';

COMMENT ON TABLE fields IS 'One row a field of a file, classified as one data element or none.';
COMMENT ON COLUMN fields.file_id IS 'The file.';
COMMENT ON COLUMN fields.field_path IS
    'Dotted, after the sheet''s or table''s name where there are several; redacted where it matches the roster.';
COMMENT ON COLUMN fields.records IS 'Records that have something in it.';
COMMENT ON COLUMN fields.distinct_values IS 'Different values among them.';
COMMENT ON COLUMN fields.data_element IS 'What it was taken for; `none`: no data about a person.';
COMMENT ON COLUMN fields.pii_class IS 'direct (identifies alone), sensitive, indirect or none.';
COMMENT ON COLUMN fields.subject_kind IS 'Whose data it is: student, guardian, staff or unknown.';
COMMENT ON COLUMN fields.confidence IS '0 to 1, of the surest detector.';
COMMENT ON COLUMN fields.run_id IS 'The run that first produced the row as it stands.';

COMMENT ON TABLE findings IS 'One row a field, element and detector: how often, and why.';
COMMENT ON COLUMN findings.file_id IS 'The file.';
COMMENT ON COLUMN findings.field_path IS 'The field, as in `fields`.';
COMMENT ON COLUMN findings.data_element IS 'What the detector takes it for.';
COMMENT ON COLUMN findings.pii_class IS 'direct, sensitive, indirect or none.';
COMMENT ON COLUMN findings.subject_kind IS 'student, guardian, staff or unknown.';
COMMENT ON COLUMN findings.entity_type IS 'What kind of value was found.';
COMMENT ON COLUMN findings.detector IS 'Who says so: roster_match, header, spacy, crosswalk, decision …';
COMMENT ON COLUMN findings.occurrences IS 'Cells, or matches in free text.';
COMMENT ON COLUMN findings.distinct_values IS 'Different values that it found.';
COMMENT ON COLUMN findings.subjects IS 'Students and staff who are known in them.';
COMMENT ON COLUMN findings.confidence IS '0 to 1.';
COMMENT ON COLUMN findings.rationale IS 'Why, in a sentence with counts and without a value.';
COMMENT ON COLUMN findings.run_id IS 'The run that first produced the row as it stands.';

COMMENT ON TABLE disclosures IS 'One row a subject, sender, receiver and element: first and last seen, authorized or not, and why.';
COMMENT ON COLUMN disclosures.subject_key IS 'The student''s or staff member''s keyed pseudonym.';
COMMENT ON COLUMN disclosures.subject_kind IS 'student or staff.';
COMMENT ON COLUMN disclosures.from_party_id IS 'Who gave it.';
COMMENT ON COLUMN disclosures.to_party_id IS 'Who got it.';
COMMENT ON COLUMN disclosures.data_element IS 'What was given.';
COMMENT ON COLUMN disclosures.pii_class IS 'direct, sensitive or indirect.';
COMMENT ON COLUMN disclosures.first_seen_on IS 'The first day that the evidence shows it.';
COMMENT ON COLUMN disclosures.last_seen_on IS 'The last day.';
COMMENT ON COLUMN disclosures.authorized IS 'Covered on every day on which it was seen.';
COMMENT ON COLUMN disclosures.basis IS 'By what: agreement, subprocessor, directory, staff_directory, operation or none.';
COMMENT ON COLUMN disclosures.exempt_basis IS 'Why the federal record of disclosures need not have it; NULL: it must.';
COMMENT ON COLUMN disclosures.reason IS 'The first day on which it was not covered, and what was missing.';
COMMENT ON COLUMN disclosures.evidence_file_id IS 'A file that shows it.';
COMMENT ON COLUMN disclosures.confidence IS '0 to 1, of the surest sighting.';
COMMENT ON COLUMN disclosures.run_id IS 'The run that first produced the row as it stands.';

COMMENT ON TABLE flows IS 'One row a sender, receiver and element: the disclosures of all subjects together.';
COMMENT ON COLUMN flows.from_party_id IS 'Who gave it.';
COMMENT ON COLUMN flows.to_party_id IS 'Who got it.';
COMMENT ON COLUMN flows.data_element IS 'What was given.';
COMMENT ON COLUMN flows.subjects IS 'Students and staff in it; guardians are never counted.';
COMMENT ON COLUMN flows.unresolved_records IS 'Records whose student or staff member is not known.';
COMMENT ON COLUMN flows.first_seen_on IS 'The first day that the evidence shows it.';
COMMENT ON COLUMN flows.last_seen_on IS 'The last day.';
COMMENT ON COLUMN flows.authorized IS 'Every disclosure in it is.';
COMMENT ON COLUMN flows.reason IS 'Why not, of the worst one.';
COMMENT ON COLUMN flows.evidence_file_id IS 'A file that shows it.';
COMMENT ON COLUMN flows.run_id IS 'The run that first produced the row as it stands.';

COMMENT ON TABLE aggregate_audits IS 'One row a finding of the disclosure audit of tables that are said to be aggregate.';
COMMENT ON COLUMN aggregate_audits.file_id IS 'The file.';
COMMENT ON COLUMN aggregate_audits.table_name IS 'The sheet or table in it.';
COMMENT ON COLUMN aggregate_audits.verdict IS 'FAIL or INCONCLUSIVE; a table that passed has no row.';
COMMENT ON COLUMN aggregate_audits.check_id IS
    'grain, small_cell, zero_or_full, exact_disclosure, interval, differencing or reidentification.';
COMMENT ON COLUMN aggregate_audits.cell IS 'The row''s key values and the column, joined with ` / `; NULL: the table as a whole.';
COMMENT ON COLUMN aggregate_audits.value_low IS 'The least that the cell can be.';
COMMENT ON COLUMN aggregate_audits.value_high IS 'The most that it can be.';
COMMENT ON COLUMN aggregate_audits.witness IS 'The equation that shows it; NULL unless the district wants witnesses shown.';
COMMENT ON COLUMN aggregate_audits.run_id IS 'The run that first produced the row as it stands.';

COMMENT ON TABLE trackers IS 'One row a cookie or storage item that a capture shows.';
COMMENT ON COLUMN trackers.file_id IS 'The capture.';
COMMENT ON COLUMN trackers.party_id IS 'Whose page set it.';
COMMENT ON COLUMN trackers.host IS 'The host that set it or that it belongs to.';
COMMENT ON COLUMN trackers.third_party IS 'The host is another party''s than the page''s.';
COMMENT ON COLUMN trackers.name IS 'Its name, redacted where it matches the roster.';
COMMENT ON COLUMN trackers.storage IS 'cookie, local_storage, session_storage, indexed_db or service_worker.';
COMMENT ON COLUMN trackers.persistent IS 'It outlives the session.';
COMMENT ON COLUMN trackers.expires_on IS 'When; NULL: with the session, or never.';
COMMENT ON COLUMN trackers.contains_pii IS 'Its value, decoded, matches the roster.';
COMMENT ON COLUMN trackers.purpose IS 'By the class of its host, where that is known.';
COMMENT ON COLUMN trackers.run_id IS 'The run that first produced the row as it stands.';

COMMENT ON TABLE retention IS 'One row a party, retention category, due date and state, with the number of students.';
COMMENT ON COLUMN retention.party_id IS 'Who holds it.';
COMMENT ON COLUMN retention.category IS 'The category of the retention schedule.';
COMMENT ON COLUMN retention.subjects IS 'Students of this category, due date and status.';
COMMENT ON COLUMN retention.due_on IS 'The last day that it may be kept; NULL: permanent, or not yet known.';
COMMENT ON COLUMN retention.status IS 'within, overdue, held, destroyed, destroyed_early or pending.';
COMMENT ON COLUMN retention.run_id IS 'The run that first produced the row as it stands.';

COMMENT ON TABLE controls IS 'One row a control of the policy.';
COMMENT ON COLUMN controls.control_id IS 'Stable name of the control.';
COMMENT ON COLUMN controls.clause IS 'The clause of the policy.';
COMMENT ON COLUMN controls.title IS 'What must hold, in a sentence.';
COMMENT ON COLUMN controls.severity IS 'critical, high, medium or low.';
COMMENT ON COLUMN controls.law IS 'Where the duty comes from.';
COMMENT ON COLUMN controls.run_id IS 'The run that first produced the row as it stands.';

COMMENT ON TABLE control_results IS 'One row a control and party: the verdict, the reason, the violations.';
COMMENT ON COLUMN control_results.control_id IS 'The control.';
COMMENT ON COLUMN control_results.clause IS 'Its clause.';
COMMENT ON COLUMN control_results.party_id IS 'The party that is judged.';
COMMENT ON COLUMN control_results.verdict IS 'PASS, FAIL, INCONCLUSIVE (evidence is missing or stale) or NOT_APPLICABLE (by a rule).';
COMMENT ON COLUMN control_results.severity IS 'The worst of its violations'', else the control''s.';
COMMENT ON COLUMN control_results.violations IS 'Rows of `violations`.';
COMMENT ON COLUMN control_results.reason IS 'One line: what was found or what is missing.';
COMMENT ON COLUMN control_results.waived_until IS 'A failure that the district waived until this day.';
COMMENT ON COLUMN control_results.evidence_file_id IS 'A file that the verdict rests on.';
COMMENT ON COLUMN control_results.evaluated_at IS 'The end of the as-of day.';
COMMENT ON COLUMN control_results.run_id IS 'The run that first produced the row as it stands.';

COMMENT ON TABLE violations IS 'One row a violation: whose, of what, where.';
COMMENT ON COLUMN violations.control_id IS 'The control that fails.';
COMMENT ON COLUMN violations.party_id IS 'The party that fails it.';
COMMENT ON COLUMN violations.subject_key IS 'The pseudonym of whom it is about; NULL: of nobody in particular.';
COMMENT ON COLUMN violations.data_element IS 'What it is about, where it is about data.';
COMMENT ON COLUMN violations.file_id IS 'The file that shows it.';
COMMENT ON COLUMN violations.place IS 'Where in the file.';
COMMENT ON COLUMN violations.detail IS 'What is wrong, in a sentence.';
COMMENT ON COLUMN violations.severity IS 'critical, high, medium or low.';
COMMENT ON COLUMN violations.run_id IS 'The run that first produced the row as it stands.';

COMMENT ON TABLE decisions IS 'One row a line of decisions.csv: whether it settles fields, has run out, or matches nothing.';
COMMENT ON COLUMN decisions.line IS 'The line in decisions.csv.';
COMMENT ON COLUMN decisions.party_id IS 'The party whose field it is about.';
COMMENT ON COLUMN decisions.path IS 'The glob, redacted where it matches the roster.';
COMMENT ON COLUMN decisions.field_path IS 'The field, redacted where it matches the roster.';
COMMENT ON COLUMN decisions.data_element IS 'What the field was settled to be, or none.';
COMMENT ON COLUMN decisions.decided_by IS 'Who settled it, redacted where it matches the roster.';
COMMENT ON COLUMN decisions.until IS 'The last day on which it counts; NULL: no end.';
COMMENT ON COLUMN decisions.status IS 'applied, expired, overruled (by an earlier line), waiting (for a scan) or unmatched.';
COMMENT ON COLUMN decisions.fields IS 'Fields that it settles; expired, overruled and waiting: that it would settle.';
COMMENT ON COLUMN decisions.reason IS 'How far it came, and what to do.';
COMMENT ON COLUMN decisions.run_id IS 'The run that first produced the row as it stands.';

COMMENT ON TABLE undetermined IS 'One row a field that some detector saw something in and none could tell: for a person to look at.';
COMMENT ON COLUMN undetermined.file_id IS 'The file.';
COMMENT ON COLUMN undetermined.party_id IS 'The party that it is evidence of.';
COMMENT ON COLUMN undetermined.field_path IS 'The field, as in `fields`.';
COMMENT ON COLUMN undetermined.records IS 'Records that have something in it.';
COMMENT ON COLUMN undetermined.distinct_values IS 'Different values among them.';
COMMENT ON COLUMN undetermined.why IS 'What the detectors say, and why that is not enough.';
COMMENT ON COLUMN undetermined.data_element IS 'The best guess; `none`: there is none.';
COMMENT ON COLUMN undetermined.decision_party_id IS 'party_id of a line in decisions.csv about the field.';
COMMENT ON COLUMN undetermined.decision_path IS 'path of such a line.';
COMMENT ON COLUMN undetermined.run_id IS 'The run that first produced the row as it stands.';

COMMENT ON TABLE runs IS 'One row a night: what it scanned, and as of which day it judged.';
COMMENT ON COLUMN runs.run_id IS 'The night.';
COMMENT ON COLUMN runs.started_at IS 'In the district''s time.';
COMMENT ON COLUMN runs.finished_at IS 'In the district''s time; NULL: it did not finish.';
COMMENT ON COLUMN runs.as_of IS 'The day at whose end everything was judged.';
COMMENT ON COLUMN runs.deliveries IS 'Deliveries that it scanned.';
COMMENT ON COLUMN runs.files IS 'Files in them.';
COMMENT ON COLUMN runs.bytes IS 'Their bytes.';
COMMENT ON COLUMN runs.new_values IS 'Distinct values that it looked at.';
COMMENT ON COLUMN runs.scanner_version IS 'The version that scanned.';

COMMENT ON VIEW clause_status IS 'One row a clause and party: the worst verdict of its controls.';
COMMENT ON COLUMN clause_status.clause IS 'The clause of the policy.';
COMMENT ON COLUMN clause_status.party_id IS 'The party that is judged.';
COMMENT ON COLUMN clause_status.verdict IS 'The worst of its controls'' verdicts: FAIL, INCONCLUSIVE, PASS, NOT_APPLICABLE.';
