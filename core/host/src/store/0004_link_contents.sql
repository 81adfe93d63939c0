-- A visit is counted in `links`, which must not move the content: it lies beside.

CREATE TABLE link_contents (
    link INTEGER PRIMARY KEY REFERENCES links ON DELETE CASCADE, -- no row once the link has ended
    content BLOB NOT NULL
) STRICT;
INSERT INTO link_contents SELECT link, content FROM links WHERE content IS NOT NULL;
ALTER TABLE links DROP COLUMN content;
