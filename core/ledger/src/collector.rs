//! What a gateway collects for its aggregator: entries that wait for the next batch, and where those of earlier ones are.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use keepwell_protocol::crypto::PublicKey;
use keepwell_protocol::domain::{AggregatorId, EntryHash, Origin};
use keepwell_protocol::ledger::{MerkleTree, SignedTransaction, TransactionError, path_bytes};
use keepwell_server::{Limits, close_to_others, remove_if_there};
use redb::{Database, ReadableDatabase, ReadableTable, Table, TableDefinition};
use zeroize::Zeroizing;

use crate::LedgerError;
use crate::aggregator::AggregatorKey;
use crate::store::{KEPT_BATCHES, StoreError};

/// Collects entries for the aggregator whose key is in the home folder.
///
/// An entry is on disk from its batch on. One that waits is lost with the process: whoever handed it in hears that it is
/// not known, and hands it in again.
pub(crate) struct Collector {
    key: AggregatorKey,
    path: PathBuf,
    /// From one batch to the next.
    pause: Duration,
    most: usize,
    collected: Mutex<Collected>,
}

#[derive(Default)]
struct Collected {
    /// Nothing before it is opened, and after it failed.
    database: Option<Database>,
    waiting: BTreeSet<EntryHash>,
    made: Option<Instant>,
    /// Whether the ledger is known to have the newest batch.
    is_recorded: bool,
}

/// A batch that is to be recorded.
pub(crate) struct Batch {
    pub(crate) number: u32,
    pub(crate) count: u64,
    pub(crate) root: [u8; 32],
}

/// Where an entry is.
pub(crate) enum Place {
    /// In no batch yet.
    Waiting,
    InBatch {
        number: u32,
        /// Whether the ledger is known to have the batch.
        is_recorded: bool,
    },
}

/// What shows that an entry is in a batch.
pub(crate) struct Inclusion {
    pub(crate) root: [u8; 32],
    /// Which of the batch's entries it is, from 0.
    pub(crate) index: u64,
    /// The hashes beside the way from there to the root, from below.
    pub(crate) path: Vec<u8>,
}

/// Entries of one batch, ascending.
type Entries = Vec<[u8; 32]>;

impl Collector {
    /// Opens what was collected in a home folder; nothing where there is no key of an aggregator in it.
    ///
    /// # Errors
    /// [`LedgerError::Home`] if the key is none; otherwise what could not be opened.
    pub(crate) fn open(folder: &Path, limits: &Limits) -> Result<Option<Self>, LedgerError> {
        let file = folder.join(KEY);
        if !file.exists() {
            return Ok(None);
        }
        close_to_others(&file)?;
        let text = Zeroizing::new(fs::read_to_string(&file)?);
        let key = AggregatorKey::parse(&text).map_err(|_| LedgerError::Home)?;
        let collector = Self {
            key,
            path: folder.join(DATABASE),
            pause: Duration::from_millis(limits.batch_ms),
            most: usize::try_from(limits.batch_entries).unwrap_or(usize::MAX),
            collected: Mutex::default(),
        };
        collector.with(&mut collector.collected(), |_| Ok(()))?;
        Ok(Some(collector))
    }

    pub(crate) fn id(&self) -> AggregatorId {
        self.key.id()
    }

    pub(crate) fn public_key(&self) -> PublicKey {
        self.key.public_key()
    }

    /// How many entries wait for a batch.
    pub(crate) fn waiting(&self) -> usize {
        self.collected().waiting.len()
    }

    /// Takes an entry for the next batch, if it is in none; false if all places are taken.
    pub(crate) fn take(&self, entry: EntryHash) -> Result<bool, StoreError> {
        let mut collected = self.collected();
        if collected.waiting.contains(&entry)
            || self.with(&mut collected, |database| batch_of(database, &entry))?.is_some()
        {
            return Ok(true);
        }
        if collected.waiting.len() >= self.most {
            return Ok(false);
        }
        collected.waiting.insert(entry);
        Ok(true)
    }

    /// Where an entry is; nothing where it is not known, or no more.
    pub(crate) fn place(&self, entry: &EntryHash) -> Result<Option<Place>, StoreError> {
        let mut collected = self.collected();
        if collected.waiting.contains(entry) {
            return Ok(Some(Place::Waiting));
        }
        let found = self.with(&mut collected, |database| {
            let Some(number) = batch_of(database, entry)? else { return Ok(None) };
            Ok(Some((number, newest_number(database)?)))
        })?;
        Ok(found.map(|(number, newest)| {
            let is_recorded = collected.is_recorded || newest != Some(number);
            Place::InBatch { number, is_recorded }
        }))
    }

    /// Shows that an entry is in this batch. The tree is made anew each time: ask where the ledger has the batch.
    pub(crate) fn inclusion(&self, entry: &EntryHash, number: u32) -> Result<Inclusion, StoreError> {
        let entries = self.with(&mut self.collected(), |database| entries(database, number))?;
        let index = entries.binary_search(entry.as_bytes()).map_err(|_| StoreError::Corrupt)?;
        let tree = MerkleTree::new(&entries).ok_or(StoreError::Corrupt)?;
        let path = path_bytes(&tree.path(index).ok_or(StoreError::Corrupt)?);
        let index = u64::try_from(index).map_err(|_| StoreError::Corrupt)?;
        Ok(Inclusion { root: tree.root(), index, path })
    }

    /// Forgets a batch of which the ledger shows nothing any more, so that its entries can be handed in again.
    pub(crate) fn forget(&self, number: u32) -> Result<(), StoreError> {
        self.with(&mut self.collected(), |database| remove(database, number))
    }

    /// Whether there is anything to record.
    pub(crate) fn has_work(&self) -> bool {
        let collected = self.collected();
        !collected.is_recorded || self.is_due(&collected)
    }

    /// The batch to hand in now: the newest again as long as the ledger does not have it, else one of what waits.
    /// `recorded` is how many batches the ledger has of this aggregator, `root_of` the root of one of them.
    pub(crate) fn next_batch(
        &self,
        recorded: u32,
        root_of: impl Fn(u32) -> Result<Option<[u8; 32]>, StoreError>,
    ) -> Result<Option<Batch>, StoreError> {
        let mut collected = self.collected();
        if !collected.is_recorded
            && let Some((number, entries)) = self.with(&mut collected, newest)?
        {
            let batch = Batch::new(number, &entries)?;
            match root_of(number)? {
                Some(root) if root == batch.root => {}
                None if number == recorded.saturating_add(1) => return Ok(Some(batch)),
                // Somebody else with this key used the number, or the ledger has forgotten it.
                _ => {
                    self.with(&mut collected, |database| remove(database, number))?;
                    collected.waiting.extend(entries.into_iter().map(EntryHash::from_bytes));
                }
            }
        }
        collected.is_recorded = true;
        if !self.is_due(&collected) {
            return Ok(None);
        }
        let entries: Entries = collected.waiting.iter().map(|entry| *entry.as_bytes()).collect();
        let batch = Batch::new(recorded.saturating_add(1), &entries)?;
        self.with(&mut collected, |database| write(database, batch.number, &entries))?;
        collected.waiting.clear();
        (collected.made, collected.is_recorded) = (Some(Instant::now()), false);
        Ok(Some(batch))
    }

    /// Makes the transaction that records a batch.
    pub(crate) fn record(
        &self,
        batch: &Batch,
        origin: &Origin,
    ) -> Result<SignedTransaction, TransactionError> {
        self.key.record(origin, batch.number, batch.count, batch.root)
    }

    fn is_due(&self, collected: &Collected) -> bool {
        !collected.waiting.is_empty() && collected.made.is_none_or(|made| made.elapsed() >= self.pause)
    }

    fn collected(&self) -> MutexGuard<'_, Collected> {
        self.collected.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Works on the database, which is opened anew after anything failed: redb goes on with none whose write did.
    fn with<T>(
        &self,
        collected: &mut Collected,
        work: impl FnOnce(&Database) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let database = match collected.database.take() {
            Some(database) => database,
            None => open_database(&self.path)?,
        };
        let done = work(&database)?;
        collected.database = Some(database);
        Ok(done)
    }
}

impl Batch {
    fn new(number: u32, entries: &[[u8; 32]]) -> Result<Self, StoreError> {
        let count = u64::try_from(entries.len()).map_err(|_| StoreError::Corrupt)?;
        let root = MerkleTree::new(entries).ok_or(StoreError::Corrupt)?.root();
        Ok(Self { number, count, root })
    }
}

/// Opens the database, or makes it: one that is cut short while redb lays it out cannot be opened, so it gets its name
/// when it is whole.
fn open_database(path: &Path) -> Result<Database, StoreError> {
    if !path.exists() {
        let unfinished = path.with_extension("unfinished");
        remove_if_there(&unfinished)?;
        let transaction = Database::create(&unfinished)?.begin_write()?;
        transaction.open_table(BATCHES)?;
        transaction.open_table(ENTRIES)?;
        transaction.commit()?;
        fs::rename(&unfinished, path)?;
        if let Some(folder) = path.parent() {
            File::open(folder)?.sync_all()?;
        }
    }
    close_to_others(path)?;
    Ok(Database::builder().set_cache_size(CACHE).open(path)?)
}

/// The newest batch, with its entries.
fn newest(database: &Database) -> Result<Option<(u32, Entries)>, StoreError> {
    let table = database.begin_read()?.open_table(BATCHES)?;
    table.last()?.map(|(number, entries)| Ok((number.value(), read_entries(entries.value())?))).transpose()
}

fn newest_number(database: &Database) -> Result<Option<u32>, StoreError> {
    let table = database.begin_read()?.open_table(BATCHES)?;
    Ok(table.last()?.map(|(number, _)| number.value()))
}

fn batch_of(database: &Database, entry: &EntryHash) -> Result<Option<u32>, StoreError> {
    let table = database.begin_read()?.open_table(ENTRIES)?;
    Ok(table.get(entry.as_bytes().as_slice())?.map(|number| number.value()))
}

fn entries(database: &Database, number: u32) -> Result<Entries, StoreError> {
    let table = database.begin_read()?.open_table(BATCHES)?;
    let entries = table.get(number)?.ok_or(StoreError::Corrupt)?;
    read_entries(entries.value())
}

fn read_entries(bytes: &[u8]) -> Result<Entries, StoreError> {
    let (entries, rest) = bytes.as_chunks();
    if rest.is_empty() { Ok(entries.to_vec()) } else { Err(StoreError::Corrupt) }
}

/// Writes a batch, in the place of what had its number, and removes those of which the ledger forgets the receipt with it.
fn write(database: &Database, number: u32, batch: &[[u8; 32]]) -> Result<(), StoreError> {
    let transaction = database.begin_write()?;
    {
        let mut batches = transaction.open_table(BATCHES)?;
        let mut entries = transaction.open_table(ENTRIES)?;
        let forgotten = number.checked_sub(KEPT_BATCHES).map_or(0, |newest| newest.saturating_add(1));
        let old = batches.range(..forgotten)?.map(|batch| Ok(batch?.0.value()));
        let old: Vec<u32> = old.chain([Ok(number)]).collect::<Result<_, StoreError>>()?;
        for old in old {
            take_out(&mut batches, &mut entries, old)?;
        }
        batches.insert(number, batch.concat().as_slice())?;
        for entry in batch {
            entries.insert(entry.as_slice(), number)?;
        }
    }
    Ok(transaction.commit()?)
}

fn remove(database: &Database, number: u32) -> Result<(), StoreError> {
    let transaction = database.begin_write()?;
    {
        let mut batches = transaction.open_table(BATCHES)?;
        take_out(&mut batches, &mut transaction.open_table(ENTRIES)?, number)?;
    }
    Ok(transaction.commit()?)
}

fn take_out(
    batches: &mut Table<'_, u32, &[u8]>,
    entries: &mut Table<'_, &[u8], u32>,
    number: u32,
) -> Result<(), StoreError> {
    let removed = batches.remove(number)?.map(|bytes| read_entries(bytes.value())).transpose()?;
    for entry in removed.unwrap_or_default() {
        // An entry may stand in a newer batch by now.
        if entries.get(entry.as_slice())?.is_some_and(|of| of.value() == number) {
            entries.remove(entry.as_slice())?;
        }
    }
    Ok(())
}

/// Of each batch its entries, ascending, one after the other.
const BATCHES: TableDefinition<'_, u32, &[u8]> = TableDefinition::new("batches");
/// In which batch an entry is.
const ENTRIES: TableDefinition<'_, &[u8], u32> = TableDefinition::new("entries");
/// As `ledger aggregator-key` writes it.
const KEY: &str = "aggregator.key";
const DATABASE: &str = "aggregator.redb";
const CACHE: usize = 16 * 1_024 * 1_024;

#[cfg(test)]
mod tests {
    use keepwell_protocol::crypto::Rng;
    use keepwell_protocol::ledger::{merkle_leaf, merkle_root_over};

    use super::*;

    fn home() -> tempfile::TempDir {
        let home = tempfile::tempdir().unwrap();
        let key = AggregatorKey::generate(&mut Rng::seeded(3)).unwrap();
        fs::write(home.path().join(KEY), key.to_text().as_bytes()).unwrap();
        home
    }

    fn open(home: &Path, batch_ms: u64, batch_entries: u64) -> Collector {
        let limits = Limits { batch_ms, batch_entries, ..Limits::default() };
        Collector::open(home, &limits).unwrap().unwrap()
    }

    fn entry(of: u8) -> EntryHash {
        EntryHash::from_bytes([of; 32])
    }

    /// Whether an entry is shown to be in this batch.
    fn is_in(collector: &Collector, of: u8, batch: &Batch) -> bool {
        match collector.place(&entry(of)).unwrap() {
            Some(Place::InBatch { number, .. }) => {
                let Inclusion { root, index, path } = collector.inclusion(&entry(of), number).unwrap();
                let (path, _) = path.as_chunks();
                let over = merkle_root_over(merkle_leaf(entry(of).as_bytes()), index, batch.count, path);
                assert_eq!(over, Some(root));
                (number, root) == (batch.number, batch.root)
            }
            _ => false,
        }
    }

    fn is_recorded(collector: &Collector, of: u8) -> bool {
        match collector.place(&entry(of)).unwrap() {
            Some(Place::InBatch { is_recorded, .. }) => is_recorded,
            _ => panic!("in no batch"),
        }
    }

    const NONE: fn(u32) -> Result<Option<[u8; 32]>, StoreError> = |_| Ok(None);

    #[test]
    fn a_home_without_a_key_collects_nothing_and_another_file_is_no_key() {
        let empty = tempfile::tempdir().unwrap();
        assert!(Collector::open(empty.path(), &Limits::default()).unwrap().is_none());
        assert!(!empty.path().join(DATABASE).exists());
        fs::write(empty.path().join(KEY), "no key").unwrap();
        assert!(matches!(Collector::open(empty.path(), &Limits::default()), Err(LedgerError::Home)));
    }

    #[test]
    fn a_batch_is_handed_in_until_the_ledger_has_it_and_the_next_one_after_a_pause() {
        let home = home();
        let collector = open(home.path(), 60_000, 10);
        assert!(collector.next_batch(0, NONE).unwrap().is_none());
        assert!(!collector.has_work());
        for of in [7, 3, 5, 3] {
            assert!(collector.take(entry(of)).unwrap());
        }
        assert!(matches!(collector.place(&entry(3)).unwrap(), Some(Place::Waiting)));
        assert!(collector.place(&entry(4)).unwrap().is_none());
        let first = collector.next_batch(0, NONE).unwrap().unwrap();
        assert_eq!((first.number, first.count, collector.waiting()), (1, 3, 0));
        assert!([3, 5, 7].iter().all(|of| is_in(&collector, *of, &first)));
        assert!(collector.has_work() && !is_recorded(&collector, 7));
        // Handed in again it stays where it is.
        assert!(collector.take(entry(5)).unwrap());
        assert_eq!(collector.waiting(), 0);
        assert_eq!(collector.next_batch(0, NONE).unwrap().unwrap().root, first.root);
        assert!(collector.next_batch(1, |_| Ok(Some(first.root))).unwrap().is_none());
        assert!(!collector.has_work() && is_recorded(&collector, 7));
        // Within the pause nothing more is recorded.
        assert!(collector.take(entry(9)).unwrap());
        assert!(collector.next_batch(1, |_| Ok(Some(first.root))).unwrap().is_none());
        drop(collector);

        // What was in a batch is there after a restart; what waited is not.
        let collector = open(home.path(), 60_000, 10);
        assert!(is_in(&collector, 7, &first));
        assert!(collector.place(&entry(9)).unwrap().is_none());
        assert!(collector.has_work(), "whether the ledger has it was not written down");
        assert!(collector.next_batch(1, |_| Ok(Some(first.root))).unwrap().is_none());
        assert!(collector.take(entry(9)).unwrap());
        assert_eq!(collector.next_batch(1, |_| Ok(Some(first.root))).unwrap().unwrap().number, 2);
    }

    #[test]
    fn a_batch_whose_number_somebody_else_used_gets_another() {
        let home = home();
        let collector = open(home.path(), 1, 10);
        collector.take(entry(1)).unwrap();
        let lost = collector.next_batch(0, NONE).unwrap().unwrap();
        std::thread::sleep(Duration::from_millis(5));
        let again = collector.next_batch(1, |_| Ok(Some([9; 32]))).unwrap().unwrap();
        assert_eq!((again.number, again.root), (2, lost.root));
        assert!(is_in(&collector, 1, &again) && !is_in(&collector, 1, &lost));
    }

    #[test]
    fn where_all_places_are_taken_one_more_is_refused_until_the_next_batch() {
        let home = home();
        let collector = open(home.path(), 300, 2);
        collector.take(entry(0)).unwrap();
        let first = collector.next_batch(0, NONE).unwrap().unwrap();
        let has_first = |_| Ok(Some(first.root));
        assert!(collector.take(entry(1)).unwrap());
        assert!(collector.next_batch(1, has_first).unwrap().is_none());
        assert!(collector.take(entry(2)).unwrap());
        assert!(!collector.take(entry(3)).unwrap());
        assert!(collector.take(entry(2)).unwrap(), "it has its place");
        assert!(collector.next_batch(1, has_first).unwrap().is_none(), "a flood makes no batches");
        std::thread::sleep(Duration::from_millis(310));
        assert_eq!(collector.next_batch(1, has_first).unwrap().unwrap().count, 2);
        assert!(collector.take(entry(3)).unwrap());
    }

    #[test]
    fn what_was_forgotten_may_be_handed_in_again() {
        let home = home();
        let collector = open(home.path(), 60_000, 10);
        collector.take(entry(1)).unwrap();
        let first = collector.next_batch(0, NONE).unwrap().unwrap();
        assert!(collector.next_batch(1, |_| Ok(Some(first.root))).unwrap().is_none());
        collector.forget(1).unwrap();
        assert!(collector.place(&entry(1)).unwrap().is_none() && !collector.has_work());
        collector.take(entry(1)).unwrap();
        assert_eq!(collector.waiting(), 1);
    }

    #[test]
    fn with_the_receipt_that_the_ledger_forgets_goes_the_batch() {
        let home = home();
        let collector = open(home.path(), 1, 10);
        collector.take(entry(1)).unwrap();
        let first = collector.next_batch(0, NONE).unwrap().unwrap();
        std::thread::sleep(Duration::from_millis(5));
        collector.take(entry(2)).unwrap();
        let later = collector.next_batch(KEPT_BATCHES, |_| Ok(Some(first.root))).unwrap().unwrap();
        assert!(collector.place(&entry(1)).unwrap().is_none());
        assert!(is_in(&collector, 2, &later));
    }
}
