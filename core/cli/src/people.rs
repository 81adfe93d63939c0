//! Who counts as the owner of a wallet, and who else turned up in an import.

use keepwell_wallet::{FoundPatient, OwnerPerson, WalletError};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::output::Answer;
use crate::report::Report;
use crate::secrets::PinSource;
use crate::unlock::unlock;

/// Lists who counts as the owner.
pub(crate) fn list(caller: &Caller, pin: &PinSource) -> Result<Answer, Failure> {
    let people = unlock(caller, pin)?.0.people()?;
    let document = json!({ "people": people.iter().map(document).collect::<Vec<Value>>() });
    let report = Report::new(document);
    if people.is_empty() {
        return Ok(report.line("Nobody yet: the first import says who the owner of this wallet is.").into());
    }
    let rows: Vec<Vec<String>> = people
        .iter()
        .map(|person| {
            let ids: Vec<&str> = person.ids.iter().map(String::as_str).take(3).collect();
            vec![
                person.number.to_string(),
                name(person.name.as_deref()),
                born(person.birth_date.as_deref()),
                ids.join(" "),
            ]
        })
        .collect();
    Ok(report.table(&["", "name", "born", "known as"], &rows).into())
}

/// Forgets that somebody is the owner.
pub(crate) fn forget(number: u64, caller: &Caller, pin: &PinSource) -> Result<Answer, Failure> {
    let (mut wallet, _) = unlock(caller, pin)?;
    wallet.forget_person(number)?;
    let people = wallet.people()?;
    let document = json!({ "people": people.iter().map(document).collect::<Vec<Value>>() });
    Ok(Report::of_deed(document)
        .line("Forgotten: records about this person are not taken any more. Those that are here stay.")
        .into())
}

fn document(person: &OwnerPerson) -> Value {
    json!({
        "number": person.number,
        "name": person.name,
        "birth_date": person.birth_date,
        "ids": person.ids,
        "imports": person.imports,
    })
}

/// Says beside a refusal who the records are about, so that `--patient` can be given.
pub(crate) fn with_patients(error: WalletError) -> Failure {
    let (WalletError::OtherPatient { patients } | WalletError::NoSuchPatient { patients }) = &error else {
        return error.into();
    };
    let lines: Vec<String> = patients.iter().map(line).collect();
    let listed: Vec<Value> = patients
        .iter()
        .map(|found| {
            json!({
                "number": found.number,
                "id": found.id,
                "name": found.name,
                "birth_date": found.birth_date,
                "records": found.records,
                "owner": found.is_owner,
            })
        })
        .collect();
    let advice = match patients.is_empty() {
        true => "these files are about nobody: leave --patient away",
        false => {
            "say with --patient which of them is the owner of this wallet; it is remembered, and the records \
             of the others are kept out. Another person, a child or a parent, has a wallet of their own: \
             --home with another folder"
        }
    };
    lines
        .into_iter()
        .fold(Failure::from(error), Failure::with_note)
        .with_note(advice.to_owned())
        .with_field("patients", Value::Array(listed))
}

/// How to choose someone, and who that is.
pub(crate) fn line(found: &FoundPatient) -> String {
    let (name, born) = (name(found.name.as_deref()), born(found.birth_date.as_deref()));
    let records = if found.records == 1 { "record" } else { "records" };
    let owner = if found.is_owner { ", the owner" } else { "" };
    let mut id = String::new();
    if !found.id.starts_with('@') {
        id = format!(" or {}", found.id);
    }
    format!("--patient @{}{id}  {name}, {born}, {} {records}{owner}", found.number, found.records)
}

fn name(name: Option<&str>) -> String {
    name.unwrap_or("no name").to_owned()
}

fn born(date: Option<&str>) -> String {
    date.unwrap_or("no birth date").to_owned()
}
