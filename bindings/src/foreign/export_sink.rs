//! Where an export goes that only the app can write to: another app's file, a share sheet.

use std::io::{self, Write};
use std::sync::Arc;
use std::time::Duration;

use super::app_runtime::{AppRuntime, Unanswered};
use crate::error::Result;

/// The export can't be written there, or not any more.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum ExportSinkError {
    /// There is no room, the permission was withdrawn, or whoever has the file does not take it.
    #[error("the export can't be written")]
    Unwritable,
}

/// What the app threw was something else.
impl From<uniffi::UnexpectedUniFFICallbackError> for ExportSinkError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Unwritable
    }
}

/// Where an export is written once, from its beginning to its end.
///
/// Called on a thread of the library. A write that has not answered within a minute is cancelled, and the export
/// counts as not written.
#[uniffi::export(foreign)]
#[async_trait::async_trait]
pub trait ExportSink: Send + Sync {
    /// Takes the next bytes, all of them: 1 to 262,144.
    async fn write(&self, bytes: Vec<u8>) -> Result<(), ExportSinkError>;
}

/// The app's place as an export writes to it.
pub(crate) struct AppExportSink {
    app: Arc<dyn ExportSink>,
    runtime: AppRuntime,
    /// What was not passed on yet.
    piece: Vec<u8>,
}

impl AppExportSink {
    pub(crate) fn new(app: Arc<dyn ExportSink>) -> Result<Self> {
        Ok(Self { app, runtime: AppRuntime::new()?, piece: Vec::with_capacity(PIECE_BYTES) })
    }

    fn pass_on(&mut self) -> io::Result<()> {
        if self.piece.is_empty() {
            return Ok(());
        }
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE_BYTES));
        match self.runtime.wait(self.app.write(piece), DEADLINE) {
            Ok(Ok(())) => Ok(()),
            Ok(Err(ExportSinkError::Unwritable)) => Err(io::ErrorKind::Other.into()),
            Err(Unanswered::Deadline) => Err(io::ErrorKind::TimedOut.into()),
            // Not `Interrupted`, after which a writer tries again.
            Err(Unanswered::Cancelled) => Err(io::ErrorKind::ConnectionAborted.into()),
        }
    }
}

impl Write for AppExportSink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.piece.len() == PIECE_BYTES {
            self.pass_on()?;
        }
        let (taken, _) = bytes.split_at(bytes.len().min(PIECE_BYTES - self.piece.len()));
        self.piece.extend_from_slice(taken);
        Ok(taken.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.pass_on()
    }
}

/// How much is passed on at a time, but for the last.
const PIECE_BYTES: usize = 256 * 1024;
/// How long the app may take for it.
const DEADLINE: Duration = Duration::from_secs(60);
