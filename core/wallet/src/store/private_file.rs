//! Files that are their owner's alone.

use std::fs::OpenOptions;

/// Readable and writable, and by its owner alone where it is made.
pub(super) fn private_options() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    options
}
