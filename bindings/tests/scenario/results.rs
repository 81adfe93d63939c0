//! Results as scenarios write them.

use std::fmt::Debug;

use keepwell::{
    ConnectionOffer, GrantExtension, NewShare, ProviderView, SharedFile, TypedWordState, TypedWords,
};
use keepwell_protocol::consent::Decision;
use keepwell_protocol::domain::Duration;
use keepwell_wallet::{
    AccessPreview, AccessRequestView, Activity, ActivityEvent, AutoLock, CategoryCount, Choices,
    GrantActivity, GrantProof, GrantView, LedgerStatus, Page, PreviewedCategory, PreviewedRecord,
    ProviderSummary, RecordSummary, RestoreReport, SensitiveRecord, ShareOpening, SharePreview, ShareSummary,
    SharedIdentityDetail, Status, SyncReport, TypeCount,
};
use serde_json::{Value, json};

pub trait ToValue {
    fn to_value(&self) -> Value;
}

/// An enum's value by its name: `trustedEnvironment`.
pub fn name(value: impl Debug) -> Value {
    let name: String = format!("{value:?}").chars().take_while(|c| c.is_alphanumeric()).collect();
    let (first, rest) = name.split_at(1);
    json!(first.to_lowercase() + rest)
}

/// Of what gives nothing.
pub fn document((): ()) -> Value {
    Value::Null
}

impl<T: ToValue> ToValue for Vec<T> {
    fn to_value(&self) -> Value {
        self.iter().map(ToValue::to_value).collect()
    }
}

impl<T: ToValue> ToValue for Option<T> {
    fn to_value(&self) -> Value {
        self.as_ref().map_or(Value::Null, ToValue::to_value)
    }
}

impl ToValue for Choices {
    fn to_value(&self) -> Value {
        let seconds = |all: &[Duration]| all.iter().map(|one| one.0).collect::<Vec<_>>();
        let waits = |all: &[std::time::Duration]| all.iter().map(|one| one.as_secs()).collect::<Vec<_>>();
        json!({ "shareLives": seconds(&self.share_lives), "shareLivesOnLedger": seconds(&self.share_lives_on_ledger),
            "shareLife": self.share_life.0,
            "grantDurations": seconds(&self.grant_durations), "grantDuration": self.grant_duration.0,
            "purposes": self.purposes.iter().map(name).collect::<Vec<_>>(), "purpose": name(self.purpose),
            "shortestPin": self.shortest_pin, "longestPin": self.longest_pin,
            "recordsOnPage": self.records_on_page, "syncWait": self.sync_wait.as_secs(),
            "autoLockInFront": waits(&self.auto_lock_in_front),
            "autoLockInBackground": waits(&self.auto_lock_in_background) })
    }
}

impl ToValue for TypedWords {
    fn to_value(&self) -> Value {
        let words = self.words.iter().map(|word| {
            let (state, words) = match &word.state {
                TypedWordState::Known => ("known", &[][..]),
                TypedWordState::Begun { completions } => ("begun", &completions[..]),
                TypedWordState::Unknown { suggestions } => ("unknown", &suggestions[..]),
            };
            json!({ "position": word.position, "text": std::str::from_utf8(&word.text).unwrap(), "state": state,
                "words": words })
        });
        json!({ "words": words.collect::<Vec<_>>(), "refusal": self.refusal.map(name) })
    }
}

impl ToValue for Status {
    fn to_value(&self) -> Value {
        let Self { fingerprint, words_verified, records, device_key, at_risk } = self;
        json!({ "fingerprint": fingerprint, "wordsVerified": words_verified, "records": records,
            "deviceKey": name(device_key),
            "atRisk": { "records": at_risk.records, "decisions": at_risk.decisions } })
    }
}

impl ToValue for RestoreReport {
    fn to_value(&self) -> Value {
        json!({ "fingerprint": self.fingerprint, "records": self.records, "grants": self.grants,
            "shares": self.shares, "anchored": self.anchored, "missing": self.missing.iter().map(|one| format!("{one:?}")).collect::<Vec<_>>() })
    }
}

impl ToValue for ConnectionOffer {
    fn to_value(&self) -> Value {
        json!({ "ledgerUrl": self.servers.ledger_url, "hostUrl": self.servers.host_url, "hostName": self.host_name,
            "ledgerName": self.ledger_name, "anchorFingerprint": self.anchor_fingerprint,
            "isFromCode": self.is_from_code, "invite": self.invite, "isDemonstration": self.is_demonstration })
    }
}

impl ToValue for Page {
    fn to_value(&self) -> Value {
        json!({ "records": self.records.to_value(), "next": self.next.as_ref().map(ToString::to_string) })
    }
}

impl ToValue for RecordSummary {
    fn to_value(&self) -> Value {
        json!({ "id": self.id.to_string(), "resourceType": self.resource_type, "category": name(self.category),
            "date": self.date, "code": self.code, "display": self.display, "source": self.source })
    }
}

impl ToValue for CategoryCount {
    fn to_value(&self) -> Value {
        json!({ "category": name(self.category), "count": self.count })
    }
}

impl ToValue for AutoLock {
    fn to_value(&self) -> Value {
        let seconds = |after: Option<std::time::Duration>| after.map(|after| after.as_secs());
        json!({ "inFront": seconds(self.in_front), "inBackground": seconds(self.in_background) })
    }
}

impl ToValue for LedgerStatus {
    fn to_value(&self) -> Value {
        json!({ "chainId": self.chain_id, "isEmbedded": self.is_embedded })
    }
}

impl ToValue for SyncReport {
    fn to_value(&self) -> Value {
        let Self { sent, received, queued, offline, .. } = self;
        json!({ "sent": sent, "received": received, "queued": queued, "offline": offline.as_ref().map(|obstacle| obstacle.code()) })
    }
}

impl ToValue for Activity {
    fn to_value(&self) -> Value {
        use ActivityEvent as E;
        let mut told = match &self.event {
            E::Granted { grant, name: whom } | E::Revoked { grant, name: whom } => {
                json!({ "grant": grant.to_string(), "name": whom })
            }
            E::GrantRead { grant, name: whom, request } => {
                json!({ "grant": grant.to_string(), "name": whom, "request": name(request) })
            }
            E::GrantDenied { grant, name: whom, reason, request } => {
                json!({ "grant": grant.to_string(), "name": whom, "reason": name(reason), "request": name(request) })
            }
            E::RecordsRead { grant, name: whom, count, request, receipt } => {
                json!({ "grant": grant.to_string(), "name": whom, "count": count, "request": name(request), "receipt": name(receipt) })
            }
            E::ShareMade { share, label } => json!({ "share": share.to_string(), "label": label }),
            E::ShareOpened { share, recipient } => {
                json!({ "share": share.to_string(), "recipient": recipient })
            }
            E::ShareDenied { share, recipient, reason } => {
                json!({ "share": share.to_string(), "recipient": recipient, "reason": name(reason) })
            }
        };
        told["event"] = name(&self.event);
        told
    }
}

impl ToValue for ProviderSummary {
    fn to_value(&self) -> Value {
        json!({ "provider": self.provider.to_string(), "name": self.name, "place": self.place,
            "state": name(self.state) })
    }
}

impl ToValue for ProviderView {
    fn to_value(&self) -> Value {
        let Self { provider, state, name: called, place } = self;
        json!({ "provider": provider.to_string(), "name": called, "state": name(state), "place": place })
    }
}

impl ToValue for GrantView {
    fn to_value(&self) -> Value {
        json!({ "grant": self.grant.to_string(), "provider": self.provider.to_string(), "name": self.name,
            "purpose": name(self.purpose), "state": name(self.state), "delivered": self.delivered,
            "match": self.match_code })
    }
}

impl ToValue for AccessRequestView {
    fn to_value(&self) -> Value {
        let categories: Vec<Value> = self.categories.iter().map(|one| name(*one)).collect();
        json!({ "request": self.request.to_string(), "provider": self.provider.to_string(), "name": self.name,
            "place": self.place, "categories": categories, "purpose": name(self.purpose),
            "duration": self.duration.0, "state": name(self.state),
            "grant": self.grant.map(|grant| grant.to_string()) })
    }
}

impl ToValue for GrantActivity {
    fn to_value(&self) -> Value {
        json!({ "entries": self.entries.to_value(), "recordsRead": self.records_read })
    }
}

impl ToValue for GrantExtension {
    fn to_value(&self) -> Value {
        json!({ "grant": self.grant.to_value(), "former": name(self.former) })
    }
}

impl ToValue for AccessPreview {
    fn to_value(&self) -> Value {
        let Self { categories, referenced, references, sensitive } = self;
        json!({ "categories": categories.to_value(), "referenced": referenced.to_value(),
            "references": references.to_value(), "sensitive": sensitive.to_value() })
    }
}

impl ToValue for PreviewedCategory {
    fn to_value(&self) -> Value {
        let Self { category, seen, unseen } = self;
        json!({ "category": name(category), "seen": seen.to_value(), "unseen": unseen.to_value() })
    }
}

impl ToValue for PreviewedRecord {
    fn to_value(&self) -> Value {
        let (decision, reason) = match &self.decision {
            Decision::Allow(reason) => ("allow", name(reason)),
            Decision::Deny(reason) => ("deny", name(reason)),
        };
        json!({ "record": self.record.to_value(), "decision": decision, "reason": reason })
    }
}

impl ToValue for GrantProof {
    fn to_value(&self) -> Value {
        let Self { standing, validators, is_embedded, .. } = self;
        json!({ "standing": name(standing), "validators": validators, "isEmbedded": is_embedded })
    }
}

impl ToValue for NewShare {
    fn to_value(&self) -> Value {
        json!({ "share": self.share.to_value(), "link": self.link, "types": self.types.to_value(),
            "dangling": self.dangling, "withdrawn": self.withdrawn, "leftOut": self.left_out })
    }
}

impl ToValue for SharePreview {
    fn to_value(&self) -> Value {
        let Self {
            records,
            referenced,
            withdrawn,
            kept_back,
            left_out,
            sensitive,
            identity_details,
            dangling,
            rendered_pdf_bytes,
            bytes,
        } = self;
        json!({ "records": records.to_value(), "referenced": referenced.to_value(), "withdrawn": withdrawn.to_value(),
            "keptBack": kept_back.to_value(), "leftOut": left_out, "sensitive": sensitive.to_value(),
            "identityDetails": identity_details.to_value(), "dangling": dangling,
            "renderedPdfBytes": rendered_pdf_bytes, "bytes": bytes })
    }
}

impl ToValue for SensitiveRecord {
    fn to_value(&self) -> Value {
        let kinds: Vec<Value> = self.kinds.iter().map(|kind| json!(name(kind))).collect();
        json!({ "record": self.record.to_string(), "kinds": kinds })
    }
}

impl ToValue for SharedIdentityDetail {
    fn to_value(&self) -> Value {
        json!({ "record": self.record.to_string(), "kind": name(self.kind), "ending": self.ending })
    }
}

impl ToValue for TypeCount {
    fn to_value(&self) -> Value {
        json!({ "resourceType": self.resource_type, "count": self.count })
    }
}

impl ToValue for ShareSummary {
    fn to_value(&self) -> Value {
        json!({ "id": self.id.to_string(), "label": self.label, "opens": self.opens, "state": name(self.state),
            "isLongTerm": self.is_long_term, "needsPasscode": self.needs_passcode, "ledger": self.ledger.map(name) })
    }
}

impl ToValue for ShareOpening {
    fn to_value(&self) -> Value {
        json!({ "recipient": self.recipient, "outcome": name(self.outcome) })
    }
}

impl ToValue for SharedFile {
    fn to_value(&self) -> Value {
        let content: Value = serde_json::from_slice(&self.content).unwrap();
        json!({ "contentType": self.content_type, "content": content })
    }
}
