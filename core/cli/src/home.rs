//! The folder that holds one party's state.

use std::env;
use std::path::PathBuf;

use crate::failure::{CommandError, Failure};

/// The folder named with `--home` or `KEEPWELL_HOME`, else `keepwell` in the platform's data folder.
///
/// # Errors
/// [`CommandError::HomeUnknown`] if none is named and the platform has none.
pub(crate) fn resolve(named: Option<PathBuf>) -> Result<PathBuf, Failure> {
    named.or_else(platform_folder).ok_or_else(|| CommandError::HomeUnknown.into())
}

#[cfg(target_os = "macos")]
fn platform_folder() -> Option<PathBuf> {
    absolute("HOME").map(|home| home.join("Library/Application Support/keepwell"))
}

/// XDG Base Directory Specification: a relative `XDG_DATA_HOME` is ignored.
#[cfg(not(target_os = "macos"))]
fn platform_folder() -> Option<PathBuf> {
    absolute("XDG_DATA_HOME")
        .or_else(|| absolute("HOME").map(|home| home.join(".local/share")))
        .map(|data| data.join("keepwell"))
}

fn absolute(variable: &str) -> Option<PathBuf> {
    env::var_os(variable).map(PathBuf::from).filter(|path| path.is_absolute())
}
