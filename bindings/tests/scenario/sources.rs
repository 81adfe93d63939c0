//! Clinics' servers that records come from, and their results as scenarios write them.

use std::sync::{Arc, Mutex};

use keepwell::{
    Event, Observer, ObserverError, SkippedRecords, SourceOutcome, SourceSync, SourceView, Wallet,
    WalletError,
};
use keepwell_protocol::domain::SourceId;
use serde_json::{Value, json};

use super::operations::{identifier, text};
use super::results::{ToValue, name};
use crate::setup::{ServerProcesses, eventually, wait};

/// Does what a clinic's server or a browser does.
pub fn outside(operation: &str, servers: Option<&ServerProcesses>, with: &Value) -> Option<Value> {
    let ask = |path: &str| {
        let query =
            with.as_object().unwrap().iter().map(|(name, value)| (name.as_str(), value.as_str().unwrap()));
        json!(servers.unwrap().smart(path, &query.collect::<Vec<_>>()))
    };
    match operation {
        "startSmartServer" => Some(ask("/start")),
        "openInBrowser" => Some(ask("/agree")),
        _ => None,
    }
}

/// Does one operation.
pub fn perform(operation: &str, wallet: &Arc<Wallet>, with: &Value) -> Option<Result<Value, WalletError>> {
    let source = || identifier(with, "source", SourceId::parse);
    let text = |name| text(with, name).unwrap();
    Some(match operation {
        "beginSource" => {
            let redirect = "keepwell://authorized".to_owned();
            wait(wallet.begin_source(text("address"), "keepwell".to_owned(), redirect, None))
                .map(Value::String)
        }
        "finishSource" => {
            let patient = with["patient"].as_str().map(str::to_owned);
            wait(wallet.finish_source(text("redirect"), patient, None)).map(|outcome| outcome.to_value())
        }
        "sources" => wait(wallet.sources()).map(|sources| sources.to_value()),
        "syncSource" => source().and_then(|id| sync(wallet, id)),
        "removeSource" => source().and_then(|id| wait(wallet.remove_source(id, None))).map(Value::Bool),
        _ => return None,
    })
}

fn sync(wallet: &Arc<Wallet>, source: SourceId) -> Result<Value, WalletError> {
    let heard = Arc::new(Heard(source, Mutex::default()));
    let _subscription = wallet.subscribe(heard.clone())?;
    let synced = wait(wallet.sync_source(source, None))?;
    // Observers are told on a thread of their own.
    let last = synced.files.last().filter(|name| *name != "Patient");
    eventually(|| last.is_none_or(|last| heard.1.lock().unwrap().contains(last)));
    let mut told = synced.to_value();
    told["asked"] = json!(*heard.1.lock().unwrap());
    Ok(told)
}

/// The types that a sync of this server told of.
struct Heard(SourceId, Mutex<Vec<String>>);

impl Observer for Heard {
    fn on_events(&self, events: Vec<Event>) -> Result<(), ObserverError> {
        for event in events {
            if let Event::SourceProgress { source, resource_type } = event {
                assert_eq!(source, self.0);
                self.1.lock().unwrap().push(resource_type);
            }
        }
        Ok(())
    }
}

impl ToValue for SourceView {
    fn to_value(&self) -> Value {
        json!({ "source": self.source.to_string(), "name": self.name, "address": self.address,
            "granted": self.granted, "refused": self.refused, "needsAuthorization": self.needs_authorization })
    }
}

impl ToValue for SourceOutcome {
    fn to_value(&self) -> Value {
        match self {
            Self::Connected { source } => json!({ "outcome": "connected", "source": source.to_value() }),
            Self::OtherPatients { patients } => {
                json!({ "outcome": "otherPatients", "patients": patients.to_value() })
            }
        }
    }
}

impl ToValue for SourceSync {
    fn to_value(&self) -> Value {
        json!({ "source": self.source.to_value(), "report": self.report.to_value(), "files": self.files,
            "skipped": self.skipped.to_value() })
    }
}

impl ToValue for SkippedRecords {
    fn to_value(&self) -> Value {
        json!({ "resourceType": self.resource_type, "category": self.category, "reason": name(self.reason) })
    }
}
