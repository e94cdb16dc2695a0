-- What the lake knows now of the deliveries dated by the as-of day. `observed_on` is the day a record without a time of its own is dated.
CREATE OR REPLACE TABLE delivery AS
SELECT d.delivery_id, n.party_id, d.received_on, coalesce(d.as_of, d.received_on) AS observed_on, d.period_start, d.period_end, d.systems,
    d.purpose,
    d.files, d.bytes, d.scanner_version, d.known_from
FROM lake.deliveries d JOIN party_name n ON n.name = d.party_folder
WHERE d.known_to IS NULL AND d.received_on <= (SELECT as_of FROM district);
