//! A grant from its making to its end, against a real ledger and a real host.

mod parties;
mod setup;

use keepwell_protocol::domain::Category;
use parties::{Parties, categories, state};
use setup::import;

const ALLERGY: &str = r#"{"resourceType":"AllergyIntolerance","id":"a1","code":{"coding":[{"system":"http://snomed.info/sct","code":"91935009"}]},"patient":{"reference":"Patient/p1"}}"#;
const PATIENT: &str = r#"{"resourceType":"Patient","id":"p1","name":[{"family":"Nolan","given":["Vivien"]}],"birthDate":"1950-01-01"}"#;

fn record(text: &str) -> Vec<u8> {
    text.as_bytes().to_vec()
}

#[test]
fn a_grant_is_proved_delivered_read_and_revoked() {
    let parties = Parties::start();
    let clinic = parties.provider(40, "Clinic");
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, &record(PATIENT)).unwrap();
    import(&mut wallet, &record(ALLERGY)).unwrap();

    let grant = parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap();
    assert_eq!(grant.state.as_str(), "pending");
    let report = parties.sync(&mut wallet);
    assert_eq!((report.queued, report.offline), (0, None), "{report:?}");
    assert_eq!(state(&wallet, grant.grant), "active");

    let envelopes = parties.envelopes(&clinic);
    assert_eq!(envelopes.len(), 1);
    let origin = parties.ledger.as_ref().unwrap().anchor().origin();
    assert_eq!(envelopes[0].accept(&origin, clinic.id()).unwrap().grant, grant.grant);
    assert_eq!(parties.read(&envelopes[0]).status, 200);

    wallet.revoke(grant.grant).unwrap();
    assert_eq!(state(&wallet, grant.grant), "revoking");
    let report = parties.sync(&mut wallet);
    assert_eq!(state(&wallet, grant.grant), "revoked");
    assert_eq!(report.queued, 0, "{report:?}");
    assert_eq!(parties.read(&envelopes[0]).status, 403);
}
