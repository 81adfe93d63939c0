//! A file of records that only the app can read: another app's, or a download.

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use super::app_runtime::AppRuntime;
use crate::error::Result;

/// The file can't be read, or not any more.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error, uniffi::Error)]
#[uniffi::export(Display)]
pub enum ImportStreamError {
    /// It is gone, the permission was withdrawn, or whoever has it does not give it.
    #[error("the file can't be read")]
    Unreadable,
}

/// What the app threw was something else.
impl From<uniffi::UnexpectedUniFFICallbackError> for ImportStreamError {
    fn from(_: uniffi::UnexpectedUniFFICallbackError) -> Self {
        Self::Unreadable
    }
}

/// A file that is read once, from its beginning to its end.
///
/// Called on a thread of the library. A read that has not answered within a minute is cancelled, and the file
/// counts as unreadable.
#[uniffi::export(foreign)]
#[async_trait::async_trait]
pub trait ImportStream: Send + Sync {
    /// The next bytes, at most `most` of them; none at the end.
    async fn read(&self, most: u32) -> Result<Vec<u8>, ImportStreamError>;
}

/// The app's file as an import reads it.
pub(crate) struct AppImportStream {
    app: Arc<dyn ImportStream>,
    runtime: AppRuntime,
    /// What the app gave last, and how much of it was passed on.
    chunk: Vec<u8>,
    passed_on: usize,
}

impl AppImportStream {
    pub(crate) fn new(app: Arc<dyn ImportStream>) -> Result<Self> {
        Ok(Self { app, runtime: AppRuntime::new()?, chunk: Vec::new(), passed_on: 0 })
    }

    fn next_chunk(&self) -> io::Result<Vec<u8>> {
        match self.runtime.wait(self.app.read(CHUNK_BYTES), DEADLINE) {
            Ok(Ok(chunk)) if chunk.len() <= CHUNK_BYTES as usize => Ok(chunk),
            Ok(_) => Err(io::ErrorKind::Other.into()),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }
}

impl Read for AppImportStream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.passed_on == self.chunk.len() {
            self.chunk = self.next_chunk()?;
            self.passed_on = 0;
        }
        let read = self.chunk.get(self.passed_on..).unwrap_or_default().read(buffer)?;
        self.passed_on += read;
        Ok(read)
    }
}

/// How much is asked for at a time.
const CHUNK_BYTES: u32 = 256 * 1024;
/// How long the app may take for it.
const DEADLINE: Duration = Duration::from_secs(60);
