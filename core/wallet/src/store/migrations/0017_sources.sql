-- Clinics' servers that records are pulled from, with the tokens that open them. Here alone: who restores a wallet
-- connects them again.
CREATE TABLE fhir_server (
    id                  BLOB    PRIMARY KEY CHECK (length(id) = 16),
    base                TEXT    NOT NULL,           -- of the FHIR server
    patient             TEXT    NOT NULL,           -- the id there
    confirmed           INTEGER NOT NULL,           -- whether the owner said that this is they
    client              TEXT    NOT NULL,
    token_endpoint      TEXT    NOT NULL,
    revocation_endpoint TEXT,
    asked               TEXT    NOT NULL,           -- scopes
    granted             TEXT    NOT NULL,
    access_token        TEXT,                       -- none: the authorization has ended
    expires             INTEGER,
    refresh_token       TEXT,
    added               INTEGER NOT NULL,
    synced              INTEGER,
    UNIQUE (base, patient)
) STRICT, WITHOUT ROWID;

-- The types of which all came, and when that pull began, by the source's clock.
CREATE TABLE fhir_server_type (
    server BLOB    NOT NULL,
    type   TEXT    NOT NULL,
    since  INTEGER NOT NULL,
    PRIMARY KEY (server, type)
) STRICT, WITHOUT ROWID;

-- Authorizations that a browser was opened for; each is removed before its code is used.
CREATE TABLE fhir_authorization (
    state               TEXT    PRIMARY KEY,
    begun               INTEGER NOT NULL,
    base                TEXT    NOT NULL,
    client              TEXT    NOT NULL,
    token_endpoint      TEXT    NOT NULL,
    revocation_endpoint TEXT,
    redirect_uri        TEXT    NOT NULL,
    verifier            TEXT    NOT NULL,
    issuer              TEXT,
    issuer_told         INTEGER NOT NULL,
    asked               TEXT    NOT NULL
) STRICT, WITHOUT ROWID;
