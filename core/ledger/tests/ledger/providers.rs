//! The rules for providers and governance, each with its nearest refusal.

use keepwell_ledger::state::{AppVersion, Rejection};
use keepwell_protocol::crypto::{HpkeSecretKey, Rng, Suite, provider_id};
use keepwell_protocol::domain::ProviderId;
use keepwell_protocol::ledger::{
    Card, Kind, ProviderStatus, RegisterProvider, SignedCard, SignedTransaction, Signer, SuspendProvider,
    Transaction, TransactionError, UpdateProvider,
};

use crate::memory::*;

pub(crate) fn card_of(seed: u8, version: u32, signing: u8, name: &str) -> SignedCard {
    let hpke = HpkeSecretKey::generate(Suite::X25519, &mut Rng::seeded(1)).unwrap();
    let card = Card {
        provider: provider_id(&key(seed).public_key()),
        version,
        name: name.to_owned(),
        place: "Ulm".to_owned(),
        signing: key(signing).public_key(),
        keys: vec![hpke.public_key().clone()],
        inbox: "https://clinic.example/v1/inbox".to_owned(),
    };
    card.sign(&key(signing)).unwrap()
}

fn by_governors(body: impl Into<Transaction>, seeds: &[u8]) -> SignedTransaction {
    let keys: Vec<_> = seeds.iter().map(|seed| key(*seed)).collect();
    sign(body, Signer::Governance(&keys.iter().collect::<Vec<_>>()))
}

const CLINIC: u8 = 21;
const CLINIC_NEXT: u8 = 22;

fn register(card: SignedCard) -> RegisterProvider {
    RegisterProvider { kind: Kind, card }
}

fn update(card: SignedCard) -> UpdateProvider {
    UpdateProvider { kind: Kind, card }
}

fn clinic() -> ProviderId {
    provider_id(&key(CLINIC).public_key())
}

#[test]
fn governance_admits_providers_by_its_threshold() {
    let mut ledger = Memory::new();
    let card = card_of(CLINIC, 1, CLINIC, "Clinic");
    let refused = Rejection::NotGovernance;
    ledger.refuse(&by_governors(register(card.clone()), &GOVERNORS[..1]), refused);
    ledger.refuse(&by_governors(register(card.clone()), &[GOVERNORS[0], STRANGER]), refused);
    ledger.refuse(&by_governors(register(card.clone()), &[GOVERNORS[0], GOVERNORS[1], STRANGER]), refused);
    // One governor twice is one.
    let twice = SignedTransaction::sign(
        register(card.clone()),
        &origin(),
        Signer::Governance(&[&key(GOVERNORS[0]), &key(GOVERNORS[0])]),
    );
    assert_eq!(twice.unwrap_err(), TransactionError::Signatures);
    let second = card_of(CLINIC, 2, CLINIC, "Clinic");
    ledger.refuse(&by_governors(register(second), &GOVERNORS[..2]), Rejection::Version);
    let admitted = by_governors(register(card.clone()), &GOVERNORS[1..]);
    ledger.accept(&admitted);
    ledger.already(&admitted);
    let record = ledger.provider(clinic()).unwrap();
    assert_eq!((record.status, record.version, record.rekeyed), (ProviderStatus::Active, 1, None));
    assert_eq!(record.card, card);
    let other = card_of(CLINIC, 1, CLINIC, "Other name");
    ledger.refuse(&by_governors(register(other), &GOVERNORS), Rejection::ProviderExists);
}

#[test]
fn a_provider_updates_its_card_with_the_key_it_had() {
    let mut ledger = Memory::new();
    let by = |body: UpdateProvider, seed: u8| sign(body, Signer::Provider(&key(seed)));
    let second = card_of(CLINIC, 2, CLINIC_NEXT, "Clinic");
    ledger.refuse(&by(update(second.clone()), CLINIC), Rejection::UnknownProvider);
    ledger.accept(&by_governors(register(card_of(CLINIC, 1, CLINIC, "Clinic")), &GOVERNORS));
    let bad_signature = Rejection::Transaction(TransactionError::BadSignature);
    ledger.refuse(&by(update(second.clone()), CLINIC_NEXT), bad_signature);
    ledger.refuse(&by(update(card_of(CLINIC, 3, CLINIC, "Clinic")), CLINIC), Rejection::Version);
    ledger.accept(&by(update(second.clone()), CLINIC));
    ledger.already(&by(update(second), CLINIC));
    let record = ledger.provider(clinic()).unwrap();
    assert_eq!((record.version, record.rekeyed), (2, None), "the old key vouched for the new one");
    let third = card_of(CLINIC, 3, CLINIC_NEXT, "Clinic");
    ledger.refuse(&by(update(third.clone()), CLINIC), bad_signature);
    ledger.accept(&by(update(third), CLINIC_NEXT));
}

#[test]
fn a_key_that_governance_alone_replaced_is_marked() {
    let mut ledger = Memory::new();
    ledger.accept(&by_governors(register(card_of(CLINIC, 1, CLINIC, "Clinic")), &GOVERNORS));
    // The same key under a new name is no new key.
    ledger.accept(&by_governors(update(card_of(CLINIC, 2, CLINIC, "Renamed")), &GOVERNORS));
    assert_eq!(ledger.provider(clinic()).unwrap().rekeyed, None);
    let one = by_governors(update(card_of(CLINIC, 3, CLINIC_NEXT, "Clinic")), &GOVERNORS[..1]);
    ledger.refuse(&one, Rejection::NotGovernance);
    ledger.accept(&by_governors(update(card_of(CLINIC, 3, CLINIC_NEXT, "Clinic")), &GOVERNORS[..2]));
    assert_eq!(ledger.provider(clinic()).unwrap().rekeyed, Some(3));
    // It stays marked through later cards.
    let fourth = sign(update(card_of(CLINIC, 4, CLINIC_NEXT, "Clinic")), Signer::Provider(&key(CLINIC_NEXT)));
    ledger.accept(&fourth);
    assert_eq!(ledger.provider(clinic()).unwrap().rekeyed, Some(3));
}

fn suspend(version: Option<u32>) -> SuspendProvider {
    SuspendProvider { kind: Kind, provider: clinic(), version }
}

#[test]
fn who_was_admitted_again_is_not_suspended_by_what_was_signed_before() {
    let mut ledger = Memory::new();
    let by_clinic =
        |version| sign(update(card_of(CLINIC, version, CLINIC, "Clinic")), Signer::Provider(&key(CLINIC)));
    let suspension = |version| by_governors(suspend(version), &GOVERNORS[..2]);
    ledger.accept(&by_governors(register(card_of(CLINIC, 1, CLINIC, "Clinic")), &GOVERNORS));
    // None is signed ahead, and one without a version could be used for ever.
    for version in [None, Some(0), Some(2)] {
        ledger.refuse(&suspension(version), Rejection::Version);
    }
    // A new card is no way to get away from what governance signs meanwhile.
    ledger.accept(&by_clinic(2));
    ledger.accept(&suspension(Some(1)));
    ledger.already(&suspension(Some(2)));
    ledger.accept(&by_governors(update(card_of(CLINIC, 3, CLINIC, "Clinic")), &GOVERNORS));
    assert_eq!(ledger.provider(clinic()).unwrap().readmitted, Some(3));
    for version in [None, Some(1), Some(2), Some(4)] {
        ledger.refuse(&suspension(version), Rejection::Version);
    }
    // A card that governance writes for a provider that is not suspended begins nothing anew.
    ledger.accept(&by_governors(update(card_of(CLINIC, 4, CLINIC, "Renamed")), &GOVERNORS));
    assert_eq!(ledger.provider(clinic()).unwrap().readmitted, Some(3));
    ledger.refuse(&suspension(Some(2)), Rejection::Version);
    ledger.accept(&suspension(Some(3)));
}

#[test]
fn by_version_1_a_suspension_has_no_version_and_one_of_then_ends_nothing_later() {
    let mut ledger = Memory::new();
    ledger.block.version = AppVersion::V1;
    ledger.accept(&by_governors(register(card_of(CLINIC, 1, CLINIC, "Clinic")), &GOVERNORS));
    let later = by_governors(suspend(Some(1)), &GOVERNORS);
    let executed = ledger.execute(std::slice::from_ref(&later));
    assert_eq!(executed.outcomes[0].number(), 10, "as for bytes that are no transaction");
    let of_then = by_governors(suspend(None), &GOVERNORS);
    ledger.accept(&of_then);
    let readmit = |version| by_governors(update(card_of(CLINIC, version, CLINIC, "Clinic")), &GOVERNORS);
    ledger.accept(&readmit(2));
    assert_eq!(ledger.provider(clinic()).unwrap().readmitted, None, "no record of then has that");
    ledger.accept(&of_then);
    ledger.accept(&readmit(3));
    ledger.block.version = AppVersion::V2;
    ledger.refuse(&of_then, Rejection::Version);
    ledger.accept(&by_governors(suspend(Some(3)), &GOVERNORS));
}

#[test]
fn a_suspended_provider_waits_for_governance() {
    let mut ledger = Memory::new();
    let suspend = suspend(Some(1));
    ledger.refuse(&by_governors(suspend.clone(), &GOVERNORS), Rejection::UnknownProvider);
    ledger.accept(&by_governors(register(card_of(CLINIC, 1, CLINIC, "Clinic")), &GOVERNORS));
    ledger.refuse(&by_governors(suspend.clone(), &GOVERNORS[..1]), Rejection::NotGovernance);
    ledger.accept(&by_governors(suspend.clone(), &GOVERNORS));
    ledger.already(&by_governors(suspend, &GOVERNORS));
    assert_eq!(ledger.provider(clinic()).unwrap().status, ProviderStatus::Suspended);
    let second = update(card_of(CLINIC, 2, CLINIC, "Clinic"));
    ledger.refuse(&sign(second.clone(), Signer::Provider(&key(CLINIC))), Rejection::ProviderSuspended);
    ledger.accept(&by_governors(second, &GOVERNORS));
    assert_eq!(ledger.provider(clinic()).unwrap().status, ProviderStatus::Active);
}
