//! The folder that holds one wallet: which files, how they are written, who may have them open.

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::StoreError;
use super::device_key::{DeviceKey, DeviceKeyPurpose};
use super::private_file::private_options;
use super::reserve::Reserve;

/// The home of a wallet, locked for as long as this value lives.
#[derive(Debug)]
pub(crate) struct Home {
    root: PathBuf,
    _lock: File,
}

impl Home {
    /// Makes the folder if need be and locks it, waiting up to [`LOCK_WAIT`] for another holder.
    ///
    /// # Errors
    /// [`StoreError::Busy`] if the other holder stays, [`StoreError::UnsafePlace`] if the folder is
    /// on a file system whose locks and durable writes cannot be relied on.
    pub(crate) fn lock(root: &Path) -> Result<Self, StoreError> {
        create_dir(root)?;
        let lock = private_options().create(true).truncate(false).open(root.join("lock"))?;
        refuse_shared_file_system(&lock)?;
        let mut waited = Duration::ZERO;
        loop {
            match lock.try_lock() {
                Ok(()) => return Ok(Self { root: root.to_owned(), _lock: lock }),
                Err(TryLockError::WouldBlock) if waited < LOCK_WAIT => {
                    std::thread::sleep(LOCK_STEP);
                    waited += LOCK_STEP;
                }
                Err(TryLockError::WouldBlock) => return Err(StoreError::Busy),
                Err(TryLockError::Error(error)) => return Err(error.into()),
            }
        }
    }

    /// The same for a wallet that is to be made; what is left of one that was erased is removed.
    ///
    /// # Errors
    /// As for [`Home::lock`], [`StoreError::WalletExists`], and those of [`Home::finish_erasing`].
    pub(crate) fn lock_empty(root: &Path, device: &dyn DeviceKey) -> Result<Self, StoreError> {
        let home = Self::lock(root)?;
        if home.wallet().exist() {
            return Err(StoreError::WalletExists);
        }
        home.finish_erasing(device)?;
        Ok(home)
    }

    /// The folder that appears whole, or not at all, when a wallet is made.
    pub(crate) fn wallet(&self) -> WalletFiles {
        WalletFiles { dir: self.root.join("wallet") }
    }

    /// Where a wallet is put together before it appears; what a crash left there is removed, and what a
    /// restore that was broken off has fetched.
    pub(crate) fn stage(&self) -> Result<StagedFiles, StoreError> {
        self.forget_restored()?;
        let dir = self.staging_dir()?;
        create_dir(&dir)?;
        Ok(StagedFiles { files: WalletFiles { dir }, is_kept: false })
    }

    /// Where a wallet is restored before it appears. What is there stays until the restore is done, so
    /// that one that was broken off goes on; whether that is this wallet its slots say.
    pub(crate) fn restored(&self) -> StagedFiles {
        StagedFiles { files: WalletFiles { dir: self.root.join(RESTORED) }, is_kept: true }
    }

    /// Removes what a restore has fetched, and makes room for another.
    pub(crate) fn begin_restored(&self) -> Result<StagedFiles, StoreError> {
        self.forget_restored()?;
        let staged = self.restored();
        create_dir(&staged.files.dir)?;
        Ok(staged)
    }

    /// Removes what a restore has fetched; nothing there is nothing to do.
    fn forget_restored(&self) -> Result<(), StoreError> {
        let dir = self.root.join(RESTORED);
        if dir.exists() {
            fs::remove_dir_all(&dir)?;
        }
        Ok(())
    }

    /// Makes the home one without a wallet, at once and for good, and then removes what is left of it.
    ///
    /// # Errors
    /// [`StoreError`] if the wallet can't be taken away, and then it is as before; else as for
    /// [`Home::finish_erasing`].
    pub(crate) fn erase(&self, device: &dyn DeviceKey) -> Result<(), StoreError> {
        let erased = self.erased();
        if is_link(&self.wallet().dir) {
            return Err(StoreError::UnsafePlace { reason: "its folder is a link to another one" });
        }
        if is_link(&erased.dir) {
            fs::remove_file(&erased.dir)?;
        } else if erased.exist() {
            fs::remove_dir_all(&erased.dir)?;
        }
        fs::rename(self.wallet().dir, erased.dir)?;
        sync_dir(&self.root)?;
        self.finish_erasing(device)
    }

    /// Goes on with an erasing that was broken off: the slots first, without which all the rest is noise, the
    /// device's keys, the other files. Where nothing was begun, or a wallet is here, nothing is touched.
    ///
    /// # Errors
    /// [`StoreError`] if a file or a key could not be removed; the others are, and this can be done again.
    pub(crate) fn finish_erasing(&self, device: &dyn DeviceKey) -> Result<(), StoreError> {
        let erased = self.erased();
        if self.wallet().exist() {
            return Ok(());
        }
        if is_link(&erased.dir) {
            // No erasing leaves one; what is behind it is somebody's.
            return Ok(fs::remove_file(&erased.dir)?);
        }
        if !erased.exist() {
            return Ok(());
        }
        let slots = remove_slots(&erased);
        let keys = [DeviceKeyPurpose::Biometric, DeviceKeyPurpose::Pin].map(|purpose| device.delete(purpose));
        let files = remove_entries(&erased.dir);
        slots?;
        keys.into_iter().collect::<Result<(), _>>()?;
        files?;
        self.forget_restored()?;
        // One that 0.2.0 was to erase may lie there.
        self.staging_dir()?;
        // It stays until all else is gone: while it is there, there is something to finish.
        fs::remove_dir(&erased.dir)?;
        sync_dir(&self.root)
    }

    fn erased(&self) -> WalletFiles {
        WalletFiles { dir: self.root.join("wallet.erasing") }
    }

    /// The folder for what is not a wallet yet; nothing is there.
    fn staging_dir(&self) -> Result<PathBuf, StoreError> {
        let dir = self.root.join("wallet.new");
        if dir.exists() {
            fs::remove_dir_all(&dir)?;
        }
        Ok(dir)
    }

    /// Makes the staged wallet the wallet of this home.
    ///
    /// # Errors
    /// [`StoreError`] if that would not outlast a power cut; there is no wallet then.
    pub(crate) fn install(&self, staged: StagedFiles) -> Result<WalletFiles, StoreError> {
        let dir = &staged.files.dir;
        sync_dir(dir)?;
        let wallet = self.wallet();
        fs::rename(dir, &wallet.dir)?;
        if let Err(error) = sync_dir(&self.root) {
            fs::rename(&wallet.dir, dir)?;
            return Err(error);
        }
        Ok(wallet)
    }
}

/// The files of a wallet that is being put together; dropped before they are installed, they are removed,
/// unless a restore is to go on with them.
#[derive(Debug)]
pub(crate) struct StagedFiles {
    files: WalletFiles,
    is_kept: bool,
}

impl StagedFiles {
    /// Where they are for now.
    pub(crate) fn files(&self) -> &WalletFiles {
        &self.files
    }
}

impl Drop for StagedFiles {
    fn drop(&mut self) {
        if self.is_kept {
            return;
        }
        // Installed, they have another name. What can't be removed now, the next one staged here removes.
        let _ = fs::remove_dir_all(&self.files.dir);
    }
}

/// Whether a restore into this home was broken off.
pub(crate) fn has_restored(root: &Path) -> bool {
    !root.join("wallet").exists() && root.join(RESTORED).exists()
}

/// The files of one wallet.
#[derive(Clone, Debug)]
pub(crate) struct WalletFiles {
    dir: PathBuf,
}

impl WalletFiles {
    /// Whether there is a wallet.
    pub(crate) fn exist(&self) -> bool {
        self.dir.exists()
    }

    /// The encrypted database; SQLite keeps two more files beside it while it is open.
    pub(crate) fn database(&self) -> PathBuf {
        self.dir.join("store.db")
    }

    /// The slots: what a PIN or the recovery words open.
    pub(crate) fn slots(&self) -> PathBuf {
        self.dir.join("slots")
    }

    /// The room that is kept for a full disk.
    pub(crate) fn reserve(&self) -> Reserve {
        Reserve::at(self.dir.join("reserve"))
    }

    /// The sealed head of the state log.
    pub(crate) fn head(&self) -> PathBuf {
        self.dir.join("head")
    }
}

/// Replaces a file so that a crash leaves either the old or the new content.
pub(crate) fn write_atomically(path: &Path, content: &[u8]) -> Result<(), StoreError> {
    let next = path.with_extension("next");
    let mut file = private_options().create(true).truncate(true).open(&next)?;
    file.write_all(content)?;
    file.sync_all()?;
    drop(file);
    fs::rename(&next, path)?;
    match path.parent() {
        Some(dir) => sync_dir(dir),
        None => Ok(()),
    }
}

/// Reads a small file; `None` if it is not there.
///
/// # Errors
/// [`StoreError::Corrupt`] if it is longer than anything this program writes.
pub(crate) fn read_small(path: &Path) -> Result<Option<Vec<u8>>, StoreError> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut content = Vec::new();
    file.take(SMALL + 1).read_to_end(&mut content)?;
    if content.len() as u64 > SMALL {
        return Err(StoreError::Corrupt { part: "a file beside the database" });
    }
    Ok(Some(content))
}

/// Refuses a file that also has another name: SQLite's lock and log files go by the name.
pub(crate) fn refuse_hard_link(path: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        if fs::metadata(path)?.nlink() > 1 {
            return Err(StoreError::UnsafePlace { reason: "the database has a second name" });
        }
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

pub(crate) fn create_dir(dir: &Path) -> Result<(), StoreError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    Ok(builder.create(dir)?)
}

/// Removes the slots, and a copy of them that a crash left.
fn remove_slots(files: &WalletFiles) -> Result<(), StoreError> {
    for file in [files.slots(), files.slots().with_extension("next")] {
        if file.exists() {
            fs::remove_file(file)?;
        }
    }
    sync_dir(&files.dir)
}

/// Removes what is in a folder, all that can be, and says what could not.
fn remove_entries(dir: &Path) -> Result<(), StoreError> {
    let removed = fs::read_dir(dir)?.map(|entry| {
        let entry = entry?;
        let is_dir = entry.file_type()?.is_dir();
        if is_dir { fs::remove_dir_all(entry.path()) } else { fs::remove_file(entry.path()) }
    });
    let removed: Vec<std::io::Result<()>> = removed.collect();
    Ok(removed.into_iter().collect::<std::io::Result<()>>()?)
}

fn is_link(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_symlink())
}

/// Makes renames in `dir` durable.
fn sync_dir(dir: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    File::open(dir)?.sync_all()?;
    #[cfg(not(unix))]
    let _ = dir;
    Ok(())
}

fn refuse_shared_file_system(file: &File) -> Result<(), StoreError> {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    {
        let kind = rustix::fs::fstatfs(file).map_err(std::io::Error::from)?.f_type;
        if SHARED_FILE_SYSTEMS.contains(&u32::try_from(kind & 0xffff_ffff).unwrap_or(0)) {
            return Err(StoreError::UnsafePlace { reason: "a network or user-space file system" });
        }
    }
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    let _ = file;
    Ok(())
}

/// The folder of a wallet that is being restored.
const RESTORED: &str = "wallet.restoring";

/// How long a second process waits for the first.
const LOCK_WAIT: Duration = Duration::from_secs(2);
const LOCK_STEP: Duration = Duration::from_millis(20);

/// The slots and the sealed head are far smaller.
const SMALL: u64 = 64 * 1024;

/// `statfs(2)`: NFS, SMB, CIFS, SMB2, AFS, Coda, 9P, FUSE.
#[cfg(any(target_os = "linux", target_os = "android"))]
const SHARED_FILE_SYSTEMS: [u32; 8] =
    [0x0000_6969, 0x0000_517b, 0xff53_4d42, 0xfe53_4d42, 0x5346_414f, 0x7375_7245, 0x0102_1997, 0x6573_5546];
