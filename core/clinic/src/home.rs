//! The folder that holds one provider: its key file, its store and its public card.

use std::fs::File;
use std::io::{ErrorKind, Read};
use std::path::{Path, PathBuf};

use keepwell_protocol::crypto::{DatabaseKey, Rng};
use keepwell_server::{FileLock, close_to_others, lock_file, make_home, remove_if_there, write_whole};
use zeroize::Zeroizing;

use crate::ClinicError;

/// What opens the store: 32 bytes of key and the 16 with which its file starts.
pub(crate) struct StoreKey {
    pub(crate) key: DatabaseKey,
    pub(crate) salt: [u8; 16],
}

/// The paths of a home.
#[derive(Clone, Debug)]
pub(crate) struct Home(PathBuf);

impl Home {
    pub(crate) fn new(root: &Path) -> Self {
        Self(root.to_owned())
    }

    /// Makes the folder, open to its owner alone.
    pub(crate) fn create(&self) -> Result<(), ClinicError> {
        Ok(make_home(&self.0)?)
    }

    /// Closes the folder and the store to others: SQLite makes its file by the umask, and an operator may have.
    pub(crate) fn close_to_others(&self) -> Result<(), ClinicError> {
        close_to_others(&self.0)?;
        Ok(close_to_others(&self.store())?)
    }

    /// Keeps others from making a provider here for as long as the answer lives.
    ///
    /// # Errors
    /// [`ClinicError::Busy`] if somebody is about to.
    pub(crate) fn lock(&self) -> Result<FileLock, ClinicError> {
        lock_file(&self.0, "lock")?.ok_or(ClinicError::Busy)
    }

    /// Keeps others from serving a desk page here for as long as the answer lives.
    ///
    /// # Errors
    /// [`ClinicError::DeskRunning`] if somebody does.
    pub(crate) fn lock_desk(&self) -> Result<FileLock, ClinicError> {
        lock_file(&self.0, "desk.lock")?.ok_or(ClinicError::DeskRunning)
    }

    pub(crate) fn store(&self) -> PathBuf {
        self.0.join("clinic.db")
    }

    /// The card, which anybody may see.
    pub(crate) fn card(&self) -> PathBuf {
        self.0.join("card.json")
    }

    /// The login code of the desk page that was started last.
    pub(crate) fn desk_code(&self) -> PathBuf {
        self.0.join("desk.code")
    }

    /// The browsers that were logged in here once.
    pub(crate) fn desk_browsers(&self) -> PathBuf {
        self.0.join("desk.browsers")
    }

    fn key(&self) -> PathBuf {
        self.0.join("store.key")
    }

    /// Reads the key of the store.
    pub(crate) fn read_key(&self) -> Result<StoreKey, ClinicError> {
        let mut bytes = Zeroizing::new([0; KEY_LENGTH + 1]);
        let length = match File::open(self.key()) {
            Ok(file) => file.take(KEY_LENGTH as u64 + 1).read(bytes.as_mut_slice())?,
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(ClinicError::StoreKey),
            Err(error) => return Err(error.into()),
        };
        if length != KEY_LENGTH {
            return Err(ClinicError::StoreKey);
        }
        let (key, rest) = bytes.split_first_chunk::<32>().ok_or(ClinicError::StoreKey)?;
        let salt = rest.first_chunk::<16>().ok_or(ClinicError::StoreKey)?;
        Ok(StoreKey { key: DatabaseKey::from_bytes(key), salt: *salt })
    }

    /// The key of a store that is to be made: the one that an earlier, broken off attempt left, or
    /// a new one. A store without its key is never taken for none.
    pub(crate) fn read_or_create_key(&self, rng: &mut Rng) -> Result<StoreKey, ClinicError> {
        match self.read_key() {
            Err(ClinicError::StoreKey) if !self.key().exists() && !self.store().exists() => {
                let bytes = Zeroizing::new(rng.array::<KEY_LENGTH>()?);
                write_private(&self.key(), bytes.as_slice())?;
                self.read_key()
            }
            other => other,
        }
    }
}

/// Replaces a file that only its owner may read, so that a crash leaves the old or the new one.
pub(crate) fn write_private(path: &Path, content: &[u8]) -> Result<(), ClinicError> {
    // What a crash of version 0.2.0 may have left of a file in the making.
    remove_if_there(&path.with_extension("next"))?;
    Ok(write_whole(path, content, 0o600)?)
}

/// Replaces a file that anybody may read, so that a crash leaves the old or the new one.
pub(crate) fn write_public(path: &Path, content: &[u8]) -> Result<(), ClinicError> {
    Ok(write_whole(path, content, 0o644)?)
}

const KEY_LENGTH: usize = 48;
