-- A tag like that of the sender, of the wider network around it: whoever has a /48 has thousands of senders.
ALTER TABLE envelopes ADD COLUMN network INTEGER;
