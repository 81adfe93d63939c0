//! What a person does with a wallet: one file for each thing, plain data in and out.

mod import;
mod owner;
mod records;
mod unlock;
mod wallet;

pub use import::{ImportOptions, ImportReport, QuarantinedPart};
pub use owner::FoundPatient;
pub use records::Export;
pub use unlock::FreshAuthentication;
pub use wallet::{Status, Wallet};
