-- What a wallet needs to heal its host, and to leave it.

-- The owner's signed note of where the space has gone.
ALTER TABLE spaces ADD COLUMN moved BLOB;
-- The bytes were once found lost or not to be what the id says: they may be uploaded again.
ALTER TABLE blobs ADD COLUMN damaged INTEGER NOT NULL DEFAULT 0;
