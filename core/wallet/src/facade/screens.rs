//! What screens read: of the wallet as it is now, or by a reader beside it.

use keepwell_protocol::crypto;
use keepwell_protocol::domain::{Duration, GrantId, ProviderId, RecordId, Scope, Sensitivity};

use super::reader::{Reader, SessionReader};
use super::share_preview::SharePreview;
use super::share_selection::ShareFormat;
use super::snapshot::{Snapshot, SnapshotOf};
use super::wallet::{Session, Wallet};
use crate::engine::activity::Activity;
use crate::engine::authentication::FreshAuthentication;
use crate::engine::online::LedgerStatus;
use crate::engine::sealing::LedgerQuestions;
use crate::error::WalletError;
use crate::records_view::access_request::AccessRequestView;
use crate::records_view::attachment::Attachment;
use crate::records_view::grant::GrantView;
use crate::records_view::list::CategoryCount;
use crate::records_view::overview::Overview;
use crate::records_view::preview::AccessPreview;
use crate::records_view::record::{RecordView, ResultRow};
use crate::records_view::share::ShareSummary;
use crate::records_view::status::Status;
use crate::store::RawKey;
use crate::store::records::{Page, Query};

impl Wallet {
    /// A reader of this wallet, until it is locked; `fresh` holds the key of the database.
    ///
    /// # Errors
    /// [`WalletError::Locked`]; [`StoreError`](crate::StoreError) if the database is not opened a second time.
    pub fn reader(&mut self, fresh: &FreshAuthentication) -> Result<Reader, WalletError> {
        self.reader_by(fresh.database_key())
    }

    /// The reader of the session, opened by this key if there is none yet.
    pub(super) fn reader_by(&mut self, key: &RawKey) -> Result<Reader, WalletError> {
        let session = self.session.as_mut().ok_or(WalletError::Locked)?;
        if let Some(SessionReader(reader)) = &session.reader {
            return Ok(reader.clone());
        }
        let connection = session.store.open_reader(key)?;
        let fingerprint = crypto::fingerprint(&session.keys.owner.public_key());
        let reader = Reader::new(connection, self.clock.clone(), fingerprint, self.device.level());
        session.reader = Some(SessionReader(reader.clone()));
        Ok(reader)
    }

    /// What the wallet holds now.
    ///
    /// # Errors
    /// [`WalletError::Locked`].
    pub fn snapshot(&self) -> Result<Snapshot<'_>, WalletError> {
        let Session { store, keys, .. } = self.session()?;
        let of = SnapshotOf::Wallet { keys, device: self.device.as_ref() };
        Ok(Snapshot { connection: store.read(), clock: self.clock.as_ref(), of })
    }

    /// As [`Snapshot::status`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], and those of the snapshot.
    pub fn status(&self) -> Result<Status, WalletError> {
        self.snapshot()?.status()
    }

    /// As [`Snapshot::overview`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], and those of the snapshot.
    pub fn overview(&self) -> Result<Overview, WalletError> {
        self.snapshot()?.overview()
    }

    /// As [`Snapshot::records`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], and those of the snapshot.
    pub fn records(&self, query: &Query) -> Result<Page, WalletError> {
        self.snapshot()?.records(query)
    }

    /// As [`Snapshot::record_counts`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], and those of the snapshot.
    pub fn record_counts(&self) -> Result<Vec<CategoryCount>, WalletError> {
        self.snapshot()?.record_counts()
    }

    /// As [`Snapshot::record_bytes`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], and those of the snapshot.
    pub fn record_bytes(&self, id: &RecordId) -> Result<Vec<u8>, WalletError> {
        self.snapshot()?.record_bytes(id)
    }

    /// As [`Snapshot::record_view`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], and those of the snapshot.
    pub fn record_view(&self, id: &RecordId) -> Result<RecordView, WalletError> {
        self.snapshot()?.record_view(id)
    }

    /// As [`Snapshot::attachment`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], and those of the snapshot.
    pub fn attachment(&self, id: &RecordId, index: u32) -> Result<Attachment, WalletError> {
        self.snapshot()?.attachment(id, index)
    }

    /// As [`Snapshot::record_series`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], and those of the snapshot.
    pub fn record_series(&self, id: &RecordId) -> Result<Vec<ResultRow>, WalletError> {
        self.snapshot()?.record_series(id)
    }

    /// As [`Snapshot::grants`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], and those of the snapshot.
    pub fn grants(&self) -> Result<Vec<GrantView>, WalletError> {
        self.snapshot()?.grants()
    }

    /// As [`Snapshot::grant_view`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], and those of the snapshot.
    pub fn grant_view(&self, id: GrantId) -> Result<GrantView, WalletError> {
        self.snapshot()?.grant_view(id)
    }

    /// As [`Snapshot::preview`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], and those of the snapshot.
    pub fn preview(&self, provider: ProviderId) -> Result<AccessPreview, WalletError> {
        self.snapshot()?.preview(provider)
    }

    /// As [`Snapshot::preview_grant`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], and those of the snapshot.
    pub fn preview_grant(&self, scope: &Scope) -> Result<AccessPreview, WalletError> {
        self.snapshot()?.preview_grant(scope)
    }

    /// As [`Snapshot::scope_leaving_out`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], and those of the snapshot.
    pub fn scope_leaving_out(&self, scope: &Scope, kinds: &[Sensitivity]) -> Result<Scope, WalletError> {
        self.snapshot()?.scope_leaving_out(scope, kinds)
    }

    /// As [`Snapshot::preview_of_grant`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], and those of the snapshot.
    pub fn preview_of_grant(&self, id: GrantId) -> Result<AccessPreview, WalletError> {
        self.snapshot()?.preview_of_grant(id)
    }

    /// As [`Snapshot::extension_durations`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], and those of the snapshot.
    pub fn extension_durations(&self, id: GrantId) -> Result<Vec<Duration>, WalletError> {
        self.snapshot()?.extension_durations(id)
    }

    /// As [`Snapshot::preview_share`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], and those of the snapshot.
    pub fn preview_share(
        &self,
        scopes: Vec<Scope>,
        leave_out: &[Sensitivity],
        with_numbers: bool,
        format: ShareFormat,
    ) -> Result<SharePreview, WalletError> {
        self.snapshot()?.preview_share(scopes, leave_out, with_numbers, format)
    }

    /// As [`Snapshot::requests`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], and those of the snapshot.
    pub fn requests(&self) -> Result<Vec<AccessRequestView>, WalletError> {
        self.snapshot()?.requests()
    }

    /// As [`Snapshot::shares`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], and those of the snapshot.
    pub fn shares(&self) -> Result<Vec<ShareSummary>, WalletError> {
        self.snapshot()?.shares()
    }

    /// As [`Snapshot::own_activity`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], and those of the snapshot.
    pub fn own_activity(&self) -> Result<Vec<Activity>, WalletError> {
        self.snapshot()?.own_activity()
    }

    /// As [`Snapshot::ledger_status`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], and those of the snapshot.
    pub fn ledger_status(&self) -> Result<Option<LedgerStatus>, WalletError> {
        self.snapshot()?.ledger_status()
    }

    /// As [`Snapshot::ledger_questions`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], and those of the snapshot.
    pub fn ledger_questions(&self) -> Result<Option<LedgerQuestions>, WalletError> {
        self.snapshot()?.ledger_questions()
    }

    /// As [`Snapshot::queued`].
    ///
    /// # Errors
    /// [`WalletError::Locked`], and those of the snapshot.
    pub fn queued(&self) -> Result<u64, WalletError> {
        self.snapshot()?.queued()
    }
}
