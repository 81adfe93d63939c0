//! Step 10: what a ledger might be made to say, and why nobody believes it.

use keepwell_net::{HttpTransport, Limits, Transport as _};
use keepwell_protocol::crypto::{Rng, SigningKey};
use keepwell_protocol::domain::ProviderId;
use keepwell_protocol::formats::http::{Method, Request};
use keepwell_protocol::ledger::{StateKey, TrustPolicy, TrustedState, verify};
use keepwell_wallet::{Clock as _, SystemClock};

use super::check::check;
use super::story::Story;
use crate::failure::Failure;

pub(super) fn forge(story: &mut Story) -> Result<String, Failure> {
    let (_, parties) = story.patient_and_parties()?;
    let key = StateKey::Provider(parties.clinic.card()?.card.provider);
    let url = format!("{}/v1/proof/{}", parties.ledger_url(), key.to_hex());
    let bundle = HttpTransport::new()?.send(Request::new(Method::Get, url), Limits::CONFIGURED)?.body;
    let trusted = parties.ledger.anchor().trusted_state();
    let holds = |bundle: &[u8], key: &StateKey, trusted: &TrustedState| {
        verify(bundle, key, trusted, &TrustPolicy::DEMONSTRATION, SystemClock.now()).is_ok()
    };
    check(holds(&bundle, &key, &trusted), "the ledger's answer verifies as it came")?;

    let mut tried = 0;
    for at in 0..bundle.len() {
        let mut changed = bundle.clone();
        if let Some(byte) = changed.get_mut(at) {
            *byte ^= 1 << (at % 8);
        }
        check(!holds(&changed, &key, &trusted), "an answer with one bit changed is refused")?;
        tried += 1;
    }
    let stranger = SigningKey::generate(&mut Rng::system())?;
    let mut other_validator = trusted.clone();
    for validator in &mut other_validator.validators {
        validator.key = *stranger.public_key().as_bytes();
    }
    check(
        !holds(&bundle, &key, &other_validator),
        "a header that the trusted validators did not sign is refused",
    )?;
    let other_key = StateKey::Provider(ProviderId::from_bytes([7; 32]));
    check(!holds(&bundle, &other_key, &trusted), "a proof for another key is refused")?;
    Ok(format!(
        "{tried} answers with one bit changed, a header of a stranger, a proof for another key: all refused"
    ))
}
