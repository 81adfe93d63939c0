//! A provider's home: made once, opened again, never taken for an empty one.

use std::path::Path;
use std::sync::Arc;

use keepwell_clinic::{CardChange, Clinic, ClinicError, Profile};
use keepwell_net::{Limits, NetError, Transport};
use keepwell_protocol::crypto::{Rng, SigningKey, Suite};
use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::formats::http::{Request, Response};
use keepwell_protocol::ledger::{
    AppState, Genesis, Governance, SignedCard, TrustAnchor, TrustPolicy, Validator,
};

const NOW: Timestamp = Timestamp(1_800_000_000);

/// A network on which nobody answers.
struct Nobody;

impl Transport for Nobody {
    fn send(&self, _: Request, _: Limits) -> Result<Response, NetError> {
        Err(NetError::Offline)
    }
}

fn profile() -> Profile {
    let key = SigningKey::from_seed(&[7; 32]);
    let validators = vec![Validator { key: *key.public_key().as_bytes(), power: 10 }];
    let governance = Governance { threshold: 1, keys: vec![key.public_key()] };
    let genesis = Genesis {
        chain_id: "embedded-test".into(),
        initial_time: NOW.0,
        validators: validators.clone(),
        app_state: AppState { governance }.to_genesis(),
    };
    Profile {
        name: "Riverside Family Practice".into(),
        place: None,
        ledger: "http://127.0.0.1:1".into(),
        host: "https://host.example/".into(),
        anchor: TrustAnchor {
            format: TrustAnchor::FORMAT,
            genesis,
            height: 1,
            header_hash: [1; 32],
            time: NOW.0,
            validators,
            trusting_period: TrustAnchor::TRUSTING_PERIOD.0,
        },
    }
}

fn init(home: &Path, profile: &Profile) -> Result<Clinic, ClinicError> {
    Clinic::init(home, profile, Arc::new(Nobody), TrustPolicy::DEMONSTRATION, &mut Rng::seeded(1))
}

fn open(home: &Path) -> Result<Clinic, ClinicError> {
    Clinic::open(home, Arc::new(Nobody), TrustPolicy::DEMONSTRATION)
}

fn code<T>(result: Result<T, ClinicError>) -> String {
    result.map_or_else(|error| error.code().to_owned(), |_| "done".to_owned())
}

#[test]
fn a_new_provider_has_a_card_that_anybody_can_check() {
    let home = tempfile::tempdir().unwrap();
    let card = init(home.path(), &profile()).unwrap().card().unwrap();
    let file = std::fs::read(home.path().join("card.json")).unwrap();
    assert_eq!(SignedCard::parse_json(&file).unwrap(), card);
    assert_eq!(
        card.card.keys.iter().map(|key| key.suite()).collect::<Vec<_>>(),
        [Suite::XWing, Suite::X25519]
    );
    assert_eq!(card.card.inbox, format!("https://host.example/v1/inbox/{}", card.card.provider));
    assert_eq!(open(home.path()).unwrap().card().unwrap(), card);
    std::fs::remove_file(home.path().join("card.json")).unwrap();
    open(home.path()).unwrap();
    assert_eq!(std::fs::read(home.path().join("card.json")).unwrap(), file);
}

#[test]
fn a_second_init_changes_nothing() {
    let home = tempfile::tempdir().unwrap();
    let card = init(home.path(), &profile()).unwrap().card().unwrap();
    let other = Profile { name: "Another".into(), ..profile() };
    assert_eq!(code(init(home.path(), &other)), "AlreadyInitialised");
    assert_eq!(open(home.path()).unwrap().card().unwrap(), card);
}

#[test]
fn what_can_not_be_a_card_or_an_address_makes_no_provider() {
    let home = tempfile::tempdir().unwrap();
    for (profile, expected) in [
        (Profile { name: String::new(), ..profile() }, "CardField"),
        (Profile { name: "x".repeat(300), ..profile() }, "CardField"),
        (Profile { name: "two\nlines".into(), ..profile() }, "CardField"),
        (Profile { host: "http://host.example".into(), ..profile() }, "InvalidAddress"),
        (Profile { ledger: "ledger".into(), ..profile() }, "InvalidAddress"),
    ] {
        assert_eq!(code(init(home.path(), &profile)), expected);
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 0);
    }
}

#[test]
fn a_store_that_is_not_ours_is_refused_and_left_alone() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(code(open(home.path())), "NotInitialised");
    drop(init(home.path(), &profile()).unwrap());
    let (key, store) = (home.path().join("store.key"), home.path().join("clinic.db"));
    let right = std::fs::read(&key).unwrap();

    std::fs::remove_file(&key).unwrap();
    assert_eq!(code(open(home.path())), "StoreKeyMissing");
    assert_eq!(code(init(home.path(), &profile())), "StoreKeyMissing");

    std::fs::write(&key, [9; 48]).unwrap();
    assert_eq!(code(open(home.path())), "StorageCorrupt");
    std::fs::write(&key, &right[..47]).unwrap();
    assert_eq!(code(open(home.path())), "StoreKeyMissing");

    std::fs::write(&key, &right).unwrap();
    let sound = std::fs::read(&store).unwrap();
    let mut damaged = sound.clone();
    damaged[3_000] ^= 1;
    std::fs::write(&store, &damaged).unwrap();
    assert_eq!(code(open(home.path())), "StorageCorrupt");
    assert_eq!(std::fs::read(&store).unwrap(), damaged);
    std::fs::write(&store, &sound).unwrap();
    assert_eq!(code(open(home.path())), "done");
}

#[cfg(unix)]
#[test]
fn only_the_owner_can_read_keys_and_nothing_secret_is_in_the_clear() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = tempfile::tempdir().unwrap();
    drop(init(home.path(), &profile()).unwrap());
    let mode = |name: &str| std::fs::metadata(home.path().join(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!((mode("store.key"), mode("card.json")), (0o600, 0o644));
    // What was left open is closed when it is opened next.
    for (name, open) in [("", 0o755), ("clinic.db", 0o644)] {
        std::fs::set_permissions(home.path().join(name), std::fs::Permissions::from_mode(open)).unwrap();
    }
    drop(open(home.path()).unwrap());
    assert_eq!([mode(""), mode("clinic.db"), mode("card.json")], [0o700, 0o600, 0o644]);
    let store = std::fs::read(home.path().join("clinic.db")).unwrap();
    assert!(!store.windows(9).any(|bytes| bytes == b"Riverside"));
}

#[test]
fn an_update_is_the_next_version_with_new_keys_even_while_the_ledger_is_away() {
    let home = tempfile::tempdir().unwrap();
    let mut clinic = init(home.path(), &profile()).unwrap();
    let first = clinic.card().unwrap();
    let mut rng = Rng::seeded(2);
    let change = CardChange { name: Some("Riverside Practice".into()), place: None };
    let second = clinic.update(&change, &NOW, &mut rng).unwrap();
    assert_eq!((second.card.version, second.card.name.as_str()), (2, "Riverside Practice"));
    assert_eq!((second.card.provider, second.card.signing), (first.card.provider, first.card.signing));
    assert!(second.card.keys.iter().all(|key| !first.card.keys.contains(key)));
    // The next one waits until the ledger knows of this one.
    assert_eq!(code(clinic.update(&change, &NOW, &mut rng)), "Offline");
    assert_eq!(open(home.path()).unwrap().card().unwrap(), second);
}
