//! Room on the disk that is kept for what has to work when there is none: opening the wallet to read in
//! it, and ending what is shared.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;

use keepwell_protocol::crypto::Rng;

use super::StoreError;
use super::private_file::private_options;

/// A file of the wallet that holds nothing, only its place.
#[derive(Clone, Debug)]
pub(crate) struct Reserve {
    path: PathBuf,
}

impl Reserve {
    pub(super) fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// Takes up the room again, as far as there is any.
    ///
    /// Where it does not all fit, the last of what is free is left to the small things that a person does.
    /// That there is none is no error.
    pub(super) fn fill(&self, rng: &mut Rng) {
        let before = self.held();
        if before < WHOLE && self.grow(before, rng).is_none() {
            let _ = self.shrink(before.max(self.held().saturating_sub(MARGIN)));
        }
    }

    /// Does what has to be done for the wallet to be opened, on a full disk in the room of the reserve.
    ///
    /// No more of it is given up than that takes: the rest is for the next time, and for revoking.
    ///
    /// # Errors
    /// Those of `work`.
    pub(super) fn lend<T>(&self, mut work: impl FnMut() -> Result<T, StoreError>) -> Result<T, StoreError> {
        loop {
            match work() {
                Err(StoreError::DiskFull) if self.give_up_part() => {}
                done => return done,
            }
        }
    }

    fn give_up_part(&self) -> bool {
        match self.held() {
            0 => false,
            held => self.shrink(held.saturating_sub(TO_OPEN)).is_ok(),
        }
    }

    fn held(&self) -> u64 {
        fs::metadata(&self.path).map_or(0, |reserve| reserve.len())
    }

    fn shrink(&self, length: u64) -> std::io::Result<()> {
        let file = OpenOptions::new().write(true).open(&self.path)?;
        file.set_len(length)?;
        file.sync_all()
    }

    /// Writes what no file system can store in less room; `None` once there is none left.
    fn grow(&self, held: u64, rng: &mut Rng) -> Option<()> {
        let mut file = private_options().create(true).append(true).open(&self.path).ok()?;
        let mut block = [0; BLOCK];
        for _ in held / BLOCK as u64..WHOLE / BLOCK as u64 {
            rng.fill(&mut block).ok()?;
            file.write_all(&block).ok()?;
        }
        // Some file systems only now look for the room.
        file.sync_all().ok()
    }

    /// Gives up all of the room if the disk is short of it; before a deed that is to be sent at once, which
    /// takes room again and again.
    pub(super) fn give_up_if_short(&self) {
        if self.held() < WHOLE || self.free().is_some_and(|free| free < WHOLE) {
            self.give_up();
        }
    }

    /// What is free on the disk, in bytes, where the system tells.
    fn free(&self) -> Option<u64> {
        #[cfg(unix)]
        {
            let disk = rustix::fs::statvfs(&self.path).ok()?;
            Some(disk.f_bavail.saturating_mul(disk.f_frsize))
        }
        #[cfg(not(unix))]
        None
    }

    /// Gives up all of the room; whether there was any.
    pub(super) fn give_up(&self) -> bool {
        let held = self.held();
        fs::remove_file(&self.path).is_ok() && held > 0
    }
}

/// A revocation in a wallet with many grants writes some hundred kilobytes, and SQLite the same once more.
const WHOLE: u64 = 1024 * 1024;
/// The slots, written anew, and SQLite's two files beside the database.
const TO_OPEN: u64 = 128 * 1024;
/// Left free where the reserve does not fit as a whole.
const MARGIN: u64 = 256 * 1024;
/// What is written at once.
const BLOCK: usize = 16 * 1024;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_filled_once_given_up_once_and_filled_again() {
        let dir = tempfile::tempdir().unwrap();
        let reserve = Reserve::at(dir.path().join("reserve"));
        assert!(!reserve.give_up());
        for held in [0, 1, 100_000, WHOLE] {
            fs::write(&reserve.path, vec![1; usize::try_from(held).unwrap()]).unwrap();
            reserve.fill(&mut Rng::seeded(1));
            let filled = fs::metadata(&reserve.path).unwrap().len();
            assert!((WHOLE..WHOLE + BLOCK as u64).contains(&filled), "{held}: {filled}");
        }
        assert!(reserve.give_up() && !reserve.path.exists());
    }

    #[test]
    fn what_opening_takes_is_given_up_bit_by_bit_and_only_for_want_of_room() {
        let dir = tempfile::tempdir().unwrap();
        let reserve = Reserve::at(dir.path().join("reserve"));
        reserve.fill(&mut Rng::seeded(1));
        let mut short = 2;
        let lent = reserve.lend(|| {
            short -= 1;
            if short >= 0 { Err(StoreError::DiskFull) } else { Ok(reserve.held()) }
        });
        assert_eq!(lent.unwrap(), WHOLE - 2 * TO_OPEN);
        assert!(matches!(reserve.lend(|| Err::<(), _>(StoreError::Busy)), Err(StoreError::Busy)));
        assert_eq!(reserve.held(), WHOLE - 2 * TO_OPEN);
        assert!(matches!(reserve.lend(|| Err::<(), _>(StoreError::DiskFull)), Err(StoreError::DiskFull)));
        assert_eq!(reserve.held(), 0);
    }

    #[test]
    fn where_nothing_can_be_written_there_is_none() {
        let dir = tempfile::tempdir().unwrap();
        let reserve = Reserve::at(dir.path().join("missing").join("reserve"));
        reserve.fill(&mut Rng::seeded(1));
        assert!(!reserve.give_up());
    }
}
