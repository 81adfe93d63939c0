//! A clinic that verified nothing for half a year goes on with a newer anchor.

use keepwell_clinic::{CardChange, Clinic, ClinicError};
use keepwell_net::AnchorRefused;
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::Duration;
use keepwell_protocol::ledger::TrustAnchor;

use crate::world::World;

/// Makes a new card; the one before it must have been proved, which is where the ledger is believed.
fn update(world: &World, clinic: &mut Clinic) -> Result<(), ClinicError> {
    let change = CardChange { name: None, place: None };
    clinic.update(&change, &world.now(), &mut Rng::system()).map(drop)
}

#[test]
fn a_newer_anchor_is_taken_by_the_rules_of_a_wallet() {
    let (world, other) = (World::start(), World::start());
    let mut clinic = world.clinic();
    let mut trusted = world.anchor.trusted_state();
    for days in [60, 60, 61] {
        world.forward(Duration::days(days));
        world.newer_anchor(&mut trusted);
    }
    update(&world, &mut clinic).unwrap();
    assert_eq!(update(&world, &mut clinic).unwrap_err().code(), "TrustExpired");

    let newer = world.newer_anchor(&mut trusted);
    let (old, new) = (world.anchor.fingerprint(), newer.fingerprint());
    let forged = TrustAnchor { header_hash: [7; 32], ..newer.clone() };
    for (anchor, typed, code) in [
        (&newer, None, "AnchorUnproved"),
        (&newer, Some(old), "FingerprintMismatch"),
        (&other.anchor, Some(other.anchor.fingerprint()), "OtherLedger"),
    ] {
        assert_eq!(clinic.renew_trust(anchor, None, typed, &world.now()).unwrap_err().code(), code);
    }
    let refused = clinic.renew_trust(&newer, None, None, &world.now());
    assert!(matches!(
        refused,
        Err(ClinicError::AnchorRefused(AnchorRefused::Unproved { old: o, new: n })) if (o, n) == (old, new)
    ));
    clinic.renew_trust(&forged, None, Some(forged.fingerprint()), &world.now()).unwrap_err();
    assert_eq!(update(&world, &mut clinic).unwrap_err().code(), "TrustExpired", "nothing changed");

    assert_eq!(clinic.renew_trust(&newer, None, Some(new), &world.now()).unwrap(), (old, new));
    let mut again = world.open_clinic();
    let begun = std::time::Instant::now();
    while let Err(error) = update(&world, &mut again) {
        assert!(begun.elapsed().as_secs() < 20, "{error}");
        std::thread::sleep(std::time::Duration::from_millis(50));
    }
    // What is trusted now vouches for the next.
    world.forward(Duration::days(1));
    let newest = world.newer_anchor(&mut trusted);
    again.renew_trust(&newest, None, None, &world.now()).unwrap();
    let refused = again.renew_trust(&newer, None, Some(new), &world.now());
    assert_eq!(refused.unwrap_err().code(), "AnchorNotNewer");
}
