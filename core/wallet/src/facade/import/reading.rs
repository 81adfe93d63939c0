//! Reading the files of an import, and how far that is.

use std::ops::ControlFlow;

use keepwell_protocol::formats::fhir::{self, Event, Limits, ReadError};
use rusqlite::Transaction;

use super::file::ImportFile;
use crate::error::WalletError;
#[cfg(feature = "imports")]
use crate::store::spool::Spooled;

/// How far an import is, over both readings of each file.
pub(super) struct Progress<'a> {
    /// Bytes of the readings that have ended.
    pub(super) passed: u64,
    /// The most that was told: where a file breaks, a reading begins anew.
    told: u64,
    tell: &'a mut dyn FnMut(u64) -> ControlFlow<()>,
}

impl<'a> Progress<'a> {
    /// Nothing is read yet.
    pub(super) fn new(tell: &'a mut dyn FnMut(u64) -> ControlFlow<()>) -> Self {
        Self { passed: 0, told: 0, tell }
    }

    /// Tells that so many bytes of a reading are done.
    pub(super) fn reach(&mut self, bytes: u64) -> ControlFlow<()> {
        self.told = self.told.max((self.passed + bytes) / 2);
        (self.tell)(self.told)
    }

    /// Spools a file that can be read only once.
    pub(super) fn spool(
        &mut self,
        transaction: &Transaction<'_>,
        file: &mut ImportFile<'_>,
    ) -> Result<(), WalletError> {
        file.spool(transaction, &mut |_| (self.tell)(self.told))
    }

    /// Spools an archive.
    #[cfg(feature = "imports")]
    pub(super) fn spool_archive(
        &mut self,
        transaction: &Transaction<'_>,
        file: &mut ImportFile<'_>,
    ) -> Result<Option<Spooled>, WalletError> {
        file.spool_archive(transaction, &mut |_| (self.tell)(self.told))
    }
}

/// Takes what a reader tells.
pub(super) type Receive<'a> = &'a mut dyn FnMut(Event<'_>) -> Result<(), WalletError>;

/// Reads a file and gives what is in it to `receive`, which may fail.
pub(super) fn read(
    transaction: &Transaction<'_>,
    file: &mut ImportFile<'_>,
    progress: &mut Progress<'_>,
    receive: Receive<'_>,
) -> Result<(), WalletError> {
    let (mut failure, mut read) = (None, 0);
    if let Some(reason) = file.refused() {
        return Err(ReadError::Archive { reason }.into());
    }
    progress.spool(transaction, file)?;
    let end = fhir::read(file.open(transaction)?, Limits::default(), &mut |event| {
        if let Event::Progress { bytes } = event {
            read = bytes;
            return progress.reach(bytes);
        }
        let received = receive(event);
        match received {
            Ok(()) => ControlFlow::Continue(()),
            Err(error) => {
                failure = Some(error);
                ControlFlow::Break(())
            }
        }
    });
    progress.passed += read;
    match failure {
        Some(error) => Err(error),
        None => Ok(end.map(|_| ())?),
    }
}
