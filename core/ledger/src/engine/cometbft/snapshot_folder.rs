//! The snapshots that a node keeps for who joins by state sync: a folder for each height, in it the manifest and the chunks.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::{fs, io};

use keepwell_protocol::domain::{Duration, Object as _};
use keepwell_server::{make_home, write_whole};

use crate::engine::error::EngineError;
use crate::store::{Manifest, Snapshot, StoreError};

/// Where snapshots are, and how many blocks apart.
#[derive(Clone, Debug)]
pub(super) struct SnapshotFolder {
    folder: PathBuf,
    interval: u64,
    chunk_bytes: usize,
    /// For how long CometBFT's blocks stay, whatever snapshots there are.
    pub(super) blocks_stay: Duration,
}

/// The form of snapshots, which CometBFT tells others.
pub(super) const FORMAT: u32 = 1;
/// How many bytes of values a chunk has at least, if it is not the last: CometBFT takes up to 16 MB.
const CHUNK_BYTES: usize = 1_024 * 1_024;
/// How many chunks there are at most, and more than what a value has on average.
const MOST_CHUNKS: u64 = 100_000;
const RECORD_BYTES: u64 = 256;
/// How many snapshots stay: who has begun with one finishes while the next is made.
const KEPT: usize = 2;
const MANIFEST: &str = "manifest";
const UNFINISHED: &str = "unfinished";
const SECRET: u32 = 0o600;

impl SnapshotFolder {
    /// In the home of a node; one each `interval` blocks, none where that is 0.
    pub(super) fn new(home: &Path, interval: u64, block_days: u64) -> Self {
        let blocks_stay = Duration(block_days.saturating_mul(Duration::days(1).0));
        Self { folder: home.join("snapshots"), interval, chunk_bytes: CHUNK_BYTES, blocks_stay }
    }

    /// The same with chunks of this size.
    #[cfg(test)]
    pub(super) fn with_chunks_of(self, chunk_bytes: usize) -> Self {
        Self { chunk_bytes, ..self }
    }

    /// Whether a block's state is one to make a snapshot of.
    pub(super) fn is_due(&self, height: u64) -> bool {
        self.interval > 0 && height.is_multiple_of(self.interval)
    }

    /// Writes the newest state of the store, and removes what is too old.
    ///
    /// # Errors
    /// [`EngineError::Store`] if that cannot be read or written; then nothing is left of it.
    pub(super) fn make(&self, state: &Snapshot) -> Result<(), EngineError> {
        let unfinished = self.folder.join(UNFINISHED);
        remove_folder(&unfinished)?;
        for folder in [&self.folder, &unfinished] {
            make_home(folder).map_err(StoreError::Io)?;
        }
        let made = self.write(state, &unfinished);
        if made.is_err() {
            remove_folder(&unfinished)?;
        }
        made?;
        for old in self.heights().into_iter().rev().skip(KEPT) {
            remove_folder(&self.folder.join(old.to_string()))?;
        }
        Ok(())
    }

    fn write(&self, state: &Snapshot, folder: &Path) -> Result<(), StoreError> {
        // The more there is, the larger they are: their hashes fit into one message in any case.
        let enough = usize::try_from(state.head().records / MOST_CHUNKS * RECORD_BYTES).unwrap_or(usize::MAX);
        let manifest = state.chunks::<StoreError>(self.chunk_bytes.max(enough), |index, chunk| {
            Ok(write_whole(&folder.join(index.to_string()), chunk, SECRET)?)
        })?;
        let bytes = manifest.to_cbor();
        if bytes.len() > Manifest::LONGEST {
            // CometBFT would not hand it around.
            return Err(StoreError::Io(ErrorKind::FileTooLarge.into()));
        }
        write_whole(&folder.join(MANIFEST), &bytes, SECRET)?;
        let whole = self.folder.join(manifest.height.to_string());
        remove_folder(&whole)?;
        Ok(fs::rename(folder, whole)?)
    }

    /// The snapshots that are whole, the oldest first. One that cannot be read is none.
    pub(super) fn list(&self) -> Vec<Manifest> {
        let read = |height: &u64| {
            let bytes = fs::read(self.folder.join(height.to_string()).join(MANIFEST)).ok()?;
            Manifest::from_cbor(&bytes).ok().filter(|manifest| manifest.height == *height)
        };
        self.heights().iter().filter_map(read).collect()
    }

    /// A chunk of the snapshot of a height, if it is there.
    pub(super) fn chunk(&self, height: u64, index: u32) -> Option<Vec<u8>> {
        fs::read(self.folder.join(height.to_string()).join(index.to_string())).ok()
    }

    fn heights(&self) -> Vec<u64> {
        let Ok(entries) = fs::read_dir(&self.folder) else { return Vec::new() };
        let height = |entry: io::Result<fs::DirEntry>| entry.ok()?.file_name().to_str()?.parse().ok();
        let mut heights: Vec<u64> = entries.filter_map(height).collect();
        heights.sort_unstable();
        heights
    }
}

fn remove_folder(folder: &Path) -> Result<(), StoreError> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
        _ => Ok(()),
    }
}
