//! What a wallet holds at one moment, as screens ask for it: by the wallet itself, or by a reader beside it.

use keepwell_net::Clock;
use keepwell_protocol::consent::InvalidTerms;
use keepwell_protocol::crypto;
use keepwell_protocol::domain::{GrantId, ProviderId, RecordId, Scope, Sensitivity};
use rusqlite::Connection;

use super::share_preview::{self, SharePreview};
use super::share_selection::{Choice, ShareFormat};
use crate::engine::activity::{self, Activity};
use crate::engine::online::{LedgerStatus, asked_ledger, verified_ledger};
use crate::engine::sealing::LedgerQuestions;
use crate::engine::sync::queued;
use crate::error::WalletError;
use crate::records_view::access_request::{self, AccessRequestView};
use crate::records_view::attachment::{self, Attachment};
use crate::records_view::grant::{self, GrantView};
use crate::records_view::list::{self, CategoryCount};
use crate::records_view::overview::{self, Overview};
use crate::records_view::preview::{self, AccessPreview};
use crate::records_view::preview_grant;
use crate::records_view::record::{self, RecordView, ResultRow};
use crate::records_view::share::{self, ShareSummary};
use crate::records_view::status::{Status, status};
use crate::store::held_keys::HeldKeys;
use crate::store::records::{Page, Query};
use crate::store::{DeviceKey, DeviceKeyLevel};

/// What an unlocked wallet holds at one moment; all that it says is of one state of the database.
pub struct Snapshot<'a> {
    pub(super) connection: &'a Connection,
    pub(super) clock: &'a dyn Clock,
    pub(super) of: SnapshotOf<'a>,
}

/// Who reads: what a status says beside what the database holds.
#[derive(Clone, Copy)]
pub(super) enum SnapshotOf<'a> {
    /// The wallet, which has its keys and its device at hand.
    Wallet { keys: &'a HeldKeys, device: &'a dyn DeviceKey },
    /// A reader, which was told both when it was opened.
    Reader { fingerprint: &'a str, device_key: DeviceKeyLevel },
}

impl Snapshot<'_> {
    /// Tells how the wallet is.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub fn status(&self) -> Result<Status, WalletError> {
        let (fingerprint, device_key) = match self.of {
            SnapshotOf::Wallet { keys, device } => {
                (crypto::fingerprint(&keys.owner.public_key()), device.level())
            }
            SnapshotOf::Reader { fingerprint, device_key } => (fingerprint.to_owned(), device_key),
        };
        status(self.connection, fingerprint, device_key)
    }

    /// What the first screen shows: whose records these are, what holds now, what is new, what there is to do.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub fn overview(&self) -> Result<Overview, WalletError> {
        overview::overview(self.connection, &self.status()?, self.clock.now())
    }

    /// Lists records or searches in them, in the order that is asked for; any text can be searched for.
    ///
    /// # Errors
    /// [`WalletError::InvalidCursor`] if the page before was in the other order; [`WalletError::Store`].
    pub fn records(&self, query: &Query) -> Result<Page, WalletError> {
        list::page(self.connection, query)
    }

    /// How many records there are of each category that has any, in the order in which they are shown.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub fn record_counts(&self) -> Result<Vec<CategoryCount>, WalletError> {
        list::counts(self.connection)
    }

    /// The newest version of a record, byte for byte as received.
    ///
    /// # Errors
    /// [`WalletError::NoSuchRecord`].
    pub fn record_bytes(&self, id: &RecordId) -> Result<Vec<u8>, WalletError> {
        list::bytes(self.connection, id)
    }

    /// Everything that a page shows of the present version of a record.
    ///
    /// # Errors
    /// [`WalletError::NoSuchRecord`].
    pub fn record_view(&self, id: &RecordId) -> Result<RecordView, WalletError> {
        record::view(self.connection, id)
    }

    /// The file in this place among the [`attachments`](keepwell_chart::View::attachments) of a record's view, from 0: from
    /// the record, or from a Binary that it points to and that is in the wallet.
    ///
    /// # Errors
    /// [`WalletError::NoSuchRecord`], [`WalletError::NoSuchAttachment`], [`WalletError::AttachmentNotHere`] if the record
    /// only says where it is; [`WalletError::AttachmentDamaged`] if it is not what the record says of it.
    pub fn attachment(&self, id: &RecordId, index: u32) -> Result<Attachment, WalletError> {
        attachment::attachment(self.connection, id, index)
    }

    /// The results of the same code as this one, newest first and with it among them; at most 100. Empty for a record that is
    /// no result or has no code.
    ///
    /// # Errors
    /// [`WalletError::NoSuchRecord`].
    pub fn record_series(&self, id: &RecordId) -> Result<Vec<ResultRow>, WalletError> {
        record::series(self.connection, id)
    }

    /// Every grant, newest first.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub fn grants(&self) -> Result<Vec<GrantView>, WalletError> {
        grant::all(self.connection)
    }

    /// The grant with this identifier.
    ///
    /// # Errors
    /// [`WalletError::NoSuchGrant`].
    pub fn grant_view(&self, id: GrantId) -> Result<GrantView, WalletError> {
        grant::one(self.connection, id)
    }

    /// Decides for every record what the provider would see under all its grants now.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub fn preview(&self, provider: ProviderId) -> Result<AccessPreview, WalletError> {
        preview::of_provider(self.connection, provider, self.clock.now())
    }

    /// Decides for every record whether a grant of this scope would show it: by itself, or because a record
    /// that it shows refers to it. Nothing is granted.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub fn preview_grant(&self, scope: &Scope) -> Result<AccessPreview, WalletError> {
        preview_grant::of_scope(self.connection, scope)
    }

    /// The scope of a grant without records of these sensitive kinds; where there are any kinds, it names each record that
    /// stays, so that records that are added later do not go along, which are not known to be of none of them; new versions of
    /// those that stay do.
    ///
    /// # Errors
    /// [`WalletError::Terms`] if nothing stays, or more than 1,000 records, which no scope can name.
    pub fn scope_leaving_out(&self, scope: &Scope, kinds: &[Sensitivity]) -> Result<Scope, WalletError> {
        let scope = preview_grant::leaving_out(self.connection, scope, kinds)?.normalized();
        scope.check().map_err(InvalidTerms::from)?;
        Ok(scope)
    }

    /// The same for the scope of a grant, whether it can still be read under or not: what it covers of the records that
    /// there are now.
    ///
    /// # Errors
    /// [`WalletError::NoSuchGrant`].
    pub fn preview_of_grant(&self, id: GrantId) -> Result<AccessPreview, WalletError> {
        preview_grant::of_scope(self.connection, &grant::one(self.connection, id)?.scope)
    }

    /// Tells what would leave with a share of these scopes, without the sensitive kinds that are to be left out; no scope:
    /// what a clinic asks for at check-in. Identity numbers and photos are listed, and leave only `with_numbers`. Nothing is
    /// sent.
    ///
    /// # Errors
    /// [`WalletError::Terms`] if a scope breaks a rule; [`WalletError::Share`] if there is nothing to share.
    pub fn preview_share(
        &self,
        scopes: Vec<Scope>,
        leave_out: &[Sensitivity],
        with_numbers: bool,
        format: ShareFormat,
    ) -> Result<SharePreview, WalletError> {
        let now = self.clock.now();
        let choice = Choice::of(scopes, leave_out, format, now)?;
        share_preview::of_choice(self.connection, &choice, format, with_numbers, now)
    }

    /// What providers asked for, newest first; what ended over 30 days ago is forgotten.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub fn requests(&self) -> Result<Vec<AccessRequestView>, WalletError> {
        access_request::all(self.connection, self.clock.now())
    }

    /// Every share that was made with these recovery words, newest first.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub fn shares(&self) -> Result<Vec<ShareSummary>, WalletError> {
        share::all(self.connection, self.clock.now())
    }

    /// What the owner did, newest first; it needs no network.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub fn own_activity(&self) -> Result<Vec<Activity>, WalletError> {
        activity::own(self.connection, self.clock.now())
    }

    /// What this wallet has verified of its ledger; `None` while it works on its own.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub fn ledger_status(&self) -> Result<Option<LedgerStatus>, WalletError> {
        verified_ledger(self.connection)
    }

    /// How the ledger was asked last about providers and the wallet's own account; `None` if it never was, as while the
    /// wallet works on its own.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub fn ledger_questions(&self) -> Result<Option<LedgerQuestions>, WalletError> {
        asked_ledger(self.connection)
    }

    /// How much is still to be sent or to be proved.
    ///
    /// # Errors
    /// [`WalletError::Store`].
    pub fn queued(&self) -> Result<u64, WalletError> {
        queued(self.connection)
    }
}
