-- A space holds more than blobs: what is in this file counts too: content, and of each blob and
-- each reference what its row takes.

-- Bytes of heads and of grants with their packets: what one answer about the whole space is made of.
ALTER TABLE spaces ADD COLUMN state_bytes INTEGER NOT NULL DEFAULT 0;

UPDATE spaces SET state_bytes =
    (SELECT coalesce(sum(coalesce(length(head), 0)), 0) FROM compartments WHERE space = spaces.space)
    + (SELECT coalesce(sum(length(entry)), 0) FROM grants WHERE space = spaces.space);
UPDATE spaces SET stored_bytes =
    state_bytes
    + (SELECT coalesce(sum(bytes + 128), 0) FROM blobs WHERE space = spaces.space)
    + (SELECT 64 * count(*) FROM compartments JOIN blob_references USING (compartment) WHERE space = spaces.space)
    + (SELECT coalesce(sum(length(content)), 0) FROM links JOIN link_contents USING (link) WHERE space = spaces.space);

CREATE TRIGGER head_counts AFTER INSERT ON compartments WHEN NEW.head IS NOT NULL BEGIN
    UPDATE spaces SET state_bytes = state_bytes + length(NEW.head), stored_bytes = stored_bytes + length(NEW.head)
    WHERE space = NEW.space;
END;
CREATE TRIGGER head_changes AFTER UPDATE OF head ON compartments BEGIN
    UPDATE spaces SET
        state_bytes = state_bytes + coalesce(length(NEW.head), 0) - coalesce(length(OLD.head), 0),
        stored_bytes = stored_bytes + coalesce(length(NEW.head), 0) - coalesce(length(OLD.head), 0)
    WHERE space = NEW.space;
END;
CREATE TRIGGER head_goes AFTER DELETE ON compartments WHEN OLD.head IS NOT NULL BEGIN
    UPDATE spaces SET state_bytes = state_bytes - length(OLD.head), stored_bytes = stored_bytes - length(OLD.head)
    WHERE space = OLD.space;
END;

CREATE TRIGGER grant_counts AFTER INSERT ON grants BEGIN
    UPDATE spaces SET state_bytes = state_bytes + length(NEW.entry), stored_bytes = stored_bytes + length(NEW.entry)
    WHERE space = NEW.space;
END;
CREATE TRIGGER grant_changes AFTER UPDATE OF entry ON grants BEGIN
    UPDATE spaces SET
        state_bytes = state_bytes + length(NEW.entry) - length(OLD.entry),
        stored_bytes = stored_bytes + length(NEW.entry) - length(OLD.entry)
    WHERE space = NEW.space;
END;
CREATE TRIGGER grant_goes AFTER DELETE ON grants BEGIN
    UPDATE spaces SET state_bytes = state_bytes - length(OLD.entry), stored_bytes = stored_bytes - length(OLD.entry)
    WHERE space = OLD.space;
END;

CREATE TRIGGER blob_counts AFTER INSERT ON blobs BEGIN
    UPDATE spaces SET stored_bytes = stored_bytes + NEW.bytes + 128 WHERE space = NEW.space;
END;
CREATE TRIGGER blob_goes AFTER DELETE ON blobs BEGIN
    UPDATE spaces SET stored_bytes = stored_bytes - OLD.bytes - 128 WHERE space = OLD.space;
END;
CREATE TRIGGER reference_counts AFTER INSERT ON blob_references BEGIN
    UPDATE spaces SET stored_bytes = stored_bytes + 64
    WHERE space = (SELECT space FROM blobs WHERE blob = NEW.blob);
END;
CREATE TRIGGER reference_goes AFTER DELETE ON blob_references BEGIN
    UPDATE spaces SET stored_bytes = stored_bytes - 64
    WHERE space = (SELECT space FROM blobs WHERE blob = OLD.blob);
END;

CREATE TRIGGER link_content_counts AFTER INSERT ON link_contents BEGIN
    UPDATE spaces SET stored_bytes = stored_bytes + length(NEW.content)
    WHERE space = (SELECT space FROM links WHERE link = NEW.link);
END;
CREATE TRIGGER link_content_changes AFTER UPDATE OF content ON link_contents BEGIN
    UPDATE spaces SET stored_bytes = stored_bytes + length(NEW.content) - length(OLD.content)
    WHERE space = (SELECT space FROM links WHERE link = NEW.link);
END;
CREATE TRIGGER link_content_goes AFTER DELETE ON link_contents BEGIN
    UPDATE spaces SET stored_bytes = stored_bytes - length(OLD.content)
    WHERE space = (SELECT space FROM links WHERE link = OLD.link);
END;
-- Before the row goes by which the space is found.
CREATE TRIGGER link_goes BEFORE DELETE ON links BEGIN
    DELETE FROM link_contents WHERE link = OLD.link;
END;
