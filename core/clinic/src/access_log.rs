//! The provider's own access log: handed to the host of the inbox, which shows it to anybody, and then committed to on the
//! ledger (docs/adr/0027).

use keepwell_net::{Clock, Gateway, GatewayError, Limits, acknowledged};
use keepwell_protocol::crypto::{Rng, audit_log_id};
use keepwell_protocol::domain::{Duration, Object};
use keepwell_protocol::formats::http::Method;
use keepwell_protocol::ledger::{AuditCheckpoint, Kind, SignedTransaction, Signer, StateKey};
use keepwell_protocol::vault::{ProviderLogPage, ProviderLogTaken};
use url::Url;

use crate::server::Signed;
use crate::store::{Checkpoint, Identity};
use crate::{Clinic, ClinicError};

/// How far the access log is.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, serde::Serialize)]
pub struct AccessLogProgress {
    /// How many entries this provider wrote.
    pub entries: u64,
    /// How many of them its host has.
    pub published: u64,
    /// How many of them the last checkpoint covers.
    pub checkpoint: u64,
    /// Whether the ledger shows that checkpoint.
    pub is_recorded: bool,
}

impl Clinic {
    /// Hands what was written in the hours that are over to the own host, and tells the ledger how long the log is and its
    /// root hash: whoever sees that come must not see when what was read. Where there is nothing to be told nobody is
    /// asked, but the host once in a while whether it has all of it. What fails is done the next time.
    ///
    /// # Errors
    /// [`ClinicError`] if host or ledger can't be reached or refuse; [`ClinicError::AccessLogBehind`] if this home was put
    /// back to an older state, so that its log can't go on.
    pub fn publish_access_log(
        &mut self,
        clock: &dyn Clock,
        rng: &mut Rng,
    ) -> Result<AccessLogProgress, ClinicError> {
        let identity = self.store.identity()?;
        for (logged, envelope) in self.store.open_entries(clock.now(), &identity.signing_key.public_key())? {
            self.store.take_back(&logged, &envelope, rng)?;
        }
        if self.store.checkpoint()?.due.is_none() {
            self.publish_entries(&identity, clock, rng)?;
            self.make_checkpoint(&identity, clock)?;
        }
        self.submit_checkpoint(&identity, clock)?;
        let checkpoint = self.store.checkpoint()?;
        Ok(AccessLogProgress {
            entries: self.store.access_log_size()?,
            published: checkpoint.published,
            checkpoint: checkpoint.log.size(),
            is_recorded: checkpoint.log.size() > 0 && checkpoint.due.is_none(),
        })
    }

    /// Hands the host what it lacks of what is settled: what is public stays as it is.
    fn publish_entries(
        &mut self,
        identity: &Identity,
        clock: &dyn Clock,
        rng: &mut Rng,
    ) -> Result<(), ClinicError> {
        let (settled, host) = (self.store.settled_entries(clock.now())?, self.host()?);
        let path = format!("/v1/inbox/{}/log", identity.card.card.provider);
        let checkpoint = self.store.checkpoint()?;
        let mut is_checked = checkpoint.published == 0 || clock.now().since(checkpoint.made) < CHECKED_AFTER;
        let mut went_back = false;
        loop {
            let checkpoint = self.store.checkpoint()?;
            let first = checkpoint.published;
            let entries = self.store.access_log_entries(first, settled, BATCH_BYTES)?;
            if entries.is_empty() && is_checked {
                return Ok(());
            }
            is_checked = true;
            let end = first + entries.len() as u64;
            let page = ProviderLogPage { first, entries: entries.into_iter().map(Into::into).collect() };
            let signed = Signed { key: &identity.signing_key, clock, rng };
            let answer = host.send(
                self.transport.as_ref(),
                Method::Post,
                &path,
                page.to_cbor(),
                Some(signed),
                Limits::MAX_BODY,
            )?;
            let ProviderLogTaken { size } = acknowledged(answer, |_: &ProviderLogTaken| true)?;
            if size > self.store.access_log_size()? {
                return Err(ClinicError::AccessLogBehind);
            }
            // A host that was put back to an older state says where it goes on.
            if size < first && !went_back {
                went_back = true;
            } else if size < end {
                return Err(ClinicError::UnexpectedAnswer);
            }
            self.store.put_checkpoint(&Checkpoint { published: size, ..checkpoint })?;
        }
    }

    /// Makes a checkpoint of what is published, where the last one does not cover it.
    fn make_checkpoint(&mut self, identity: &Identity, clock: &dyn Clock) -> Result<(), ClinicError> {
        let mut checkpoint = self.store.checkpoint()?;
        if checkpoint.published <= checkpoint.log.size() {
            return Ok(());
        }
        while checkpoint.log.size() < checkpoint.published {
            let (first, end) = (checkpoint.log.size(), checkpoint.published);
            let entries = self.store.access_log_entries(first, end, BATCH_BYTES)?;
            if entries.is_empty() {
                return Err(ClinicError::StoreDamaged);
            }
            entries.iter().for_each(|entry| checkpoint.log.push(entry));
        }
        let body = AuditCheckpoint {
            kind: Kind,
            provider: identity.card.card.provider,
            size: checkpoint.log.size(),
            root: checkpoint.log.root(),
        };
        let signer = Signer::Provider(&identity.signing_key);
        let transaction = SignedTransaction::sign(body, &self.anchor()?.origin(), signer)?;
        checkpoint.due = Some(transaction.to_cbor());
        checkpoint.made = clock.now();
        self.store.put_checkpoint(&checkpoint)
    }

    /// Tells the ledger of the last checkpoint, until it shows it.
    fn submit_checkpoint(&mut self, identity: &Identity, clock: &dyn Clock) -> Result<(), ClinicError> {
        let checkpoint = self.store.checkpoint()?;
        let Some(transaction) = &checkpoint.due else { return Ok(()) };
        let url = Url::parse(&identity.ledger).map_err(|_| ClinicError::StoreDamaged)?;
        let gateway = Gateway::direct(self.transport.as_ref(), &url);
        gateway.submit(transaction, &self.anchor()?.origin())?;
        let provider = identity.card.card.provider;
        let key = StateKey::AuditLog(audit_log_id(&provider));
        let proved = match gateway.prove(&key, &self.store.trusted()?, &self.policy, clock) {
            Err(GatewayError::NotYet) => return Ok(()),
            proved => proved?.verified,
        };
        let record = proved.audit_log(&provider)?;
        self.store.trust(&proved.next_state)?;
        match record {
            Some(record) if record.size >= checkpoint.log.size() => {
                self.store.put_checkpoint(&Checkpoint { due: None, ..checkpoint })
            }
            _ => Ok(()),
        }
    }
}

/// How long after a checkpoint the host is asked whether it still has everything.
const CHECKED_AFTER: Duration = Duration::days(1);
/// What fits the 64 KiB that a host takes in such a request.
const BATCH_BYTES: usize = 60_000;
