//! Step 9: the phone is lost, the words bring everything back, and a host that turns back time is caught.

use std::path::Path;

use keepwell_protocol::crypto::words::{Passphrase, RecoveryWords};
use keepwell_protocol::crypto::{Pin, Rng};
use keepwell_protocol::domain::{Category, Duration, ProviderId, Purpose, Scope};
use keepwell_protocol::vault::LinkAction;
use keepwell_wallet::{
    FreshAuthentication, GrantRequest, NewWallet, ProviderName, RestoreFrom, RestoreReport,
    SoftwareDeviceKey, SyncOptions, SystemClock, Wallet,
};

use super::check::check;
use super::parties::Parties;
use super::patient::PIN;
use super::story::Story;
use crate::failure::Failure;
use crate::sending::PROOF_WAIT;

pub(super) fn restore(story: &mut Story) -> Result<String, Failure> {
    let (new_phone, too_late, yesterday) =
        (story.home("new-phone"), story.home("third"), story.home("yesterday"));
    let old_share = story.old_share()?;
    let (patient, parties) = story.patient_and_parties()?;
    let request = immunizations_for(parties.clinic.card()?.card.provider);
    let old_grant = patient.wallet.grant(&patient.fresh, request, parties.connection.network())?.grant;
    let sync = SyncOptions { anchor: true, wait: PROOF_WAIT, heal: false };
    patient.wallet.sync(sync, parties.connection.network())?;
    let before = patient.wallet.status()?;
    let (grants, shares) = (patient.wallet.grants()?.len(), patient.wallet.shares()?.len());
    parties.copy_host(&yesterday)?;

    let (mut wallet, _, report) = from_words(&new_phone, &patient.words, parties)?;
    let network = parties.connection.network();
    check(report.fingerprint == before.fingerprint, "the words give the same wallet")?;
    check(report.records == before.records, "every record is back")?;
    check(wallet.grants()?.len() == grants, "every grant is back")?;
    check(wallet.shares()?.len() == shares, "every share is back")?;
    check(report.anchored, "the ledger vouches for what the host served")?;
    wallet.change_share(network, old_share, LinkAction::Revoke)?;
    wallet.revoke(old_grant)?;
    let synced = wallet.sync(sync, network)?;
    check(synced.queued == 0, "an old share and an old grant are revoked from the new phone")?;
    for _ in 0..2 {
        // The last two anchors are within what a host may lag behind.
        wallet.share(
            network,
            keepwell_wallet::ShareRequest {
                scopes: Vec::new(),
                label: None,
                life: Duration::minutes(1),
                opens: None,
                ..keepwell_wallet::ShareRequest::default()
            },
        )?;
        wallet.sync(sync, network)?;
    }

    parties.host_with_folder(&yesterday)?;
    let caught = from_words(&too_late, &patient.words, parties);
    check(
        caught.is_err_and(|failure| failure.is("HostRolledBack")),
        "a host with yesterday's folder is caught",
    )?;
    Ok(format!(
        "{} records, {grants} grants and {shares} shares from the words alone; one of each revoked from the new phone; \
         a host with yesterday's folder is caught",
        report.records
    ))
}

fn immunizations_for(provider: ProviderId) -> GrantRequest<'static> {
    GrantRequest {
        provider: ProviderName::Id(provider),
        scope: Scope { categories: vec![Category::Immunizations], ..Scope::default() },
        purpose: Purpose::Treat,
        duration: Duration::days(30),
        about: None,
        request: None,
    }
}

fn from_words(
    home: &Path,
    words: &RecoveryWords,
    parties: &Parties,
) -> Result<(Wallet, FreshAuthentication, RestoreReport), Failure> {
    let device = Box::new(SoftwareDeviceKey::new(&home.join("device.key")));
    let (passphrase, pin, clock) = (Passphrase::none(), Pin::choose(PIN)?, Box::new(SystemClock));
    parties.with_servers(|servers| {
        let from = RestoreFrom { servers, network: parties.connection.network(), progress: &|_| {} };
        Ok(Wallet::restore(
            NewWallet { home, words, passphrase: &passphrase, pin: &pin, device, clock, rng: Rng::system() },
            from,
        )?)
    })
}
