//! The folder in which a server keeps what is its own: for its user alone, and for one process at a time.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, MetadataExt as _, OpenOptionsExt as _, PermissionsExt as _};
use std::path::Path;

use rustix::process::geteuid;

/// Makes a folder, and those above it, for this user alone; one that is there becomes so, as by [`close_to_others`].
///
/// # Errors
/// What the system says.
pub fn make_home(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    close_to_others(folder)
}

/// Opens a file to append to, making it for this user alone if it is not there; one that is there becomes so, as by
/// [`close_to_others`].
///
/// # Errors
/// What the system says.
pub fn private_file(file: &Path) -> io::Result<File> {
    let opened = OpenOptions::new().append(true).create(true).mode(0o600).open(file)?;
    close_to_others(file)?;
    Ok(opened)
}

/// Takes from a folder or file of this user what its group and others may do: older versions made theirs by the
/// umask. What belongs to another user stays as it is.
///
/// # Errors
/// What the system says.
pub fn close_to_others(path: &Path) -> io::Result<()> {
    // By its name: SQLite's locks of a file go when another handle of the same process is closed.
    let found = fs::metadata(path)?;
    let mode = found.mode() & 0o7777;
    if mode & 0o077 != 0 && found.uid() == geteuid().as_raw() {
        fs::set_permissions(path, Permissions::from_mode(mode & !0o077))?;
    }
    Ok(())
}

/// Writes a file whole or not at all, durably: a crash leaves the old one or the new one. `mode` is the permission
/// bits of the new file, such as `0o600`.
///
/// # Errors
/// What the system says.
pub fn write_whole(file: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    let unfinished = file.with_extension("unfinished");
    // Another mode than asked for would stay if the file were there already.
    remove_if_there(&unfinished)?;
    let mut out = OpenOptions::new().write(true).create_new(true).mode(mode).open(&unfinished)?;
    out.write_all(bytes)?;
    out.sync_all()?;
    fs::rename(&unfinished, file)?;
    match file.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

/// Removes a file that may not be there.
///
/// # Errors
/// What the system says.
pub fn remove_if_there(file: &Path) -> io::Result<()> {
    match fs::remove_file(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// A lock that nobody else has as long as this lives.
#[derive(Debug)]
pub struct FileLock(File);

impl Drop for FileLock {
    fn drop(&mut self) {
        // Closing is not enough: a process that is being started has a copy of the file until it is itself.
        let _ = self.0.unlock();
    }
}

/// Takes the lock `name` in `folder`; nothing if another process has it.
///
/// # Errors
/// What the system says.
pub fn lock_file(folder: &Path, name: &str) -> io::Result<Option<FileLock>> {
    let lock = private_file(&folder.join(name))?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(FileLock(lock))),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_home_is_for_its_user_and_one_holder() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("a/b");
        make_home(&home).unwrap();
        make_home(&home).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        let held = lock_file(&home, "lock").unwrap();
        assert!(held.is_some());
        assert_eq!((mode(&home), mode(&home.join("lock"))), (0o700, 0o600));
        assert!(lock_file(&home, "lock").unwrap().is_none());
        assert!(lock_file(&home, "other").unwrap().is_some());
        let copy = held.as_ref().unwrap().0.try_clone().unwrap();
        drop(held);
        assert!(lock_file(&home, "lock").unwrap().is_some(), "whoever was started meanwhile");
        drop(copy);
        assert!(lock_file(&folder.path().join("nothing"), "lock").is_err());
    }

    #[test]
    fn what_an_older_version_left_open_is_closed_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let (home, data) = (folder.path().join("home"), folder.path().join("home/data"));
        fs::create_dir(&home).unwrap();
        for file in [&data, &home.join("card.json")] {
            fs::write(file, "kept").unwrap();
            fs::set_permissions(file, Permissions::from_mode(0o644)).unwrap();
        }
        fs::set_permissions(&home, Permissions::from_mode(0o755)).unwrap();
        fs::set_permissions(folder.path(), Permissions::from_mode(0o755)).unwrap();
        make_home(&home).unwrap();
        private_file(&data).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(&home), mode(&data)), (0o700, 0o600));
        assert_eq!((mode(folder.path()), mode(&home.join("card.json"))), (0o755, 0o644));
        assert_eq!(fs::read(&data).unwrap(), b"kept");
        assert!(close_to_others(&home.join("nothing")).is_err());
    }
}
