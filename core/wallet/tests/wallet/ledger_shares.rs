//! Shares that are granted on the ledger: for longer than a day, ended by the ledger alone, and back from the words.

use keepwell_net::{HttpTransport, Reach};
use keepwell_protocol::consent::GrantState;
use keepwell_protocol::domain::{Category, Duration};
use keepwell_protocol::formats::shl::{OpenError, ShareLink};
use keepwell_protocol::ledger::LedgerVerdict;
use keepwell_protocol::vault::LinkAction;
use keepwell_wallet::{
    FreshAuthentication, LinkForm, NewShare, ShareOutcome, ShareRequest, ShareState, SyncOptions, Wallet,
    WalletError, open_share,
};

use crate::parties::{PATIENT, Parties, categories, record};
use crate::restore_words::restore;
use crate::setup::import;

fn sharing() -> (Parties, Wallet, FreshAuthentication) {
    let parties = Parties::start();
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    import(&mut wallet, &record("AllergyIntolerance", "a1")).unwrap();
    (parties, wallet, fresh)
}

fn request(life: Duration) -> ShareRequest {
    ShareRequest { scopes: vec![categories(&[Category::Allergies])], life, ..ShareRequest::default() }
}

fn share(parties: &Parties, wallet: &mut Wallet, fresh: &FreshAuthentication) -> NewShare {
    wallet.share_on_ledger(fresh, parties.network(), request(Duration::days(30))).unwrap()
}

fn opens(link: &str) -> bool {
    let link = ShareLink::parse(link).unwrap();
    let transport = HttpTransport::new().unwrap();
    match open_share(&transport, Reach::ForeignOrLoopback, &link, "Dr. Wood", None) {
        Ok(files) => files.len() == 1,
        Err(WalletError::Link(OpenError::NotActive)) => false,
        Err(error) => panic!("{error}"),
    }
}

/// Where the one share stands here and on the ledger.
fn standing(wallet: &Wallet) -> (ShareState, Option<GrantState>) {
    let shares = wallet.shares().unwrap();
    assert_eq!(shares.len(), 1);
    (shares[0].state, shares[0].ledger)
}

fn sync(parties: &Parties, wallet: &mut Wallet) -> keepwell_wallet::SyncReport {
    let wait = std::time::Duration::from_secs(10);
    wallet.sync(SyncOptions { wait, ..SyncOptions::default() }, parties.network()).unwrap()
}

#[test]
fn a_share_of_a_month_is_proved_while_it_lives_and_when_it_has_ended() {
    let (parties, mut wallet, fresh) = sharing();
    let too_long = wallet.share(parties.network(), request(Duration::days(30)));
    assert!(matches!(too_long, Err(WalletError::ShareTooLong)), "not by the host's word alone");
    let too_long = wallet.share_on_ledger(&fresh, parties.network(), request(Duration::days(367)));
    assert!(matches!(too_long, Err(WalletError::ShareTooLong)));
    assert!(wallet.shares().unwrap().is_empty());

    let made = share(&parties, &mut wallet, &fresh);
    assert_eq!(made.share.ledger, Some(GrantState::Active));
    assert!(opens(&made.link));
    let id = made.share.id;
    let proof = wallet.verify_share(id, parties.network()).unwrap();
    assert_eq!(proof.standing, LedgerVerdict::InForce);
    assert_eq!(sync(&parties, &mut wallet).queued, 0);

    let ended = wallet.change_share(parties.network(), id, LinkAction::Revoke).unwrap();
    assert_eq!(
        (ended.state, ended.is_told, ended.ledger),
        (ShareState::Revoked, true, Some(GrantState::Revoked))
    );
    assert!(!opens(&made.link));
    assert_eq!(wallet.verify_share(id, parties.network()).unwrap().standing, LedgerVerdict::Revoked);
    assert_eq!(sync(&parties, &mut wallet).queued, 0);
    assert_eq!(wallet.grants().unwrap().len(), 0, "it is no provider's");
}

#[test]
fn a_share_without_a_grant_is_not_proved() {
    let (parties, mut wallet, _) = sharing();
    let made = wallet.share(parties.network(), request(Duration::hours(1))).unwrap();
    assert_eq!(made.share.ledger, None);
    let refused = wallet.verify_share(made.share.id, parties.network());
    assert!(matches!(refused, Err(WalletError::ShareNotOnLedger)));
}

#[test]
fn two_shares_have_nothing_in_common_on_the_ledger() {
    let (parties, mut wallet, fresh) = sharing();
    let (one, other) = (share(&parties, &mut wallet, &fresh), share(&parties, &mut wallet, &fresh));
    wallet.change_share(parties.network(), one.share.id, LinkAction::Revoke).unwrap();
    assert!(!opens(&one.link));
    assert!(opens(&other.link), "each has an account of its own");
}

#[test]
fn the_ledger_ends_a_share_where_the_host_was_told_nothing() {
    let (mut parties, mut wallet, fresh) = sharing();
    let made = share(&parties, &mut wallet, &fresh);
    parties.stop_host();
    let ended = wallet.change_share(parties.network(), made.share.id, LinkAction::Revoke).unwrap();
    assert_eq!((ended.state, ended.is_told), (ShareState::Revoked, false));
    assert_eq!(ended.ledger, Some(GrantState::Revoked), "the gateway took it directly");
    parties.start_host();
    assert!(!opens(&made.link), "the host asked the ledger");
    sync(&parties, &mut wallet);
    let outcomes: Vec<_> = wallet
        .share_log(parties.network(), made.share.id)
        .unwrap()
        .iter()
        .map(|opening| opening.outcome)
        .collect();
    assert_eq!(outcomes, [ShareOutcome::Revoked]);
}

#[test]
fn a_share_that_the_ledger_was_not_told_of_opens_once_it_is() {
    let (mut parties, mut wallet, fresh) = sharing();
    sync(&parties, &mut wallet);
    parties.stop_ledger();
    let made = share(&parties, &mut wallet, &fresh);
    assert_eq!(made.share.ledger, Some(GrantState::Pending));
    assert!(!opens(&made.link));
    parties.start_ledger();
    sync(&parties, &mut wallet);
    assert_eq!(standing(&wallet), (ShareState::Active, Some(GrantState::Active)));
    assert!(opens(&made.link));
}

#[test]
fn a_share_ended_before_the_ledger_heard_of_it_never_comes_to_be() {
    let (mut parties, mut wallet, fresh) = sharing();
    sync(&parties, &mut wallet);
    parties.stop_ledger();
    let made = share(&parties, &mut wallet, &fresh);
    wallet.change_share(parties.network(), made.share.id, LinkAction::Revoke).unwrap();
    assert_eq!(standing(&wallet), (ShareState::Revoked, Some(GrantState::Revoking)));
    parties.start_ledger();
    assert_eq!(sync(&parties, &mut wallet).queued, 0);
    assert_eq!(standing(&wallet), (ShareState::Revoked, Some(GrantState::Revoked)));
    assert!(!opens(&made.link));
}

#[test]
fn the_words_bring_it_back_with_the_power_to_end_it() {
    let (parties, mut wallet, fresh) = sharing();
    let made = share(&parties, &mut wallet, &fresh);
    sync(&parties, &mut wallet);
    drop((wallet, fresh));
    let (mut wallet, report) = restore(&parties, "second", 1).unwrap();
    assert_eq!(report.shares, 1);
    sync(&parties, &mut wallet);
    assert_eq!(standing(&wallet), (ShareState::Active, Some(GrantState::Active)));
    assert_eq!(wallet.share_link(made.share.id).unwrap(), made.link);
    assert!(opens(&made.link));
    let ended = wallet.change_share(parties.network(), made.share.id, LinkAction::Revoke).unwrap();
    assert_eq!(ended.ledger, Some(GrantState::Revoked));
    assert!(!opens(&made.link));
}

#[test]
fn what_one_wallet_of_the_words_ends_on_the_ledger_is_over_for_the_other() {
    let (mut parties, mut wallet, fresh) = sharing();
    let made = share(&parties, &mut wallet, &fresh);
    sync(&parties, &mut wallet);
    let (mut second, _) = restore(&parties, "second", 1).unwrap();
    // Only the ledger hears of it.
    parties.stop_host();
    second.change_share(parties.network(), made.share.id, LinkAction::Revoke).unwrap();
    drop(second);
    parties.start_host();
    let _ = wallet.sync(SyncOptions::default(), parties.network());
    assert!(!opens(&made.link));
    assert_eq!(standing(&wallet), (ShareState::Revoked, Some(GrantState::Revoked)));
}

#[test]
fn a_share_that_follows_the_record_can_last_for_a_month() {
    let (parties, mut wallet, fresh) = sharing();
    let form = LinkForm::Manifest { is_long_term: true, passcode: None };
    let request = ShareRequest { form, ..request(Duration::days(30)) };
    let made = wallet.share_on_ledger(&fresh, parties.network(), request).unwrap();
    assert!(opens(&made.link));
    wallet.change_share(parties.network(), made.share.id, LinkAction::Revoke).unwrap();
    assert!(!opens(&made.link));
}

#[test]
fn the_words_go_on_with_one_that_the_ledger_had_not_heard_of() {
    let (mut parties, mut wallet, fresh) = sharing();
    sync(&parties, &mut wallet);
    parties.stop_ledger();
    let made = share(&parties, &mut wallet, &fresh);
    drop((wallet, fresh));
    parties.start_ledger();
    let (mut wallet, _) = restore(&parties, "second", 1).unwrap();
    assert!(!opens(&made.link));
    sync(&parties, &mut wallet);
    assert_eq!(standing(&wallet), (ShareState::Active, Some(GrantState::Active)));
    assert!(opens(&made.link));
}

#[test]
fn a_share_that_is_over_by_time_needs_no_transaction() {
    let (parties, mut wallet, fresh) = sharing();
    let made = wallet.share_on_ledger(&fresh, parties.network(), request(Duration::days(2))).unwrap();
    sync(&parties, &mut wallet);
    parties.clock.forward(3 * 86_400);
    parties.await_block_time();
    // The anchor moves, which is seen the next time.
    sync(&parties, &mut wallet);
    assert_eq!(sync(&parties, &mut wallet).queued, 0);
    assert_eq!(standing(&wallet), (ShareState::Expired, Some(GrantState::Expired)));
    assert!(!opens(&made.link));
}
