-- What is the whole of a file, or a record, has no place in one.
ALTER TABLE quarantine ADD COLUMN part INTEGER;
UPDATE quarantine SET part = place
WHERE record IS NULL AND kind <> 'damaged' AND (reason <> 'UnsupportedFormat' OR kind = 'shc');
ALTER TABLE quarantine DROP COLUMN place;
ALTER TABLE quarantine RENAME COLUMN part TO place;
