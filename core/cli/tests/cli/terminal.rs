//! What only a person at a terminal sees: the quiz, QR codes, servers that Ctrl-C ends.

#![cfg(target_os = "linux")]

use keepwell_net::{HttpTransport, Limits, Transport as _};
use keepwell_protocol::formats::http::{Method, Request, Response};

use crate::keepwell::{Party, Terminal, World, read_qr, sample_patient, text};

const PIN: &str = "271828";

/// The words of a list such as ` 1 abandon    2 ability …`, in order.
fn listed_words(shown: &str) -> Vec<String> {
    let mut words = shown.split_whitespace().skip_while(|part| *part != "1");
    let mut list = Vec::new();
    while words.next() == Some((list.len() + 1).to_string().as_str()) {
        list.extend(words.next().map(str::to_owned));
    }
    list
}

/// Answers the three questions of the quiz, all of them wrongly if asked to.
fn answer(terminal: &mut Terminal, words: &[String], wrongly: bool) {
    for _ in 0..3 {
        let asked = terminal.wait_for(": ");
        let position: usize = asked.trim_end_matches(": ").rsplit(' ').next().unwrap().parse().unwrap();
        terminal.type_line(if wrongly { "wrong" } else { &words[position - 1] });
    }
}

#[test]
fn words_are_shown_cleared_and_asked_for_until_they_are_known() {
    let folder = tempfile::tempdir().unwrap();
    let party = Party::new(folder.path().join("wallet"));
    let Some(mut terminal) = Terminal::start(&party, &["wallet", "init"]) else { return };
    for prompt in ["New PIN (6 digits or more): ", "The same again: "] {
        terminal.wait_for(prompt);
        terminal.type_line(PIN);
    }
    let first = terminal.wait_for("Then press Enter.");
    assert!(!first.contains(PIN), "the PIN is not echoed");
    let words = listed_words(&first);
    assert_eq!(words.len(), 24, "{first}");
    terminal.type_line("");
    terminal.wait_for("\x1b[2J\x1b[3J\x1b[H");
    answer(&mut terminal, &words, true);
    terminal.wait_for("Not all of these are right.");
    assert_eq!(listed_words(&terminal.wait_for("Then press Enter.")), words);
    terminal.type_line("");
    terminal.wait_for("\x1b[2J\x1b[3J\x1b[H");
    answer(&mut terminal, &words, false);
    let (code, rest) = terminal.finish();
    assert_eq!(code, Some(0), "{rest}");
    assert!(rest.contains("The words are verified."), "{rest}");
    assert!(!rest.contains(&words[..2].join(" ")) && listed_words(&rest).is_empty(), "{rest}");
    assert_eq!(party.json(&["wallet", "status"])["words_verified"], true);
}

#[test]
fn words_are_shown_again_after_a_question_and_asked_for_if_they_never_were() {
    let folder = tempfile::tempdir().unwrap();
    let party = Party::new(folder.path().join("wallet"));
    let made = party.json(&["wallet", "init"])["words"].as_str().unwrap().to_owned();
    let start = || {
        let mut terminal = Terminal::start(&party, &["wallet", "words"])?;
        terminal.wait_for("PIN: ");
        terminal.type_line(PIN);
        terminal.wait_for("[y/N] ");
        Some(terminal)
    };
    let Some(mut declined) = start() else { return };
    declined.type_line("n");
    let (code, rest) = declined.finish();
    assert!(code == Some(1) && rest.contains("[NotConfirmed]"), "{rest}");
    assert!(listed_words(&rest).is_empty(), "{rest}");
    for is_verified in [false, true] {
        let mut terminal = start().unwrap();
        terminal.type_line("y");
        let words = listed_words(&terminal.wait_for("Then press Enter."));
        assert_eq!(words.join(" "), made);
        terminal.type_line("");
        terminal.wait_for("\x1b[2J\x1b[3J\x1b[H");
        if !is_verified {
            answer(&mut terminal, &words, false);
        }
        let (code, rest) = terminal.finish();
        assert_eq!((code, rest.contains("The words are verified.")), (Some(0), !is_verified), "{rest}");
    }
    assert_eq!(party.json(&["wallet", "status"])["words_verified"], true);
}

#[test]
fn a_new_pin_is_typed_twice_after_the_old_one() {
    let folder = tempfile::tempdir().unwrap();
    let party = Party::new(folder.path().join("wallet"));
    party.json(&["wallet", "init"]);
    for (again, code, told) in [("846206", 1, "[PinMismatch]"), ("846205", 0, "The PIN is changed.")] {
        let Some(mut terminal) = Terminal::start(&party, &["wallet", "change-pin"]) else { return };
        for (prompt, typed) in
            [("PIN: ", PIN), ("New PIN (6 digits or more): ", "846205"), ("The same again: ", again)]
        {
            terminal.wait_for(prompt);
            terminal.type_line(typed);
        }
        let (ended, rest) = terminal.finish();
        assert_eq!(ended, Some(code), "{rest}");
        assert!(rest.contains(told) && !rest.contains("846205"), "{rest}");
    }
    Party { pin: "846205", ..Party::new(&party.home) }.json(&["wallet", "status"]);
}

#[test]
fn a_share_is_drawn_with_its_link_and_the_drawing_leads_to_the_records() {
    let world = World::new();
    world.connected_wallet();
    world.wallet.json(&["record", "import", &text(&sample_patient())]);
    let arguments = ["share", "new", "--category", "allergies"];
    let Some(mut terminal) = Terminal::start(&world.wallet, &arguments) else { return };
    terminal.wait_for("PIN: ");
    terminal.type_line(PIN);
    terminal.wait_for("Share it? [y/N] ");
    terminal.type_line("y");
    let (code, shown) = terminal.finish();
    assert_eq!(code, Some(0), "{shown}");
    let link = read_qr(&shown);
    assert!(shown.contains(&link), "the link stands below its drawing");
    let opened = Party::new(world.path("stranger")).json(&["share", "open", &link]);
    assert_eq!(opened["files"][0]["content_type"], "application/fhir+json");
    // Where no one looks, nothing is drawn.
    let piped = world.wallet.run(&arguments).text();
    assert!(piped.contains("shlink:/") && !piped.contains('\x1b'), "{piped}");
}

#[test]
fn nothing_is_shared_on_a_terminal_before_the_patient_agreed_to_what_leaves() {
    let world = World::new();
    world.connected_wallet();
    world.wallet.json(&["record", "import", &text(&sample_patient())]);
    let start = |more: &[&str]| {
        let mut terminal =
            Terminal::start(&world.wallet, &[&["share", "new", "--opens", "2"], more].concat())?;
        terminal.wait_for("PIN: ");
        terminal.type_line(PIN);
        Some(terminal)
    };
    let Some(mut declined) = start(&[]) else { return };
    let review = declined.wait_for("Share it? [y/N] ");
    for told in [
        "This would leave:",
        "patient: 1",
        "allergies: ",
        "Vivien",
        "identity numbers and photos that stay: social-security …",
        "references to what does not leave: ",
        "size: ",
        "can open it, 2 times, until ",
        "what is not marked may be sensitive, too",
    ] {
        assert!(review.contains(told), "{told}: {review}");
    }
    assert!(!review.contains("shlink:/"), "{review}");
    declined.type_line("n");
    let (code, rest) = declined.finish();
    assert!(code == Some(1) && rest.contains("[NotConfirmed]") && !rest.contains("shlink:/"), "{rest}");
    assert_eq!(world.wallet.json(&["share", "list"])["shares"].as_array().map(Vec::len), Some(0));

    let mut numbers = start(&["--with-numbers"]).unwrap();
    let review = numbers.wait_for("Share it? [y/N] ");
    assert!(review.contains("identity numbers and photos that leave: social-security …"), "{review}");
    numbers.type_line("n");
    assert_eq!(numbers.finish().0, Some(1));

    let (code, shown) = start(&["--yes"]).unwrap().finish();
    assert!(code == Some(0) && shown.contains("shlink:/") && !shown.contains("[y/N]"), "{shown}");
    assert_eq!(world.wallet.json(&["share", "list"])["shares"].as_array().map(Vec::len), Some(1));
}

fn send(method: Method, url: &str, form: &str, cookie: Option<&str>) -> Response {
    let mut request = Request::new(method, url).with_body(form.as_bytes().to_vec());
    request.headers.push(("content-type".into(), "application/x-www-form-urlencoded".into()));
    request.headers.extend(cookie.map(|cookie| ("cookie".into(), cookie.to_owned())));
    HttpTransport::new().unwrap().send(request, Limits::CONFIGURED).unwrap()
}

#[test]
fn the_demo_draws_its_share_and_keeps_the_desk_open_until_ctrl_c() {
    let folder = tempfile::tempdir().unwrap();
    let party = Party::new(folder.path());
    let Some(mut terminal) = Terminal::start(&party, &["demo", "--serve"]) else { return };
    terminal.wait_for(" 7  revoke: ");
    let drawn = terminal.wait_for(" 8  share by QR: ");
    let link = read_qr(&drawn);
    assert!(link.starts_with("shlink:/") && drawn.contains(&link), "{drawn}");
    terminal.wait_for("login code: ");
    let code = terminal.wait_for("\n").trim().to_owned();
    terminal.wait_for("listening on ");
    let desk = terminal.wait_for("\n").trim().to_owned();

    let wrong = send(Method::Post, &format!("{desk}/login"), "code=wrong", None);
    assert!(wrong.headers.iter().all(|(name, _)| name != "set-cookie"), "{}", wrong.status);
    let entered = send(Method::Post, &format!("{desk}/login"), &format!("code={code}"), None);
    let cookies = entered.headers.iter().filter(|(name, _)| name == "set-cookie");
    let cookies: Vec<&str> = cookies.map(|(_, cookie)| cookie.split(';').next().unwrap()).collect();
    let cookie = cookies.join("; ");
    let page = send(Method::Get, &desk, "", Some(&cookie));
    let page = String::from_utf8(page.body).unwrap();
    assert!(page.contains("Nolan344"), "the patient of the story is on the desk page: {page}");

    terminal.press_control_c();
    let (code, rest) = terminal.finish();
    assert_eq!(code, Some(0), "{rest}");
    let gone = HttpTransport::new().unwrap().send(Request::new(Method::Get, desk), Limits::CONFIGURED);
    assert!(gone.is_err(), "nobody answers any more");
}
