//! The blind host: sealed bytes, share links, relay, access log.
