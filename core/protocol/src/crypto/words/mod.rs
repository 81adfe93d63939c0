//! Recovery words (BIP-0039): made, read back leniently, proven by quiz, turned into the seed.

mod error;
mod language;
mod normal;
mod parse;
mod passphrase;
mod quiz;
mod recovery_words;
mod suggestion;
mod test_seed;
mod typed;

pub use error::WordsError;
pub use language::Language;
pub use parse::{ParseOptions, ParsedWords};
pub use passphrase::{Passphrase, PassphraseTooLong};
pub use quiz::{Quiz, WrongAnswers, check_answers};
pub use recovery_words::RecoveryWords;
pub use suggestion::Suggestions;
pub use typed::{TypedWord, TypedWordState, TypedWords};
