//! The operations on what happened and on what can be shown of it.

use std::sync::Arc;

use keepwell::{AuditExportReport, RecordedDecision, Wallet, WalletError};
use keepwell_protocol::domain::{GrantId, ProviderId, RecordId};
use keepwell_wallet::{Audit, AuditedEvent, Exposure, ProviderLog, TimeStampCounts};
use serde_json::{Value, json};

use super::operations::{identifier, named};
use super::results::{ToValue, name};
use crate::setup::wait;

/// Does the operation, if it is one of these.
pub fn perform(operation: &str, wallet: &Arc<Wallet>, with: &Value) -> Option<Result<Value, WalletError>> {
    Some(match operation {
        "audit" => wait(wallet.audit(None)).map(|audit| audit.to_value()),
        "exposure" => identifier(with, "provider", ProviderId::parse)
            .and_then(|provider| wait(wallet.exposure(provider, None)))
            .map(|exposure| exposure.to_value()),
        "grantReceipt" => {
            let decision = named(&[RecordedDecision::Grant, RecordedDecision::Revocation], &with["decision"]);
            identifier(with, "grant", GrantId::parse)
                .and_then(|grant| wait(wallet.grant_receipt(grant, decision, None)))
                .map(|kept| kept.map_or(Value::Null, |kept| bytes(&kept.receipt)))
        }
        "ledgerEquivocation" => {
            wait(wallet.ledger_equivocation()).map(|seen| seen.map_or(Value::Null, |seen| bytes(&seen)))
        }
        "stampRecords" => {
            let ids = with["records"].as_array().unwrap().iter();
            let ids = ids.map(|id| RecordId::parse(id.as_str().unwrap())).collect::<Result<_, _>>();
            ids.map_err(WalletError::from)
                .and_then(|ids| wait(wallet.stamp_records(ids)))
                .map(|noted| json!(noted))
        }
        "stampAllRecords" => wait(wallet.stamp_all_records()).map(|noted| json!(noted)),
        "exchangeTimeStamps" => wait(wallet.exchange_time_stamps(None)).map(|report| report.to_value()),
        "timeStamps" => wait(wallet.time_stamps()).map(|counts| counts.to_value()),
        "recordTimeStamp" => identifier(with, "id", RecordId::parse)
            .and_then(|id| wait(wallet.record_time_stamp(id)))
            .map(|stamp| bytes(&stamp.proof)),
        _ => return None,
    })
}

fn bytes(file: &[u8]) -> Value {
    json!({ "bytes": file.len() })
}

impl ToValue for Audit {
    fn to_value(&self) -> Value {
        let Self { events, logs, is_own_only } = self;
        json!({ "events": events.to_value(), "logs": logs.to_value(), "isOwnOnly": is_own_only })
    }
}

impl ToValue for AuditedEvent {
    fn to_value(&self) -> Value {
        match self {
            Self::Happened { activity, membership } => {
                let mut told = activity.to_value();
                told["membership"] = membership.map_or(Value::Null, name);
                told
            }
            Self::Unshown(read) => {
                json!({ "provider": read.provider.to_string(), "grant": read.grant.to_string(),
                "name": read.name, "purpose": name(read.purpose) })
            }
        }
    }
}

impl ToValue for ProviderLog {
    fn to_value(&self) -> Value {
        json!({ "provider": self.provider.to_string(), "name": self.name, "state": name(self.state),
            "entries": self.entries, "ownEntries": self.own_entries,
            "flaws": self.flaws.iter().map(name).collect::<Vec<_>>() })
    }
}

impl ToValue for AuditExportReport {
    fn to_value(&self) -> Value {
        let Self { events, is_own_only, logs, .. } = self;
        json!({ "events": events, "isOwnOnly": is_own_only, "logs": logs.to_value() })
    }
}

impl ToValue for Exposure {
    fn to_value(&self) -> Value {
        let version = |one: &keepwell_wallet::ExposedVersion| json!({ "record": one.record.to_string(), "version": one.version, "isReadProved": one.is_read_proved });
        let versions: Vec<Value> = self.versions.iter().map(version).collect();
        json!({ "versions": versions, "isOwnOnly": self.is_own_only })
    }
}

impl ToValue for TimeStampCounts {
    fn to_value(&self) -> Value {
        json!({ "waiting": self.waiting, "proved": self.proved })
    }
}
