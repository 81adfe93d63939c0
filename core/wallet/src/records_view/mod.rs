//! What is read of records for a screen: a record's page, and what somebody would see.

pub(crate) mod preview;
pub(crate) mod preview_grant;
pub(crate) mod record;
