-- What a delivery carried again, of those before it.
CREATE TABLE delivery_repeat (
    delivery INTEGER NOT NULL,
    repeated INTEGER NOT NULL,
    PRIMARY KEY (delivery, repeated)
) STRICT, WITHOUT ROWID;
WITH RECURSIVE listed (delivery, repeats, at) AS (
    SELECT id, repeats, 1 FROM delivery WHERE length(repeats) > 0
    UNION ALL SELECT delivery, repeats, at + 16 FROM listed WHERE at + 16 < length(repeats)
)
INSERT OR IGNORE INTO delivery_repeat
SELECT listed.delivery, delivery.id
FROM listed CROSS JOIN delivery ON delivery.identity = substr(listed.repeats, listed.at, 16);
ALTER TABLE delivery DROP COLUMN repeats;

-- By their time a restore knows what deliveries brought.
CREATE INDEX delivery_by_time ON delivery (received);
CREATE INDEX removal_by_delivery ON removal (delivery);

-- The results of one code, newest last: a series.
CREATE INDEX summary_of_code ON summary (category, code) WHERE type = 'Observation' AND code IS NOT NULL;
