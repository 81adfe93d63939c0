-- The provider's own access log (docs/adr/0027). Entries are numbered from 0 and never change.
CREATE TABLE access_log (
    position        INTEGER PRIMARY KEY,
    entry           BLOB NOT NULL,      -- the bytes that its hash is of
    relationship    BLOB,               -- the tag of number 0; none of the first entry, which is about nobody
    number          INTEGER,            -- among those of the relationship, from 0
    open_grant      BLOB,               -- while it isn't known whether its request was answered: the grant
    written         INTEGER NOT NULL,
    UNIQUE (relationship, number)
) STRICT;
CREATE INDEX access_log_open ON access_log (position) WHERE open_grant IS NOT NULL;

-- How far others have it: one row.
CREATE TABLE access_log_progress (
    one             INTEGER PRIMARY KEY CHECK (one = 1),
    published       INTEGER NOT NULL,   -- how many entries the host has
    log             BLOB NOT NULL,      -- the tree at the last checkpoint
    made            INTEGER NOT NULL,   -- when that was made
    due             BLOB                -- its transaction, while the ledger has not shown it
) STRICT;
