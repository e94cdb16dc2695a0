-- Party × listed subprocessor, as the register has it; NULL elements or purposes: all of the party's.
INSERT INTO mart.subprocessors
SELECT DISTINCT party_id, subprocessor_id, elements, purposes, (SELECT run_id FROM district) FROM subprocessor;
