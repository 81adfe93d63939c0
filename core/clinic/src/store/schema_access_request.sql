-- What the desk asked patients for. A request is answered once: `answer` is the grant that did.
CREATE TABLE access_request (
    id              BLOB PRIMARY KEY,
    expires         INTEGER NOT NULL,
    answer          BLOB
) STRICT;
