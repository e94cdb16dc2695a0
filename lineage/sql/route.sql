-- Which agreements can authorize what goes to whom.
--
-- covering   A party is covered by its own agreements; a subprocessor without one by those of every party that lists it, for the elements
--            its entry lists (NULL: all), and so on up the chain.
-- route      `district` → party: by its covering agreements. Party → its listed subprocessor: by the sender's; back to the party that
-- lists it: by that party's. Nothing else has a route:
--            an agreement with the receiver does not authorize another vendor to send to it.
-- contract   An agreement in force once and none on the as-of day: ended, on the last day any was in force. One that starts within 30 days
--            of that day continues the contract, although the as-of day lies between. Days and option are those of the agreement that
--            ended last; where it names no days, the schedule's for `vendor_copy`, else 60.
CREATE OR REPLACE MACRO both_lists(a, b) AS CASE WHEN a IS NULL THEN b WHEN b IS NULL THEN a ELSE list_sort(list_intersect(a, b)) END;

CREATE OR REPLACE TABLE covering AS
WITH RECURSIVE up AS (
    SELECT DISTINCT party_id, party_id AS agreement_party, CAST(NULL AS VARCHAR[]) AS elements, 0 AS depth FROM agreement
    UNION
    SELECT s.subprocessor_id, up.agreement_party, both_lists(up.elements, s.elements), up.depth + 1
    FROM up JOIN subprocessor s ON s.party_id = up.party_id
    WHERE up.depth < 8 AND s.subprocessor_id NOT IN (SELECT party_id FROM agreement)
)
SELECT DISTINCT party_id, agreement_party, elements FROM up;

CREATE OR REPLACE TABLE route AS
SELECT 'district' AS from_party_id, party_id AS to_party_id, agreement_party,
    CASE WHEN party_id = agreement_party THEN 'agreement' ELSE 'subprocessor' END AS via, elements
FROM covering
UNION
SELECT s.party_id, s.subprocessor_id, c.agreement_party, 'subprocessor', both_lists(c.elements, s.elements)
FROM subprocessor s JOIN covering c ON c.party_id = s.party_id
UNION
SELECT s.subprocessor_id, s.party_id, c.agreement_party, 'agreement', both_lists(c.elements, s.elements)
FROM subprocessor s JOIN covering c ON c.party_id = s.party_id;

CREATE OR REPLACE TABLE contract AS
WITH own AS (
    SELECT DISTINCT c.party_id, a.* EXCLUDE (party_id), d.as_of
    FROM covering c JOIN agreement a ON a.party_id = c.agreement_party CROSS JOIN district d
    WHERE a.ends_on IS NULL OR a.effective_on IS NULL OR a.ends_on >= a.effective_on
), had AS (
    SELECT * FROM own WHERE effective_on IS NULL OR effective_on <= as_of
), last AS (
    SELECT party_id, bool_or(ends_on IS NULL OR ends_on >= as_of) AS in_force, max(ends_on) AS end_on,
        max_by({'id': agreement_id, 'started': effective_on, 'option': on_termination, 'return': return_within_days,
            'destroy': destroy_within_days},
            {'e': coalesce(ends_on, DATE '9999-12-31'), 's': effective_on, 'i': agreement_id}) AS a
    FROM had GROUP BY party_id
), days AS (
    SELECT coalesce(max(days) FILTER (category = 'vendor_copy'), 60) AS days FROM category
)
SELECT l.party_id,
    NOT l.in_force AND NOT EXISTS (
        SELECT 1 FROM own n WHERE n.party_id = l.party_id AND n.effective_on > l.end_on AND n.effective_on <= l.end_on + 30) AS ended,
    l.end_on, l.a.id AS agreement_id, l.a.started AS started_on, l.a.option AS on_termination,
    l.end_on + CAST(coalesce(l.a.return, days.days) AS INTEGER) AS return_due_on,
    l.end_on + CAST(coalesce(l.a.destroy, days.days) AS INTEGER) AS destroy_due_on
FROM last l CROSS JOIN days;
