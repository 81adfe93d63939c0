//! What a screen shows: the overview, lists, a record's page, grants, shares, how the wallet is, and what somebody would see.

pub(crate) mod access_request;
pub(crate) mod attachment;
pub(crate) mod exposure;
pub(crate) mod facts;
pub(crate) mod grant;
pub(crate) mod list;
pub(crate) mod overview;
pub(crate) mod owner;
pub(crate) mod preview;
pub(crate) mod preview_grant;
pub(crate) mod record;
pub(crate) mod sensitive;
pub(crate) mod share;
pub(crate) mod status;
