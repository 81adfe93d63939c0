//! What became of the files of an import, in words.

use keepwell_protocol::domain::QuarantineId;
use keepwell_protocol::formats::fhir::{Kind, Quarantine};
use keepwell_protocol::formats::shc::CardState;
use keepwell_wallet::{ImportReport, MAX_QUARANTINED_ITEM, Notice, WalletError};
use serde_json::{Value, json};

use crate::failure::Failure;
use crate::people::with_patients;
use crate::report::Report;

/// Says beside a refusal where the bytes are, or who the records are about.
pub(crate) fn refused(error: WalletError) -> Failure {
    match error {
        WalletError::Quarantined { id, .. } => Failure::from(error)
            .with_note(format!("the file is kept in quarantine as {:.8}", id.to_string()))
            .with_field("quarantined", json!(id)),
        error => with_patients(error),
    }
}

/// The fields and lines of an import of files with these names.
pub(crate) fn counts(report: &ImportReport, names: &[&str]) -> Report {
    told(Report::of_deed(document(report, names)), report, names)
}

/// The report as JSON, for programs.
pub(crate) fn document(report: &ImportReport, names: &[&str]) -> Value {
    json!({
        "import": report.import,
        "read": report.read,
        "added": report.added,
        "updated": report.updated,
        "duplicates": report.duplicates,
        "id_reused": report.id_reused,
        "removed": report.removed,
        "quarantined": aside(report, names).iter().map(Aside::document).collect::<Vec<_>>(),
        "other_patient": report.other_patient,
        "notices": report.notices.iter().map(|notice| notice_document(notice, names)).collect::<Vec<_>>(),
    })
}

/// Adds the lines to an answer.
pub(crate) fn told(answer: Report, report: &ImportReport, names: &[&str]) -> Report {
    let aside = aside(report, names);
    let answer = answer.facts(&[
        ("read", report.read.to_string()),
        ("added", report.added.to_string()),
        ("updated", report.updated.to_string()),
        ("duplicates", report.duplicates.to_string()),
        ("ids used again", report.id_reused.to_string()),
        ("removed at their source", report.removed.to_string()),
        ("quarantined", aside.len().to_string()),
        ("about other people", report.other_patient.to_string()),
    ]);
    let told = aside.iter().take(MOST_LINES).fold(answer, |answer, one| answer.line(one.line()));
    let told = match aside.len().checked_sub(MOST_LINES) {
        None | Some(0) => told,
        Some(more) => {
            let lost = aside.iter().skip(MOST_LINES).filter(|one| one.kept.is_none()).count();
            told.line(format!(
                "set aside: {more} more, {lost} of them not kept for want of room; `keepwell record quarantine list` \
                 has the others"
            ))
        }
    };
    report.notices.iter().fold(told, |answer, notice| answer.line(sentence(notice, names)))
}

/// Something that was set aside.
struct Aside<'a> {
    file: &'a str,
    entry: Option<&'a str>,
    index: Option<u64>,
    code: &'static str,
    sentence: String,
    kind: Kind,
    kept: Option<QuarantineId>,
}

impl Aside<'_> {
    fn document(&self) -> Value {
        json!({
            "file": self.file,
            "entry": self.entry,
            "index": self.index,
            "reason": self.code,
            "sentence": self.sentence,
            "kind": self.kind.as_str(),
            "id": self.kept,
        })
    }

    fn line(&self) -> String {
        let Self { file, sentence, code, .. } = self;
        let entry = self.entry.map(|entry| format!(": {entry}")).unwrap_or_default();
        let place = self.index.map(|index| format!(" at {index}")).unwrap_or_default();
        let kept = match self.kept {
            Some(id) => format!("kept as {:.8}", id.to_string()),
            None => format!(
                "not kept, over {} MB or for want of room: keep the file",
                MAX_QUARANTINED_ITEM / 1_000_000
            ),
        };
        format!("set aside: {file}{entry}{place}: {sentence} [{code}]; {kept}")
    }
}

fn aside<'a>(report: &'a ImportReport, names: &[&'a str]) -> Vec<Aside<'a>> {
    let parts = report.quarantined.iter().map(|part| {
        let sentence = match part.reason {
            Quarantine::UnsupportedFormat => format!("{}, it is {}", part.reason, part.kind.advice()),
            reason => reason.to_string(),
        };
        let (file, code) = (name(part.file, names), part.reason.code());
        let entry = part.entry.as_deref();
        Aside { file, entry, index: Some(part.index), code, sentence, kind: part.kind, kept: part.kept }
    });
    let broken = report.broken.iter().map(|one| {
        let (file, code, sentence) = (name(one.file, names), one.reason.code(), one.reason.to_string());
        let entry = one.entry.as_deref();
        Aside { file, entry, index: None, code, sentence, kind: Kind::Damaged, kept: one.kept }
    });
    parts.chain(broken).collect()
}

fn name<'a>(file: u64, names: &[&'a str]) -> &'a str {
    usize::try_from(file).ok().and_then(|at| names.get(at)).copied().unwrap_or_default()
}

fn notice_document(notice: &Notice, names: &[&str]) -> Value {
    let document = match notice {
        Notice::ServerSaid { file, index, is_error, text } => {
            let severity = if *is_error { "error" } else { "warning" };
            json!({
                "kind": "server-said",
                "file": name(*file, names),
                "index": index,
                "severity": severity,
                "text": text,
            })
        }
        Notice::MissingPage { file, host } => {
            json!({ "kind": "missing-page", "file": name(*file, names), "host": host })
        }
        Notice::OldRelease { file, release } => {
            json!({ "kind": "old-release", "file": name(*file, names), "release": release.as_str() })
        }
        Notice::HealthCard { file, index, issuer, state } => json!({
            "kind": "health-card",
            "file": name(*file, names),
            "index": index,
            "issuer": issuer,
            "state": state.as_str(),
        }),
        Notice::Document { file, title, derived } => json!({
            "kind": "document",
            "file": name(*file, names),
            "title": title,
            "derived": derived,
        }),
        Notice::Measurements { file, taken, left, records } => json!({
            "kind": "measurements",
            "file": name(*file, names),
            "taken": taken,
            "left": left,
            "records": records,
        }),
        Notice::More { count } => json!({ "kind": "more", "count": count }),
    };
    with(document, json!({ "sentence": sentence(notice, names) }))
}

/// An object with the fields of both.
pub(crate) fn with(mut document: Value, more: Value) -> Value {
    if let (Some(fields), Value::Object(more)) = (document.as_object_mut(), more) {
        fields.extend(more);
    }
    document
}

fn sentence(notice: &Notice, names: &[&str]) -> String {
    match notice {
        Notice::ServerSaid { file, index, is_error, text } => {
            let what = if *is_error { "something is missing" } else { "something may be missing" };
            let file = name(*file, names);
            format!("{file} at {index} is no record but word of the server that {what}: {text}")
        }
        Notice::MissingPage { file, host } => {
            let who = host.as_deref().map_or("the server that it came from".to_owned(), str::to_owned);
            format!("{}: more pages follow that are not among the files; {who} has them", name(*file, names))
        }
        Notice::OldRelease { file, release } => format!(
            "{}: written for FHIR {}; what is written otherwise since then may not be shown as it should",
            name(*file, names),
            release.as_str()
        ),
        Notice::HealthCard { file, issuer, state, .. } => {
            format!(
                "{}: a health card that says to be of {issuer}; {}",
                name(*file, names),
                card_state(*state)
            )
        }
        Notice::Document { file, title, derived } => {
            let title = title.as_deref().map(|title| format!(" \"{title}\"")).unwrap_or_default();
            let made = match derived {
                1 => "1 record was".to_owned(),
                count => format!("{count} records were"),
            };
            format!("{}: the document{title} is kept whole; {made} made of what is in it", name(*file, names))
        }
        Notice::Measurements { file, taken, left, records } => format!(
            "{}: {records} records of days were made of {taken} measurements; {left} of other kinds were left out, and the file is not kept",
            name(*file, names)
        ),
        Notice::More { count } => format!("and {count} more like these"),
    }
}

/// What can be said of a health card, as a clause.
pub(crate) fn card_state(state: CardState) -> &'static str {
    match state {
        CardState::Verified => "its issuer signed it, and it holds",
        CardState::UnknownIssuer => "not checked, since the keys of its issuer are not at hand",
        CardState::UnknownKey => "its issuer does not name the key that it is signed with",
        CardState::UnknownRevocation => "its issuer signed it, and may have revoked it",
        CardState::Broken => "it was changed, or somebody else signed it",
        CardState::Revoked => "its issuer revoked it",
        CardState::Expired => "it holds no more",
        CardState::NotYetValid => "it does not hold yet",
    }
}

/// Lines about what was set aside; JSON has all of it.
const MOST_LINES: usize = 20;
