-- III.C.destruction-certificate: after the end, destruction is certified in time and in full.
--
-- Not applicable before the end. No certificate: INCONCLUSIVE to the deadline, one violation after it (INCONCLUSIVE where one came that
-- cannot be read). With several the latest is judged for its fields and dates, and all together for what they cover. One violation each:
-- a required field that is blank or no date; return > destruction, destruction > certificate, end > certificate; a registered system that
-- no certificate names; a kind of copies (backups, replicas, logs, subprocessors) without a statement; a listed subprocessor where only
-- others are named; a copy still pending after its day. A copy pending until a day yet to come: INCONCLUSIVE. A late certificate is
-- judged by its content, with a warning.
CREATE OR REPLACE TEMP TABLE judged_certificate AS
SELECT c.*, k.end_on, k.destroy_due_on FROM certificate c JOIN contract k USING (party_id) WHERE k.ended
QUALIFY row_number() OVER (PARTITION BY c.party_id ORDER BY c.certified_on DESC NULLS LAST, c.received_on DESC, c.file_id) = 1;

CREATE OR REPLACE TEMP TABLE certificate_file AS
SELECT k.party_id, count(f.file_id) AS files, min(f.file_id) AS file_id
FROM contract k LEFT JOIN file f ON f.owner = k.party_id AND f.kind = 'destruction'
    AND (k.started_on IS NULL OR f.received_on >= k.started_on)
WHERE k.ended GROUP BY k.party_id;

-- What a party that lists this one states about it, where it has no certificate of its own: its evidence "must be its own or name it".
CREATE OR REPLACE TEMP TABLE named_copy AS
SELECT p.party_id, c.file_id, c.path, c.status, c.expires_on FROM certified_copy c JOIN subprocessor s ON s.party_id = c.party_id
JOIN party p ON p.party_id = s.subprocessor_id AND c.system IN (lower(p.party_id), lower(p.name)) WHERE c.kind = 'subprocessors';

INSERT INTO mart.violations
WITH returned AS (
    SELECT party_id, first_on FROM return_state WHERE files > 0
), kinds AS (
    SELECT unnest(['backups', 'replicas', 'logs', 'subprocessors']) AS kind
), wrong AS (
    SELECT k.party_id, NULL AS file_id, NULL AS path, 'no certificate by ' || day(k.destroy_due_on) AS detail
    FROM contract k JOIN certificate_file f USING (party_id) CROSS JOIN district d
    WHERE f.files = 0 AND k.destroy_due_on < d.as_of AND k.party_id NOT IN (SELECT party_id
        FROM judged_certificate) AND k.party_id NOT IN (SELECT party_id FROM named_copy)
    UNION ALL
    SELECT party_id, file_id, path, 'the certificate does not state: ' || field
    FROM (SELECT *, unnest(list_distinct(coalesce(missing, []) || CASE WHEN destroyed_on IS NULL THEN ['destroyed_on'] ELSE [] END
        || CASE WHEN certified_on IS NULL THEN ['certified_on'] ELSE [] END)) AS field FROM judged_certificate)
    WHERE field <> 'copies'
    UNION ALL
    SELECT c.party_id, c.file_id, c.path, 'destroyed on ' || day(c.destroyed_on) || ', before the return on ' || day(r.first_on)
    FROM judged_certificate c JOIN returned r USING (party_id) WHERE c.destroyed_on < r.first_on
    UNION ALL
    SELECT party_id, file_id, path, 'certified on ' || day(certified_on) || ', before the destruction on ' || day(destroyed_on)
    FROM judged_certificate WHERE certified_on < destroyed_on
    UNION ALL
    SELECT party_id, file_id, path, 'certified on ' || day(certified_on) || ', before the contract ended on ' || day(end_on)
    FROM judged_certificate WHERE certified_on < end_on
    UNION ALL
    SELECT c.party_id, c.file_id, c.path, 'the system ' || s.system_id || ' is not covered'
    FROM judged_certificate c JOIN system s USING (party_id)
    WHERE NOT EXISTS (SELECT 1 FROM certificate o WHERE o.party_id = c.party_id AND list_has_any(
        list_transform(o.systems, x -> lower(trim(x))), list_prepend(lower(s.system_id), list_transform(coalesce(s.hosts, []),
            x -> lower(x)))))
    UNION ALL
    SELECT c.party_id, c.file_id, c.path, 'no statement about ' || k.kind
    FROM judged_certificate c CROSS JOIN kinds k
    WHERE NOT EXISTS (SELECT 1 FROM certified_copy o WHERE o.party_id = c.party_id AND o.kind IN (k.kind, rtrim(k.kind, 's'))
        AND o.status IN ('destroyed', 'pending', 'none'))
    UNION ALL
    SELECT c.party_id, c.file_id, c.path, 'the copies at the subprocessor ' || s.subprocessor_id || ' are not covered'
    FROM judged_certificate c JOIN subprocessor s USING (party_id) JOIN party p ON p.party_id = s.subprocessor_id
    WHERE EXISTS (SELECT 1 FROM certified_copy o WHERE o.party_id = c.party_id AND o.kind = 'subprocessors')
        AND NOT EXISTS (SELECT 1 FROM certified_copy o WHERE o.party_id = c.party_id AND o.kind = 'subprocessors'
            AND (coalesce(o.system, '') = '' OR o.status = 'none' OR o.system IN (lower(p.party_id), lower(p.name))))
    UNION ALL
    SELECT o.party_id, o.file_id, o.path, o.kind || coalesce(' (' || o.system || ')', '') || ' still pending after ' || day(o.expires_on)
    FROM certified_copy o JOIN judged_certificate c USING (party_id) CROSS JOIN district d WHERE o.status = 'pending'
        AND o.expires_on < d.as_of
    UNION ALL
    SELECT n.party_id, n.file_id, n.path, 'its copy is still pending after ' || day(n.expires_on)
    FROM named_copy n JOIN contract k USING (party_id) CROSS JOIN district d
    WHERE k.ended AND n.status = 'pending' AND n.expires_on < d.as_of AND n.party_id NOT IN (SELECT party_id FROM judged_certificate)
)
SELECT 'III.C.destruction-certificate', party_id, NULL, NULL, file_id, path, detail, 'high', (SELECT run_id FROM district)
FROM wrong WHERE party_id IN (SELECT party_id FROM party);

INSERT INTO evaluations
WITH broken AS (
    SELECT party_id, count(*) AS n, string_agg(detail, '; ' ORDER BY detail) AS details, min(file_id) AS file_id
    FROM mart.violations WHERE control_id = 'III.C.destruction-certificate' GROUP BY party_id
), waiting AS (
    SELECT party_id, bool_or(expires_on IS NULL) AS undated, max(expires_on) AS until, count(*) AS n
    FROM (SELECT party_id, expires_on FROM certified_copy WHERE status = 'pending'
        UNION ALL SELECT party_id, expires_on FROM named_copy WHERE status = 'pending' AND party_id NOT IN (SELECT party_id
            FROM judged_certificate)) GROUP BY party_id
), named AS (
    SELECT party_id, min(file_id) AS file_id, bool_and(status = 'destroyed' OR status = 'none') AS done FROM named_copy GROUP BY party_id
), rule AS (
    SELECT p.party_id, CASE WHEN p.party_id = 'district' THEN 'A party''s duty.' WHEN NOT coalesce(k.ended,
        false) THEN 'The contract has not ended.' END AS not_applicable,
        k.end_on, k.destroy_due_on, coalesce(f.files, 0) AS files, f.file_id, c.certified_on, c.received_on, c.file_id AS certificate_id,
            c.party_id IS NOT NULL AS certified
    FROM party p LEFT JOIN contract k USING (party_id) LEFT JOIN certificate_file f USING (party_id)
        LEFT JOIN judged_certificate c USING (party_id)
)
SELECT 'III.C.destruction-certificate', r.party_id, r.not_applicable IS NULL,
    coalesce(b.n, 0) > 0 OR ((r.certified OR coalesce(n.done, false)) AND w.party_id IS NULL), coalesce(b.n, 0), 'high',
    CASE WHEN r.not_applicable IS NOT NULL THEN r.not_applicable
         WHEN b.n > 0 THEN 'The contract ended on ' || day(r.end_on) || ': ' || b.details || '.'
         WHEN w.undated THEN some_of(w.n, 'copy statement') || ' pending without a day.'
         WHEN w.party_id IS NOT NULL THEN some_of(w.n, 'copy statement') || ' pending until ' || day(w.until) || '.'
         WHEN r.certified THEN CASE WHEN r.received_on > r.destroy_due_on THEN 'Warning: the certificate came on '
             || day(r.received_on) || ', due by '
            || day(r.destroy_due_on) || '. ' ELSE '' END || 'Destruction was certified on ' || day(r.certified_on)
                || ' for all systems and copies.'
         WHEN n.done THEN 'A party that lists it certified the destruction of its copy.'
         WHEN r.files > 0 THEN 'A certificate came that could not be read.'
         ELSE 'No certificate yet; it is due by ' || day(r.destroy_due_on) || '. Missing: destruction.' END,
    coalesce(b.file_id, r.certificate_id, n.file_id, r.file_id)
FROM rule r LEFT JOIN broken b USING (party_id) LEFT JOIN waiting w USING (party_id) LEFT JOIN named n USING (party_id);
