-- Providers' own access logs, as they hand them in: entries from 0, never changed and never removed.
CREATE TABLE provider_log (
    provider BLOB    NOT NULL,
    position INTEGER NOT NULL,
    entry    BLOB    NOT NULL,
    PRIMARY KEY (provider, position)
) STRICT, WITHOUT ROWID;
