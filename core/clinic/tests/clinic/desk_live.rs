//! What the desk's pages ask for by themselves: new grants, and who answered a request.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration as WallTime, Instant};

use keepwell_clinic::Clinic;
use keepwell_protocol::consent::SignedAccessRequest;
use keepwell_protocol::domain::{Category, Duration, GrantId, RequestId};
use keepwell_protocol::formats::http::Response;
use keepwell_protocol::ledger::SignedCard;
use keepwell_protocol::vault::Envelope;

use crate::desk_client::{Browser, Desk};
use crate::world::{Patient, World};

/// Asks again, as a page does, until the answer is this; each time ten seconds later by the desk's clock.
fn until(world: &World, browser: &Browser, path: &str, is_so: impl Fn(&Response) -> bool) -> Response {
    let begun = Instant::now();
    loop {
        let answer = browser.get(path);
        if is_so(&answer) {
            return answer;
        }
        assert!(begun.elapsed() < WallTime::from_secs(60), "{path} never says so: {}", answer.status);
        world.clock.forward(Duration(10));
        std::thread::sleep(WallTime::from_millis(50));
    }
}

fn says(answer: &Response, words: &str) -> bool {
    String::from_utf8_lossy(&answer.body).contains(words)
}

/// Grants in answer to a request.
fn answer(patient: &mut Patient<'_>, card: &SignedCard, request: RequestId) -> GrantId {
    let granted = patient.grant(card, &[Category::Allergies]);
    patient.send(card, &Envelope { request: Some(request), ..granted.envelope });
    granted.id
}

/// Makes a request at the desk; its page with what it asks for.
fn ask(browser: &Browser) -> (String, RequestId) {
    let form = [("category", "allergies"), ("purpose", "TREAT"), ("duration", "1d")];
    let csrf = browser.csrf();
    let page = browser.post("/request", &[&[("csrf", csrf.as_str())], &form[..]].concat());
    let page = String::from_utf8(page.body).unwrap();
    let text = page.split("<code>").nth(1).unwrap().split("</code>").next().unwrap();
    let request = SignedAccessRequest::parse(text).unwrap().request.id;
    (page, request)
}

fn with_nuts(world: &World, number: u8) -> Patient<'_> {
    let mut patient = Patient::new(world, number);
    let nuts = patient
        .seal(Category::Allergies, r#"{"resourceType":"AllergyIntolerance","code":{"text":"Peanuts"}}"#);
    patient.publish(Category::Allergies, vec![nuts]);
    patient
}

#[test]
fn a_new_grant_comes_to_the_list_without_a_click() {
    let world = World::start();
    let card = world.clinic().card().unwrap();
    let mut ada = with_nuts(&world, 1);
    let desk = Desk::start(&world);
    let mut browser = Browser::new(&desk);
    browser.log_in(&desk.code);
    let empty = browser.get("/live/list");
    assert!(says(&empty, "No patient has granted access yet") && !says(&empty, "<html"));
    let granted = ada.grant_and_tell(&card, &[Category::Allergies]);
    let list = until(&world, &browser, "/live/list", |it| says(it, &granted.id.to_string()));
    assert!(says(&list, "Ada Lovelace") && !says(&list, "autofocus"), "what comes by itself takes no focus");
    assert!(browser.page("/").contains("autofocus"));
}

#[test]
fn the_page_of_a_request_hears_who_answered_it_and_of_nobody_else() {
    let world = World::start();
    let card = world.clinic().card().unwrap();
    let (mut ada, mut bob) = (with_nuts(&world, 1), with_nuts(&world, 2));
    let desk = Desk::start(&world);
    let mut browser = Browser::new(&desk);
    browser.log_in(&desk.code);
    let (page, request) = ask(&browser);
    let path = format!("/live/request/{request}");
    assert!(page.contains(&format!("data-request=\"{request}\"")));
    assert_eq!(browser.get(&path).status, 204);
    let other = bob.grant_and_tell(&card, &[Category::Allergies]);
    until(&world, &browser, "/live/list", |it| says(it, &other.id.to_string()));
    assert_eq!(browser.get(&path).status, 204, "another grant is no answer");
    let granted = answer(&mut ada, &card, request);
    let heard = until(&world, &browser, &path, |it| it.status == 200);
    assert!(says(&heard, "Ada Lovelace") && says(&heard, &format!("/grants/{granted}")));
    assert!(!says(&heard, &other.id.to_string()));
    // A request of nobody, and what is none.
    assert_eq!(browser.get(&format!("/live/request/{}", "0".repeat(32))).status, 204);
    for none in ["x", "%3Cscript%3E", &"0".repeat(64)] {
        assert_eq!(browser.get(&format!("/live/request/{none}")).status, 404, "{none}");
    }
}

#[test]
fn a_page_that_asks_by_itself_keeps_nobody_logged_in_and_says_when_nothing_can_be_looked_for() {
    let mut world = World::start();
    drop(world.clinic());
    let desk = Desk::start(&world);
    let mut browser = Browser::new(&desk);
    browser.log_in(&desk.code);
    world.stop_ledger();
    world.network.meddle(|_, response| Response { status: 503, ..response });
    until(&world, &browser, "/live/list", |it| says(it, "New grants can’t be looked for now."));
    for _ in 0..3 {
        world.clock.forward(Duration::minutes(9));
        assert_eq!(browser.get("/live/list").status, 200);
    }
    world.clock.forward(Duration::minutes(9));
    assert_eq!(browser.get("/live/list").status, 303);
}

/// Run by `./dev test web`.
#[test]
#[ignore = "needs a browser: ./dev test web"]
fn a_browser_sees_what_is_new_and_loses_nothing_that_is_typed() {
    let modules = std::env::var("KEEPWELL_WEB_MODULES").unwrap();
    let world = World::start();
    let mut clinic: Clinic = world.clinic();
    let card = clinic.card().unwrap();
    let mut ada = with_nuts(&world, 1);
    let first = ada.grant_and_tell(&card, &[Category::Allergies]);
    clinic.sync(&world.now(), &mut keepwell_protocol::crypto::Rng::system()).unwrap();
    let desk = Desk::start(&world);
    let mut browser = Command::new("node")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clinic/desk_live.mjs"))
        .env("KEEPWELL_WEB_MODULES", modules)
        .args([&desk.url, &desk.code, &first.id.to_string()])
        .arg(std::env::var("KEEPWELL_WEB_PICTURES").unwrap_or_default())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    // It says what is to happen next.
    for line in BufReader::new(browser.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        match line.split_once(' ') {
            Some(("grant", _)) => drop(ada.grant_and_tell(&card, &[Category::Allergies])),
            Some(("answer", text)) => {
                let request = SignedAccessRequest::parse(text).unwrap().request.id;
                answer(&mut ada, &card, request);
            }
            Some(("revoke", _)) => ada.revoke_on_ledger(&first),
            Some(("later", minutes)) => world.clock.forward(Duration::minutes(minutes.parse().unwrap())),
            Some(("tick", _)) => {}
            _ => println!("{line}"),
        }
        world.clock.forward(Duration(11));
    }
    assert!(browser.wait().unwrap().success());
}
