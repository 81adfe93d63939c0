//! The folder in which a server keeps what is its own: for its user alone, and for one process at a time.

use std::fs::{DirBuilder, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

/// Makes a folder, and those above it, for this user alone; one that is there stays as it is.
///
/// # Errors
/// What the system says.
pub fn make_home(folder: &Path) -> io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Opens a file to append to, making it for this user alone if it is not there.
///
/// # Errors
/// What the system says.
pub fn private_file(file: &Path) -> io::Result<File> {
    OpenOptions::new().append(true).create(true).mode(0o600).open(file)
}

/// Takes the lock `name` in `folder`, for as long as the file lives; nothing if another process has it.
///
/// # Errors
/// What the system says.
pub fn hold(folder: &Path, name: &str) -> io::Result<Option<File>> {
    let lock = private_file(&folder.join(name))?;
    match lock.try_lock() {
        Ok(()) => Ok(Some(lock)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(error)) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::*;

    #[test]
    fn a_home_is_for_its_user_and_one_holder() {
        let folder = tempfile::tempdir().unwrap();
        let home = folder.path().join("a/b");
        make_home(&home).unwrap();
        make_home(&home).unwrap();
        let mode = |path: &Path| path.metadata().unwrap().permissions().mode() & 0o777;
        let held = hold(&home, "lock").unwrap();
        assert!(held.is_some());
        assert_eq!((mode(&home), mode(&home.join("lock"))), (0o700, 0o600));
        assert!(hold(&home, "lock").unwrap().is_none());
        assert!(hold(&home, "other").unwrap().is_some());
        drop(held);
        assert!(hold(&home, "lock").unwrap().is_some());
        assert!(hold(&folder.path().join("nothing"), "lock").is_err());
    }
}
