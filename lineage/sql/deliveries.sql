-- Deliveries dated by the as-of day. `scanned_at` is local time, as the district reads its clocks (table `scanned_at`, made by stage.py).
INSERT INTO mart.deliveries
SELECT d.delivery_id, d.party_id, d.received_on, d.files, d.bytes, s.scanned_at, d.scanner_version, (SELECT run_id FROM district)
FROM delivery d LEFT JOIN scanned_at s USING (delivery_id);
