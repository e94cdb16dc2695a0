-- The published compliance mart, empty. Timestamps are in the district's time zone (a plain TIMESTAMP needs no extension to read). Names
-- and vocabularies are the public contract; a column is added, never renamed.

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
CREATE TABLE runs (run_id VARCHAR, started_at TIMESTAMP, finished_at TIMESTAMP, as_of DATE, deliveries BIGINT, files BIGINT,
    bytes BIGINT, new_values BIGINT, scanner_version VARCHAR);
CREATE VIEW clause_status AS
    SELECT clause, party_id, ['NOT_APPLICABLE', 'PASS', 'INCONCLUSIVE', 'FAIL'][max(
        CASE verdict WHEN 'FAIL' THEN 4 WHEN 'INCONCLUSIVE' THEN 3 WHEN 'PASS' THEN 2 ELSE 1 END)] AS verdict
    FROM control_results GROUP BY clause, party_id;
