//! Step 3: the clinic gets keys, a card and its admission.

use keepwell_ledger::GovernanceKey;
use keepwell_protocol::domain::{Object as _, ProviderId};

use super::check::check;
use super::parties::{CLINIC, Parties};
use super::story::Story;
use crate::failure::{CommandError, Failure};
use crate::ledger::ONE_SIGNER;

pub(super) fn admit_clinic(story: &mut Story) -> Result<String, Failure> {
    let parties = Parties::start(story.folder.path(), &story.engine)?;
    let card = parties.clinic.card()?;
    let provider: ProviderId = card.card.provider;
    let key = std::fs::read_to_string(story.home("ledger").join("governance.key"))
        .map_err(|error| CommandError::unreadable("governance.key", &error))?;
    let governance = GovernanceKey::parse(&key)?;
    parties.gateway()?.submit(&governance.admit(card)?.to_cbor(), &governance.origin())?;

    let patient = story.patient()?;
    let network = parties.connection.network();
    let status = parties
        .with_servers(|servers| Ok(patient.wallet.connect(&patient.fresh, servers, None, network)?))?;
    let is_embedded = parties.ledger.is_embedded();
    check(status.is_embedded == is_embedded, "a ledger with one signer is recognised as a demonstration")?;
    let view = patient.wallet.provider(keepwell_wallet::ProviderName::Id(provider), network)?;
    check(view.card.card.name == CLINIC, "the card that the ledger proves is the clinic's")?;
    story.parties = Some(parties);
    Ok(format!(
        "{CLINIC} has keys and a card, governance admitted it, the wallet proved that on {} \
         ({})",
        status.chain_id,
        if is_embedded { ONE_SIGNER } else { "one authority under CometBFT" }
    ))
}
