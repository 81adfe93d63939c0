//! The stores that released versions wrote, `fixtures/stores`: each opens, holds what was put there,
//! and goes on. `KEEPWELL_FREEZE=1` writes that of this version if it is not there yet.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Once;

use keepwell_protocol::crypto::words::Passphrase;
use keepwell_protocol::domain::{Category, Duration};
use keepwell_wallet::{ImportOptions, Query, RecordSummary, ShareRequest, Wallet};

use crate::parties::{PATIENT, Parties, categories, copy, record, state};
use crate::setup::{Place, import, import_as, list, pin, words};

const VERSIONS: [&str; 2] = ["0.1.0", "0.2.0"];

fn frozen(version: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/stores").join(version)
}

/// Makes what `fixtures/stores/README.md` says.
fn freeze(folder: &Path) {
    let parties = Parties::start();
    let clinic = parties.provider(60, "Bern Allergy Clinic");
    let (mut wallet, fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    for id in ["a1", "a2"] {
        import(&mut wallet, &record("AllergyIntolerance", id)).unwrap();
    }
    import(&mut wallet, &record("Condition", "c1")).unwrap();
    parties.grant(&mut wallet, &fresh, &clinic, categories(&[Category::Allergies])).unwrap();
    let share = ShareRequest {
        scopes: Vec::new(),
        label: Some("Check-in".into()),
        life: Duration::hours(24),
        opens: None,
        ..ShareRequest::default()
    };
    wallet.share(parties.network(), share).unwrap();
    assert_eq!(parties.sync(&mut wallet).queued, 0);
    drop((wallet, fresh));
    copy(&parties.path("wallet"), folder);
    fs::remove_file(folder.join("lock")).unwrap();
    // It holds nothing, and is made again.
    fs::remove_file(folder.join("wallet/reserve")).unwrap();
}

/// A copy, as the wallet of a place: opening changes it.
fn thawed(version: &str) -> Place {
    static FROZEN: Once = Once::new();
    FROZEN.call_once(|| {
        let this = frozen(env!("CARGO_PKG_VERSION"));
        if std::env::var_os("KEEPWELL_FREEZE").is_some() && !this.exists() {
            freeze(&this);
        }
    });
    let place = Place::new();
    copy(&frozen(version), &place.home());
    place.clock.forward(3_600);
    place
}

fn bytes(wallet: &Wallet, records: &[RecordSummary]) -> Vec<Vec<u8>> {
    let mut all: Vec<Vec<u8>> =
        records.iter().map(|record| wallet.record_bytes(&record.id).unwrap()).collect();
    all.sort();
    all
}

#[test]
fn a_store_of_every_version_opens_and_goes_on() {
    for version in VERSIONS {
        let place = thawed(version);
        let (mut wallet, fresh) = place.unlock().unwrap();
        assert_eq!(fresh.words(), words(1).text().as_str());
        let mut expected = vec![PATIENT.to_vec(), record("Condition", "c1")];
        expected.extend(["a1", "a2"].map(|id| record("AllergyIntolerance", id)));
        expected.sort();
        assert_eq!(bytes(&wallet, &list(&wallet)), expected, "{version}");
        assert_eq!(wallet.status().unwrap().records, 4);
        let by_name = Query { text: Some("nol".into()), ..Query::default() };
        assert_eq!(wallet.records(&by_name).unwrap().records.len(), 1, "found by the beginning of a word");
        let (grants, shares) = (wallet.grants().unwrap(), wallet.shares().unwrap());
        assert_eq!((grants.len(), shares.len()), (1, 1));
        assert_eq!((grants[0].name.as_str(), grants[0].state.as_str()), ("Bern Allergy Clinic", "active"));
        assert_eq!(grants[0].scope, categories(&[Category::Allergies]));
        assert_eq!((shares[0].label.as_str(), shares[0].state.as_str()), ("Check-in", "active"));

        let people = wallet.people().unwrap();
        let named = (people[0].name.as_deref(), people[0].birth_date.as_deref(), people.len());
        assert_eq!(named, (Some("Vivien Nolan"), Some("1950-01-01"), 1), "{version}");
        // Who the owner is has come along: the Patient is known again by name and birth date.
        let more = [PATIENT, &record("AllergyIntolerance", "a3")].join(&b'\n');
        import(&mut wallet, &more).unwrap();
        wallet.revoke(grants[0].grant).unwrap();
        drop((wallet, fresh));
        let (wallet, _) = place.unlock().unwrap();
        assert_eq!(list(&wallet).len(), 5);
        assert_eq!(state(&wallet, grants[0].grant), "revoking");
    }
}

#[test]
fn a_store_of_every_version_is_opened_by_its_words_and_by_no_others() {
    for version in VERSIONS {
        let place = thawed(version);
        fs::remove_file(place.home().join("device.key")).unwrap();
        assert_eq!(place.refusal(), "DeviceKeyLost");
        let mut wallet = place.open().unwrap();
        let refused = wallet.unlock_with_words(&words(2), &Passphrase::none(), &pin());
        assert_eq!(refused.unwrap_err().code(), "WrongWords");
        wallet.unlock_with_words(&words(1), &Passphrase::none(), &pin()).unwrap();
        assert_eq!(list(&wallet).len(), 4, "{version}");
    }
}

#[test]
fn the_records_of_a_store_of_before_are_identified_as_before() {
    for version in VERSIONS {
        let place = thawed(version);
        let (mut wallet, _) = place.unlock().unwrap();
        let (before, unnamed) = (list(&wallet), ImportOptions::default());
        // What was there comes again, what came without an address changes, and something is new.
        let same = import_as(&mut wallet, PATIENT, &unnamed).unwrap();
        assert_eq!((same.added, same.updated, same.duplicates), (0, 0, 1), "{version}");
        let changed = String::from_utf8(record("AllergyIntolerance", "a1")).unwrap();
        let changed = changed.replacen('{', r#"{"language":"de","#, 1);
        let changed = import_as(&mut wallet, &[PATIENT, changed.as_bytes()].join(&b'\n'), &unnamed).unwrap();
        assert_eq!((changed.added, changed.updated, changed.id_reused), (0, 1, 0), "{version}");
        assert_eq!(list(&wallet).len(), before.len(), "{version}");
        let added =
            import_as(&mut wallet, &[PATIENT, &record("AllergyIntolerance", "a3")].join(&b'\n'), &unnamed)
                .unwrap();
        assert_eq!(added.added, 1, "{version}");
        // Its imports are listed, and can be taken back.
        let imports = wallet.imports().unwrap();
        assert_eq!(imports.len(), 4 + 3, "{version}");
        let first = imports.last().unwrap();
        assert_eq!((first.added, first.updated, first.undone), (1, 0, None), "{version}");
        wallet.undo_import(imports[1].import).unwrap();
        wallet.undo_import(imports[0].import).unwrap();
        assert_eq!(list(&wallet).len(), before.len(), "{version}");
    }
}
