-- Clinics' servers that records are pulled from, with the tokens that open them. Here alone: who restores a wallet
-- connects them again.
CREATE TABLE fhir_server (
    id                  BLOB    NOT NULL UNIQUE CHECK (length(id) = 16),
    base                TEXT    NOT NULL,           -- of the FHIR server
    patient             TEXT    NOT NULL,           -- the id there
    confirmed           INTEGER NOT NULL,           -- whether the owner said that this is they
    client              TEXT    NOT NULL,
    token_endpoint      TEXT    NOT NULL,
    revocation_endpoint TEXT,
    asked               TEXT    NOT NULL,           -- scopes
    granted             TEXT    NOT NULL,
    tokens              BLOB,                       -- sealed; none: the authorization has ended
    expires             INTEGER,
    added               INTEGER NOT NULL,
    synced              INTEGER,
    UNIQUE (base, patient)
) STRICT;

-- The types of which all came: when that pull began, by the source's clock, and when everything of the type was asked for
-- last, by ours.
CREATE TABLE fhir_server_type (
    server     BLOB    NOT NULL,
    type       TEXT    NOT NULL,
    since      INTEGER NOT NULL,
    enumerated INTEGER,
    PRIMARY KEY (server, type)
) STRICT, WITHOUT ROWID;

-- The searches of a pull that has not ended; without `next` it is at its end.
CREATE TABLE fhir_search (
    server   BLOB    NOT NULL,
    type     TEXT    NOT NULL,
    category TEXT    NOT NULL,                      -- empty: all
    began    INTEGER NOT NULL,
    since    INTEGER,
    next     TEXT,
    noted    INTEGER NOT NULL,                      -- by our clock
    PRIMARY KEY (server, type, category)
) STRICT, WITHOUT ROWID;

-- Bundles that came and are not among the records yet.
CREATE TABLE fhir_page (
    id     INTEGER PRIMARY KEY,
    server BLOB NOT NULL,
    type   TEXT NOT NULL,
    bytes  BLOB NOT NULL
) STRICT;

-- The addresses that were on pages of searches that have not ended.
CREATE TABLE fhir_seen (
    server  BLOB NOT NULL,
    type    TEXT NOT NULL,
    address TEXT NOT NULL,
    PRIMARY KEY (server, type, address)
) STRICT, WITHOUT ROWID;

-- What a server did not give any more although everything of the type was asked for.
CREATE TABLE fhir_missing (
    address TEXT    PRIMARY KEY,
    server  BLOB    NOT NULL,
    type    TEXT    NOT NULL,
    since   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What records refer to: asked for once.
CREATE TABLE fhir_reference (
    server    BLOB    NOT NULL,
    reference TEXT    NOT NULL,
    asked     INTEGER NOT NULL,
    PRIMARY KEY (server, reference)
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

-- Lists of clinics that have a server, as they were taken in.
CREATE TABLE fhir_brand_list (
    id       INTEGER PRIMARY KEY,
    name     TEXT    NOT NULL UNIQUE,
    imported INTEGER NOT NULL
) STRICT;

-- `words` is what a clinic is found by: folded words of names and places, a blank before each.
CREATE TABLE fhir_brand (
    list    INTEGER NOT NULL,
    name    TEXT    NOT NULL,
    place   TEXT    NOT NULL,
    words   TEXT    NOT NULL,
    address TEXT    NOT NULL
) STRICT;
