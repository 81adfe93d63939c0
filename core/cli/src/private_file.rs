//! Files that their owner alone may read, and that appear whole or not at all.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use keepwell_wallet::WalletError;
use tempfile::NamedTempFile;

use crate::failure::{CommandError, Failure};

/// A file that is there, with mode 0600, under a name of its own, until it takes its place.
///
/// Begin it before the deed whose outcome it is to hold: a deed that can't be written down should not be
/// done. Dropped before [`PrivateFile::put_in_place`], it is removed and what was there before stays.
#[derive(Debug)]
pub(crate) struct PrivateFile {
    staged: NamedTempFile,
    path: PathBuf,
}

impl PrivateFile {
    /// Makes the file, empty, beside where it will be.
    ///
    /// # Errors
    /// [`CommandError::FileUnwritable`]; also if a folder has this name.
    pub(crate) fn begin(path: &Path) -> Result<Self, Failure> {
        if path.is_dir() {
            return Err(unwritable(path, &io::ErrorKind::IsADirectory.into()));
        }
        let staged = NamedTempFile::new_in(folder(path)).map_err(|error| unwritable(path, &error))?;
        Ok(Self { staged, path: path.to_owned() })
    }

    /// Writes all of it, down to the disk.
    ///
    /// # Errors
    /// [`CommandError::FileUnwritable`].
    pub(crate) fn write(&self, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
        let mut writer = BufWriter::new(self.staged.as_file());
        write(&mut writer)
            .and_then(|()| writer.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all())
            .map_err(|error| unwritable(&self.path, &error))
    }

    /// Has a wallet export into it, and puts it in place.
    ///
    /// # Errors
    /// As the export; [`CommandError::FileUnwritable`].
    pub(crate) fn export<T>(
        self,
        export: impl FnOnce(&mut dyn Write) -> Result<T, WalletError>,
    ) -> Result<T, Failure> {
        let mut outcome = None;
        let written = self.write(|destination| {
            let exported = outcome.insert(export(destination));
            if exported.is_err() { Err(io::ErrorKind::Other.into()) } else { Ok(()) }
        });
        match (outcome, written) {
            (Some(Ok(exported)), Ok(())) => self.put_in_place().map(|()| exported),
            (Some(Err(error)), _) => Err(error.into()),
            (_, Err(failure)) => Err(failure),
            (None, Ok(())) => Err(unwritable(&self.path, &io::ErrorKind::Other.into())),
        }
    }

    /// Gives it its name, in place of an older file.
    ///
    /// # Errors
    /// [`CommandError::FileUnwritable`].
    pub(crate) fn put_in_place(self) -> Result<(), Failure> {
        let Self { staged, path } = self;
        staged
            .persist(&path)
            .map_err(|error| error.error)
            .and_then(|_| File::open(folder(&path))?.sync_all())
            .map_err(|error| unwritable(&path, &error))
    }
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|folder| *folder != Path::new("")).unwrap_or(Path::new("."))
}

fn unwritable(path: &Path, error: &io::Error) -> Failure {
    CommandError::unwritable(path, error).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_appears_with_all_of_it_for_its_owner_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        std::fs::write(&path, "older").unwrap();
        let file = PrivateFile::begin(&path).unwrap();
        file.write(|writer| writer.write_all(b"newer")).unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"older");
        file.put_in_place().unwrap();
        assert_eq!(std::fs::read(&path).unwrap(), b"newer");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn what_is_dropped_leaves_nothing_and_a_folder_is_no_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        drop(PrivateFile::begin(&path).unwrap());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        assert!(PrivateFile::begin(folder.path()).is_err());
        assert!(PrivateFile::begin(&path.join("deeper")).is_err());
    }
}
