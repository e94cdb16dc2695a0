-- Authorized, or why not: each observation on the day it is judged.
--
-- judged_day  The day an observation is judged as of: its own when any agreement on its route was in force that day; for an export that
--             arrived within `return_within_days` after the last day in force, that last day; else NULL, no agreement in force.
-- cover       The agreements in force that day, and what each says of element and purpose. Listed: in its schedule of data on that day and,
--             for a subprocessor, in its entry. Under `ferpa_basis: directory` also what `directory_information` has. Staff elements:
--             listed or in `staff_directory`, whatever the purpose. An unknown purpose is never a violation.
-- judgement   One agreement that covers all suffices: element, purpose, no opt-out (directory agreements), consent where it is required
--             (from the agreement's party or, for a subprocessor, from it). Where several agreements fail, the reason is of the one that
--             came closest. Exemptions from the federal record are of students' records alone. What a server log necessarily records
--             (`operation`) is noted and not judged. Unresolved records are judged by element alone.
CREATE OR REPLACE TEMP TABLE judged_day AS
WITH days AS (
    SELECT from_party_id, to_party_id, seen_on, arrived_on FROM observation
    UNION
    SELECT 'district', to_party_id, seen_on, arrived_on FROM observation
), tried AS (
    SELECT d.*, a.agreement_id, a.ends_on,
        coalesce(a.effective_on <= d.seen_on, a.agreement_id IS NOT NULL) AND coalesce(a.ends_on >= d.seen_on,
            a.agreement_id IS NOT NULL) AS in_force,
        coalesce(a.ends_on < d.seen_on AND a.ends_on >= a.effective_on AND d.arrived_on <= a.ends_on
            + CAST(coalesce(a.return_within_days, (SELECT max(days) FROM category WHERE category = 'vendor_copy'), 60) AS INTEGER),
                false) AS in_time
    FROM days d LEFT JOIN route r USING (from_party_id, to_party_id) LEFT JOIN agreement a ON a.party_id = r.agreement_party
)
SELECT from_party_id, to_party_id, seen_on, arrived_on, count(agreement_id) > 0 AS has_agreement,
    CASE WHEN bool_or(in_force) THEN seen_on ELSE max(ends_on) FILTER (in_time) END AS judged_on,
    max(ends_on) FILTER (ends_on < seen_on) AS ended_on
FROM tried GROUP BY from_party_id, to_party_id, seen_on, arrived_on;

CREATE OR REPLACE TEMP TABLE ask AS
SELECT DISTINCT from_party_id, to_party_id, subject_key, subject_kind, data_element, seen_on, arrived_on, purpose, operation
    FROM observation;

CREATE OR REPLACE TEMP TABLE cover AS
WITH asked AS (
    SELECT DISTINCT a.from_party_id, a.to_party_id, a.subject_kind, a.data_element, a.purpose, j.judged_on
    FROM ask a JOIN judged_day j ON j.from_party_id = a.from_party_id AND j.to_party_id = a.to_party_id AND j.seen_on = a.seen_on
        AND j.arrived_on IS NOT DISTINCT FROM a.arrived_on
    WHERE j.judged_on IS NOT NULL
), agreed AS (
    SELECT asked.*, r.via, r.agreement_party, g.agreement_id, g.ferpa_basis, g.purposes AS agreed_purposes, g.consent_required,
        r.elements IS NULL OR list_contains(r.elements, asked.data_element) AS in_entry
    FROM asked JOIN route r USING (from_party_id, to_party_id) JOIN agreement g ON g.party_id = r.agreement_party
        AND (g.effective_on IS NULL OR g.effective_on <= asked.judged_on) AND (g.ends_on IS NULL OR g.ends_on >= asked.judged_on)
), entry AS (
    SELECT g.agreement_id, g.agreement_party, g.data_element, g.purpose, g.judged_on, bool_or(e.purposes IS NULL) AS as_agreed,
        bool_or(g.purpose IS NULL OR list_contains(e.purposes, g.purpose)) AS allowed
    FROM (SELECT DISTINCT agreement_id, agreement_party, data_element, purpose, judged_on FROM agreed) g
    JOIN authorized_element e ON e.agreement_id = g.agreement_id AND e.party_id = g.agreement_party AND e.data_element = g.data_element
        AND (e.valid_from IS NULL OR e.valid_from <= g.judged_on) AND (e.valid_to IS NULL OR e.valid_to >= g.judged_on)
    GROUP BY ALL
), listed AS (
    SELECT g.* REPLACE (g.subject_kind = 'student' AND coalesce(g.consent_required, false) AS consent_required),
        e.agreement_id IS NOT NULL AND g.in_entry AS is_listed,
        g.purpose IS NULL OR g.agreed_purposes IS NULL OR list_contains(g.agreed_purposes, g.purpose) AS agreement_purpose,
        coalesce(e.allowed, false) OR (coalesce(e.as_agreed, false) AND (g.purpose IS NULL OR g.agreed_purposes IS NULL
            OR list_contains(g.agreed_purposes, g.purpose))) AS listed_purpose,
        coalesce(g.ferpa_basis = 'directory' AND g.in_entry AND list_contains(d.directory_information, g.data_element),
            false) AS is_directory,
        coalesce(list_contains(d.staff_directory, g.data_element), false) AS in_staff_directory
    FROM agreed g CROSS JOIN district d
    LEFT JOIN entry e ON e.agreement_id = g.agreement_id AND e.agreement_party = g.agreement_party AND e.data_element = g.data_element
        AND e.purpose IS NOT DISTINCT FROM g.purpose AND e.judged_on = g.judged_on
)
SELECT from_party_id, to_party_id, subject_kind, data_element, purpose, judged_on, via, agreement_party, agreement_id, ferpa_basis,
    in_entry,
    consent_required, subject_kind = 'student' AND ferpa_basis IS NOT DISTINCT FROM 'directory' AS heeds_opt_out,
    CASE WHEN is_listed AND (listed_purpose OR subject_kind = 'staff') THEN 'listed'
         WHEN subject_kind = 'staff' AND in_staff_directory THEN 'staff_directory'
         WHEN subject_kind = 'student' AND is_directory AND agreement_purpose THEN 'directory' END AS covered_by,
    (is_listed OR coalesce(subject_kind = 'student' AND is_directory, false)) AS element_covered
FROM listed;

CREATE OR REPLACE TEMP TABLE consent_element AS
SELECT subject_key, party_id, unnest(elements) AS data_element, relation, given_on, revoked_on, signer_age FROM consent;

CREATE OR REPLACE TEMP TABLE judgement AS
WITH tried AS (
    SELECT a.*, j.judged_on, j.has_agreement, j.ended_on, coalesce(j.judged_on, general.judged_on) IS NOT NULL AS in_force,
        c.agreement_id, c.via, c.ferpa_basis, c.covered_by, c.in_entry,
        CASE
            WHEN a.operation THEN 9
            WHEN j.judged_on IS NULL THEN 0
            WHEN c.covered_by IS NULL AND NOT c.element_covered THEN 1
            WHEN c.covered_by IS NULL THEN 2
            WHEN c.heeds_opt_out AND EXISTS (
                SELECT 1 FROM opt_out o WHERE o.subject_key = a.subject_key AND o.opted_out_on <= j.judged_on) THEN 3
            WHEN c.consent_required AND a.subject_key IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM consent_element k WHERE k.subject_key = a.subject_key AND k.data_element = a.data_element
                AND k.party_id IN (c.agreement_party, a.to_party_id)
                AND k.given_on <= j.judged_on AND (k.revoked_on IS NULL OR k.revoked_on > j.judged_on)) THEN 4
            ELSE 9 END AS step
    FROM ask a
    JOIN judged_day j ON j.from_party_id = a.from_party_id AND j.to_party_id = a.to_party_id AND j.seen_on = a.seen_on
        AND j.arrived_on IS NOT DISTINCT FROM a.arrived_on
    JOIN judged_day general ON general.from_party_id = 'district' AND general.to_party_id = a.to_party_id AND general.seen_on = a.seen_on
        AND general.arrived_on IS NOT DISTINCT FROM a.arrived_on
    LEFT JOIN cover c ON c.from_party_id = a.from_party_id AND c.to_party_id = a.to_party_id AND c.subject_kind = a.subject_kind
        AND c.data_element = a.data_element AND c.purpose IS NOT DISTINCT FROM a.purpose AND c.judged_on = j.judged_on
), best AS (
    SELECT * FROM tried
    QUALIFY row_number() OVER (PARTITION BY from_party_id, to_party_id, subject_key, subject_kind, data_element, seen_on, arrived_on,
        purpose, operation
        ORDER BY step DESC, CASE covered_by WHEN 'listed' THEN 0 ELSE 1 END, agreement_id) = 1
)
SELECT *, step = 9 AS authorized,
    CASE WHEN step < 9 THEN 'none' WHEN operation THEN 'operation' WHEN covered_by = 'staff_directory' THEN 'staff_directory'
         WHEN via = 'subprocessor' THEN 'subprocessor' WHEN covered_by = 'directory' THEN 'directory' ELSE 'agreement' END AS basis,
    CASE WHEN step = 9 AND subject_kind = 'student' AND ferpa_basis IN ('school_official', 'consent',
        'directory') THEN ferpa_basis END AS exempt_basis,
    CASE WHEN step < 9 THEN 'On ' || strftime(seen_on, '%Y-%m-%d') || ': ' || CASE
        WHEN starts_with(to_party_id, 'third_party:') THEN 'no agreement with ' || to_party_id
        WHEN NOT has_agreement AND from_party_id <> 'district' THEN to_party_id || ' is no subprocessor that an agreement of '
            || from_party_id || ' covers'
        WHEN NOT has_agreement THEN 'no agreement with ' || to_party_id
        WHEN step = 0 THEN 'no agreement in force' || coalesce(' (the last one ended on ' || strftime(ended_on, '%Y-%m-%d') || ')', '')
        WHEN step = 1 AND NOT in_entry THEN data_element || ' is not among the elements of the entry for ' || to_party_id
        WHEN step = 1 THEN data_element || ' is not in the schedule of data of ' || agreement_id
        WHEN step = 2 THEN 'the purpose ' || purpose || ' is not allowed for ' || data_element || ' by ' || agreement_id
        WHEN step = 3 THEN 'the student had opted out of directory information'
        ELSE 'no consent for ' || data_element || ', which ' || agreement_id || ' requires' END END AS reason
FROM best;

CREATE OR REPLACE TEMP TABLE judged AS
SELECT o.*, j.judged_on, j.in_force, j.authorized, j.basis, j.exempt_basis, j.reason
FROM observation o JOIN judgement j ON j.from_party_id = o.from_party_id AND j.to_party_id = o.to_party_id
    AND j.subject_key IS NOT DISTINCT FROM o.subject_key AND j.subject_kind = o.subject_kind AND j.data_element = o.data_element
    AND j.seen_on = o.seen_on AND j.arrived_on IS NOT DISTINCT FROM o.arrived_on AND j.purpose IS NOT DISTINCT FROM o.purpose
    AND j.operation = o.operation;
