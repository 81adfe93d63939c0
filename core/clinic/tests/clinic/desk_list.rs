//! The list of patients: shown at once as it was known last, and brought up to date behind the page.

use std::net::TcpListener;
use std::time::{Duration as WallTime, Instant};

use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::{Category, Duration};

use crate::desk_client::{Browser, Desk};
use crate::world::{Patient, World};

/// What the page says while the ledger is asked.
const ASKING: &str = "The ledger is being asked";

/// Reloads the list until nothing is asked behind it any more.
fn settled(browser: &Browser) -> String {
    let begun = Instant::now();
    loop {
        let page = browser.page("/");
        if !page.contains(ASKING) {
            return page;
        }
        assert!(begun.elapsed() < WallTime::from_secs(30), "it never ends");
        std::thread::sleep(WallTime::from_millis(20));
    }
}

/// The requests of the desk since the last look.
fn requests(world: &World) -> Vec<String> {
    std::mem::take(&mut *world.network.requests.lock().unwrap()).into_iter().map(|it| it.url).collect()
}

#[test]
fn many_patients_are_listed_at_once_and_asked_about_in_batches() {
    let world = World::start();
    let mut clinic = world.clinic();
    let card = clinic.card().unwrap();
    let mut ada = Patient::new(&world, 1);
    let nuts = ada.seal(Category::Allergies, r#"{"resourceType":"AllergyIntolerance"}"#);
    ada.publish(Category::Allergies, vec![nuts]);
    let granted = ada.grant_many(&card, Category::Allergies, PATIENTS);
    for (number, granted) in granted.iter().enumerate() {
        if number % 100 == 99 {
            world.clock.forward(Duration::minutes(1));
        }
        ada.send(&card, &granted.envelope);
    }
    let begun = Instant::now();
    let mut accepted = 0;
    while accepted < PATIENTS {
        // What a slow host had no time for has its turn at the next look.
        accepted += clinic.sync(&world.now(), &mut Rng::system()).unwrap().accepted.len();
    }
    println!("sync of {PATIENTS}: {:?}", begun.elapsed());

    let desk = Desk::start(&world);
    let mut browser = Browser::new(&desk);
    browser.log_in(&desk.code);
    settled(&browser);
    // Half a minute later the ledger says what it said: the page does not wait for it.
    world.forward(Duration::minutes(2));
    requests(&world);
    let begun = Instant::now();
    let page = browser.page("/");
    println!("list of {PATIENTS}: {:?}", begun.elapsed());
    assert_eq!(
        page.matches("Ada Lovelace</th>").count() + page.matches("<th scope=\"row\">Ada").count(),
        PATIENTS
    );
    assert!(page.contains(ASKING) && page.contains("state active"));
    let after = settled(&browser);
    assert_eq!(after.matches("state active").count(), PATIENTS);
    let asked = requests(&world);
    assert_eq!(asked.len(), PATIENTS.div_ceil(200), "{asked:?}");
    assert!(asked.iter().all(|url| url.ends_with("/v1/ledger/proofs")), "{asked:?}");
    // What was heard just now is not asked again.
    world.clock.forward(Duration(11));
    settled(&browser);
    assert_eq!(requests(&world), [""; 0]);
}

const PATIENTS: usize = 210;

#[test]
fn what_is_known_is_shown_with_its_age_and_what_ended_is_never_opened() {
    let world = World::start();
    let mut clinic = world.clinic();
    let card = clinic.card().unwrap();
    let mut ada = Patient::new(&world, 1);
    let nuts =
        ada.seal(Category::Allergies, r#"{"resourceType":"AllergyIntolerance","code":{"text":"Peanuts"}}"#);
    ada.publish(Category::Allergies, vec![nuts]);
    let granted = ada.grant_and_tell(&card, &[Category::Allergies]);
    let other_host = world.other_host();
    let mut bob = Patient::new(&world, 2);
    bob.move_to(&format!("http://{}", other_host.address()));
    let dust = bob.seal(Category::Allergies, r#"{"resourceType":"AllergyIntolerance","id":"2"}"#);
    bob.publish(Category::Allergies, vec![dust]);
    let far = bob.grant_and_tell(&card, &[Category::Allergies]);
    assert_eq!(clinic.sync(&world.now(), &mut Rng::system()).unwrap().accepted.len(), 2);
    // Bob's host takes connections from now on, and says nothing.
    let address = other_host.address();
    other_host.stop().unwrap();
    let silent = TcpListener::bind(address).unwrap();

    let desk = Desk::start(&world);
    let mut browser = Browser::new(&desk);
    browser.log_in(&desk.code);
    settled(&browser);
    ada.revoke_on_ledger(&granted);
    world.forward(Duration::minutes(1));
    // Had it waited, the end of the first one would stand in it.
    let known = browser.page("/");
    assert_eq!(known.matches("state active").count(), 2);
    assert!(known.contains(ASKING));
    let age = known.split("<small>as of ").nth(1).unwrap().split('<').next().unwrap();
    assert_eq!(age.trim_end_matches(" UTC").len(), 5, "of today: {age}");
    let record = browser.get(&format!("/grants/{}", granted.id));
    assert_eq!(record.status, 403);
    let after = settled(&browser);
    assert_eq!((after.matches("state revoked").count(), after.matches("state active").count()), (1, 1));
    // Nothing says any more that Bob's is in force.
    world.forward(Duration::minutes(15));
    assert!(browser.page("/").contains("state unproved"));
    drop(silent);
    assert_eq!(browser.get(&format!("/grants/{}", far.id)).status, 502);
}
