//! `clinic request` and `keepwell request`: a desk asks by its code, the patient gives that or less, and the desk knows
//! whose answer it is.

use serde_json::{Value, json};

use crate::keepwell::{Clock, Party, World, text};

const CLINIC: &str = "Bern Allergy Clinic";

/// A connected wallet with a clock of its own, and an admitted clinic.
fn world() -> (World, Clock) {
    let mut world = World::new();
    let clock = Clock::new(world.folder.path(), "phone.clock");
    world.wallet.clock = Some(clock.clone());
    world.connected_wallet();
    world.import_patient();
    world.import_allergy("nuts");
    world.admitted_clinic(CLINIC);
    (world, clock)
}

/// What a clinic asks for, with its picture in `name`.
fn ask(clinic: &Party, world: &World, categories: &[&str], name: &str) -> Value {
    let picture = text(&world.path(name));
    let mut arguments = vec!["clinic", "request", "--for", "30d", "--qr", &picture];
    for category in categories {
        arguments.extend(["--category", category]);
    }
    clinic.json(&arguments)
}

/// The one grant that the desk has not seen before.
fn newest(world: &World) -> Value {
    world.clinic.json(&["clinic", "sync"]);
    world.clinic.json(&["clinic", "grants"])["grants"][0].clone()
}

/// How many of the wallet's requests stand so.
fn states(world: &World, state: &str) -> usize {
    let listed = world.wallet.json(&["request", "list"]);
    listed["requests"].as_array().unwrap().iter().filter(|one| one["state"] == state).count()
}

#[test]
fn a_patient_gives_less_than_was_asked_and_the_desk_knows_who_it_is() {
    let (world, _) = world();
    let asked = ask(&world.clinic, &world, &["patient", "allergies", "conditions"], "request.png");
    // From the picture, as a phone would.
    let noted = world.wallet.json(&["request", "add", &text(&world.path("request.png"))]);
    let noted = &noted["requests"][0];
    assert_eq!((&noted["name"], &noted["state"]), (&json!(CLINIC), &json!("waiting")));
    assert_eq!(noted["categories"], json!(["patient", "allergies", "conditions"]));
    assert_eq!(
        (&noted["purpose"], &noted["for"], &noted["grant"]),
        (&json!("TREAT"), &json!("30d"), &Value::Null)
    );
    assert_eq!(noted["request"], asked["request"]);
    let request = noted["request"].as_str().unwrap().to_owned();
    assert_eq!(world.wallet.json(&["grant", "list"])["grants"], json!([]), "nothing is given by scanning");

    // Not more, in kind or in time.
    let approve = |flags: &[&str]| {
        world.wallet.run(&[&["--json", "request", "approve", &request[..8]], flags].concat())
    };
    approve(&["--category", "allergies", "--category", "documents"]).refused_with("RequestExceeded");
    approve(&["--for", "31d"]).refused_with("RequestExceeded");
    let shown = approve(&["--category", "allergies", "--dry-run"]).json();
    let seen: Vec<&Value> = shown["categories"].as_array().unwrap().iter().map(|it| &it["seen"]).collect();
    assert_eq!(seen, [0, 1], "{shown}");
    assert_eq!(world.wallet.json(&["grant", "list"])["grants"], json!([]));

    let granted = approve(&["--category", "allergies", "--for", "1d"]).json();
    assert_eq!(granted["state"], "active");
    let seen = newest(&world);
    assert_eq!((&seen["grant"], &seen["categories"]), (&granted["grant"], &json!(["allergies"])));
    assert_eq!(seen["patient"]["confirmed"], true, "{seen}");
    assert_eq!(world.ids_read(granted["grant"].as_str().unwrap()).len(), 1);

    // Answered is answered, however often the code is scanned.
    let again = world.wallet.json(&["request", "add", asked["text"].as_str().unwrap()]);
    assert_eq!(
        (&again["requests"][0]["state"], &again["requests"][0]["grant"]),
        (&json!("approved"), &granted["grant"])
    );
    approve(&[]).refused_with("RequestAnswered");
    world.wallet.run(&["--json", "request", "refuse", &request]).refused_with("RequestAnswered");

    // A grant that answers nothing is confirmed by nobody.
    world.grant_allergies(CLINIC);
    assert_eq!(newest(&world)["patient"]["confirmed"], false);
}

#[test]
fn a_request_is_refused_or_ends_and_nobody_is_told() {
    let (world, clock) = world();
    let first = ask(&world.clinic, &world, &["allergies"], "first.svg")["text"].as_str().unwrap().to_owned();
    let second =
        ask(&world.clinic, &world, &["allergies"], "second.png")["text"].as_str().unwrap().to_owned();
    let add = |text: &str| world.wallet.json(&["request", "add", text])["requests"][0]["request"].clone();
    let (refused, late) = (add(&first), add(&second));
    let (refused, late) = (refused.as_str().unwrap(), late.as_str().unwrap());
    assert_eq!(world.wallet.json(&["request", "refuse", refused])["requests"][0]["state"], "refused");
    world.wallet.run(&["--json", "request", "approve", refused]).refused_with("RequestAnswered");
    world.wallet.run(&["--json", "request", "approve", "0123456789"]).refused_with("NoSuchRequest");

    // A minute before its end it can be agreed to, a minute after it not.
    clock.turn(14 * 60);
    assert_eq!(states(&world, "waiting"), 1);
    clock.turn(16 * 60);
    world.wallet.run(&["--json", "request", "approve", late]).refused_with("RequestExpired");
    assert_eq!((states(&world, "expired"), states(&world, "refused"), states(&world, "waiting")), (1, 1, 0));
    assert_eq!(world.wallet.json(&["grant", "list"])["grants"], json!([]));
    assert_eq!(world.clinic.json(&["clinic", "grants"])["grants"], json!([]));
}

#[test]
fn a_code_that_is_not_the_clinics_own_is_not_noted() {
    let (mut world, clock) = world();
    let asked = ask(&world.clinic, &world, &["allergies"], "request.png");
    let good = asked["text"].as_str().unwrap();
    // Its last characters are the signature's.
    let forged = format!("{}AAAA", &good[..good.len() - 4]);
    // One that the ledger does not know; its home is a clinic's, its card was never admitted.
    let stranger = Party::new(world.path("stranger"));
    let servers = world.servers();
    let servers: Vec<&str> = servers.iter().map(String::as_str).collect();
    stranger.run(&[&["--json", "clinic", "init", "--name", CLINIC], servers.as_slice()].concat()).json();
    let of_stranger = ask(&stranger, &world, &["allergies"], "stranger.png");
    for (code, expected) in [
        (forged.as_str(), "RequestNotSigned"),
        (of_stranger["text"].as_str().unwrap(), "UnknownProvider"),
        ("keepwell:r/AAAA", "NotARequest"),
        ("shlink:/abc", "NotARequest"),
    ] {
        world.wallet.run(&["--json", "request", "add", code]).refused_with(expected);
    }
    // The clinic's own code is no request either, and says so.
    let qr = text(&world.path("clinic.png"));
    world.clinic.json(&["clinic", "qr", &qr]);
    world.wallet.run(&["--json", "request", "add", &qr]).refused_with("NotARequest");
    world.ledger.kill();
    let offline = world.wallet.run(&["--json", "request", "add", good]);
    assert_eq!(offline.code, Some(1), "{}", String::from_utf8_lossy(&offline.stdout));
    assert_eq!(world.wallet.json(&["request", "list"])["requests"], json!([]));
    // What is over asks nobody.
    clock.turn(16 * 60);
    world.wallet.run(&["--json", "request", "add", good]).refused_with("RequestExpired");
}
