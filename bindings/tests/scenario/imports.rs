//! Imports and the quarantine, and their results as scenarios write them.

use std::path::Path;
use std::sync::{Arc, Mutex};

use keepwell::{
    FileReason, ImportOutcome, ImportSource, ImportStream, ImportStreamError, QuarantinedItem, Wallet,
    WalletError,
};
use keepwell_protocol::domain::{DeliveryId, QuarantineId, RecordId};
use keepwell_wallet::{
    BrokenFile, FoundPatient, ImportOptions, ImportReach, ImportReport, ImportSummary, Notice, OwnerPerson,
    QuarantinedPart, RecordVersion, RetryRefusal, RetryReport, UndoReport,
};
use serde_json::{Value, json};

use super::operations::{identifier, text};
use super::results::{ToValue, document, name};
use crate::setup::{repository, wait};

/// Does one operation; `folder` is where exports lie.
pub fn perform(
    operation: &str,
    wallet: &Arc<Wallet>,
    with: &Value,
    folder: &Path,
) -> Option<Result<Value, WalletError>> {
    let delivery = || identifier(with, "import", DeliveryId::parse);
    let item = || identifier(with, "item", QuarantineId::parse);
    Some(match operation {
        "import" => import(wallet, vec![source(with, folder)], with),
        "importFiles" => {
            let files = with["files"].as_array().unwrap().iter();
            import(wallet, files.map(|file| source(file, folder)).collect(), with)
        }
        "imports" => wait(wallet.imports()).map(|imports| imports.to_value()),
        "importReach" => {
            delivery().and_then(|id| wait(wallet.import_reach(id))).map(|reach| reach.to_value())
        }
        "undoImport" => {
            delivery().and_then(|id| wait(wallet.undo_import(id))).map(|undone| undone.to_value())
        }
        "recordHistory" => identifier(with, "id", RecordId::parse)
            .and_then(|id| wait(wallet.record_history(id)))
            .map(|versions| versions.to_value()),
        "people" => wait(wallet.people()).map(|people| people.to_value()),
        "forgetPerson" => wait(wallet.forget_person(with["number"].as_u64().unwrap())).map(document),
        "quarantine" => wait(wallet.quarantine()).map(|items| items.to_value()),
        "quarantinedText" => item()
            .and_then(|id| wait(wallet.quarantined_bytes(id)))
            .map(|bytes| String::from_utf8(bytes).unwrap().into()),
        "retryQuarantined" => with
            .get("item")
            .map(|_| item())
            .transpose()
            .and_then(|id| wait(wallet.retry_quarantined(id, text(with, "patient"))))
            .map(|report| report.to_value()),
        "dropQuarantined" => item().and_then(|id| wait(wallet.drop_quarantined(id))).map(document),
        "quarantineRecord" => identifier(with, "id", RecordId::parse)
            .and_then(|id| wait(wallet.quarantine_record(id)))
            .map(|id| id.to_string().into()),
        _ => return None,
    })
}

fn source(with: &Value, folder: &Path) -> ImportSource {
    if let Some(all) = with["resources"].as_array() {
        let lines: String = all.iter().map(|one| format!("{one}\n")).collect();
        return ImportSource::Bytes { bytes: lines.into_bytes() };
    }
    if let Some(text) = text(with, "text") {
        return ImportSource::Bytes { bytes: text.into_bytes() };
    }
    if let Some(text) = text(with, "stream") {
        let stream = Arc::new(TextStream(Mutex::new(text.into_bytes())));
        return ImportSource::Stream { name: "stream".to_owned(), stream };
    }
    let path = match text(with, "exported") {
        Some(name) => folder.join(name),
        None => repository().join(text(with, "file").unwrap()),
    };
    ImportSource::File { path: path.to_str().unwrap().to_owned() }
}

/// A text that is given once, from its beginning to its end.
struct TextStream(Mutex<Vec<u8>>);

#[async_trait::async_trait]
impl ImportStream for TextStream {
    async fn read(&self, most: u32) -> Result<Vec<u8>, ImportStreamError> {
        let mut rest = self.0.lock().unwrap();
        let next = rest.len().min(most as usize);
        Ok(rest.drain(..next).collect())
    }
}

fn import(wallet: &Arc<Wallet>, sources: Vec<ImportSource>, with: &Value) -> Result<Value, WalletError> {
    let options = ImportOptions { source: text(with, "source"), patient: text(with, "patient") };
    let imported = match <[ImportSource; 1]>::try_from(sources) {
        Ok([source]) => wait(wallet.import_records(source, options, None)),
        Err(sources) => wait(wallet.import_files(sources, options, None)),
    };
    Ok(match imported? {
        ImportOutcome::Imported { report } => json!({ "outcome": "imported", "report": report.to_value() }),
        ImportOutcome::OtherPatients { patients } => {
            json!({ "outcome": "otherPatients", "patients": patients.to_value() })
        }
    })
}

impl ToValue for ImportReport {
    fn to_value(&self) -> Value {
        json!({ "import": self.import.map(|id| id.to_string()), "read": self.read, "added": self.added,
            "updated": self.updated, "duplicates": self.duplicates, "idReused": self.id_reused,
            "removed": self.removed, "otherPatient": self.other_patient,
            "quarantined": self.quarantined.to_value(), "broken": self.broken.to_value(),
            "notices": self.notices.to_value() })
    }
}

impl ToValue for QuarantinedPart {
    fn to_value(&self) -> Value {
        json!({ "file": self.file, "index": self.index, "reason": name(self.reason), "kind": name(self.kind),
            "kept": self.kept.map(|id| id.to_string()) })
    }
}

impl ToValue for BrokenFile {
    fn to_value(&self) -> Value {
        let kept = self.kept.map(|id| id.to_string());
        json!({ "file": self.file, "reason": name(FileReason::from(self.reason.code())), "kept": kept })
    }
}

impl ToValue for Notice {
    fn to_value(&self) -> Value {
        let mut told = match self {
            Self::ServerSaid { file, index, is_error, text } => {
                json!({ "file": file, "index": index, "isError": is_error, "text": text })
            }
            Self::MissingPage { file, host } => json!({ "file": file, "host": host }),
            Self::OldRelease { file, release } => json!({ "file": file, "release": name(release) }),
            Self::Document { file, title, derived } => {
                json!({ "file": file, "title": title, "derived": derived })
            }
            Self::Measurements { file, taken, left, records } => {
                json!({ "file": file, "taken": taken, "left": left, "records": records })
            }
            Self::HealthCard { file, index, issuer, state } => {
                json!({ "file": file, "index": index, "issuer": issuer, "state": name(state) })
            }
            Self::More { count } => json!({ "count": count }),
        };
        told["notice"] = name(self);
        told
    }
}

impl ToValue for FoundPatient {
    fn to_value(&self) -> Value {
        json!({ "number": self.number, "id": self.id, "name": self.name, "birthDate": self.birth_date,
            "records": self.records, "isOwner": self.is_owner })
    }
}

impl ToValue for ImportSummary {
    fn to_value(&self) -> Value {
        json!({ "import": self.import.to_string(), "source": self.source, "added": self.added,
            "updated": self.updated })
    }
}

impl ToValue for ImportReach {
    fn to_value(&self) -> Value {
        let Self { versions, published, granted, shares, quarantined } = self;
        json!({ "versions": versions, "published": published, "granted": granted, "shares": shares,
            "quarantined": quarantined })
    }
}

impl ToValue for UndoReport {
    fn to_value(&self) -> Value {
        let Self { removed, restored, quarantined } = self;
        json!({ "removed": removed, "restored": restored, "quarantined": quarantined })
    }
}

impl ToValue for RecordVersion {
    fn to_value(&self) -> Value {
        json!({ "version": self.version, "standing": name(self.standing), "import": self.import.to_string(),
            "source": self.source, "lastUpdated": self.last_updated, "versionId": self.version_id })
    }
}

impl ToValue for OwnerPerson {
    fn to_value(&self) -> Value {
        let imports: Vec<String> = self.imports.iter().map(ToString::to_string).collect();
        json!({ "number": self.number, "name": self.name, "birthDate": self.birth_date, "ids": self.ids,
            "imports": imports })
    }
}

impl ToValue for QuarantinedItem {
    fn to_value(&self) -> Value {
        json!({ "id": self.id.to_string(), "file": self.file, "index": self.index, "reason": name(self.reason),
            "kind": name(self.kind), "bytes": self.bytes, "source": self.source,
            "record": self.record.map(|id| id.to_string()) })
    }
}

impl ToValue for RetryReport {
    fn to_value(&self) -> Value {
        json!({ "read": self.read, "unread": self.unread, "otherPatient": self.other_patient.to_value(),
            "imported": self.imported.to_value() })
    }
}

impl ToValue for RetryRefusal {
    fn to_value(&self) -> Value {
        json!({ "item": self.item.to_string(), "patients": self.patients.to_value() })
    }
}
