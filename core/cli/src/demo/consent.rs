//! Steps 4 to 7: a grant, what the clinic reads by it, a new record, and the end of it.

use std::collections::BTreeSet;
use std::io::Read;
use std::ops::ControlFlow;

use keepwell_clinic::Refusal;
use keepwell_net::{HttpTransport, Limits, Transport as _};
use keepwell_protocol::crypto::{Rng, SigningKey};
use keepwell_protocol::domain::{Category, Duration, GrantId, Purpose, Scope};
use keepwell_protocol::formats::http::{Method, Request, sign_request};
use keepwell_protocol::ledger::Standing;
use keepwell_wallet::{
    Clock as _, GrantRequest, ImportOptions, ProviderName, Query, SyncOptions, SystemClock, Wallet,
};

use super::story::{Story, check};
use crate::failure::{CommandError, Failure};
use crate::grant::{PROOF_WAIT, about};

const SYNC: SyncOptions = SyncOptions { anchor: false, wait: PROOF_WAIT };

/// Step 4.
pub(super) fn grant(story: &mut Story) -> Result<String, Failure> {
    let (patient, parties) = story.patient_and_parties()?;
    let network = parties.connection.network();
    let provider = parties.clinic.card()?.card.provider;
    let about = about(&patient.wallet)?;
    let request = GrantRequest {
        provider: ProviderName::Id(provider),
        scope: Scope { categories: GRANTED.to_vec(), ..Scope::default() }.normalized(),
        purpose: Purpose::Treat,
        duration: Duration::days(30),
        about,
        request: None,
    };
    let made = patient.wallet.grant(&patient.fresh, request, network)?;
    patient.wallet.sync(SYNC, network)?;
    let proof = patient.wallet.verify_grant(made.grant, network)?;
    check(proof.standing == Standing::InForce, "the ledger's proof shows the grant in force")?;
    let synced = parties.clinic.sync(SystemClock.now(), &mut Rng::system())?;
    check(synced.accepted == [made.grant], "the clinic accepts the envelope")?;
    let seen = parties.clinic.grant(made.grant)?;
    let code = format!("{:06}", made.match_code);
    check(seen.patient.match_code == code, "both sides show the same match code")?;
    parties.clinic.confirm(made.grant, &code)?;
    story.grant = Some(made.grant);
    Ok(format!(
        "allergies and medications for 30 days; card and proof checked here (header {}, signatures, app hash, state \
         proof, {} bytes); match code {code} on both sides",
        proof.height, proof.bytes
    ))
}

/// Step 5.
pub(super) fn read(story: &mut Story) -> Result<String, Failure> {
    let grant = story.grant()?;
    let (patient, parties) = story.patient_and_parties()?;
    let now = SystemClock.now();
    let reading = parties.clinic.read(grant, Purpose::Treat, now, &mut Rng::system())?;
    check(reading.refused.is_none(), "the host serves a grant in force")?;
    let got: BTreeSet<&[u8]> = reading.records.iter().map(|record| record.bytes.as_slice()).collect();
    let granted = bytes_of(&patient.wallet, &GRANTED)?;
    check(
        granted.iter().all(|bytes| got.contains(bytes.as_slice())),
        "the clinic gets all that was granted",
    )?;
    let referenced = reading.records.iter().filter(|record| record.because == "referenced").count();
    check(got.len() == granted.len() + referenced, "and nothing but what that refers to")?;
    let other = parties.clinic.read(grant, Purpose::Research, now, &mut Rng::system())?;
    check(other.records.is_empty(), "for another purpose the clinic's own reader drops every record")?;

    let unknown = GrantId::from_bytes([0; 32]);
    let stranger = SigningKey::generate(&mut Rng::system())?;
    let to_grant = ask(&format!("{}/v1/grants/{grant}", parties.host_url()), &stranger)?;
    let to_nothing = ask(&format!("{}/v1/grants/{unknown}", parties.host_url()), &stranger)?;
    check(to_grant == to_nothing && to_grant.0 == 404, "a stranger gets the same 404 as for nothing")?;
    Ok(format!(
        "{} records byte for byte, {referenced} of them because others refer to them; another purpose: {} dropped; a \
         stranger gets the same 404 as for nothing",
        reading.records.len(),
        other.dropped.values().sum::<u32>()
    ))
}

/// Step 6.
pub(super) fn add(story: &mut Story) -> Result<String, Failure> {
    let grant = story.grant()?;
    let (patient, parties) = story.patient_and_parties()?;
    take_in(&mut patient.wallet, "new-latex", "Latex")?;
    patient.wallet.sync(SYNC, parties.connection.network())?;
    let reading = parties.clinic.read(grant, Purpose::Treat, SystemClock.now(), &mut Rng::system())?;
    check(holds(&reading.records, "new-latex"), "the clinic sees the new record")?;
    Ok("a new allergy is at the clinic without a new grant".to_owned())
}

/// Step 7.
pub(super) fn revoke(story: &mut Story) -> Result<String, Failure> {
    let grant = story.grant()?;
    let (patient, parties) = story.patient_and_parties()?;
    let network = parties.connection.network();
    patient.wallet.revoke(grant)?;
    patient.wallet.sync(SYNC, network)?;
    let refused = parties.clinic.read(grant, Purpose::Treat, SystemClock.now(), &mut Rng::system())?;
    check(refused.refused == Some(Refusal::Revoked), "the clinic is refused at once")?;
    let proof = patient.wallet.verify_grant(grant, network)?;
    check(proof.standing == Standing::Revoked, "the ledger's proof shows the grant revoked")?;
    take_in(&mut patient.wallet, "later-nickel", "Nickel")?;
    patient.wallet.sync(SYNC, network)?;
    let later = parties.clinic.read(grant, Purpose::Treat, SystemClock.now(), &mut Rng::system())?;
    check(later.records.is_empty(), "a record added afterwards does not reach the clinic")?;
    Ok(format!("host and reader refuse, proof at {} says revoked, nothing added later arrives", proof.height))
}

const GRANTED: [Category; 2] = [Category::Allergies, Category::Medications];

/// The newest versions of all records of these categories.
fn bytes_of(wallet: &Wallet, categories: &[Category]) -> Result<Vec<Vec<u8>>, Failure> {
    let mut all = Vec::new();
    for category in categories {
        let mut query = Query { category: Some(*category), limit: 1_000, ..Query::default() };
        loop {
            let page = wallet.records(&query)?;
            for record in page.records {
                all.push(wallet.record_bytes(&record.id)?);
            }
            match page.next {
                Some(next) => query.after = Some(next),
                None => break,
            }
        }
    }
    Ok(all)
}

/// Imports an allergy of the wallet's owner.
fn take_in(wallet: &mut Wallet, id: &str, what: &str) -> Result<(), Failure> {
    let resource = serde_json::json!({
        "resourceType": "AllergyIntolerance", "id": id, "code": { "text": what },
    });
    let bytes = resource.to_string().into_bytes();
    let mut open = || Ok(Box::new(std::io::Cursor::new(bytes.clone())) as Box<dyn Read>);
    let report = wallet.import(&mut open, &ImportOptions::default(), &mut |_| ControlFlow::Continue(()))?;
    check(report.added == 1, "a new record is added")
}

fn holds(records: &[keepwell_clinic::Record], id: &str) -> bool {
    let wanted = format!("\"{id}\"");
    records.iter().any(|record| String::from_utf8_lossy(&record.bytes).contains(&wanted))
}

/// A request with somebody's signature: status and body of the answer.
fn ask(url: &str, key: &SigningKey) -> Result<(u16, Vec<u8>), Failure> {
    let mut request = Request::new(Method::Get, url);
    sign_request(&mut request, key, SystemClock.now(), &mut Rng::system())
        .map_err(|_| CommandError::DemoCheck("a request can be signed"))?;
    let answer = HttpTransport::new()?.send(request, Limits::CONFIGURED)?;
    Ok((answer.status, answer.body))
}
