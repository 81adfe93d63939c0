//! What an import does not take as a record: kept in quarantine, as far as there is room, and told.

use std::io::Read as _;

use keepwell_protocol::domain::{QuarantineId, Timestamp};
use keepwell_protocol::formats::fhir::{Kind, Quarantine, ReadError};
use rusqlite::{Connection, Transaction};

use super::file::{ImportFile, ImportOptions};
use crate::error::WalletError;
use crate::store::quarantine::{Incoming, Keeper, MAX_QUARANTINED_ITEM};

/// A part of a file that could not be taken.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct QuarantinedPart {
    /// Which file of the import, from 0.
    pub file: u64,
    /// Which one of the file, or of the archive's entry, from 0: the entry of a Bundle, the line of NDJSON.
    pub index: u64,
    /// What is wrong with the part.
    pub reason: Quarantine,
    /// What it is.
    pub kind: Kind,
    /// Its id in quarantine; `None` if it is not kept, because it is too large or there is no room.
    pub kept: Option<QuarantineId>,
    /// What of an archive it is in is called; for people only, it leads nowhere.
    pub entry: Option<String>,
}

/// A file that could not be read to its end.
#[derive(Debug)]
pub struct BrokenFile {
    /// Which file of the import, from 0.
    pub file: u64,
    /// What ended the reading.
    pub reason: ReadError,
    /// Its id in quarantine; `None` if it is not kept, because it is too large, could not be read at all, or there is
    /// no room.
    pub kept: Option<QuarantineId>,
    /// What it is called in an archive, if it is in one; for people only, it leads nowhere.
    pub entry: Option<String>,
}

/// What the files of one import hold besides records.
pub(super) struct SetAside<'t> {
    transaction: &'t Transaction<'t>,
    keeper: Keeper<'t>,
    source: Option<&'t str>,
    file: u64,
    name: String,
    /// The place in `parts` of what is the whole of the file at hand.
    whole: Option<usize>,
    pub(super) parts: Vec<QuarantinedPart>,
}

impl<'t> SetAside<'t> {
    pub(super) fn new(
        transaction: &'t Transaction<'t>,
        now: Timestamp,
        options: &'t ImportOptions,
    ) -> Result<Self, WalletError> {
        let keeper = Keeper::new(transaction, now)?;
        let source = options.source.as_deref();
        Ok(Self { transaction, keeper, source, file: 0, name: String::new(), whole: None, parts: Vec::new() })
    }

    /// Goes on to another file.
    pub(super) fn begin(&mut self, file: u64, name: &str) {
        (self.file, self.whole) = (file, None);
        name.clone_into(&mut self.name);
    }

    /// Keeps a part of the file at hand. Where its bytes are not given it is the whole file, or too large.
    pub(super) fn keep(
        &mut self,
        index: u64,
        reason: Quarantine,
        kind: Kind,
        bytes: Option<&[u8]>,
        full_url: Option<&str>,
    ) -> Result<(), WalletError> {
        let (file, source) = (&self.name, self.source);
        let kept = match bytes {
            Some(content) => {
                let reason = reason.code();
                self.keeper.keep(&Incoming {
                    file,
                    index: Some(index),
                    reason,
                    kind,
                    source,
                    full_url,
                    record: None,
                    content,
                })?
            }
            None => None,
        };
        let is_of_whole = matches!(reason, Quarantine::UnsupportedFormat | Quarantine::Document { .. });
        if bytes.is_none() && is_of_whole {
            self.whole = Some(self.parts.len());
        }
        self.parts.push(QuarantinedPart { file: self.file, index, reason, kind, kept, entry: None });
        Ok(())
    }

    /// Keeps the file at hand if all of it is of a kind that is not read.
    pub(super) fn keep_whole(&mut self, file: &mut ImportFile<'_>) -> Result<(), WalletError> {
        let Some(part) = self.whole.and_then(|at| self.parts.get_mut(at)) else { return Ok(()) };
        let Some(content) = whole(self.transaction, file)? else { return Ok(()) };
        let incoming = Incoming {
            file: &self.name,
            index: None,
            reason: part.reason.code(),
            kind: part.kind,
            source: self.source,
            full_url: None,
            record: None,
            content: &content,
        };
        part.kept = self.keeper.keep(&incoming)?;
        Ok(())
    }

    /// Keeps the files that could not be read to their end.
    pub(super) fn keep_broken(
        &mut self,
        files: &mut [ImportFile<'_>],
        broken: &mut [BrokenFile],
    ) -> Result<(), WalletError> {
        for broken in broken.iter_mut().filter(|broken| !matches!(broken.reason, ReadError::Io(_))) {
            let Some(file) = usize::try_from(broken.file).ok().and_then(|at| files.get_mut(at)) else {
                continue;
            };
            let name = file.name().to_owned();
            // It was read before: what fails now is left out, and the others go in.
            let Ok(Some(content)) = whole(self.transaction, file) else { continue };
            let (reason, kind) = (broken.reason.code(), Kind::Damaged);
            let (source, full_url) = (self.source, None);
            let (file, content) = (name.as_str(), content.as_slice());
            broken.kept = self.keeper.keep(&Incoming {
                file,
                index: None,
                reason,
                kind,
                source,
                full_url,
                record: None,
                content,
            })?;
        }
        Ok(())
    }
}

/// A file's bytes, unless they are too many to be kept.
fn whole(connection: &Connection, file: &mut ImportFile<'_>) -> Result<Option<Vec<u8>>, ReadError> {
    let mut content = Vec::new();
    file.open(connection)?.take(MAX_QUARANTINED_ITEM + 1).read_to_end(&mut content).map_err(ReadError::Io)?;
    Ok((content.len() as u64 <= MAX_QUARANTINED_ITEM).then_some(content))
}
