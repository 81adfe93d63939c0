-- What could not be read yet, or was moved here by hand, with its bytes as received.
-- `reader` is the version of the reader that could not read it: a later one tries again.
-- `record` is the record that was moved here by hand; its bytes stay where they are.
CREATE TABLE quarantine (
    number   INTEGER PRIMARY KEY,
    id       BLOB    NOT NULL UNIQUE,
    file     TEXT    NOT NULL,
    place    INTEGER NOT NULL,
    reason   TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    received INTEGER NOT NULL,
    reader   INTEGER NOT NULL,
    source   TEXT,
    full_url TEXT,
    record   BLOB,
    bytes    INTEGER NOT NULL,
    content  BLOB    NOT NULL
) STRICT;
CREATE INDEX quarantine_by_reader ON quarantine (reader);
CREATE INDEX quarantine_by_record ON quarantine (record) WHERE record IS NOT NULL;
