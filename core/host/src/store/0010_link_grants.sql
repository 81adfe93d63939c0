-- A link may stand and end with a grant on the ledger.

ALTER TABLE links ADD COLUMN ledger_grant BLOB; -- the id of that grant, where there is one
