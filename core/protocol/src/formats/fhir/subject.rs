//! Whom a resource names as the one it is about.

use std::borrow::Cow;

use super::{
    head::{ResourceHead, Subject},
    visit::visit,
};

/// Whom a resource that is no Patient names as the one it is about: subject, patient, beneficiary,
/// individual, candidate, for; of a few types that have none of these the people who take part.
pub(super) fn subjects<'h, 'a>(head: &'h ResourceHead<'a>, bytes: &[u8]) -> Cow<'h, [Subject<'a>]> {
    if !head.subjects.is_empty() {
        if head.subjects.iter().all(Subject::is_filled) {
            return Cow::Borrowed(&head.subjects);
        }
        return Cow::Owned(head.subjects.iter().filter(|one| one.is_filled()).cloned().collect());
    }
    let (parts, is_audit): (&[&[&[u8]]], bool) = match &*head.resource_type {
        "Appointment" => (&[&[b"participant", b"actor"]], false),
        "AppointmentResponse" | "Schedule" => (&[&[b"actor"]], false),
        "Group" => (&[&[b"member", b"entity"]], false),
        "Person" => (&[&[b"link", b"target"]], false),
        "AuditEvent" => (&[&[b"entity", b"what"], &[b"entity", b"reference"]], true),
        _ => return Cow::Borrowed(&[]),
    };
    let mut found: Vec<Subject<'a>> = Vec::new();
    visit(bytes, &mut |path, text| {
        let Some(inner) = parts.iter().find_map(|part| path.strip_prefix(*part)) else { return };
        match (inner, text) {
            ([], None) => found.push(Subject::default()),
            (_, None) => {}
            (inner, Some(text)) => {
                let Some(subject) = found.last_mut() else { return };
                match inner {
                    [b"reference"] => subject.reference = Some(text().into()),
                    [b"type"] => subject.resource_type = Some(text().into()),
                    [b"display"] => subject.display = Some(text().into()),
                    [b"identifier", b"system"] => subject.identifier.system = Some(text().into()),
                    [b"identifier", b"value"] => subject.identifier.value = Some(text().into()),
                    _ => {}
                }
            }
        }
    });
    // Of what an audit event is about, only what says that it is a patient is one.
    let is_patient = |one: &Subject<'_>| {
        one.resource_type.as_deref() == Some("Patient")
            || one.reference().is_some_and(|text| text.starts_with("Patient/") || text.contains("/Patient/"))
    };
    found.retain(|one| one.is_filled() && (!is_audit || is_patient(one)));
    Cow::Owned(found)
}

/// Whether the people who take part in a resource of this type may be anything else as well.
pub(super) fn is_of_many_kinds(resource_type: &str) -> bool {
    matches!(resource_type, "Appointment" | "AppointmentResponse" | "Schedule" | "Group" | "Person")
}
