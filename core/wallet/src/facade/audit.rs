//! Everything that happened, for other programs: as FHIR AuditEvents.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;

use keepwell_protocol::crypto::Sha256Stream;
use keepwell_protocol::domain::{BlobId, RecordId};
use keepwell_protocol::formats::fhir::{AuditEvent, Basis, Deed, Observer};

use super::activity::merged;
use super::wallet::Wallet;
use crate::engine::activity::{Activity, ActivityEvent, Logged};
use crate::engine::authentication::FreshAuthentication;
use crate::engine::evidence::ReadReceipt;
use crate::engine::online::Network;
use crate::error::WalletError;
use crate::records_view::owner;
use crate::store::records::VersionName;
use crate::store::{sealed, space};

/// What of the activity was exported.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct AuditExport {
    /// How many AuditEvents.
    pub events: u64,
    /// SHA-256 of what was written.
    pub sha256: [u8; 32],
    /// Whether nobody was reached who knows what others did: only what the owner did was written.
    pub is_own_only: bool,
}

impl Wallet {
    /// Writes everything that happened ([`Wallet::activity`]) as FHIR AuditEvents, one to a line, the oldest first: what
    /// others saw after IHE's *Basic Audit Log Patterns*, with the records that were read and with what proves it.
    ///
    /// # Errors
    /// [`WalletError::Remote`] if the host refuses, or gives no answer that can be read; [`WalletError::ExportIo`] if
    /// `destination` fails.
    pub fn export_audit(
        &mut self,
        _: &FreshAuthentication,
        destination: &mut dyn Write,
        network: Network<'_>,
    ) -> Result<AuditExport, WalletError> {
        let own = self.own_activity()?;
        let others = self.others_activity(&own, network)?;
        let is_own_only = others.is_none();
        let logged = merged(own, others.unwrap_or_default());
        let connection = self.session()?.store.read();
        let blobs: BTreeSet<BlobId> = logged.iter().flat_map(|logged| logged.blobs.iter().copied()).collect();
        let context = Context {
            host: space::connection(connection)?.map(|row| row.host_url).unwrap_or_default(),
            patient: owner::about(connection)?.map(|about| about.name),
            names: sealed::names_of(connection, &blobs)?,
        };
        let (mut hash, mut events) = (Sha256Stream::default(), 0);
        for logged in &logged {
            let line = context.line(logged);
            hash.update(line.as_bytes());
            destination.write_all(line.as_bytes()).map_err(WalletError::ExportIo)?;
            events += 1;
        }
        destination.flush().map_err(WalletError::ExportIo)?;
        Ok(AuditExport { events, sha256: hash.finish(), is_own_only })
    }
}

/// What AuditEvents say beside the activity.
struct Context {
    host: String,
    patient: Option<String>,
    names: BTreeMap<BlobId, VersionName>,
}

impl Context {
    fn line(&self, Logged { activity: Activity { time, event }, blobs }: &Logged) -> String {
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
            evidence: evidence(event),
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

/// What proves it, by the stable names of proofs and of what is wrong with them.
fn evidence(event: &ActivityEvent) -> Vec<(&'static str, &'static str)> {
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
