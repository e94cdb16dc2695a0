-- Every party, the district first, those that no register names last.
SELECT party_id, name, kind, parent_party_id, coalesce(domains, []) AS domains
FROM parties
ORDER BY party_id <> 'district', kind = 'third_party', lower(name), party_id
