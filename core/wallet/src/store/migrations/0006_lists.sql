-- Words are split and folded before they come here: ASCII letters, digits and all that is not ASCII make words.
DROP TABLE word;
CREATE VIRTUAL TABLE word USING fts5 (
    category, text,
    content = '', contentless_delete = 1,
    tokenize = 'ascii'
);

-- Every word of the index: what a beginning of a word stands for.
CREATE TABLE known_word (
    word TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- How many records a category has.
CREATE TABLE record_count (
    category INTEGER PRIMARY KEY,
    records  INTEGER NOT NULL
) STRICT;

-- Filled anew from the records themselves.
ALTER TABLE summary RENAME TO summary_before;
CREATE TABLE summary (
    category  INTEGER NOT NULL,
    position  INTEGER NOT NULL,
    record_id BLOB NOT NULL CHECK (length(record_id) = 32),
    source    INTEGER NOT NULL,
    type      TEXT NOT NULL,
    date      TEXT,
    code      TEXT,
    display   TEXT,
    value     TEXT,
    flag      TEXT,
    status    TEXT,
    validity  INTEGER NOT NULL,
    PRIMARY KEY (category, position)
) STRICT, WITHOUT ROWID;
