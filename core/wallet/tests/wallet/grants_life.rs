//! A grant from its making to its end, against a real ledger and a real host.

use std::sync::{Arc, Mutex};

use keepwell_protocol::crypto::{HpkeSecretKey, Rng, SigningKey, Suite};
use keepwell_protocol::domain::{Category, CodeFilter, Scope};
use keepwell_protocol::formats::http::Request;
use keepwell_protocol::ledger::{Card, LedgerVerdict};
use keepwell_wallet::{ProviderName, ProviderState, Wallet};

use crate::parties;
use crate::parties::{PATIENT, Parties, categories, record, state};
use crate::setup::import;

#[test]
fn a_grant_is_proved_delivered_read_and_revoked() {
    let parties = Parties::start();
    let clinic = parties.provider(40, "Clinic");
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    let allergy = record("AllergyIntolerance", "a1");
    import(&mut wallet, &allergy).unwrap();

    let grant = parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap();
    assert_eq!(grant.state.as_str(), "pending");
    let report = parties.sync(&mut wallet);
    assert_eq!((report.queued, &report.offline), (0, &None), "{report:?}");
    assert_eq!(state(&wallet, grant.grant), "active");

    let envelopes = parties.envelopes(&clinic);
    let origin = parties.ledger.as_ref().unwrap().anchor().origin();
    assert_eq!(envelopes.len(), 1);
    assert_eq!(envelopes[0].accept(&origin, clinic.id()).unwrap().grant, grant.grant);
    assert_eq!(parties.read(&envelopes[0]).status, 200);
    assert_eq!(parties.openable(&clinic), [allergy.clone()].into());

    let proof = wallet.verify_grant(grant.grant, parties.network()).unwrap();
    assert_eq!((proof.standing, proof.validators), (LedgerVerdict::InForce, 1));

    // What is added later is seen without a new grant.
    let second = record("AllergyIntolerance", "a2");
    import(&mut wallet, &second).unwrap();
    parties.sync(&mut wallet);
    assert_eq!(parties.openable(&clinic), [allergy.clone(), second.clone()].into());

    wallet.revoke(grant.grant).unwrap();
    assert_eq!(state(&wallet, grant.grant), "revoking");
    let report = parties.sync(&mut wallet);
    assert_eq!(state(&wallet, grant.grant), "revoked");
    assert_eq!(report.queued, 0, "{report:?}");
    assert_eq!(parties.read(&envelopes[0]).status, 403);
    assert_eq!(wallet.verify_grant(grant.grant, parties.network()).unwrap().standing, LedgerVerdict::Revoked);
    import(&mut wallet, &record("AllergyIntolerance", "a3")).unwrap();
    parties.sync(&mut wallet);
    assert_eq!(parties.openable(&clinic), [allergy, second].into());
    assert_eq!(wallet.revoke(grant.grant).unwrap().as_str(), "revoked");
}

#[test]
fn a_proof_from_before_what_was_verified_shows_nothing() {
    let parties = Parties::start();
    let clinic = parties.provider(44, "Clinic");
    let (mut wallet, fresh) = parties.wallet();
    let grant = parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap();
    parties.sync(&mut wallet);
    let is_proof = |request: &Request| request.url.ends_with("/v1/ledger/proofs");
    let kept = Arc::new(Mutex::new(None));
    let keeping = Arc::clone(&kept);
    parties.wire.change(move |request, answer| {
        if is_proof(request) {
            *keeping.lock().unwrap() = Some(answer.clone());
        }
    });
    assert_eq!(wallet.verify_grant(grant.grant, parties.network()).unwrap().standing, LedgerVerdict::InForce);
    parties.wire.change_nothing();
    wallet.revoke(grant.grant).unwrap();
    parties.sync(&mut wallet);

    // A ledger that was put back, or somebody who replays it.
    let old = kept.lock().unwrap().take().unwrap();
    parties.wire.change(move |request, answer| {
        if is_proof(request) {
            *answer = old.clone();
        }
    });
    let refused = wallet.verify_grant(grant.grant, parties.network()).unwrap_err();
    assert_eq!(refused.code(), "LedgerStale");
    assert_eq!(state(&wallet, grant.grant), "revoked");
    parties.wire.change_nothing();
    assert_eq!(wallet.verify_grant(grant.grant, parties.network()).unwrap().standing, LedgerVerdict::Revoked);
}

#[test]
fn a_second_grant_is_signed_by_the_account_and_a_finer_scope_has_its_own_compartment() {
    let parties = Parties::start();
    let clinic = parties.provider(41, "Clinic");
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    let practitioner =
        br#"{"resourceType":"Practitioner","id":"d1","identifier":[{"system":"http://npi","value":"7"}]}"#;
    let (one, two) = (record("Observation", "o1"), record("Observation", "o2"));
    let with_performer = |bytes: &[u8]| {
        let text = String::from_utf8(bytes.to_vec()).unwrap();
        text.replace(
            "\"subject\"",
            r#""performer":[{"reference":"Practitioner?identifier=http://npi|7"}],"subject""#,
        )
        .into_bytes()
    };
    let one = with_performer(&one);
    import(&mut wallet, &one).unwrap();
    import(&mut wallet, &two).unwrap();
    parties.sync(&mut wallet);
    // What a record refers to may come later, and then lies with it.
    import(&mut wallet, practitioner).unwrap();

    let first = parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap();
    parties.sync(&mut wallet);
    assert_eq!(parties.openable(&clinic), [].into());
    let filter = CodeFilter { system: "http://example.org/codes".into(), code: "o1".into() };
    let scope = Scope { codes: vec![filter], ..categories(&[Category::Results]) };
    let second = parties.grant(&mut wallet, &fresh, &clinic, scope).unwrap();
    assert_ne!(first.match_code, second.match_code);
    let report = parties.sync(&mut wallet);
    assert_eq!((report.queued, state(&wallet, second.grant)), (0, "active"), "{report:?}");
    assert_eq!(parties.openable(&clinic), [one.clone(), practitioner.to_vec()].into());
    let origin = parties.ledger.as_ref().unwrap().anchor().origin();
    for envelope in parties.envelopes(&clinic) {
        envelope.accept(&origin, clinic.id()).unwrap();
        assert_eq!(envelope.key_transaction.is_some(), envelope.terms.number == 1);
    }

    let preview = wallet.preview(clinic.id()).unwrap();
    let seen: Vec<_> = preview.categories.iter().flat_map(|category| &category.seen).collect();
    assert_eq!(seen.iter().map(|one| one.decision.because()).collect::<Vec<_>>(), ["category"]);
    assert_eq!(preview.referenced.len(), 1);
    assert_eq!(
        (preview.references[0].resource_type.as_str(), preview.references[0].count),
        ("Practitioner", 1)
    );

    // The private compartment goes with its only grantee.
    wallet.revoke(second.grant).unwrap();
    parties.sync(&mut wallet);
    import(&mut wallet, &with_performer(&record("Observation", "o1"))).unwrap();
    assert_eq!(state(&wallet, first.grant), "active");
}

#[test]
fn what_came_before_an_end_counts_as_readable_though_imports_of_one_second_are_dated_ahead() {
    let parties = Parties::start();
    let clinic = parties.provider(63, "Clinic");
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    let grant =
        parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap().grant;
    let count = |wallet: &mut Wallet| wallet.exposure(clinic.id(), parties.network()).unwrap().versions.len();
    for number in 0..20 {
        import(&mut wallet, &record("AllergyIntolerance", &format!("a{number}"))).unwrap();
    }
    parties.sync(&mut wallet);
    assert_eq!(count(&mut wallet), 20);
    wallet.revoke(grant).unwrap();
    parties.sync(&mut wallet);
    assert_eq!(state(&wallet, grant), "revoked");
    assert_eq!(count(&mut wallet), 20);
    parties.clock.forward(60);
    import(&mut wallet, &record("AllergyIntolerance", "late")).unwrap();
    assert_eq!(count(&mut wallet), 20);
}

#[test]
fn providers_are_found_by_name_and_believed_by_proof_only() {
    let parties = Parties::start();
    let (mut wallet, fresh) = parties.wallet();
    let clinic = parties.provider(42, "Clinic at the River");
    parties.provider(43, "Twin");
    parties.provider(44, "Twin");
    let stranger = parties::Provider::new(45, "Stranger", &parties.host_url);
    let network = parties.network();
    let find = |wallet: &mut keepwell_wallet::Wallet, name: &str| {
        wallet
            .provider(ProviderName::Name(name), network)
            .map(|found| found.provider)
            .map_err(|error| error.code())
    };
    for _ in 0..50 {
        if find(&mut wallet, "Twin") == Err("AmbiguousProvider") {
            break;
        }
        std::thread::sleep(std::time::Duration::from_millis(100));
    }
    assert_eq!(find(&mut wallet, "Clinic at the River"), Ok(clinic.id()));
    assert_eq!(find(&mut wallet, "Clinic at the"), Err("UnknownProvider"));
    assert_eq!(find(&mut wallet, "Twin"), Err("AmbiguousProvider"));
    let by_card = wallet.provider(ProviderName::Card(&clinic.card), network).unwrap();
    assert_eq!((by_card.state, by_card.card), (ProviderState::Active, clinic.card.clone()));
    let unknown = wallet.provider(ProviderName::Card(&stranger.card), network).unwrap_err();
    assert_eq!(unknown.code(), "UnknownProvider");

    // Suspended: no new grant, and nothing more is published to it.
    let grant = parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap();
    parties.sync(&mut wallet);
    parties.suspend(clinic.id());
    std::thread::sleep(std::time::Duration::from_secs(1));
    let refused = parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Vitals])).unwrap_err();
    assert_eq!(refused.code(), "ProviderSuspended");
    import(&mut wallet, PATIENT).unwrap();
    import(&mut wallet, &record("AllergyIntolerance", "a1")).unwrap();
    parties.sync(&mut wallet);
    assert_eq!(parties.openable(&clinic), [].into());
    wallet.revoke(grant.grant).unwrap();
    assert_eq!(parties.sync(&mut wallet).queued, 0);
}

#[test]
fn a_key_that_governance_alone_replaced_is_not_followed() {
    let parties = Parties::start();
    let (mut wallet, fresh) = parties.wallet();
    let clinic = parties.provider(46, "Clinic");
    import(&mut wallet, PATIENT).unwrap();
    parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap();
    parties.sync(&mut wallet);
    let other = SigningKey::from_seed(&[99; 32]);
    let hpke = HpkeSecretKey::generate(Suite::X25519, &mut Rng::seeded(9)).unwrap();
    let card = Card {
        version: 2,
        signing: other.public_key(),
        keys: vec![hpke.public_key().clone()],
        ..clinic.card.card.clone()
    };
    parties.rekey(card.sign(&other).unwrap());
    std::thread::sleep(std::time::Duration::from_secs(1));
    let refused = parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Vitals])).unwrap_err();
    assert_eq!(refused.code(), "ProviderKeyChanged");
    import(&mut wallet, &record("AllergyIntolerance", "a1")).unwrap();
    parties.sync(&mut wallet);
    assert_eq!(parties.openable(&clinic), [].into());
    let seen = wallet.provider(ProviderName::Id(clinic.id()), parties.network()).unwrap();
    assert_eq!(seen.state, ProviderState::KeyChanged);
}
