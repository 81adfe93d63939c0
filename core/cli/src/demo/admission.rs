//! Step 3: the clinic gets keys, a card and its admission.

use std::time::{Duration, Instant};

use keepwell_ledger::GovernanceKey;
use keepwell_protocol::crypto::gateway_id;
use keepwell_protocol::domain::{Object as _, ProviderId};
use keepwell_protocol::ledger::{Kind, SetGateway};
use keepwell_wallet::LedgerQuestions;

use super::check::check;
use super::parties::{CLINIC, Parties};
use super::story::Story;
use crate::failure::{CommandError, Failure};
use crate::ledger::ONE_SIGNER;

/// How long the gateway may take to tell its key: a block or two.
const KEY_WAIT: Duration = Duration::from_secs(20);

pub(super) fn admit_clinic(story: &mut Story) -> Result<String, Failure> {
    let parties = Parties::start(story.folder.path(), &story.engine)?;
    let card = parties.clinic.card()?;
    let provider: ProviderId = card.card.provider;
    let key = std::fs::read_to_string(story.home("ledger").join("governance.key"))
        .map_err(|error| CommandError::unreadable("governance.key", &error))?;
    let governance = GovernanceKey::parse(&key)?;
    let (gateway, key) = (parties.gateway()?, parties.ledger.gateway_key());
    gateway.submit(&governance.admit(card)?.to_cbor(), &governance.origin())?;
    let admitted = SetGateway { kind: Kind, gateway: gateway_id(&key), key: Some(key) };
    gateway.submit(&governance.act(1, admitted.into())?.to_cbor(), &governance.origin())?;

    let patient = story.patient()?;
    let network = parties.connection.network();
    let status = parties
        .with_servers(|servers| Ok(patient.wallet.connect(&patient.fresh, servers, None, network)?))?;
    let is_embedded = parties.ledger.is_embedded();
    check(status.is_embedded == is_embedded, "a ledger with one signer is recognised as a demonstration")?;
    let view = patient.wallet.provider(keepwell_wallet::ProviderName::Id(provider), network)?;
    check(view.card.card.name == CLINIC, "the card that the ledger proves is the clinic's")?;
    // The gateway tells its key once it is admitted.
    let began = Instant::now();
    while !matches!(patient.wallet.ledger_questions()?, Some(LedgerQuestions::Oblivious { .. })) {
        check(began.elapsed() < KEY_WAIT, "the gateway tells by which key questions are sealed")?;
        std::thread::sleep(Duration::from_millis(50));
        patient.wallet.provider(keepwell_wallet::ProviderName::Id(provider), network)?;
    }
    story.parties = Some(parties);
    Ok(format!(
        "{CLINIC} has keys and a card, governance admitted it, the wallet proved that on {} \
         ({})",
        status.chain_id,
        if is_embedded { ONE_SIGNER } else { "one authority under CometBFT" }
    ))
}
