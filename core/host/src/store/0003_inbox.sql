-- Who may fill an inbox with how much.

-- A tag of the network that an envelope came from, under a key that is gone when the host ends: which
-- envelopes came from one place, and nothing else. Absent: it came before.
ALTER TABLE envelopes ADD COLUMN sender INTEGER;
