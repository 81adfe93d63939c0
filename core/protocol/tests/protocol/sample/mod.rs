//! Where the large sample data is, and a second reading of its JSON.

pub(crate) mod canonical;
pub(crate) mod drops;
pub(crate) mod import;

use std::path::{Path, PathBuf};

/// A folder of the sample data (`KEEPWELL_DATA`, by default beside the repository). Without it a
/// test says so and passes, but not in CI.
pub(crate) fn data(folder: &str) -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared");
    let path = std::env::var_os("KEEPWELL_DATA").map_or(beside, PathBuf::from).join(folder);
    if path.is_dir() {
        return Some(path);
    }
    assert!(std::env::var_os("CI").is_none(), "the sample data is not at {}", path.display());
    eprintln!("skipped: the sample data is not at {}", path.display());
    None
}
