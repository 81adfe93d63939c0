//! What is read of records for a screen: lists, a record's page, and what somebody would see.

pub(crate) mod facts;
pub(crate) mod list;
pub(crate) mod preview;
pub(crate) mod preview_grant;
pub(crate) mod record;
