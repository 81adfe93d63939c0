//! Everything that happened, held against the providers' own access logs; also for other programs: as FHIR AuditEvents.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use keepwell_protocol::crypto::Sha256Stream;
use keepwell_protocol::domain::{AccountId, BlobId, Duration, GrantId, RecordId, Timestamp};
use keepwell_protocol::formats::fhir::{AuditEvent, Basis, Deed, Observer};

use super::activity::merged;
use super::wallet::Wallet;
use crate::engine::activity::{Activity, ActivityEvent, Logged};
use crate::engine::authentication::FreshAuthentication;
use crate::engine::evidence::{ReadReceipt, RequestProof};
use crate::engine::online::Network;
use crate::engine::provider_log::{CLOCKS_APART, CheckedLog, ShownRead};
use crate::engine::provider_log_findings::{LogMembership, ProviderLog, UnshownRead};
use crate::error::WalletError;
use crate::records_view::owner;
use crate::store::records::VersionName;
use crate::store::settings::{self, Setting};
use crate::store::{grants, sealed, space};

/// Everything that happened, and what the providers' own access logs say of it.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Audit {
    /// What happened, newest first.
    pub events: Vec<AuditedEvent>,
    /// The access log of each provider that this wallet ever granted to, by name; none where the host was not reached.
    pub logs: Vec<ProviderLog>,
    /// Whether nobody was reached who knows what others did.
    pub is_own_only: bool,
}

/// One thing that happened, by whose word it may be.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum AuditedEvent {
    /// The owner did it, or the host says that others did.
    Happened {
        /// What happened.
        activity: Activity,
        /// Whether it is in the provider's own log; of reads of records alone.
        membership: Option<LogMembership>,
    },
    /// The provider's own log says so, and the host does not.
    Unshown(UnshownRead),
}

impl AuditedEvent {
    /// When, by the clock of whoever says so.
    pub fn time(&self) -> Timestamp {
        match self {
            Self::Happened { activity, .. } => activity.time,
            Self::Unshown(read) => read.time,
        }
    }
}

/// What of the activity was exported.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AuditExport {
    /// How many AuditEvents.
    pub events: u64,
    /// SHA-256 of what was written.
    pub sha256: [u8; 32],
    /// Whether nobody was reached who knows what others did: only what the owner did was written.
    pub is_own_only: bool,
    /// The access logs that it was held against, as in [`Audit::logs`].
    pub logs: Vec<ProviderLog>,
}

/// An event with the blobs that were fetched.
struct Audited {
    event: AuditedEvent,
    blobs: Vec<BlobId>,
}

impl Wallet {
    /// Everything that happened ([`Wallet::activity`]), held against the providers' own access logs. Whoever publishes a
    /// log is asked for it, unsigned; that nobody answers is no error.
    ///
    /// # Errors
    /// [`WalletError::Remote`] if the host refuses, or gives no answer that can be read.
    pub fn audit(&mut self, network: Network<'_>) -> Result<Audit, WalletError> {
        let (audited, logs, is_own_only) = self.audited(network)?;
        let events = audited.into_iter().rev().map(|audited| audited.event).collect();
        Ok(Audit { events, logs, is_own_only })
    }

    /// Everything that happened, oldest first; the logs; whether it is only what the owner did.
    fn audited(
        &mut self,
        network: Network<'_>,
    ) -> Result<(Vec<Audited>, Vec<ProviderLog>, bool), WalletError> {
        // Before the host's log: what is read meanwhile stands there, and a provider has days to show it.
        let checked = match self.online(network) {
            Ok(mut online) => online.check_provider_logs()?,
            Err(WalletError::NotConnected) => Vec::new(),
            Err(error) => return Err(error),
        };
        let own = self.own_activity()?;
        let others = self.others_activity(&own, network)?;
        let (is_own_only, others) = (others.is_none(), others.unwrap_or_default());
        let checked = if is_own_only { Vec::new() } else { checked };
        let since = self.host_log_since()?;
        let shown: BTreeSet<[u8; 32]> = others.iter().filter_map(|logged| logged.receipt).collect();
        let unshown = checked.iter().flat_map(|log| log.unshown(&shown, since));
        let mut audited: Vec<Audited> =
            unshown.map(|read| Audited { event: AuditedEvent::Unshown(read), blobs: Vec::new() }).collect();
        let accounts = self.accounts_of_grants()?;
        for Logged { activity, blobs, receipt } in merged(own, others) {
            let membership = receipt.map(|receipt| membership(&activity, receipt, &checked, &accounts));
            audited.push(Audited { event: AuditedEvent::Happened { activity, membership }, blobs });
        }
        audited.sort_by_key(|audited| audited.event.time());
        Ok((audited, checked.into_iter().map(|checked| checked.log).collect(), is_own_only))
    }

    /// From when on whatever was read stands in the log of the present host.
    fn host_log_since(&self) -> Result<Timestamp, WalletError> {
        let connection = self.session()?.store.read();
        let began = settings::read(connection, Setting::HostLogBegan)?;
        let began = began.and_then(|began| began.try_into().ok()).map_or(0, u64::from_be_bytes);
        let kept = self.clock.now().saturating_sub(KEPT_BY_HOSTS);
        // Providers date by clocks of their own.
        Ok(kept.max(Timestamp(began)).saturating_add(CLOCKS_APART))
    }

    fn accounts_of_grants(&self) -> Result<BTreeMap<GrantId, AccountId>, WalletError> {
        let grants = grants::all(self.session()?.store.read())?;
        Ok(grants.iter().map(|grant| (grant.id(), grant.terms.account)).collect())
    }

    /// Writes everything that happened ([`Wallet::audit`]) as FHIR AuditEvents, one to a line, the oldest first: what
    /// others saw after IHE's *Basic Audit Log Patterns*, with the records that were read and with what proves it.
    ///
    /// # Errors
    /// [`WalletError::Remote`] if the host refuses, or gives no answer that can be read; [`WalletError::ExportIo`] if
    /// `destination` fails, and `DiskFull` if there is no room.
    pub fn export_audit(
        &mut self,
        _: &FreshAuthentication,
        destination: &mut dyn Write,
        network: Network<'_>,
    ) -> Result<AuditExport, WalletError> {
        let (audited, logs, is_own_only) = self.audited(network)?;
        let connection = self.session()?.store.read();
        let blobs: BTreeSet<BlobId> = audited.iter().flat_map(|one| one.blobs.iter().copied()).collect();
        let context = Context {
            host: space::connection(connection)?.map(|row| row.host_url).unwrap_or_default(),
            patient: owner::about(connection)?.map(|about| about.name),
            names: sealed::names_of(connection, &blobs)?,
        };
        let (mut hash, mut events) = (Sha256Stream::default(), 0);
        for one in &audited {
            let line = context.line(one);
            hash.update(line.as_bytes());
            destination.write_all(line.as_bytes()).map_err(WalletError::of_export)?;
            events += 1;
        }
        destination.flush().map_err(WalletError::of_export)?;
        Ok(AuditExport { events, sha256: hash.finish(), is_own_only, logs })
    }
}

/// What AuditEvents say beside the activity.
struct Context {
    host: String,
    patient: Option<String>,
    names: BTreeMap<BlobId, VersionName>,
}

impl Context {
    fn line(&self, Audited { event, blobs }: &Audited) -> String {
        match event {
            AuditedEvent::Happened { activity, membership } => self.happened(activity, *membership, blobs),
            AuditedEvent::Unshown(read) => self.unshown(read),
        }
    }

    /// Whose log says so, is the observer.
    fn unshown(&self, read: &UnshownRead) -> String {
        let event = AuditEvent {
            recorded: read.time,
            observer: Observer::Recipient(&read.name),
            patient: self.patient.as_deref(),
            basis: Basis::Grant(read.grant),
            recipient: &read.name,
            deed: Deed::Disclosed { purpose: Some(read.purpose), records: &[] },
            evidence: vec![("provider-log", LogMembership::Logged.as_str()), ("host-log", "absent")],
        };
        event.to_json() + "\n"
    }

    fn happened(
        &self,
        Activity { time, event }: &Activity,
        membership: Option<LogMembership>,
        blobs: &[BlobId],
    ) -> String {
        let records: BTreeSet<RecordId> =
            blobs.iter().filter_map(|blob| self.names.get(blob)).map(|name| name.record).collect();
        let records: Vec<RecordId> = records.into_iter().collect();
        let (basis, recipient, deed) = deed_of(event, &records);
        let event = AuditEvent {
            recorded: *time,
            observer: match deed {
                Deed::Began | Deed::Ended => Observer::Device,
                Deed::Asked | Deed::Disclosed { .. } | Deed::Refused { .. } => Observer::Host(&self.host),
            },
            patient: self.patient.as_deref(),
            basis,
            recipient,
            deed,
            evidence: evidence(event, membership),
        };
        event.to_json() + "\n"
    }
}

fn deed_of<'a>(event: &'a ActivityEvent, records: &'a [RecordId]) -> (Basis, &'a str, Deed<'a>) {
    match event {
        ActivityEvent::Granted { grant, name } => (Basis::Grant(*grant), name, Deed::Began),
        ActivityEvent::Revoked { grant, name } => (Basis::Grant(*grant), name, Deed::Ended),
        ActivityEvent::GrantRead { grant, name, .. } => (Basis::Grant(*grant), name, Deed::Asked),
        ActivityEvent::GrantDenied { grant, name, reason, .. } => {
            (Basis::Grant(*grant), name, Deed::Refused { reason: reason.as_str() })
        }
        ActivityEvent::RecordsRead { grant, name, receipt, .. } => {
            let purpose = match receipt {
                ReadReceipt::Valid { purpose, .. } => Some(*purpose),
                ReadReceipt::Invalid { .. } => None,
            };
            (Basis::Grant(*grant), name, Deed::Disclosed { purpose, records })
        }
        ActivityEvent::ShareMade { share, .. } => (Basis::Share(*share), "", Deed::Began),
        ActivityEvent::ShareOpened { share, recipient } => {
            (Basis::Share(*share), recipient, Deed::Disclosed { purpose: None, records })
        }
        ActivityEvent::ShareDenied { share, recipient, reason } => {
            (Basis::Share(*share), recipient, Deed::Refused { reason: reason.as_str() })
        }
    }
}

/// Whether a read with this receipt is in the log of its provider.
fn membership(
    Activity { time, event }: &Activity,
    receipt: [u8; 32],
    logs: &[CheckedLog],
    accounts: &BTreeMap<GrantId, AccountId>,
) -> LogMembership {
    let ActivityEvent::RecordsRead { grant, request, receipt: signed, .. } = event else {
        return LogMembership::Unknown;
    };
    let signed_time = match signed {
        ReadReceipt::Valid { time, .. } => Some(*time),
        ReadReceipt::Invalid { .. } => None,
    };
    let read = ShownRead { receipt, time: *time, signed_time, is_signed: *request == RequestProof::Signed };
    let log = accounts.get(grant).and_then(|account| logs.iter().find(|log| log.is_of(*account)));
    log.map_or(LogMembership::Unknown, |log| log.membership(&read))
}

/// What proves it, by the stable names of proofs and of what is wrong with them.
fn evidence(event: &ActivityEvent, membership: Option<LogMembership>) -> Vec<(&'static str, &'static str)> {
    let mut evidence = evidence_of_host(event);
    evidence.extend(membership.map(|membership| ("provider-log", membership.as_str())));
    evidence
}

fn evidence_of_host(event: &ActivityEvent) -> Vec<(&'static str, &'static str)> {
    match event {
        ActivityEvent::GrantRead { request, .. } | ActivityEvent::GrantDenied { request, .. } => {
            vec![("request", request.as_str())]
        }
        ActivityEvent::RecordsRead { request, receipt, .. } => {
            vec![("request", request.as_str()), ("receipt", receipt.as_str())]
        }
        ActivityEvent::ShareOpened { .. } | ActivityEvent::ShareDenied { .. } => {
            vec![("recipient", "as they said")]
        }
        ActivityEvent::Granted { .. } | ActivityEvent::Revoked { .. } | ActivityEvent::ShareMade { .. } => {
            Vec::new()
        }
    }
}

/// How far back a host's log goes at most, with a day to spare.
const KEPT_BY_HOSTS: Duration = Duration::days(729);
