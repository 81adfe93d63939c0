//! State sync: the snapshots that this node gives to who joins, and the one by which it joins itself.

use keepwell_protocol::domain::{Object as _, Timestamp};
use keepwell_protocol::ledger::LightBlock;

use super::application::Application;
use super::snapshot_folder::FORMAT;
use super::tip::{StoredTip, fingerprint};
use crate::engine::error::EngineError;
use crate::engine::progress::lock;
use crate::store::{ChunkTaken, Joining, Manifest, Snapshot, StoreError};

/// A snapshot that somebody else has.
#[derive(Clone, Copy, Debug)]
pub(super) struct Offered<'a> {
    pub(super) height: u64,
    pub(super) format: u32,
    pub(super) chunks: u32,
    pub(super) hash: &'a [u8],
    pub(super) manifest: &'a [u8],
    /// The app hash after that height, which CometBFT has verified.
    pub(super) app_hash: [u8; 32],
}

/// What is said of a snapshot that is offered.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Offer {
    Accepted,
    Rejected,
    FormatRejected,
}

/// What is said of a chunk.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Applied {
    Accepted,
    /// It is not the one that the manifest names: it is to be had of somebody else.
    SenderRejected,
    /// Whatever the chunks say is not the state of that app hash: another snapshot is needed.
    SnapshotRejected,
}

impl Application {
    /// The snapshots that this node has for others.
    pub(super) fn list_snapshots(&self) -> Vec<Manifest> {
        self.snapshots.list()
    }

    /// A chunk for somebody else; empty where it is not there any more. Who asks looks at its hash.
    pub(super) fn load_chunk(&self, height: u64, format: u32, index: u32) -> Vec<u8> {
        let chunk = (format == FORMAT).then(|| self.snapshots.chunk(height, index)).flatten();
        chunk.unwrap_or_default()
    }

    /// Makes a snapshot of a block's state where one is due, on a thread of its own. While this node reads the blocks of
    /// others, or has little room, none is made.
    pub(super) fn snapshot_if_due(&self) {
        let height = self.head().height;
        if !self.snapshots.is_due(height) || self.is_catching_up() || !self.has_room(false) {
            return;
        }
        let state = match self.progress.store().snapshot() {
            Ok(state) => state,
            Err(error) => {
                tracing::error!(height, code = error.code(), %error, "no snapshot");
                return;
            }
        };
        let mut making = lock(&self.making_snapshot);
        if making.as_ref().is_some_and(|thread| !thread.is_finished()) {
            return;
        }
        let snapshots = self.snapshots.clone();
        let make = move || match snapshots.make(&state) {
            Ok(()) => tracing::info!(height, "snapshot"),
            Err(error) => tracing::error!(height, code = error.code(), %error, "no snapshot"),
        };
        match std::thread::Builder::new().name("snapshot".to_owned()).spawn(make) {
            Ok(thread) => *making = Some(thread),
            Err(error) => tracing::error!(height, %error, "no snapshot"),
        }
    }

    /// From which height on CometBFT keeps its blocks; nothing where all stay. Who joins needs those since the oldest
    /// snapshot, who was away those of some days, and this node those whose votes it has not read. What CometBFT needs for
    /// evidence it keeps by itself.
    pub(super) fn retain_height(&self) -> Option<u64> {
        if !self.snapshots.is_due(self.head().height) {
            return None;
        }
        let oldest = self.snapshots.list().first()?.height;
        let since = self.progress.next().time_before.saturating_sub(self.snapshots.blocks_stay);
        let recent = self.progress.store().snapshot().and_then(|state| first_since(&state, since));
        match recent {
            Ok(recent) => recent.map(|recent| recent.min(oldest)),
            Err(error) => {
                tracing::warn!(code = error.code(), %error, "cometbft keeps all blocks for now");
                None
            }
        }
    }

    /// Says whether a snapshot is one to join by. CometBFT asks only while it has no block: what this node had before is
    /// replaced once the whole was verified.
    pub(super) fn offer(&self, offered: &Offered<'_>) -> Result<Offer, EngineError> {
        if offered.format != FORMAT {
            return Ok(Offer::FormatRejected);
        }
        let manifest = Manifest::from_cbor(offered.manifest).ok().filter(|manifest| {
            manifest.height == offered.height
                && manifest.hash() == offered.hash
                && u32::try_from(manifest.chunks.len()) == Ok(offered.chunks)
                && offered.chunks > 0
        });
        let Some(manifest) = manifest else { return Ok(Offer::Rejected) };
        *lock(&self.joining) = Some(Joining::begin(self.progress.store(), manifest, offered.app_hash)?);
        Ok(Offer::Accepted)
    }

    /// Takes the next chunk; after the last one this node is where the snapshot is.
    pub(super) fn apply(&self, chunk: &[u8]) -> Result<Applied, EngineError> {
        let mut joining = lock(&self.joining);
        match joining.as_mut().map(|joining| joining.add(chunk)).transpose()? {
            Some(ChunkTaken::In(0)) => {}
            Some(ChunkTaken::In(_)) => return Ok(Applied::Accepted),
            Some(ChunkTaken::Other) => return Ok(Applied::SenderRejected),
            Some(ChunkTaken::Nonsense) | None => return Ok(Applied::SnapshotRejected),
        }
        let Some(whole) = joining.take() else { return Ok(Applied::SnapshotRejected) };
        let store = self.progress.store();
        // The time of its block is not known here; the next block has its own.
        let time = Timestamp(self.genesis.initial_time);
        let tip = StoredTip { time, parameters: Some(fingerprint(&self.parameters).into()) };
        if !whole.finish(store, &tip.to_cbor())? {
            return Ok(Applied::SnapshotRejected);
        }
        let snapshot = store.snapshot()?;
        let height = snapshot.head().height;
        let next = self.block(&snapshot, height + 1, time, time)?;
        *lock(&self.head) = snapshot.head().clone();
        self.progress.set_next(next);
        *lock(&self.committed) = height;
        self.more.notify_all();
        tracing::info!(height, records = snapshot.head().records, "joined by a snapshot");
        Ok(Applied::Accepted)
    }
}

/// The first height whose header has this time or a later one, of those that are served.
fn first_since(state: &Snapshot, time: Timestamp) -> Result<Option<u64>, StoreError> {
    let (mut low, mut high) = (state.joined_at()? + 1, state.served_height()?);
    // Light blocks of long ago may be gone; those that are there follow each other.
    let time_of = |height| {
        let block = state.light_block(height)?;
        let block = block.map(|bytes| LightBlock::from_cbor(&bytes)).transpose();
        let block = block.map_err(|_| StoreError::Corrupt)?;
        block.map(|block| block.time().map_err(|_| StoreError::Corrupt)).transpose()
    };
    if high < low {
        return Ok(None);
    }
    while low < high {
        let middle = low + (high - low) / 2;
        match time_of(middle)? {
            Some(found) if found >= time => high = middle,
            _ => low = middle + 1,
        }
    }
    Ok(Some(low))
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use keepwell_protocol::domain::ProviderId;
    use keepwell_protocol::ledger::{AppState, StateKey};
    use minicbor::bytes::ByteVec;

    use super::*;
    use crate::engine::clock::Clock;
    use crate::engine::cometbft::application_tests::{bytes, parameters, time};
    use crate::engine::cometbft::blocks::Conduct;
    use crate::engine::cometbft::snapshot_folder::SnapshotFolder;
    use crate::engine::crash_tests::{BLOCKS, genesis, undisturbed};
    use crate::state;
    use crate::store::Store;

    /// A node that makes a snapshot each eight blocks, of many small chunks.
    fn open(home: &Path) -> Arc<Application> {
        let app_state = AppState::parse_genesis(&genesis().app_state).unwrap();
        let store = Store::open(&home.join("ledger.redb"), &state::genesis(&app_state)).unwrap();
        let snapshots = SnapshotFolder::new(home, 8, 0).with_chunks_of(300);
        let application =
            Application::new(Arc::new(store), &genesis(), &parameters(2), snapshots, Clock::system())
                .unwrap();
        application.set_catching_up(false);
        application
    }

    /// Makes the blocks up to this one, with those snapshots that are due, and compares the app hashes.
    fn go_on(application: &Application, last: u64) {
        let undisturbed = undisturbed();
        for height in application.head().height + 1..=last {
            let done =
                application.finalize(height, time(height), &Conduct::default(), &bytes(height)).unwrap();
            application.commit().unwrap();
            assert_eq!(done.app_hash, undisturbed[usize::try_from(height).unwrap()].0, "{height}");
            if let Some(thread) = lock(&application.making_snapshot).take() {
                thread.join().unwrap();
            }
        }
    }

    /// The chunks of a node's snapshot.
    fn chunks(application: &Application, manifest: &Manifest) -> Vec<Vec<u8>> {
        let number = u32::try_from(manifest.chunks.len()).unwrap();
        (0..number).map(|index| application.load_chunk(manifest.height, FORMAT, index)).collect()
    }

    /// What is said of a snapshot that is offered as it is.
    fn offer(application: &Application, manifest: &Manifest, app_hash: [u8; 32]) -> Offer {
        let offered = Offered {
            height: manifest.height,
            format: FORMAT,
            chunks: u32::try_from(manifest.chunks.len()).unwrap(),
            hash: &manifest.hash(),
            manifest: &manifest.to_cbor(),
            app_hash,
        };
        application.offer(&offered).unwrap()
    }

    #[test]
    fn who_joins_by_a_snapshot_has_every_later_app_hash_and_makes_the_same_snapshots() {
        let homes = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let old = open(homes[0].path());
        go_on(&old, 20);
        let listed = old.list_snapshots();
        assert_eq!(listed.iter().map(|it| it.height).collect::<Vec<_>>(), [8, 16]);
        let app_hash = undisturbed()[16].0;
        let chunks = chunks(&old, &listed[1]);
        assert!(chunks.len() > 3, "{}", chunks.len());

        let new = open(homes[1].path());
        assert_eq!(offer(&new, &listed[1], app_hash), Offer::Accepted);
        for (at, chunk) in chunks.iter().enumerate() {
            assert_eq!(new.head().height, 0, "nothing counts before the last one");
            assert_eq!(new.apply(chunk).unwrap(), Applied::Accepted, "{at}");
        }
        assert_eq!((new.head().height, new.head().app_hash()), (16, app_hash));
        assert_eq!(
            new.head().records,
            old.progress().store().snapshot().unwrap().head_at(16).unwrap().unwrap().records
        );
        go_on(&new, 20);
        // From its disk as well.
        drop(new);
        let new = open(homes[1].path());
        assert_eq!(new.progress().store().snapshot().unwrap().joined_at().unwrap(), 16);
        go_on(&new, BLOCKS);
        go_on(&old, BLOCKS);
        assert_eq!(new.list_snapshots(), old.list_snapshots()[1..], "of 24");
        assert_eq!(old.list_snapshots().len(), 2, "older ones go");
        assert!(old.load_chunk(8, FORMAT, 0).is_empty());
        assert!(old.load_chunk(24, FORMAT + 1, 0).is_empty() && !old.load_chunk(24, FORMAT, 0).is_empty());
    }

    #[test]
    fn chunks_that_are_not_those_of_the_snapshot_are_had_of_somebody_else() {
        let homes = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let old = open(homes[0].path());
        go_on(&old, 16);
        let manifest = old.list_snapshots().pop().unwrap();
        let (app_hash, chunks) = (undisturbed()[16].0, chunks(&old, &manifest));
        let new = open(homes[1].path());
        assert_eq!(new.apply(&chunks[0]).unwrap(), Applied::SnapshotRejected, "nothing was offered");

        assert_eq!(offer(&new, &manifest, app_hash), Offer::Accepted);
        for (at, chunk) in chunks.iter().enumerate() {
            let mut poisoned = chunk.clone();
            *poisoned.last_mut().unwrap() ^= 1;
            for other in [&poisoned, &Vec::new(), &chunks[(at + 1) % chunks.len()]] {
                assert_eq!(new.apply(other).unwrap(), Applied::SenderRejected, "{at}");
            }
            assert_eq!(new.apply(chunk).unwrap(), Applied::Accepted, "{at}");
        }
        assert_eq!(new.head().app_hash(), app_hash);
    }

    #[test]
    fn a_snapshot_of_something_else_is_refused_and_what_was_there_stays() {
        let homes = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
        let old = open(homes[0].path());
        go_on(&old, 16);
        let manifest = old.list_snapshots().pop().unwrap();
        let (app_hash, chunks) = (undisturbed()[16].0, chunks(&old, &manifest));
        let new = open(homes[1].path());
        go_on(&new, 3);
        let (bytes, hash) = (manifest.to_cbor(), manifest.hash());
        let count = u32::try_from(chunks.len()).unwrap();
        let good =
            Offered { height: 16, format: FORMAT, chunks: count, hash: &hash, manifest: &bytes, app_hash };
        assert_eq!(new.offer(&Offered { format: 2, ..good }).unwrap(), Offer::FormatRejected);
        for other in [
            Offered { height: 8, ..good },
            Offered { chunks: count + 1, ..good },
            Offered { hash: &app_hash, ..good },
            Offered { manifest: &bytes[1..], ..good },
        ] {
            assert_eq!(new.offer(&other).unwrap(), Offer::Rejected, "{other:?}");
        }

        let take = |manifest: &Manifest, app_hash, chunks: &[Vec<u8>]| {
            assert_eq!(offer(&new, manifest, app_hash), Offer::Accepted);
            chunks.iter().fold(None, |_, chunk| Some(new.apply(chunk).unwrap())).unwrap()
        };
        // Whole, and not what CometBFT has verified; or of another log.
        assert_eq!(take(&manifest, undisturbed()[14].0, &chunks), Applied::SnapshotRejected);
        let other_log = Manifest { log: old.list_snapshots()[0].log.clone(), ..manifest.clone() };
        assert_eq!(take(&other_log, app_hash, &chunks), Applied::SnapshotRejected);
        // One that says of itself that it is nonsense, and one that leaves something out.
        let nonsense = b"nonsense".to_vec();
        let named = keepwell_protocol::crypto::sha256(&nonsense).into();
        let of_nonsense = Manifest { chunks: vec![named], ..manifest.clone() };
        assert_eq!(take(&of_nonsense, app_hash, &[nonsense]), Applied::SnapshotRejected);
        // Chunks that are well formed, and no state: one of nothing, before and behind others, and a provider that is none.
        let empty = vec![0x80];
        let provider =
            minicbor::to_vec([(StateKey::Provider(ProviderId::from_bytes([7; 32])), ByteVec::from(vec![1]))])
                .unwrap();
        for (at, made_up) in [(0, &empty), (1, &empty), (0, &provider), (1, &provider)] {
            let mut others = chunks.clone();
            others.insert(at, made_up.clone());
            let names = others.iter().map(|chunk| keepwell_protocol::crypto::sha256(chunk).into()).collect();
            let of_others = Manifest { chunks: names, ..manifest.clone() };
            assert_eq!(take(&of_others, app_hash, &others[..=at]), Applied::SnapshotRejected, "{at}");
        }
        let shorter = Manifest { chunks: manifest.chunks[1..].to_vec(), ..manifest.clone() };
        assert_eq!(take(&shorter, app_hash, &chunks[1..]), Applied::SnapshotRejected);
        assert_eq!(new.head().height, 3);
        go_on(&new, 4);
        assert_eq!(take(&manifest, app_hash, &chunks), Applied::Accepted);
        go_on(&new, BLOCKS);
    }

    #[test]
    fn blocks_stay_for_who_joins_and_for_who_was_away() {
        let home = tempfile::tempdir().unwrap();
        let application = open(home.path());
        let chain = undisturbed();
        let mut retained = Vec::new();
        for height in 1..=24 {
            go_on(&application, height);
            let (.., light) = &chain[usize::try_from(height).unwrap()];
            application.progress().store().add_light_block(height, light).unwrap();
            retained.extend(application.retain_height().map(|retain| (height, retain)));
        }
        // Those since the older of the two snapshots; at a height without a snapshot nothing is said.
        assert_eq!(retained, [(8, 8), (16, 8), (24, 16)]);
        let state = application.progress().store().snapshot().unwrap();
        for (height, (.., light)) in chain.iter().enumerate().take(25).skip(1) {
            let time = LightBlock::from_cbor(light).unwrap().time().unwrap();
            let first = first_since(&state, time).unwrap();
            assert_eq!(first, Some(u64::try_from(height).unwrap()));
        }
        assert_eq!(first_since(&state, Timestamp(0)).unwrap(), Some(1));
        assert_eq!(first_since(&state, Timestamp(u64::MAX)).unwrap(), Some(24));
    }
}
