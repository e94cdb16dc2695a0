-- facts.duckdb: the register, the roster's facts and the settings, as of one day. No raw student value: people are subject keys.
-- Filled by lineage/facts.py; read by the SQL of disclosures, flows and controls.

CREATE TABLE district (             -- one row: settings that SQL compares with
    name VARCHAR, time_zone VARCHAR, as_of DATE, as_of_end TIMESTAMP, run_id VARCHAR,
    minimum_cell_size INTEGER, minimum_interval_width INTEGER, orphan_account_days INTEGER, tracker_retention_days INTEGER,
    parent_consents_until INTEGER, student_signs_from INTEGER, show_witnesses BOOLEAN,
    verifiable_consent_methods VARCHAR[], directory_information VARCHAR[], staff_directory VARCHAR[]
);
CREATE TABLE evidence_intervals (kind VARCHAR PRIMARY KEY, days INTEGER);            -- kind as the inbox spells it: access-log
CREATE TABLE host_classes (host VARCHAR, class VARCHAR);                             -- advertising, profiling, data_broker
CREATE TABLE party (                -- the district, every registered party and every listed subprocessor
    party_id VARCHAR PRIMARY KEY, name VARCHAR, kind VARCHAR, parent_party_id VARCHAR, domains VARCHAR[], hosted BOOLEAN,
    has_file BOOLEAN                -- a vendor file of its own
);
CREATE TABLE party_host (host VARCHAR, party_id VARCHAR);                            -- a domain covers its subdomains; longest wins
CREATE TABLE subprocessor (         -- NULL elements or purposes: all of the sender's
    party_id VARCHAR, subprocessor_id VARCHAR, elements VARCHAR[], purposes VARCHAR[]
);
CREATE TABLE system (party_id VARCHAR, system_id VARCHAR, hosts VARCHAR[]);
CREATE TABLE login_cookie (party_id VARCHAR, name VARCHAR);
CREATE TABLE agreement (
    agreement_id VARCHAR, party_id VARCHAR, effective_on DATE, expires_on DATE, terminated_on DATE,
    ends_on DATE,                   -- the earlier of expires_on and terminated_on, NULL: open
    on_termination VARCHAR, ferpa_basis VARCHAR, consent_required BOOLEAN, aggregate_only BOOLEAN, purposes VARCHAR[],
    return_within_days INTEGER, destroy_within_days INTEGER, intrusion_report_every_days INTEGER, alert_within_hours INTEGER
);
CREATE TABLE authorized_element (   -- the agreement's schedule of data; NULL purposes: the agreement's
    agreement_id VARCHAR, party_id VARCHAR, data_element VARCHAR, valid_from DATE, valid_to DATE, purposes VARCHAR[]
);
CREATE TABLE subject (              -- students and staff of the roster
    subject_key VARCHAR PRIMARY KEY, subject_kind VARCHAR,
    absent_since DATE               -- students: the end date of the last enrollment; NULL: enrolled, or never known
);
CREATE TABLE consent (
    subject_key VARCHAR, party_id VARCHAR, elements VARCHAR[], relation VARCHAR, method VARCHAR, given_on DATE, revoked_on DATE,
    signer_age INTEGER,             -- the student's age on given_on in whole years; NULL: birth date unknown
    line INTEGER
);
CREATE TABLE hold (subject_key VARCHAR, opened_on DATE, closed_on DATE);
CREATE TABLE opt_out (subject_key VARCHAR, opted_out_on DATE);
CREATE TABLE request (request_id VARCHAR, party_id VARCHAR, kind VARCHAR, asked_on DATE, due_on DATE, answered_on DATE, note VARCHAR);
CREATE TABLE document (party_id VARCHAR, kind VARCHAR, sha256 VARCHAR, approved_on DATE);
CREATE TABLE waiver (control_id VARCHAR, party_id VARCHAR, until DATE);
CREATE TABLE event (subject_key VARCHAR, event VARCHAR, occurred_on DATE);
CREATE TABLE category (             -- schedule.yaml
    category VARCHAR, rule VARCHAR, years INTEGER, days INTEGER, event VARCHAR, is_default BOOLEAN
);
CREATE TABLE category_element (category VARCHAR, data_element VARCHAR);
CREATE TABLE decision (             -- decisions.csv, in its order; labels are redacted as the scan redacts paths and fields
    line INTEGER, party_id VARCHAR, path VARCHAR,
    path_pattern VARCHAR,           -- the glob as a regular expression
    field_path VARCHAR, data_element VARCHAR, decided_by VARCHAR, until DATE
);
CREATE TABLE register_file (name VARCHAR);                                           -- optional files of the district folder that exist; empty: not known
CREATE TABLE evaluations (          -- one row a control and registered party, filled by lineage/sql/controls/*.sql
    control_id VARCHAR, party_id VARCHAR, applicable BOOLEAN, evaluable BOOLEAN, violations BIGINT, severity VARCHAR, reason VARCHAR,
    evidence_file_id VARCHAR
);
