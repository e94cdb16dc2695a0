-- The crosswalk: a party's own id, as a keyed token, and the one subject it stood with in any of that party's files, earlier or later.
-- An id that stood with two subjects resolves to none.
CREATE OR REPLACE TEMP TABLE crosswalk AS
SELECT c.* FROM lake.crosswalk c JOIN file USING (file_id) WHERE c.known_to IS NULL AND c.token IS NOT NULL;

CREATE OR REPLACE TABLE token_subject AS
SELECT o.party_id, c.token, any_value(c.subject_key) AS subject_key
FROM crosswalk c JOIN file_owner o USING (file_id)
WHERE c.subject_key IS NOT NULL
GROUP BY o.party_id, c.token HAVING count(DISTINCT c.subject_key) = 1;

-- The same, for the tokens of each field of each file: a capture of two parties' pages must not resolve one token to two subjects, and a
-- column of numbers of which a few happen to be known ids is no column of ids (half of its tokens must be known, or its header says ids).
CREATE OR REPLACE TEMP TABLE token_of_field AS
WITH told AS (
    SELECT c.file_id, c.field_path, c.token, any_value(t.subject_key) AS subject_key
    FROM crosswalk c JOIN file_owner o USING (file_id) JOIN token_subject t ON t.party_id = o.party_id AND t.token = c.token
    GROUP BY ALL HAVING count(DISTINCT t.subject_key) = 1
), field AS (
    SELECT c.file_id, c.field_path, count(DISTINCT c.token) AS tokens, count(DISTINCT t.token) AS known
    FROM crosswalk c LEFT JOIN told t USING (file_id, field_path, token) GROUP BY ALL
)
SELECT t.*, 2 * f.known >= f.tokens AS mostly FROM told t JOIN field f USING (file_id, field_path)
LEFT JOIN lake.fields d ON d.file_id = t.file_id AND d.field_path = t.field_path AND d.known_to IS NULL
WHERE 2 * f.known >= f.tokens OR coalesce(d.data_element, 'none') <> 'none';

CREATE OR REPLACE TEMP TABLE token_of_file AS
SELECT file_id, token, any_value(subject_key) AS subject_key FROM token_of_field GROUP BY ALL HAVING count(DISTINCT subject_key) = 1;

-- Fields that are a party's own student ids by the crosswalk, whatever their header says.
CREATE OR REPLACE TEMP TABLE own_id AS
SELECT c.file_id, c.field_path, sum(c.records) AS occurrences, count(DISTINCT c.token) AS tokens, count(DISTINCT t.subject_key) AS subjects
FROM crosswalk c JOIN token_of_field t USING (file_id, field_path, token) WHERE t.mostly GROUP BY ALL;
