//! Steps 4, 6 and 7: a grant, a new record under it, and its end.

use std::ops::ControlFlow;

use keepwell_clinic::Refusal;
use keepwell_protocol::crypto::words::Passphrase;
use keepwell_protocol::crypto::{self, Rng};
use keepwell_protocol::domain::{BlobId, Category, Duration, Purpose, Scope};
use keepwell_protocol::ledger::LedgerVerdict;
use keepwell_protocol::vault::Compartment;
use keepwell_wallet::{
    GrantRequest, ImportFile, ImportOptions, ProviderName, SyncOptions, SystemClock, Wallet,
};

use super::check::check;
use super::insiders::Opened;
use super::story::Story;
use crate::failure::{CommandError, Failure};
use crate::sending::PROOF_WAIT;

pub(super) const SYNC: SyncOptions = SyncOptions { anchor: false, wait: PROOF_WAIT, heal: false };

pub(super) fn grant(story: &mut Story) -> Result<String, Failure> {
    let (patient, parties) = story.patient_and_parties()?;
    let network = parties.connection.network();
    let provider = parties.clinic.card()?.card.provider;
    let about = patient.wallet.about_owner()?;
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
    check(proof.standing == LedgerVerdict::InForce, "the ledger's proof shows the grant in force")?;
    let synced = parties.clinic.sync(&SystemClock, &mut Rng::system())?;
    check(synced.accepted == [made.grant], "the clinic accepts the envelope")?;
    let seen = parties.clinic.grant(made.grant)?;
    check(seen.patient.match_code == made.match_code, "both sides show the same match code")?;
    parties.clinic.confirm(made.grant, &made.match_code)?;
    story.grant = Some(made.grant);
    Ok(format!(
        "allergies and medications for 30 days; card and proof checked here (header {}, signatures, app hash, state \
         proof, {} bytes); match code {} on both sides",
        proof.height, proof.bytes, made.match_code
    ))
}

pub(super) fn add(story: &mut Story) -> Result<String, Failure> {
    let grant = story.grant()?;
    let (patient, parties) = story.patient_and_parties()?;
    take_in(&mut patient.wallet, "new-latex", "Latex")?;
    patient.wallet.sync(SYNC, parties.connection.network())?;
    let reading = parties.clinic.read(grant, Purpose::Treat, &SystemClock, &mut Rng::system())?;
    let sees = reading.records.iter().any(|record| is(&record.bytes, "new-latex"));
    check(sees, "the clinic sees the new record")?;
    Ok("a new allergy is at the clinic without a new grant".to_owned())
}

pub(super) fn revoke(story: &mut Story) -> Result<String, Failure> {
    let grant = story.grant()?;
    let earlier = story.insiders()?;
    let before = earlier.follow();
    let (patient, parties) = story.patient_and_parties()?;
    let network = parties.connection.network();
    patient.wallet.revoke(grant)?;
    patient.wallet.sync(SYNC, network)?;
    let refused = parties.clinic.read(grant, Purpose::Treat, &SystemClock, &mut Rng::system())?;
    check(refused.refused == Some(Refusal::Revoked), "the clinic is refused at once")?;
    let proof = patient.wallet.verify_grant(grant, network)?;
    check(proof.standing == LedgerVerdict::Revoked, "the ledger's proof shows the grant revoked")?;
    take_in(&mut patient.wallet, "later-nickel", "Nickel")?;
    patient.wallet.sync(SYNC, network)?;
    let later = parties.clinic.read(grant, Purpose::Treat, &SystemClock, &mut Rng::system())?;
    check(later.records.is_empty(), "a record added afterwards does not reach the clinic")?;

    let seed = patient.words.seed(&Passphrase::none());
    let mut insiders = story.insiders()?;
    let since: Vec<BlobId> =
        insiders.blobs.keys().filter(|id| !earlier.blobs.contains_key(id)).copied().collect();
    let after = insiders.follow();
    let granted = found(&before, "new-latex");
    check(
        granted.is_some_and(|blob| insiders.any_opens(&after.keys, &blob)),
        "what was granted opens, by its way and by trying: the attempt is a real one",
    )?;
    check(after.records == before.records, "since the revocation not one record more can be reached")?;
    check(
        !since.iter().any(|blob| insiders.any_opens(&after.keys, blob)),
        "no key opens anything that came to the host since",
    )?;
    let label = Compartment::Category(Category::Allergies).to_string();
    let head = insiders.head(crypto::compartment_id(&seed.compartment_key(), &label));
    let own_key = head.and_then(|head| head.open_owner_wrap(&seed.vault_key()).ok());
    insiders
        .learn(own_key.ok_or(CommandError::DemoCheck("the patient has the key of the allergies"))?.expose());
    check(
        found(&insiders.follow(), "later-nickel").is_some_and(|blob| since.contains(&blob)),
        "with the patient's own key the same attempt opens what was added: it was there to be tried",
    )?;
    Ok(format!(
        "host and reader refuse, proof at {} says revoked; clinic and host together tried {} keys on every head and on \
         the {} blobs that came since: the {} records granted before open, nothing that came since does",
        proof.height,
        after.keys.len(),
        since.len(),
        after.records.len()
    ))
}

pub(super) const GRANTED: [Category; 2] = [Category::Allergies, Category::Medications];

/// Imports an allergy of the wallet's owner.
fn take_in(wallet: &mut Wallet, id: &str, what: &str) -> Result<(), Failure> {
    let resource = serde_json::json!({
        "resourceType": "AllergyIntolerance", "id": id, "code": { "text": what },
    });
    let bytes = resource.to_string().into_bytes();
    let mut file = [ImportFile::from_bytes("", &bytes)];
    let report = wallet.import(&mut file, &ImportOptions::default(), &mut |_| ControlFlow::Continue(()))?;
    check(report.added == 1, "a new record is added")
}

/// The blob that holds the resource of this id.
fn found(opened: &Opened, id: &str) -> Option<BlobId> {
    opened.records.iter().find(|(_, bytes)| is(bytes, id)).map(|(blob, _)| *blob)
}

/// Whether a resource has this id, which stands nowhere else in the story.
fn is(bytes: &[u8], id: &str) -> bool {
    String::from_utf8_lossy(bytes).contains(&format!("\"{id}\""))
}
