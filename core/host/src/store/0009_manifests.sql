-- A link may lead to a list of files, change, and ask for a passcode. What there was leads to one file.

ALTER TABLE links ADD COLUMN is_manifest INTEGER NOT NULL DEFAULT 0;  -- its content is a list of files
ALTER TABLE links ADD COLUMN is_long_term INTEGER NOT NULL DEFAULT 0; -- that may be replaced
ALTER TABLE links ADD COLUMN updated INTEGER;                         -- when the list was put here
ALTER TABLE links ADD COLUMN passcode BLOB;                           -- what tells the passcode, where there is one
ALTER TABLE links ADD COLUMN attempts_left INTEGER;                   -- wrong passcodes that are still taken, of all its life
ALTER TABLE links ADD COLUMN location_secret BLOB;                    -- makes addresses of its files that nobody guesses
