-- Providers' own access logs as far as they were verified: from when on the log is kept, its tree, and when the ledger
-- recorded that (docs/adr/0027). Here alone: a wallet that was restored verifies them from the start.
CREATE TABLE provider_log (
    provider BLOB    PRIMARY KEY CHECK (length(provider) = 32),
    began    INTEGER NOT NULL,
    log      BLOB    NOT NULL,
    recorded INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- The entries in them that are about this wallet: of which account, and which number they have there.
CREATE TABLE provider_log_entry (
    provider BLOB    NOT NULL CHECK (length(provider) = 32),
    position INTEGER NOT NULL,
    account  BLOB    NOT NULL CHECK (length(account) = 32),
    number   INTEGER NOT NULL,
    entry    BLOB    NOT NULL,
    PRIMARY KEY (provider, position)
) STRICT, WITHOUT ROWID;

-- A wallet of before may have left a host, or come back from its words: of what was read until now it judges nothing.
INSERT OR IGNORE INTO setting (name, value) SELECT 'host-log-began', unhex(printf('%016x', unixepoch())) FROM connection;
