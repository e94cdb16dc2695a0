-- Cookies and storage items seen on a party's pages, the worst first, with the last file that shows them.
SELECT tracker.host, tracker.third_party, tracker.name, tracker.storage, tracker.persistent, max(tracker.expires_on) AS expires_on,
       bool_or(tracker.contains_pii) AS contains_pii, max(tracker.purpose) AS purpose, count(DISTINCT tracker.file_id) AS captures,
       unnest(arg_max({file_id: file.file_id, path: file.path, kind: file.kind, delivery_id: file.delivery_id,
                       received_on: delivery.received_on}, (delivery.received_on, file.file_id)))
FROM trackers AS tracker
LEFT JOIN files AS file USING (file_id)
LEFT JOIN deliveries AS delivery USING (delivery_id)
WHERE tracker.party_id = $party
GROUP BY tracker.host, tracker.third_party, tracker.name, tracker.storage, tracker.persistent
ORDER BY 7 DESC NULLS LAST, tracker.third_party DESC NULLS LAST, tracker.persistent DESC NULLS LAST, tracker.host, tracker.name
