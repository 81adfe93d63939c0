-- The head of each compartment that the host has acknowledged; null where it has none or that is not known.
ALTER TABLE compartment ADD COLUMN host_head BLOB;
UPDATE compartment SET host_head = head WHERE changed = 0;

-- The version of the space at the host where that is not `space_version`: the host is behind, or this wallet
-- skips versions. The next commit starts from there.
ALTER TABLE connection ADD COLUMN base INTEGER;

-- Of a relationship what every publication asks, so that not every card is read: with which provider, and
-- whether it may be published to; null: as the object says.
ALTER TABLE relationship ADD COLUMN provider BLOB;
ALTER TABLE relationship ADD COLUMN standing INTEGER;
CREATE INDEX relationship_by_provider ON relationship (provider);

-- Whether somebody may have been handed a transaction, or the one in whose place it is. What ends a grant that
-- nobody was handed has its turn among those of its account: the ledger takes their numbers in order.
ALTER TABLE outbox ADD COLUMN tried INTEGER NOT NULL DEFAULT 1;

-- What the ledger was last proved to say of a grant or a provider: when, by the time of the verified header;
-- since when it was asked in vain; when it is to be asked again.
CREATE TABLE ledger_proof (
    key         BLOB PRIMARY KEY,
    header_time INTEGER NOT NULL,
    vain_since  INTEGER,
    ask_after   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Blobs that the host should have and has lost; what lies in them is sealed and sent again.
CREATE TABLE lost_blob (
    blob BLOB PRIMARY KEY
) STRICT, WITHOUT ROWID;
