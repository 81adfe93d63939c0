//! A host that has lost or damaged something: the rest comes back, and what does not is named.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use keepwell_protocol::crypto::blob_id;
use keepwell_protocol::domain::{BlobId, Category, CodeFilter, Duration, GrantId, Object, Scope};
use keepwell_protocol::vault::{BlobIds, Blobs, SpaceView};
use keepwell_wallet::{AnchorDoubt, Missing, RestoreReport, ShareRequest, StateKind, Wallet};

use crate::parties::{PATIENT, Parties, Provider, categories, record, state};
use crate::restore_words::{export, restore};
use crate::setup::{import, list};

/// A wallet with some of everything, lost.
struct Lost {
    parties: Parties,
    clinic: Provider,
    grant: GrantId,
    records: usize,
}

impl Lost {
    fn make(of: u8) -> Self {
        let parties = Parties::start();
        let clinic = parties.provider(of, "Clinic");
        let (mut wallet, fresh) = parties.wallet();
        import(&mut wallet, PATIENT).unwrap();
        for id in ["a1", "a2"] {
            import(&mut wallet, &record("AllergyIntolerance", id)).unwrap();
            import(&mut wallet, &record("Condition", &format!("c{id}"))).unwrap();
        }
        let whole = categories(&[Category::Allergies]);
        let grant = parties.grant(&mut wallet, &fresh, &clinic, whole.clone()).unwrap().grant;
        let filter = CodeFilter { system: "http://example.org/codes".into(), code: "a2".into() };
        parties.grant(&mut wallet, &fresh, &clinic, Scope { codes: vec![filter], ..whole }).unwrap();
        let share = ShareRequest {
            scopes: Vec::new(),
            label: None,
            life: Duration::minutes(9),
            opens: None,
            ..ShareRequest::default()
        };
        wallet.share(parties.network(), share).unwrap();
        parties.sync(&mut wallet);
        assert_eq!(parties.sync_anchor(&mut wallet).queued, 0);
        let records = list(&wallet).len();
        Self { parties, clinic, grant, records }
    }

    /// Restores while the host gives one blob with a bit changed; all of it is gone afterwards.
    fn restore_with_flipped(&self, flipped: BlobId) -> (Wallet, RestoreReport) {
        let _ = std::fs::remove_dir_all(self.parties.path("second"));
        self.parties.wire.change(move |request, answer| {
            if request.url.ends_with("/v1/blobs/get") && answer.status == 200 {
                let ids = BlobIds::from_cbor(&request.body).unwrap().0;
                let mut blobs = Blobs::from_cbor(&answer.body).unwrap();
                for (id, blob) in ids.iter().zip(&mut blobs.0) {
                    if *id == flipped {
                        let at = blob.len() / 2;
                        blob[at] ^= 1;
                    }
                }
                answer.body = blobs.to_cbor();
            }
        });
        let restored = restore(&self.parties, "second", 1).unwrap();
        self.parties.wire.change_nothing();
        restored
    }

    /// Everything that a restore fetches.
    fn blobs(&self) -> BTreeSet<BlobId> {
        self.parties.wire.take_asked();
        let (wallet, report) = restore(&self.parties, "whole", 1).unwrap();
        assert_eq!((report.missing, report.grants, report.shares), (Vec::new(), 2, 1));
        assert_eq!(list(&wallet).len(), self.records);
        self.parties.wire.take_asked().into_iter().collect()
    }
}

#[test]
fn a_bit_changed_in_any_blob_is_named_and_the_rest_comes_back() {
    let lost = Lost::make(61);
    let mut kinds: BTreeMap<String, usize> = BTreeMap::new();
    for blob in lost.blobs() {
        let (wallet, report) = lost.restore_with_flipped(blob);
        // Without its own note of it the wallet can't know the ledger's anchor.
        let unrecorded = Missing::Anchor { because: AnchorDoubt::Unrecorded };
        let mut missing: Vec<_> = report.missing.iter().filter(|one| **one != unrecorded).collect();
        if missing.iter().any(|one| matches!(one, Missing::StateLists { .. })) {
            // Older versions, in other lists, of what was in that one: the host has dropped them.
            missing.retain(|one| !matches!(one, Missing::State { .. }));
        }
        assert_eq!(report.anchored, !report.missing.contains(&unrecorded), "{report:?}");
        let [missing] = missing.as_slice() else { panic!("{blob}: {report:?}") };
        let gone = match missing {
            Missing::Versions { category: Some(_), count: 1 } => 1,
            // One of the two lies in a compartment of its own as well.
            Missing::Lists { category: Some(Category::Allergies), entries: 2 } => 1,
            Missing::Lists { category: Some(_), entries } => *entries,
            Missing::Lists { category: None, entries: 1 } => 0,
            Missing::StateLists { entries } if *entries > 0 => 0,
            Missing::State { kind, count: 1 } if *kind != StateKind::Unknown => 0,
            other => panic!("{other:?}"),
        };
        let is_about_anchor =
            matches!(missing, Missing::StateLists { .. } | Missing::State { kind: StateKind::Anchor, .. });
        assert!(report.anchored || is_about_anchor, "{report:?}");
        assert_eq!(report.records + gone, lost.records as u64, "{missing:?}");
        assert_eq!(list(&wallet).len() as u64, report.records);
        *kinds.entry(format!("{missing:?}")).or_default() += 1;
    }
    let named: Vec<&str> =
        ["Versions", "Lists { category: Some(Allergies)", "Lists { category: None", "StateLists"]
            .into_iter()
            .chain([
                "kind: Grant",
                "kind: Relationship",
                "kind: Epoch",
                "kind: Link",
                "kind: Log",
                "kind: Anchor",
            ])
            .collect();
    for kind in named {
        assert!(kinds.keys().any(|found| found.contains(kind)), "{kind}: {kinds:?}");
    }
}

#[test]
fn a_bit_changed_in_the_own_head_is_fatal() {
    let lost = Lost::make(62);
    lost.parties.wire.change(|request, answer| {
        if request.url.ends_with("/v1/space") {
            let mut view = SpaceView::from_cbor(&answer.body).unwrap();
            for head in &mut view.heads {
                let at = head.sealed.len() / 2;
                head.sealed[at] ^= 1;
            }
            answer.body = view.to_cbor();
        }
    });
    assert_eq!(restore(&lost.parties, "second", 1).unwrap_err().code(), "SpaceDamaged");
    assert!(!lost.parties.path("second").join("wallet").exists());
}

/// Every file in which the host keeps sealed bytes.
fn packs(parties: &Parties) -> Vec<PathBuf> {
    let mut folders = vec![parties.path("host")];
    let mut packs = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.components().any(|part| part.as_os_str() == "packs") {
                packs.push(path);
            }
        }
    }
    packs.sort();
    packs
}

#[test]
fn a_pack_that_a_host_lost_or_damaged_costs_what_lay_in_it() {
    let mut lost = Lost::make(63);
    let whole = lost.blobs();
    let packs = packs(&lost.parties);
    assert!(packs.len() > 3, "{packs:?}");
    let mut fewer = 0;
    for pack in &packs {
        let kept = std::fs::read(pack).unwrap();
        for damage in ["lost", "cut", "changed"] {
            lost.parties.stop_host();
            match damage {
                "lost" => std::fs::remove_file(pack).unwrap(),
                "cut" => std::fs::write(pack, &kept[..kept.len() / 2]).unwrap(),
                _ => std::fs::write(pack, kept.iter().map(|byte| byte ^ 4).collect::<Vec<u8>>()).unwrap(),
            }
            lost.parties.start_host();
            let _ = std::fs::remove_dir_all(lost.parties.path("second"));
            let (wallet, report) = restore(&lost.parties, "second", 1).unwrap();
            let in_pack = whole.iter().any(|id| is_in(&kept, *id, &lost.parties));
            assert_eq!(report.missing.is_empty(), !in_pack, "{damage}: {report:?}");
            assert!(report.grants <= 2 && report.shares <= 1);
            fewer += usize::from(list(&wallet).len() < lost.records);
        }
        lost.parties.stop_host();
        std::fs::write(pack, kept).unwrap();
        lost.parties.start_host();
    }
    assert!(fewer > 0, "no pack held a record");
}

/// Whether a pack holds the blob of this name.
fn is_in(pack: &[u8], id: BlobId, parties: &Parties) -> bool {
    let seen = parties.wire.seen.lock().unwrap();
    let blob = seen.blobs.iter().find(|blob| blob_id(blob) == id).unwrap();
    pack.windows(blob.len()).any(|part| part == blob.as_slice())
}

#[test]
fn a_record_whose_first_version_is_lost_keeps_its_name_and_goes_on() {
    let parties = Parties::start();
    let (mut wallet, _) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    let first = record("AllergyIntolerance", "a1");
    let version = |language: &str| {
        let text = String::from_utf8(first.clone()).unwrap();
        text.replace("\"id\"", &format!("\"language\":\"{language}\",\"id\"")).into_bytes()
    };
    let (second, third) = (version("de"), version("fr"));
    for bytes in [&first, &second] {
        import(&mut wallet, bytes).unwrap();
        parties.sync(&mut wallet);
    }
    let of =
        |wallet: &Wallet| list(wallet).iter().find(|one| one.category == Category::Allergies).unwrap().id;
    let id = of(&wallet);
    drop(wallet);
    // The host loses the first version: that is the only one that the third restore does not get.
    let mut candidates = BTreeSet::new();
    parties.wire.take_asked();
    restore(&parties, "whole", 1).unwrap();
    candidates.extend(parties.wire.take_asked());
    let mut found = false;
    let lost = Lost {
        clinic: Provider::new(1, "none", &parties.host_url),
        grant: GrantId::from_bytes([0; 32]),
        records: 2,
        parties,
    };
    for blob in candidates {
        let (mut wallet, report) = lost.restore_with_flipped(blob);
        let versions = export(&mut wallet);
        let has = |bytes: &[u8]| versions.split(|byte| *byte == b'\n').any(|line| line == bytes);
        let version = [Missing::Versions { category: Some(Category::Allergies), count: 1 }];
        if has(&first) || !has(&second) || report.missing != version {
            continue;
        }
        found = true;
        assert_eq!((report.records, of(&wallet), list(&wallet).len()), (2, id, 2));
        assert_eq!(wallet.record_bytes(&id).unwrap(), second);
        // The same record goes on: its next version is the third, and it is published and comes back.
        assert_eq!(import(&mut wallet, &third).unwrap().updated, 1);
        assert_eq!((of(&wallet), list(&wallet).len()), (id, 2));
        assert_eq!(lost.parties.sync(&mut wallet).queued, 0);
        // Nor is the lost version, brought again, taken for there.
        assert_eq!(import(&mut wallet, &first).unwrap().updated, 1);
        assert_eq!(lost.parties.sync(&mut wallet).queued, 0);
        drop(wallet);
        let (mut wallet, report) = restore(&lost.parties, "fourth", 1).unwrap();
        assert_eq!((report.missing.len(), of(&wallet), list(&wallet).len()), (0, id, 2));
        let versions = export(&mut wallet);
        for bytes in [&first, &second, &third] {
            assert!(versions.split(|byte| *byte == b'\n').any(|line| line == bytes.as_slice()));
        }
        break;
    }
    assert!(found, "no blob was the first version");
}

#[test]
fn after_a_lost_note_of_the_anchor_it_is_made_again_and_moves() {
    let lost = Lost::make(65);
    for blob in lost.blobs() {
        let (mut wallet, report) = lost.restore_with_flipped(blob);
        if !report.missing.contains(&Missing::State { kind: StateKind::Anchor, count: 1 }) {
            continue;
        }
        assert_eq!(lost.parties.sync_anchor(&mut wallet).queued, 0);
        drop(wallet);
        let report = restore(&lost.parties, "third", 1).unwrap().1;
        assert_eq!((report.anchored, report.missing), (true, Vec::new()));
        return;
    }
    panic!("no blob was the note");
}

#[test]
fn after_a_lost_epoch_the_next_head_has_a_key_that_no_former_reader_holds() {
    let lost = Lost::make(64);
    for blob in lost.blobs() {
        let (mut wallet, report) = lost.restore_with_flipped(blob);
        if report.missing != [Missing::State { kind: StateKind::Epoch, count: 1 }] {
            continue;
        }
        // Who still is entitled reads on, who is not does not.
        assert_eq!(state(&wallet, lost.grant), "active");
        wallet.revoke(lost.grant).unwrap();
        import(&mut wallet, &record("AllergyIntolerance", "late")).unwrap();
        assert_eq!(lost.parties.sync(&mut wallet).queued, 0);
        assert!(!lost.parties.openable(&lost.clinic).contains(&record("AllergyIntolerance", "late")));
        return;
    }
    panic!("no blob was an epoch");
}
