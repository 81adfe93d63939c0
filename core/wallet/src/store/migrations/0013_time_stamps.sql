-- Entries by which it is to be proved that documents existed (docs/ledger.md, "That a document existed"). `handed_in` is
-- when a gateway took it first, `receipt` what the ledger recorded of it and `time` that of its header, once verified.
CREATE TABLE time_stamp (
    id        INTEGER PRIMARY KEY,
    entry     BLOB    NOT NULL CHECK (length(entry) = 32),
    handed_in INTEGER,
    receipt   BLOB,
    time      INTEGER
) STRICT;

-- The documents that an entry stands for: the SHA-256 of each, its salt, and its place among them, from 0.
CREATE TABLE stamped (
    document BLOB    PRIMARY KEY CHECK (length(document) = 32),
    stamp    INTEGER NOT NULL,
    place    INTEGER NOT NULL,
    salt     BLOB    NOT NULL CHECK (length(salt) = 32)
) STRICT, WITHOUT ROWID;
CREATE INDEX stamped_together ON stamped (stamp, place);
