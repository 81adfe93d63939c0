//! Opening a link to a list of files: the request, with a passcode where the link asks for one, and the list.

use serde::{Deserialize, Serialize};

use super::link::checked_url;
use super::receive::check_status;
use super::{OpenError, ShareLink, ShareLinkError};
use crate::formats::http::{Method, Request, Response};

/// The most files that are taken from one link.
pub const LONGEST_LIST: usize = 100;

/// A file that a manifest names.
#[derive(Debug, Eq, PartialEq)]
pub enum ListedFile {
    /// It came with the list, still encrypted; [`read_embedded`](super::read_embedded) opens it.
    Embedded(String),
    /// It lies at this address for at most an hour, and is read by [`read_answer`](super::read_answer).
    At(Request),
}

/// The request for the list of files, with the name under which the receiver wants to be logged.
///
/// A passcode is sent only where the link asks for one.
///
/// # Errors
/// [`OpenError::PasscodeNeeded`]; [`OpenError::Link`] if the link does not lead to a list.
pub fn manifest_request(
    link: &ShareLink,
    recipient: &str,
    passcode: Option<&str>,
) -> Result<Request, OpenError> {
    let url = link.manifest_url()?;
    let passcode = match link.flags().passcode {
        true => Some(passcode.filter(|passcode| !passcode.is_empty()).ok_or(OpenError::PasscodeNeeded)?),
        false => None,
    };
    // Plain strings always serialize.
    let body = serde_json::to_vec(&Question { recipient, passcode }).unwrap_or_default();
    let mut request = Request::new(Method::Post, url).with_body(body);
    request.headers.push(("content-type".to_owned(), "application/json".to_owned()));
    Ok(request)
}

/// Reads the answer to that request. A file of which both is given is taken from the list.
///
/// # Errors
/// [`OpenError::WrongPasscode`], [`OpenError::Manifest`] if the list can't be read or names nothing; otherwise as
/// [`read_answer`](super::read_answer).
pub fn read_manifest(link: &ShareLink, response: &Response) -> Result<Vec<ListedFile>, OpenError> {
    if response.status == 401 && link.flags().passcode {
        let refusal: Refusal = serde_json::from_slice(&response.body).unwrap_or_default();
        return Err(OpenError::WrongPasscode { left: refusal.left });
    }
    check_status(response)?;
    let manifest: Manifest = serde_json::from_slice(&response.body).map_err(|_| OpenError::Manifest)?;
    if manifest.files.is_empty() || manifest.files.len() > LONGEST_LIST {
        return Err(OpenError::Manifest);
    }
    manifest.files.into_iter().map(Entry::read).collect()
}

#[derive(Serialize)]
struct Question<'a> {
    recipient: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    passcode: Option<&'a str>,
}

#[derive(Default, Deserialize)]
struct Refusal {
    #[serde(default, rename = "remainingAttempts")]
    left: Option<u32>,
}

#[derive(Deserialize)]
struct Manifest {
    files: Vec<Entry>,
}

#[derive(Deserialize)]
struct Entry {
    #[serde(default)]
    embedded: Option<String>,
    #[serde(default)]
    location: Option<String>,
}

impl Entry {
    fn read(self) -> Result<ListedFile, OpenError> {
        match (self.embedded, self.location) {
            (Some(text), _) => Ok(ListedFile::Embedded(text)),
            (None, Some(location)) => {
                let url = checked_url(&location).ok_or(ShareLinkError::BadAddress)?;
                Ok(ListedFile::At(Request::new(Method::Get, url)))
            }
            (None, None) => Err(OpenError::Manifest),
        }
    }
}
