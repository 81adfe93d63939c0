//! Opening a SMART Health Link that somebody shares: its file, or the files of its list.

use std::time::{Duration, Instant};

use keepwell_protocol::formats::shl::{
    ListedFile, OpenError, ShareLink, SharedFile, direct_request, manifest_request, read_answer,
    read_embedded, read_manifest,
};

use crate::{Limits, NetError, Transport};

/// Why a link that somebody shares did not give its files.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum SharedLinkError {
    /// It is no link, is not active, does not open, or asks for a passcode.
    #[error(transparent)]
    Link(#[from] OpenError),
    /// Nobody answers, or with too much, or where no link may lead.
    #[error(transparent)]
    Net(#[from] NetError),
}

/// Opens a link as `recipient`, whom its sender sees, and gives its files, at least one.
///
/// `limits` are for all of them: `max_body` bytes, and no longer than two minutes. A `passcode` is sent only where the
/// link asks for one.
///
/// # Errors
/// [`SharedLinkError`]; no file of a list where one of them fails.
pub fn open_shared_link(
    transport: &dyn Transport,
    limits: Limits,
    link: &ShareLink,
    recipient: &str,
    passcode: Option<&str>,
) -> Result<Vec<SharedFile>, SharedLinkError> {
    let whole = Instant::now().checked_add(LONGEST);
    let until = limits.until.into_iter().chain(whole).min();
    let send = |request, max_body| transport.send(request, Limits { max_body, until, ..limits });
    if link.flags().direct {
        let response = send(direct_request(link, recipient)?, limits.max_body)?;
        return Ok(vec![read_answer(link, &response)?]);
    }
    let manifest = send(manifest_request(link, recipient, passcode)?, limits.max_body)?;
    let mut files = Vec::new();
    let mut room = limits.max_body;
    for listed in read_manifest(link, &manifest)? {
        let file = match listed {
            ListedFile::Embedded(text) => read_embedded(link, &text)?,
            ListedFile::At(request) => read_answer(link, &send(request, room)?)?,
        };
        let too_large = NetError::ResponseTooLarge { limit: limits.max_body };
        room = room.checked_sub(file.content.len()).ok_or(too_large)?;
        files.push(file);
    }
    Ok(files)
}

/// How long all of a list may take.
const LONGEST: Duration = Duration::from_mins(2);
