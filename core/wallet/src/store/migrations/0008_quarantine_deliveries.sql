-- With which imports each item came: what only imports brought that were taken back goes with them.
-- `delivery` is the identity of one; empty for an import that brought nothing else and is not listed.
CREATE TABLE quarantine_delivery (
    item     INTEGER NOT NULL REFERENCES quarantine (number) ON DELETE CASCADE,
    delivery BLOB    NOT NULL,
    PRIMARY KEY (item, delivery)
) STRICT, WITHOUT ROWID;
CREATE INDEX quarantine_delivery_by_delivery ON quarantine_delivery (delivery);
