//! Opening a link: the request for its one file, and what each answer means.

use url::Url;
use zeroize::Zeroizing;

use super::{ShareLink, ShareLinkError};
use crate::crypto::{JweError, jwe_decrypt};
use crate::domain::Duration;
use crate::formats::http::{Method, Request, Response};

/// Why a link did not give its file.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum OpenError {
    /// The link is none that can be followed.
    #[error(transparent)]
    Link(#[from] ShareLinkError),
    /// Revoked, expired, used up, or never there; the host does not say which.
    #[error("the link is not active")]
    NotActive,
    /// The host asks to come back later; whoever asks again waits at least as long as it says.
    #[error("the host asks to try again {}", when(*wait))]
    RetryLater {
        /// How long to wait, if the host says so in seconds (RFC 9110 §10.2.3).
        wait: Option<Duration>,
    },
    /// It asks for a passcode and there was none; nothing was sent.
    #[error("the link asks for a passcode")]
    PasscodeNeeded,
    /// The passcode is not the one that the sender chose.
    #[error("the passcode is wrong")]
    WrongPasscode {
        /// How many more tries the host takes before the link ends for ever, where it says so.
        left: Option<u32>,
    },
    /// The list of files is none, or names more than [`LONGEST_LIST`](super::LONGEST_LIST) files.
    #[error("the list of files behind the link cannot be read")]
    Manifest,
    /// The host answered in a way that the specification does not know.
    #[error("the host answered with status {0}")]
    Status(u16),
    /// The file does not open with the link's key, or is none.
    #[error(transparent)]
    File(#[from] JweError),
}

impl OpenError {
    /// The stable name of this error.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Link(error) => error.code(),
            Self::NotActive => "LinkNotActive",
            Self::RetryLater { .. } => "LinkRetryLater",
            Self::PasscodeNeeded => "LinkPasscodeNeeded",
            Self::WrongPasscode { .. } => "LinkPasscodeWrong",
            Self::Manifest => "LinkManifest",
            Self::Status(_) => "LinkAnswer",
            Self::File(error) => error.code(),
        }
    }
}

/// The file behind a link.
#[derive(Debug, Eq, PartialEq)]
pub struct SharedFile {
    /// `application/fhir+json` or `application/smart-health-card`, which is what may lie behind a link, or
    /// `application/octet-stream` for anything else, such as a PDF document or a web page.
    pub content_type: &'static str,
    /// The decrypted bytes of the file; cleared when dropped.
    pub content: Zeroizing<Vec<u8>>,
}

impl SharedFile {
    /// Whether it is what may lie behind a link.
    pub fn is_record(&self) -> bool {
        self.content_type != OTHER
    }

    /// Whether it is a file of health cards.
    pub fn is_health_card(&self) -> bool {
        self.content_type == CARD
    }
}

/// The request for the file, with the name under which the receiver wants to be logged.
///
/// # Errors
/// [`OpenError::Link`] if the link does not lead to one file.
pub fn direct_request(link: &ShareLink, recipient: &str) -> Result<Request, OpenError> {
    let mut url = Url::parse(link.direct_url()?).map_err(|_| ShareLinkError::BadAddress)?;
    url.query_pairs_mut().append_pair("recipient", recipient);
    Ok(Request::new(Method::Get, url))
}

/// Reads the answer to that request.
///
/// # Errors
/// [`OpenError`] for every status but 200, and for a file that does not open.
pub fn read_answer(link: &ShareLink, response: &Response) -> Result<SharedFile, OpenError> {
    check_status(response)?;
    read_embedded(link, std::str::from_utf8(&response.body).map_err(|_| JweError::Malformed)?)
}

/// Takes 200 alone.
pub(super) fn check_status(response: &Response) -> Result<(), OpenError> {
    match response.status {
        200 => Ok(()),
        404 | 410 => Err(OpenError::NotActive),
        429 | 503 => {
            let wait = response.header("retry-after").and_then(|wait| wait.trim().parse().ok());
            Err(OpenError::RetryLater { wait: wait.map(Duration) })
        }
        status => Err(OpenError::Status(status)),
    }
}

/// Opens an encrypted file that came within a list.
///
/// # Errors
/// [`OpenError::File`] if it does not open.
pub fn read_embedded(link: &ShareLink, text: &str) -> Result<SharedFile, OpenError> {
    let file = jwe_decrypt(link.key(), text.trim())?;
    let content_type = sniff(file.content_type.as_deref(), &file.content);
    Ok(SharedFile { content_type, content: file.content })
}

fn when(wait: Option<Duration>) -> String {
    wait.map_or_else(|| "later".to_owned(), |wait| format!("in {} seconds", wait.0))
}

/// What the file is, by its label where there is one, and in any case by its first character:
/// both kinds are JSON objects, and neither HTML nor PDF is one.
fn sniff(label: Option<&str>, content: &[u8]) -> &'static str {
    if content.trim_ascii_start().first() != Some(&b'{') {
        return OTHER;
    }
    let label = label.map(|label| label.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
    match label.as_deref() {
        Some(CARD) => CARD,
        Some(FHIR | "application/json") => FHIR,
        Some(_) => OTHER,
        None if content.windows(CREDENTIAL.len()).take(64).any(|window| window == CREDENTIAL) => CARD,
        None => FHIR,
    }
}

const FHIR: &str = "application/fhir+json";
const CARD: &str = "application/smart-health-card";
const OTHER: &str = "application/octet-stream";
const CREDENTIAL: &[u8] = b"\"verifiableCredential\"";
