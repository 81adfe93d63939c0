-- What providers asked for by a code that was scanned here: the request as it was signed, and the name and place on the
-- card that proved it. Here alone: who restores a wallet scans again.
CREATE TABLE access_request (
    id       BLOB    PRIMARY KEY CHECK (length(id) = 16),
    request  BLOB    NOT NULL,
    name     TEXT    NOT NULL,
    place    TEXT    NOT NULL,
    noted    INTEGER NOT NULL,
    refused  INTEGER NOT NULL DEFAULT 0,
    answer   BLOB    CHECK (length(answer) = 32)    -- the grant that answers it
) STRICT, WITHOUT ROWID;
