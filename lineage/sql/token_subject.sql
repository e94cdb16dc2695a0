-- The crosswalk: a party's own id, as a keyed token, and the one subject it stood with in any of that party's files, earlier or later.
-- An id that stood with two subjects resolves to none.
CREATE OR REPLACE TEMP TABLE crosswalk AS
SELECT c.* FROM lake.crosswalk c JOIN file USING (file_id) WHERE c.known_to IS NULL AND c.token IS NOT NULL;

CREATE OR REPLACE TABLE token_subject AS
SELECT o.party_id, c.token, any_value(c.subject_key) AS subject_key
FROM crosswalk c JOIN file_owner o USING (file_id)
WHERE c.subject_key IS NOT NULL
GROUP BY o.party_id, c.token HAVING count(DISTINCT c.subject_key) = 1;

-- The same, for the tokens of each file: a capture of two parties' pages must not resolve one token to two subjects.
CREATE OR REPLACE TEMP TABLE token_of_file AS
WITH used AS (
    SELECT file_id, token FROM crosswalk
    UNION
    SELECT s.file_id, s.token FROM lake.sightings s JOIN file USING (file_id) WHERE s.known_to IS NULL AND s.token IS NOT NULL
)
SELECT u.file_id, u.token, any_value(t.subject_key) AS subject_key
FROM used u JOIN file_owner o USING (file_id) JOIN token_subject t ON t.party_id = o.party_id AND t.token = u.token
GROUP BY u.file_id, u.token HAVING count(DISTINCT t.subject_key) = 1;
