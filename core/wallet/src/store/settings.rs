//! Single values, each under its name.

use rusqlite::{Connection, OptionalExtension, Transaction};

use super::StoreError;

/// A single value that the wallet keeps.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Setting {
    /// That the recovery words were proved to be known; one byte.
    WordsVerified,
    /// Up to which entry the host's log was told; 8 bytes big-endian.
    ActivitySeen,
    /// That what the host's log has is of before this wallet, which has not looked yet; one byte.
    ActivityPast,
    /// Up to which entry the state log is sealed for the host; 8 bytes big-endian.
    LogSealed,
    /// The wallet's grant to itself, as an object.
    Anchor,
    /// When that is to be moved; seconds since 1970, 8 bytes big-endian, 0: not.
    AnchorDue,
    /// When this wallet took over from another one of the same words, as an object.
    Takeover,
    /// What it took over and nobody was told of, as an object; empty: nothing.
    OtherWallet,
    /// That another one has taken over from this one; one byte.
    TakenOver,
    /// The hosts that the space has left and that do not know it yet, as an object.
    FormerHosts,
    /// From when on the host that the wallet has now logs what it serves, where the wallet had another before or was
    /// restored; seconds since 1970, 8 bytes big-endian.
    HostLogBegan,
    /// When the host answered last; seconds since 1970, 8 bytes big-endian.
    HostReached,
    /// When the host was asked last about its blobs; seconds since 1970, 8 bytes big-endian.
    HostChecked,
    /// That the host is to be made whole once the owner agrees; one byte.
    HealingWaits,
    /// What was found at a host that is behind and nobody was told of: three numbers, 8 bytes big-endian each.
    HealingUnreported,
    /// How many record versions wait for the owner to agree; 8 bytes big-endian.
    LostWaiting,
    /// Up to which arrival the owner has seen what is new; 4 bytes big-endian.
    OverviewSeen,
    /// That the space may not be the newest, so that what is published takes numbers beyond those that the
    /// newest one may have (flows.md §2.5); one byte.
    SpaceUnproved,
    /// After how long without use the wallet locks itself, as an object.
    AutoLock,
    /// Through whom the ledger is asked about providers and the wallet's own account, as an object.
    LedgerQuestions,
    /// Two headers that the ledger has for one height, as an object.
    Equivocation,
}

impl Setting {
    /// The name in the table, which stays as it is.
    const fn name(self) -> &'static str {
        match self {
            Self::WordsVerified => "words_verified",
            Self::ActivitySeen => "activity_seen",
            Self::ActivityPast => "activity-past",
            Self::LogSealed => "log-sealed",
            Self::Anchor => "anchor",
            Self::AnchorDue => "anchor-due",
            Self::Takeover => "takeover",
            Self::OtherWallet => "other-wallet",
            Self::TakenOver => "taken-over",
            Self::FormerHosts => "former-hosts",
            Self::HostLogBegan => "host-log-began",
            Self::HostReached => "host-reached",
            Self::HostChecked => "host-checked",
            Self::HealingWaits => "healing-waits",
            Self::HealingUnreported => "healing-untold",
            Self::LostWaiting => "lost-waiting",
            Self::OverviewSeen => "overview-seen",
            Self::SpaceUnproved => "space-unproved",
            Self::AutoLock => "auto-lock",
            Self::LedgerQuestions => "ledger-questions",
            Self::Equivocation => "equivocation",
        }
    }
}

/// The value, if there is one.
pub(crate) fn read(connection: &Connection, setting: Setting) -> Result<Option<Vec<u8>>, StoreError> {
    read_named(connection, setting.name())
}

/// Sets or replaces the value.
pub(crate) fn write(transaction: &Transaction<'_>, setting: Setting, value: &[u8]) -> Result<(), StoreError> {
    write_named(transaction, setting.name(), value)
}

/// Removes the value, if there is one.
pub(crate) fn remove(transaction: &Transaction<'_>, setting: Setting) -> Result<(), StoreError> {
    transaction.prepare_cached("DELETE FROM setting WHERE name = ?1")?.execute([setting.name()])?;
    Ok(())
}

/// As [`read`], by a name that is made up as it goes.
pub(super) fn read_named(connection: &Connection, name: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let value = connection
        .prepare_cached("SELECT value FROM setting WHERE name = ?1")?
        .query_row([name], |row| row.get(0))
        .optional()?;
    Ok(value)
}

/// As [`write`], by a name that is made up as it goes.
pub(super) fn write_named(transaction: &Transaction<'_>, name: &str, value: &[u8]) -> Result<(), StoreError> {
    transaction
        .prepare_cached(
            "INSERT INTO setting VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        )?
        .execute((name, value))?;
    Ok(())
}
