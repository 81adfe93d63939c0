//! How much of the disk is free. CometBFT gives up for good where a write of its own fails, so that it must not come to
//! that.

use std::path::PathBuf;

/// The disk of a node's home, and how much of it is kept free.
pub(super) struct Disk {
    folder: PathBuf,
    reserve: u64,
}

/// What there is room for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Room {
    /// For anything.
    Free,
    /// For what ends something.
    Ends,
    /// For nothing new, only for blocks that others decide on.
    Blocks,
    /// Not even for these: CometBFT is to end in order before it fails.
    None,
}

impl Disk {
    /// `reserve` bytes are kept free: half of them for what ends something, a quarter for an end in order.
    pub(super) fn new(folder: PathBuf, reserve: u64) -> Self {
        Self { folder, reserve }
    }

    /// Looks how much is free. Where the system does not say, nobody is kept out for that.
    pub(super) fn room(&self) -> Room {
        match rustix::fs::statvfs(&self.folder) {
            Ok(disk) => room(disk.f_bavail.saturating_mul(disk.f_frsize), self.reserve),
            Err(error) => {
                tracing::warn!(%error, "how much of the disk is free cannot be seen");
                Room::Free
            }
        }
    }
}

fn room(free: u64, reserve: u64) -> Room {
    match free {
        _ if free >= reserve => Room::Free,
        _ if free >= reserve / 2 => Room::Ends,
        _ if free >= reserve / 4 => Room::Blocks,
        _ => Room::None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_quarter_is_for_an_end_in_order() {
        let of = |free| room(free, 1_000);
        assert_eq!(
            [1_000, 999, 500, 499, 250, 249, 0].map(of),
            [Room::Free, Room::Ends, Room::Ends, Room::Blocks, Room::Blocks, Room::None, Room::None,]
        );
        assert_eq!(room(0, 0), Room::Free);
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(Disk::new(folder.path().to_owned(), 1).room(), Room::Free);
        assert_eq!(Disk::new(folder.path().to_owned(), u64::MAX).room(), Room::None);
        assert_eq!(Disk::new(folder.path().join("gone"), u64::MAX).room(), Room::Free);
    }
}
