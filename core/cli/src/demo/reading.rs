//! Step 5: what the clinic reads by the grant, and what neither it nor anybody else gets.

use std::collections::BTreeSet;

use keepwell_protocol::consent::Receipt;
use keepwell_protocol::crypto::{Rng, SigningKey};
use keepwell_protocol::domain::{BlobId, Category, GrantId, Object as _, Purpose};
use keepwell_protocol::formats::http::Method;
use keepwell_protocol::vault::BlobRequest;
use keepwell_wallet::{Clock as _, Query, SystemClock, Wallet};

use super::careless;
use super::check::check;
use super::consent::GRANTED;
use super::insiders::Insiders;
use super::parties::Parties;
use super::story::Story;
use crate::failure::{CommandError, Failure};

pub(super) fn read(story: &mut Story) -> Result<String, Failure> {
    let grant = story.grant()?;
    let (patient, parties) = story.patient_and_parties()?;
    let reading = parties.clinic.read(grant, Purpose::Treat, &SystemClock, &mut Rng::system())?;
    check(reading.refused.is_none(), "the host serves a grant in force")?;
    let got: BTreeSet<&[u8]> = reading.records.iter().map(|record| record.bytes.as_slice()).collect();
    let granted = bytes_of(&patient.wallet, &GRANTED)?;
    check(
        granted.iter().all(|bytes| got.contains(bytes.as_slice())),
        "the clinic gets all that was granted",
    )?;
    let referenced = reading.records.iter().filter(|record| record.because == "referenced").count();
    check(got.len() == granted.len() + referenced, "and nothing but what that refers to")?;
    let other = parties.clinic.read(grant, Purpose::Research, &SystemClock, &mut Rng::system())?;
    check(other.records.is_empty(), "for another purpose the clinic's own reader drops every record")?;

    let unknown = GrantId::from_bytes([0; 32]);
    let stranger = SigningKey::generate(&mut Rng::system())?;
    let ask =
        |grant: GrantId| parties.ask_host(Method::Get, &format!("/v1/grants/{grant}"), Vec::new(), &stranger);
    let (to_grant, to_nothing) = (ask(grant)?, ask(unknown)?);
    check(to_grant == to_nothing && to_grant.0 == 404, "a stranger gets the same 404 as for nothing")?;
    let withheld = ask_for_more(story, grant)?;
    let reason = careless::misfile(story)?;
    Ok(format!(
        "{} records byte for byte, {referenced} of them because others refer to them; 404 for a blob \
         of the patient's {withheld} others; another purpose: {} dropped; a condition that a careless \
         wallet filed with its allergies: dropped, {reason}; a stranger gets the same 404 as for nothing",
        reading.records.len(),
        other.dropped.values().sum::<u32>()
    ))
}

/// Asks for the patient's other blobs with the clinic's own keys; how many there are.
fn ask_for_more(story: &mut Story, grant: GrantId) -> Result<usize, Failure> {
    let insiders = story.insiders()?;
    let opened = insiders.follow();
    let is_granted = |id: &BlobId| opened.records.contains_key(id) || opened.segments.contains(id);
    let withheld: Vec<BlobId> = insiders.blobs.keys().copied().filter(|id| !is_granted(id)).collect();
    let (_, parties) = story.patient_and_parties()?;
    let mine: Vec<BlobId> = opened.records.into_keys().take(1).collect();
    let other = withheld.first().ok_or(CommandError::DemoCheck("the host has more of the patient"))?;
    let (status, _) = ask_for(&insiders, parties, grant, &mine)?;
    check(status == 200, "the clinic gets a blob under its grant")?;
    let refused = ask_for(&insiders, parties, grant, &[*other])?;
    check(refused.0 == 404, "any other blob of the patient is 404")?;
    let nothing = ask_for(&insiders, parties, grant, &[BlobId::from_bytes([0; 32])])?;
    check(refused == nothing, "the same 404 as for a blob that is not there")?;
    let both: Vec<BlobId> = mine.iter().chain([other]).copied().collect();
    check(
        ask_for(&insiders, parties, grant, &both)? == nothing,
        "nor does it come along with one that is granted",
    )?;
    Ok(withheld.len())
}

/// Asks for blobs as the clinic does: signed by its reader key, with its receipt.
fn ask_for(
    insiders: &Insiders,
    parties: &Parties,
    grant: GrantId,
    blobs: &[BlobId],
) -> Result<(u16, Vec<u8>), Failure> {
    let envelope = insiders.envelope(grant).ok_or(CommandError::DemoCheck("the clinic has the grant"))?;
    let receipt = Receipt {
        grant,
        time: SystemClock.now(),
        purpose: Purpose::Treat,
        blobs: Receipt::hash_blobs(blobs),
    };
    let receipt = receipt.sign_and_seal(&insiders.signing_key, &envelope.pair, &mut Rng::system())?;
    let body = BlobRequest { blobs: blobs.to_vec(), receipt }.to_cbor();
    parties.ask_host(Method::Post, &format!("/v1/grants/{grant}/blobs"), body, &envelope.reader_key())
}

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
