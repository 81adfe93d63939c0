//! What others read, as `keepwell sync` tells it: how much, and what of it is not proved in every point.

use keepwell_wallet::{Activity, ActivityEvent, ReadProof, RecordsRead, RequestProof};
use serde_json::{Value, json};

use crate::report::counted;
use crate::shown_time::shown;

/// How much a provider read, in a document.
pub(crate) fn count_document(read: &RecordsRead) -> Value {
    json!({ "grant": read.grant, "name": read.name, "records": read.records, "proof": read.proof.as_str() })
}

/// How much a provider read, in a sentence.
pub(crate) fn count_line(read: &RecordsRead) -> String {
    let whom = if read.name.is_empty() { "somebody" } else { &read.name };
    let records = counted(read.records, "record", "records");
    match read.proof {
        ReadProof::Receipt => format!("{whom} read {records} since the last sync."),
        ReadProof::Request => format!("{whom} read {records} since the last sync and gave no valid receipt."),
        ReadProof::Unproved => {
            format!("The host says that {whom} read {records} since the last sync; that is not proved.")
        }
    }
}

/// A doubtful read in a document: `request` and `receipt` say what is wrong, or `signed` and `valid`.
pub(crate) fn document(activity: &Activity) -> Option<Value> {
    let (grant, name, request, receipt) = match &activity.event {
        ActivityEvent::GrantRead { grant, name, request } => (grant, name, request, None),
        ActivityEvent::GrantDenied { grant, name, request, .. } => (grant, name, request, None),
        ActivityEvent::RecordsRead { grant, name, request, receipt, .. } => {
            (grant, name, request, Some(receipt))
        }
        _ => return None,
    };
    let (request, receipt) = (request.as_str(), receipt.map(|receipt| receipt.as_str()));
    Some(json!({
        "time": activity.time, "grant": grant, "name": name, "request": request, "receipt": receipt,
    }))
}

/// A doubtful read in a sentence.
pub(crate) fn line(activity: &Activity) -> Option<String> {
    let time = shown(activity.time);
    match &activity.event {
        ActivityEvent::RecordsRead { name, count, request: RequestProof::Signed, receipt, .. } => {
            Some(format!(
                "At {time} {name} fetched {count} sealed pieces and gave no valid receipt ({}).",
                receipt.as_str()
            ))
        }
        ActivityEvent::GrantRead { name, request, .. }
        | ActivityEvent::GrantDenied { name, request, .. }
        | ActivityEvent::RecordsRead { name, request, .. } => {
            let whom = if name.is_empty() { "somebody" } else { name };
            let word = request.as_str();
            Some(format!("The host says that {whom} read at {time}; nothing proves it ({word})."))
        }
        _ => None,
    }
}
