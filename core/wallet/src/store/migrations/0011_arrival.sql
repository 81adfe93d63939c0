-- When the version that lists show came, and which in the order of arrival: second << 30 | seq.
ALTER TABLE summary ADD COLUMN arrival INTEGER NOT NULL DEFAULT 0;
UPDATE summary SET arrival = coalesce(
    (SELECT delivery.received FROM carried CROSS JOIN delivery ON delivery.id = carried.delivery
     WHERE carried.version = (summary.position >> 5 & 1073741823)
     ORDER BY delivery.undone IS NOT NULL, carried.delivery LIMIT 1), 0) << 30 | (position >> 5 & 1073741823);

-- What came last, of each category.
CREATE INDEX summary_by_arrival ON summary (category, arrival);
