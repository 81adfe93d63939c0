-- The whole state of one provider. Times are seconds since 1970 UTC.

CREATE TABLE identity (
    one             INTEGER PRIMARY KEY CHECK (one = 1),
    signing_seed    BLOB NOT NULL,
    card            BLOB NOT NULL,      -- the newest signed card
    ledger          TEXT NOT NULL,      -- the gateway's URL
    host            TEXT NOT NULL,      -- the URL of the host with the inbox
    anchor          TEXT NOT NULL,      -- the trust anchor as given, JSON
    trusted         BLOB NOT NULL,      -- what was last verified of the ledger
    update_due      BLOB                -- a card update that the ledger has not confirmed
) STRICT;

-- Keys that envelopes and packets are sealed to; a retired one opens what was sealed before.
CREATE TABLE hpke_key (
    id              BLOB PRIMARY KEY,
    suite           INTEGER NOT NULL,
    secret          BLOB NOT NULL,
    retired         INTEGER             -- when it left the card
) STRICT;

CREATE TABLE accepted_grant (
    id              BLOB PRIMARY KEY,
    envelope        BLOB NOT NULL,      -- as opened: transaction, salt, terms, pair secret, host
    received        INTEGER NOT NULL,
    confirmed       INTEGER NOT NULL DEFAULT 0,
    state           TEXT NOT NULL,      -- what the ledger said last
    state_time      INTEGER NOT NULL    -- and when: the time of the header
) STRICT;

-- The newest head seen of each compartment. The key is what signs it: a compartment's id alone is
-- known to others, who could name it with a key of their own.
CREATE TABLE head_seen (
    signing_key     BLOB PRIMARY KEY,
    version         INTEGER NOT NULL,
    hash            BLOB NOT NULL
) STRICT;

-- Envelopes at the host that could not be judged yet.
CREATE TABLE envelope_waiting (
    id              BLOB PRIMARY KEY,
    first_seen      INTEGER NOT NULL
) STRICT;
