//! How the wallet talks to its host and the ledger, and keeps the three up to date; no person is asked here.

pub(crate) mod accounts;
pub(crate) mod activity;
pub(crate) mod anchor;
pub(crate) mod anchored_ledger;
pub(crate) mod authentication;
pub(crate) mod commit;
mod comparison;
pub(crate) mod delivery;
pub(crate) mod ending;
pub(crate) mod evidence;
mod grant_receipts;
pub(crate) mod granting;
pub(crate) mod healing;
mod host_log;
pub(crate) mod moving;
pub(crate) mod online;
pub(crate) mod own_space;
pub(crate) mod proofs;
pub(crate) mod provider_log;
pub(crate) mod provider_log_findings;
mod provider_log_tags;
pub(crate) mod providers;
mod random_order;
pub(crate) mod sealing;
pub(crate) mod sync;
mod time_stamping;
pub(crate) mod upload;
