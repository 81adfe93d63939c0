//! Small files of an import, whose resources are at hand after one reading.

use keepwell_protocol::formats::fhir::{Event, Page, ReadError, Resource, ResourceHead};
use rusqlite::Transaction;

use super::file::ImportFile;
use super::reading::{Progress, read};
use crate::error::WalletError;

/// The resources of a file that says nothing else, but for the links of its Bundles.
pub(super) struct Held {
    resources: Vec<HeldResource>,
    /// Its own address, that of the next page and that of the one before.
    pages: Vec<[Option<String>; 3]>,
    /// Bytes of the file.
    pub(super) length: u64,
}

struct HeldResource {
    bytes: Box<[u8]>,
    full_url: Option<Box<str>>,
    history: Option<u64>,
    index: u64,
}

/// A resource that is at hand, and its head where it has one.
pub(super) type Known<'h> = (Resource<'h>, Option<ResourceHead<'h>>);

impl Held {
    /// Reads a file; none where it does not fit into the room that is left, says more than resources, or breaks:
    /// it is then read as if nothing had been.
    ///
    /// # Errors
    /// [`ReadError::Cancelled`]; [`StoreError`](crate::store::StoreError).
    pub(super) fn read(
        transaction: &Transaction<'_>,
        file: &mut ImportFile<'_>,
        progress: &mut Progress<'_>,
        room: &mut usize,
    ) -> Result<Option<Self>, WalletError> {
        if *room == 0 {
            return Ok(None);
        }
        let (mut resources, mut pages, mut left, mut fits) = (Vec::new(), Vec::new(), Some(*room), true);
        let before = progress.passed;
        let end = read(transaction, file, progress, &mut |event| {
            let size = match &event {
                Event::Resource(Resource { bytes, exported: None, .. }) => bytes.len() + HEAD_BYTES,
                Event::Page(_) => HEAD_BYTES,
                _ => {
                    fits = false;
                    return Err(ReadError::Cancelled.into());
                }
            };
            left = left.and_then(|left| left.checked_sub(size));
            match event {
                _ if left.is_none() => return Err(ReadError::Cancelled.into()),
                Event::Resource(Resource { bytes, full_url, history, index, .. }) => {
                    let (bytes, full_url) = (bytes.into(), full_url.map(Into::into));
                    resources.push(HeldResource { bytes, full_url, history, index });
                }
                Event::Page(Page { own, next, previous }) => {
                    pages.push([own, next, previous].map(|url| url.map(str::to_owned)));
                }
                _ => {}
            }
            Ok(())
        });
        match (end, left) {
            (Ok(()), Some(left)) => {
                *room = left;
                return Ok(Some(Self { resources, pages, length: progress.passed - before }));
            }
            // Other files are hardly smaller.
            (_, None) => *room = 0,
            (Err(WalletError::Import(ReadError::Cancelled)), _) if fits => {
                return Err(ReadError::Cancelled.into());
            }
            (Err(WalletError::Import(_)), _) => {}
            (Err(error), _) => return Err(error),
        }
        progress.passed = before;
        Ok(None)
    }

    /// The links of its Bundles.
    pub(super) fn pages(&self) -> impl Iterator<Item = Page<'_>> {
        self.pages.iter().map(|[own, next, previous]| Page {
            own: own.as_deref(),
            next: next.as_deref(),
            previous: previous.as_deref(),
        })
    }

    /// Its resources, with their heads.
    pub(super) fn known(&self) -> Vec<Known<'_>> {
        let known = self.resources.iter().map(|HeldResource { bytes, full_url, history, index }| {
            let (full_url, history, index) = (full_url.as_deref(), *history, *index);
            (
                Resource { bytes, full_url, history, exported: None, issuer: None, index },
                ResourceHead::read(bytes).ok(),
            )
        });
        known.collect()
    }
}

/// How much of all files of an import is held at most.
pub(super) const ROOM: usize = 8 << 20;
/// About what the head of a resource takes beside its bytes.
const HEAD_BYTES: usize = 1_024;
