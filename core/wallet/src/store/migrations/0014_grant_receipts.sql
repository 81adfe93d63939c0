-- What the ledger recorded of a grant, as evidence (docs/ledger.md, "That a grant was recorded"). `state` is what became of
-- it; `receipt` is empty where the ledger recorded it by a transaction that this wallet does not have, and `time` that of
-- the verified header.
CREATE TABLE grant_receipt (
    subject BLOB    NOT NULL CHECK (length(subject) = 32),
    state   TEXT    NOT NULL CHECK (state IN ('active', 'revoked')),
    receipt BLOB,
    time    INTEGER NOT NULL,
    PRIMARY KEY (subject, state)
) STRICT, WITHOUT ROWID;
