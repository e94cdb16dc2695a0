-- Every control without a file of its own here: not applicable where POLICY.md's rules say so, else not yet evaluated. Never a pass.
INSERT INTO evaluations
WITH facts AS (
    SELECT p.party_id, p.party_id = 'district' AS is_district, coalesce(p.hosted, true) AS hosted, coalesce(k.ended, false) AS ended,
        coalesce(a.consent_required, false) AS consent_required, coalesce(a.aggregate_only, false) AS aggregate_only,
        EXISTS (SELECT 1 FROM file f WHERE f.owner = p.party_id AND f.kind = 'aggregate') AS aggregates,
        EXISTS (SELECT 1 FROM certificate c WHERE c.party_id = p.party_id) AS certified,
        EXISTS (SELECT 1 FROM request r WHERE r.party_id = p.party_id AND r.kind = 'upgrade') AS upgrade_asked,
        EXISTS (SELECT 1 FROM request r WHERE r.party_id = p.party_id AND r.kind <> 'upgrade') AS asked,
        coalesce(a.directory, false) AND EXISTS (SELECT 1 FROM judged j, district d WHERE j.to_party_id = p.party_id
            AND j.subject_kind = 'student'
            AND list_contains(d.directory_information, j.data_element)) AS directory
    FROM party p LEFT JOIN contract k USING (party_id)
    LEFT JOIN (SELECT c.party_id, bool_or(g.consent_required) AS consent_required, bool_or(g.aggregate_only) AS aggregate_only,
        bool_or(g.ferpa_basis = 'directory') AS directory FROM covering c
            JOIN agreement g ON g.party_id = c.agreement_party GROUP BY c.party_id) a USING (party_id)
), ruled AS (
    SELECT c.control_id, c.severity, f.party_id, CASE
        WHEN f.is_district AND c.duty <> 'district' THEN 'A party''s duty.'
        WHEN NOT f.is_district AND c.duty = 'district' THEN 'The district''s own duty.'
        WHEN f.is_district THEN NULL
        WHEN NOT f.hosted AND regexp_matches(c.control_id, '^(I\.B|I\.C|I\.D|IV\.A|IV\.B|IV\.C)\.|^I\.F\.coverage$') THEN 'The party hosts nothing of its own.'
        WHEN starts_with(c.control_id, 'I.E.consent-') AND NOT f.consent_required THEN 'No agreement with this party requires consent.'
        WHEN c.control_id = 'IV.A.removed-on-termination' AND NOT f.ended THEN 'The contract has not ended.'
        WHEN c.control_id = 'II.C.destroyed-too-early' AND NOT f.certified THEN 'No destruction was certified.'
        WHEN c.control_id = 'II.B.aggregate-only' AND NOT f.aggregate_only
            AND NOT f.aggregates THEN 'No agreement is aggregate only, and no aggregate came.'
        WHEN c.control_id = 'I.G.upgrade-required' AND NOT f.upgrade_asked THEN 'No upgrade was requested.'
        WHEN c.control_id = 'I.H.request-answered' AND NOT f.asked THEN 'Nothing was requested.'
        WHEN c.control_id = 'IV.D.directory-opt-out' AND NOT f.directory THEN 'There is no directory disclosure.' END AS not_applicable
    FROM control c CROSS JOIN facts f WHERE c.control_id NOT IN (SELECT control_id FROM evaluations)
)
SELECT control_id, party_id, not_applicable IS NULL, false, 0, severity,
    coalesce(not_applicable, 'Not yet evaluated: this version of Hallpass has no check for it.'), NULL
FROM ruled;
