//! The desk page over HTTP: who gets in, what forms need, and that nothing of a patient's is markup.

use keepwell_clinic::ClinicError;
use keepwell_clinic::desk::{Limits, Listen};
use keepwell_protocol::consent::SignedAccessRequest;
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::{Category, Duration};
use keepwell_protocol::formats::shc::{HealthCard, read_file};
use keepwell_protocol::ledger::ProviderCode;
use keepwell_protocol::vault::{About, Envelope, LinkFileType};

use crate::desk_client;
use crate::desk_client::{Browser, Desk, picture_of};
use crate::world::{ISSUER, Patient, World};

/// What an attacker would like a page to run.
const HOSTILE: [&str; 6] = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "javascript:alert(1)",
    "<svg/onload=alert(1)>",
    "data:text/html,<script>alert(1)</script>",
    "</td></table></textarea><iframe src=//evil.example>",
];

/// A resource of a type that has every hostile text wherever a page shows one.
fn hostile(resource_type: &str) -> String {
    let texts: Vec<String> = HOSTILE.iter().map(|text| serde_json::Value::from(*text).to_string()).collect();
    let all = serde_json::Value::from(HOSTILE.join(" ")).to_string();
    format!(
        r#"{{"resourceType":"{resource_type}","id":{all},"text":{{"status":"generated","div":"<div><script>alert(1)</script></div>"}},
        "code":{{"text":{},"coding":[{{"system":{},"code":{},"display":{}}}]}},"status":{},"criticality":{},
        "medicationCodeableConcept":{{"text":{all}}},"dosageInstruction":[{{"text":{all}}}],"authoredOn":{all},
        "onsetString":{all},"valueString":{all},"note":[{{"text":{all}}}],"type":{{"text":{all}}},"name":[{{"text":{all}}}],
        "content":[{{"attachment":{{"contentType":"text/plain","title":{all},"data":"PHNjcmlwdD5hbGVydCgxKTwvc2NyaXB0Pg=="}}}},{{"attachment":{{"url":{all}}}}}],
        "reaction":[{{"manifestation":[{{"text":{all}}}],"description":{all}}}],{all}:{all}}}"#,
        texts[0], texts[2], texts[1], texts[3], texts[4], texts[5]
    )
}

/// Fails if anything but our own markup is in a page.
fn assert_harmless(page: &str) {
    let own = ["camera", "live"].map(|name| format!(r#"<script type="module" src="/{name}.js"></script>"#));
    let foreign = own.iter().fold(page.to_owned(), |page, own| page.replacen(own, "", 1));
    let lower = foreign.to_lowercase();
    for markup in [
        "<script",
        "<img",
        "<svg",
        "<iframe",
        "<object",
        "<embed",
        "<style",
        "href=\"javascript",
        "href=\"data:",
        "src=",
    ] {
        let escaped_only = lower.match_indices(markup).all(|(at, _)| markup == "src=" && is_text(&lower, at));
        assert!(escaped_only, "{markup} is in the page");
    }
    for (at, _) in lower.match_indices("onerror=").chain(lower.match_indices("onload=")) {
        assert!(is_text(&lower, at), "an event handler is in the page");
    }
}

/// Whether a position is between tags.
fn is_text(page: &str, at: usize) -> bool {
    page[..at].rfind('>') > page[..at].rfind('<')
}

#[test]
fn every_page_wants_a_login_and_says_nothing_before_it() {
    let world = World::start();
    let mut clinic = world.clinic();
    let mut ada = Patient::new(&world, 1);
    let granted = ada.grant_and_tell(&clinic.card().unwrap(), &[Category::Allergies]);
    let _ = clinic.sync(&world.now(), &mut Rng::system()).unwrap();
    let desk = Desk::start(&world);
    let browser = Browser::new(&desk);
    let record = format!("/grants/{}", granted.id);
    for path in [
        "/",
        &record,
        &format!("{record}/records/{}", granted.id),
        "/share",
        "/qr",
        "/request",
        "/nothing",
        "/../../etc/passwd",
    ] {
        let answer = browser.get(path);
        assert_eq!((answer.status, answer.header("location")), (303, Some("/login")), "{path}");
        assert!(answer.body.is_empty());
    }
    for path in ["/camera.js", "/live.js", "/live/list", "/live/request/x"] {
        assert_eq!(browser.get(path).status, 303, "{path}");
    }
    for path in ["/sync", &format!("{record}/confirm"), "/share", "/share/scan", "/request", "/logout"] {
        assert_eq!(browser.post(path, &[("csrf", "x")]).status, 303, "{path}");
    }
    let login = browser.get("/login");
    assert_eq!(login.status, 200);
    assert!(!String::from_utf8(login.body).unwrap().contains("Ada"));
    assert_eq!(browser.get("/style.css").status, 200);

    let mut browser = Browser::new(&desk);
    assert_eq!(browser.log_in("AAAAA-AAAAA"), 401);
    assert_eq!(browser.get("/").status, 303);
    assert_eq!(browser.log_in(&desk.code), 303);
    assert!(browser.page("/").contains("Ada Lovelace"));
    let code = ProviderCode(clinic.card().unwrap().card.provider).to_string();
    assert!(browser.page("/qr").contains(&format!("<code>{code}</code>")));
    // The code is in a file for the owner alone.
    let file = std::fs::read_to_string(world.clinic_home().join("desk.code")).unwrap();
    assert_eq!(file.trim(), desk.code);

    assert_eq!(browser.post("/logout", &[("csrf", &browser.csrf())]).status, 303);
    assert_eq!(browser.get("/").status, 303);
}

#[test]
fn wrong_codes_close_the_door_of_their_address_to_nobody_who_was_in_before() {
    let world = World::start();
    drop(world.clinic());
    let desk = Desk::start(&world);
    let mut staff = Browser::new(&desk);
    assert_eq!(staff.log_in(&desk.code), 303);
    assert_eq!(staff.post("/logout", &[("csrf", &staff.csrf())]).status, 303);
    let close = |desk: &Desk| {
        let mut guesser = Browser::new(desk);
        for _ in 0..5 {
            assert_eq!(guesser.log_in("WRONG-WRONG"), 401);
        }
        let answer = guesser.post("/login", &[("code", &desk.code)]);
        assert_eq!((answer.status, answer.header("retry-after")), (429, Some("60")));
        guesser
    };
    let mut guesser = close(&desk);
    assert_eq!(staff.log_in(&desk.code), 303, "a browser that was in before");
    assert_eq!(guesser.log_in(&desk.code), 429, "opens the door to nobody else");
    world.clock.forward(Duration::minutes(1));
    // Another browser of that address: the first one's transport keeps the pause that it was told by its own clock.
    assert_eq!(Browser::new(&desk).log_in(&desk.code), 303);

    // It is known at the next start too, when the code is another.
    drop(desk);
    let desk = Desk::start(&world);
    drop(close(&desk));
    let mut staff = staff.goes_to(&desk);
    assert_eq!((staff.get("/").status, staff.log_in(&desk.code)), (303, 303));
    assert_eq!(staff.get("/").status, 200);
}

/// Only where every address of 127/8 is this machine's.
#[cfg(target_os = "linux")]
#[test]
fn wrong_codes_of_one_address_are_none_of_another_s() {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let world = World::start();
    drop(world.clinic());
    let desk = Desk::start(&world);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let log_in = |from: &str, code: &str| {
        let body = format!("code={code}");
        let host = desk.url.strip_prefix("http://").unwrap();
        let request = format!(
            "POST /login HTTP/1.1\r\nhost: {host}\r\ncontent-type: application/x-www-form-urlencoded\r\n\
             content-length: {}\r\nconnection: close\r\n\r\n{body}",
            body.len()
        );
        runtime.block_on(async {
            let socket = tokio::net::TcpSocket::new_v4().unwrap();
            socket.bind(format!("{from}:0").parse().unwrap()).unwrap();
            let mut stream = socket.connect(host.parse().unwrap()).await.unwrap();
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut answer = String::new();
            stream.read_to_string(&mut answer).await.unwrap();
            answer.split(' ').nth(1).unwrap().to_owned()
        })
    };
    for _ in 0..5 {
        assert_eq!(log_in("127.0.0.2", "WRONG-WRONG"), "401");
    }
    assert_eq!(log_in("127.0.0.2", &desk.code), "429");
    assert_eq!(log_in("127.0.0.3", &desk.code), "303");
    assert_eq!(log_in("127.0.0.1", "WRONG-WRONG"), "401");
}

#[test]
fn a_home_has_one_desk_and_its_code_stays() {
    let world = World::start();
    let mut clinic = world.clinic();
    let desk = Desk::start(&world);
    let refused = desk_client::try_prepare(&world).map(|_| ()).unwrap_err();
    assert_eq!(refused.code(), "DeskRunning");
    let file = world.clinic_home().join("desk.code");
    assert_eq!(std::fs::read_to_string(&file).unwrap().trim(), desk.code);
    assert_eq!(Browser::new(&desk).log_in(&desk.code), 303);
    clinic.sync(&world.now(), &mut Rng::system()).unwrap();
    drop(desk);
    let next = Desk::start(&world);
    assert_eq!(std::fs::read_to_string(&file).unwrap().trim(), next.code);
}

#[test]
fn a_form_needs_its_token_and_its_own_page() {
    let world = World::start();
    let mut clinic = world.clinic();
    let mut ada = Patient::new(&world, 1);
    let granted = ada.grant_and_tell(&clinic.card().unwrap(), &[Category::Allergies]);
    clinic.sync(&world.now(), &mut Rng::system()).unwrap();
    let desk = Desk::start(&world);
    let mut browser = Browser::new(&desk);
    browser.log_in(&desk.code);
    let digits = clinic.grant(granted.id).unwrap().patient.match_code;
    let confirm = format!("/grants/{}/confirm", granted.id);
    let mut other = Browser::new(&desk);
    other.log_in(&desk.code);
    for token in ["", "x", &other.csrf()] {
        assert_eq!(browser.post(&confirm, &[("csrf", token), ("code", &digits)]).status, 403);
    }
    assert_eq!(browser.post(&confirm, &[("code", &digits)]).status, 403);
    assert_eq!(browser.post("/sync", &[("csrf", "x")]).status, 403);
    assert_eq!(browser.post("/logout", &[]).status, 403);
    let token = browser.csrf();
    let form = [("csrf", token.as_str()), ("code", digits.as_str())];
    for (name, value) in
        [("origin", "https://evil.example"), ("origin", "null"), ("sec-fetch-site", "cross-site")]
    {
        assert_eq!(browser.post_with(&confirm, &form, &[(name, value)]).status, 403, "{name}");
    }
    assert_eq!(browser.get_with("/", &[("host", "rebound.example")]).status, 421);
    assert!(!clinic.grant(granted.id).unwrap().patient.confirmed);

    let wrong = browser.post(&confirm, &[("csrf", &token), ("code", "000")]);
    assert_eq!(wrong.status, 400);
    let list = String::from_utf8(wrong.body).unwrap();
    let row = list.split("<tr data-grant=").nth(1).unwrap().split("</tr>").next().unwrap();
    assert!(
        row.contains("These are not the six digits") && row.contains(r#"value="000" aria-invalid="true""#),
        "{row}"
    );
    assert!(row.contains("autofocus"), "and is typed again");
    let hostile = browser.post(&confirm, &[("csrf", &token), ("code", HOSTILE[1])]);
    assert_harmless(&String::from_utf8(hostile.body).unwrap());
    let of_nobody =
        browser.post(&format!("/grants/{}/confirm", "0".repeat(64)), &[("csrf", &token), ("code", "000")]);
    assert_eq!(of_nobody.status, 404);
    assert_eq!(browser.post_with(&confirm, &form, &[("origin", &desk.url)]).status, 200);
    assert!(clinic.grant(granted.id).unwrap().patient.confirmed);
}

#[test]
fn every_answer_forbids_what_a_page_does_not_need() {
    let world = World::start();
    drop(world.clinic());
    let desk = Desk::start(&world);
    let mut browser = Browser::new(&desk);
    browser.log_in(&desk.code);
    for path in ["/", "/login", "/share", "/nothing", "/grants/x", "/style.css"] {
        let answer = browser.get(path);
        let policy = answer.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{path}");
        assert!(!policy.contains("unsafe") && policy.contains("frame-ancestors 'none'"));
        for (name, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cache-control", "no-store"),
            ("x-frame-options", "DENY"),
        ] {
            assert_eq!(answer.header(name), Some(value), "{path}");
        }
    }
    let cookie = browser.post("/login", &[("code", &desk.code)]);
    let cookie = cookie.header("set-cookie").unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
}

#[test]
fn only_the_page_that_scans_may_use_the_camera_and_scripts() {
    let world = World::start();
    drop(world.clinic());
    let desk = Desk::start(&world);
    let mut browser = Browser::new(&desk);
    browser.log_in(&desk.code);
    let says = |answer: &keepwell_protocol::formats::http::Response| {
        let policy = answer.header("content-security-policy").unwrap().to_owned();
        (
            policy.contains("script-src"),
            answer.header("permissions-policy").unwrap().contains("camera=(self)"),
        )
    };
    for path in ["/request", "/qr", "/nothing", "/camera.js", "/live.js", "/live/list", "/style.css"] {
        assert_eq!(says(&browser.get(path)), (false, false), "{path}");
    }
    assert_eq!(says(&browser.get("/")), (true, false));
    let page = browser.get("/share");
    assert_eq!(says(&page), (true, true));
    assert!(
        page.header("content-security-policy").unwrap().contains("script-src 'self'; connect-src 'self';")
    );
    assert_eq!(says(&browser.open_share("no link", &[])), (true, true), "the same page once more");
    let script = browser.get("/camera.js");
    assert_eq!((script.status, script.header("content-type")), (200, Some("text/javascript; charset=utf-8")));
}

#[test]
fn a_frame_is_looked_at_for_a_link_and_opens_nothing() {
    let world = World::start();
    drop(world.clinic());
    let mut ada = Patient::new(&world, 1);
    let patient = br#"{"resourceType":"Patient","name":[{"text":"Ada Lovelace"}]}"#;
    let uri = ada.share("application/fhir+json", patient, "x").to_uri();
    let desk = Desk::start(&world);
    let mut browser = Browser::new(&desk);
    browser.log_in(&desk.code);
    let csrf = browser.csrf();
    world.network.requests.lock().unwrap().clear();
    let look = |csrf: &str, picture: &[u8]| {
        let answer = browser.post_parts("/share/scan", &[("csrf", csrf)], picture);
        (answer.status, String::from_utf8(answer.body).unwrap())
    };
    assert_eq!(look(&csrf, &picture_of(&uri)), (200, uri.clone()));
    let page_of_it = format!("https://viewer.example/view#{uri}");
    assert_eq!(look(&csrf, &picture_of(&page_of_it)), (200, page_of_it));
    assert_eq!(look(&csrf, &desk_client::blank_picture()), (204, String::new()));
    for other in ["https://example.org", "keepwell:p/x", "shlink:/e30", HOSTILE[0]] {
        let (status, said) = look(&csrf, &picture_of(other));
        assert_eq!(status, 422, "{other}");
        assert!(said.contains("not a SMART Health Link") && !said.contains(other), "{said}");
    }
    assert_eq!(look(&csrf, b"").0, 415);
    assert_eq!(look(&csrf, b"no picture").0, 415);
    assert_eq!(look("x", &picture_of(&uri)).0, 403);
    assert_eq!(look("", &picture_of(&uri)).0, 403);
    assert_eq!(look(&csrf, &vec![0; 11 * 1024 * 1024]).0, 413);
    assert!(world.network.requests.lock().unwrap().is_empty(), "nothing was opened");
    // A camera that was forgotten keeps nobody logged in.
    world.clock.forward(Duration::minutes(29));
    assert_eq!(look(&csrf, &desk_client::blank_picture()).0, 204);
    world.clock.forward(Duration::minutes(2));
    assert_eq!(look(&csrf, &desk_client::blank_picture()).0, 303);
}

#[test]
fn what_a_patient_sends_is_text_on_every_page() {
    let world = World::start();
    let mut clinic = world.clinic();
    let card = clinic.card().unwrap();
    let mut ada = Patient::new(&world, 1);
    let mut records = Vec::new();
    for resource_type in
        ["MedicationRequest", "AllergyIntolerance", "Observation", "DocumentReference", "Patient", "Basic"]
    {
        records.push(ada.seal(Category::Other, &hostile(resource_type)));
    }
    ada.publish(Category::Other, records);
    let granted = ada.grant(&card, &[Category::Other]);
    let about = Some(About { name: HOSTILE.join(" "), birth_date: HOSTILE[1].into() });
    let Envelope { transaction, salt, terms, pair, host, .. } = granted.envelope;
    ada.send(
        &card,
        &Envelope {
            transaction,
            key_transaction: None,
            salt,
            terms,
            pair,
            host,
            about,
            request: None,
            host_version: None,
        },
    );
    clinic.sync(&world.now(), &mut Rng::system()).unwrap();

    let desk = Desk::start(&world);
    let mut browser = Browser::new(&desk);
    browser.log_in(&desk.code);
    let list = browser.page("/");
    let record = browser.page(&format!("/grants/{}", granted.id));
    for page in [&list, &record] {
        assert_harmless(page);
        assert!(page.contains("&#60;script&#62;alert(1)&#60;/script&#62;"));
    }
    assert!(!record.contains("<div><script"), "a narrative is never shown");

    // The file is a file, whatever is in it.
    let path =
        record.split("href=\"").find(|part| part.contains("/records/")).unwrap().split('"').next().unwrap();
    let file = browser.get(path);
    assert_eq!((file.status, file.header("content-type")), (200, Some("text/plain; charset=utf-8")));
    assert!(file.header("content-disposition").unwrap().starts_with("attachment; filename=\""));
    assert!(file.body.starts_with(b"{\"resourceType\""));

    let bundle = format!(
        r#"{{"resourceType":"Bundle","type":"collection","entry":[{{"fullUrl":{},"resource":{}}}]}}"#,
        serde_json::Value::from(HOSTILE[3]),
        hostile("Patient")
    );
    let link = ada.share("application/fhir+json", bundle.as_bytes(), "<b>poisoned</b><script>");
    let shared = browser.open_share(&link.to_uri(), &[]);
    assert_eq!(shared.status, 200);
    let page = String::from_utf8(shared.body).unwrap();
    assert_harmless(&page);
    assert!(page.contains("&#60;b&#62;poisoned&#60;/b&#62;"));

    for text in HOSTILE {
        let answer = browser.get(&format!("/grants/{}?category={}", granted.id, encode(text)));
        assert_harmless(&String::from_utf8(answer.body).unwrap());
        let answer = browser.get(&format!("/grants/{}", encode(text)));
        assert_eq!(answer.status, 404);
        assert_harmless(&String::from_utf8(answer.body).unwrap());
        let answer = browser.open_share(text, &[]);
        assert_eq!(answer.status, 400);
        assert_harmless(&String::from_utf8(answer.body).unwrap());
    }
}

#[test]
fn a_share_is_opened_by_link_and_by_picture_and_ends_when_the_patient_says_so() {
    let world = World::start();
    drop(world.clinic());
    let mut ada = Patient::new(&world, 1);
    let bundle = r#"{"resourceType":"Bundle","type":"collection","entry":[
        {"resource":{"resourceType":"Patient","name":[{"text":"Ada Lovelace"}],"birthDate":"1990-12-10","gender":"female"}},
        {"resource":{"resourceType":"AllergyIntolerance","code":{"text":"Peanuts"}}}]}"#;
    let link = ada.share("application/fhir+json", bundle.as_bytes(), "For today");
    let desk = Desk::start(&world);
    let mut browser = Browser::new(&desk);
    browser.log_in(&desk.code);

    let uri = link.to_uri();
    for answer in [
        browser.open_share(&uri, &[]),
        browser.open_share(&format!("https://viewer.example/#{uri}"), &[]),
        browser.open_share("", &picture_of(&uri)),
    ] {
        assert_eq!(answer.status, 200);
        let page = String::from_utf8(answer.body).unwrap();
        assert!(page.contains("Ada Lovelace") && page.contains("Peanuts") && page.contains("For today"));
    }
    let opened =
        world.network.requests.lock().unwrap().iter().any(|it| it.url.contains("recipient=Riverside"));
    assert!(opened, "the patient is told who opened it");

    let says = |answer: keepwell_protocol::formats::http::Response, status: u16, words: &str| {
        assert_eq!(answer.status, status, "{words}");
        let page = String::from_utf8(answer.body).unwrap();
        assert!(page.contains(words), "{words}");
    };
    says(browser.open_share("", &[]), 400, "not a SMART Health Link");
    says(browser.open_share("", b"no picture"), 400, "not a PNG or JPEG");
    let blank = desk_client::blank_picture();
    says(browser.open_share("", &blank), 400, "No QR code");
    says(browser.open_share("", &vec![0; 11 * 1024 * 1024]), 413, "up to 10 MB");
    let inside =
        r#"{"url":"https://10.0.0.1/l/x","flag":"U","key":"rxTgYlOaKJPFtcEd0qcceN8wEU4p94SqAwIWQe6uX7Q"}"#;
    let inside = format!("shlink:/{}", keepwell_protocol::crypto::base64url::encode(inside.as_bytes()));
    says(browser.open_share(&inside, &[]), 400, "not a public server");
    let card = ada.share("application/pdf", b"%PDF", "x");
    says(browser.open_share(&card.to_uri(), &[]), 400, "not a health record");
    world.clock.forward(Duration::minutes(11));
    says(browser.open_share(&uri, &[]), 400, "no longer active");
}

#[test]
fn a_list_of_files_behind_a_passcode_opens_with_it_and_says_how_many_wrong_ones_are_left() {
    let world = World::start();
    drop(world.clinic());
    let mut ada = Patient::new(&world, 1);
    let patient = br#"{"resourceType":"Patient","name":[{"text":"Ada Lovelace"}],"birthDate":"1990-12-10"}"#;
    let allergy = br#"{"resourceType":"AllergyIntolerance","code":{"text":"Peanuts"}}"#;
    let files: [(_, &[u8]); 3] =
        [(LinkFileType::Fhir, patient), (LinkFileType::Fhir, allergy), (LinkFileType::Fhir, b"no record")];
    let uri = ada.share_list(&files, "blue horse 7").to_uri();
    let desk = Desk::start(&world);
    let mut browser = Browser::new(&desk);
    browser.log_in(&desk.code);
    let says = |passcode: &str, status: u16, words: &str| {
        let answer = browser.open_share_with(&uri, &[], passcode);
        let page = String::from_utf8(answer.body).unwrap();
        assert_eq!(answer.status, status, "{words}");
        assert!(page.contains(words), "{words}: {page}");
        page
    };
    assert!(says("", 400, "asks for a passcode").contains(&uri), "it need not be scanned again");
    let scanned = browser.open_share_with("", &picture_of(&uri), "wrong, too");
    assert!(String::from_utf8(scanned.body).unwrap().contains(&uri));
    assert!(!says("wrong", 400, "8 tries are left").contains("wrong horse"));
    let page = says(" blue horse 7 ", 200, "Not shown here: 1 file that is no record.");
    assert!(page.contains("Ada Lovelace") && page.contains("Peanuts") && page.contains("A list"));
    assert!(!page.contains("blue horse"), "a passcode is on no page");
    for left in (2..8).rev() {
        says("wrong", 400, &format!("{left} tries are left"));
    }
    says("wrong", 400, "One more wrong one closes the link for ever");
    says("wrong", 400, "the link is closed now");
    assert!(!says("blue horse 7", 400, "no longer active").contains(&uri));
}

#[test]
fn a_health_card_behind_a_link_is_shown_with_what_its_issuer_says_of_it() {
    let world = World::start();
    drop(world.clinic());
    let mut ada = Patient::new(&world, 1);
    let desk = Desk::start(&world);
    let mut browser = Browser::new(&desk);
    browser.log_in(&desk.code);
    let file = include_str!("../../../../fixtures/fhir/example-00-e-file.smart-health-card");
    let keys = include_bytes!("../../../../fixtures/fhir/issuer-jwks.json").to_vec();
    let none_revoked = include_bytes!("../../../../fixtures/fhir/issuer-crl.json").to_vec();
    let text = read_file(file.as_bytes()).unwrap().remove(0);
    let card = HealthCard::read(&text).unwrap();
    let list = format!("/.well-known/crl/{}.json", card.key_id());
    let revoked = serde_json::json!({ "kid": card.key_id(), "method": "rid", "ctr": 1, "rids": [card.claims().revocation_id()] });
    let (signed, signature) = text.rsplit_once('.').unwrap();
    let other = if signature.starts_with('A') { "B" } else { "A" };
    let changed = file.replace(&text, &format!("{signed}.{other}{}", &signature[1..]));
    let patient = |name: &str| {
        format!(r#"{{"resourceType":"Patient","name":[{{"text":"{name}"}}],"birthDate":"1951-01-20"}}"#)
    };
    let (john, twin) = (patient("John Anyperson"), patient("Jane Anyperson"));
    for (patient, file, at_issuer, said, is_shown) in [
        (&john, file, None, "its signature was not checked", true),
        (&john, file, Some(none_revoked.clone()), "its issuer signed it, and it holds.", true),
        (
            &john,
            file,
            Some(revoked.to_string().into_bytes()),
            "its issuer revoked it. Its records are not shown.",
            false,
        ),
        (
            &john,
            &changed,
            Some(none_revoked.clone()),
            "somebody else signed it. Its records are not shown.",
            false,
        ),
        (
            &twin,
            file,
            Some(none_revoked),
            "It does not seem to be about the same person. Its records are not shown.",
            false,
        ),
    ] {
        let at_issuer = at_issuer
            .map(|answer| [("/.well-known/jwks.json".to_owned(), keys.clone()), (list.clone(), answer)]);
        *world.network.issuer.lock().unwrap() = at_issuer.into_iter().flatten().collect();
        let files: [(_, &[u8]); 3] = [
            (LinkFileType::Fhir, patient.as_bytes()),
            (LinkFileType::HealthCards, file.as_bytes()),
            (LinkFileType::HealthCards, br#"{"verifiableCredential":["a.b.c"]}"#),
        ];
        let uri = ada.share_list(&files, "blue horse 7").to_uri();
        let page = String::from_utf8(browser.open_share_with(&uri, &[], "blue horse 7").body).unwrap();
        let of = format!("A health card of {ISSUER} (name: John B. Anyperson; born: 1951-01-20) came along:");
        assert!(page.contains(&of) && page.contains(said), "{said}: {page}");
        assert_eq!(page.contains("id=\"immunizations\""), is_shown, "{said}");
        assert!(page.contains("Not shown here: 1 record that can’t be read."), "{page}");
    }
}

#[test]
fn words_find_records_and_what_is_found_is_counted() {
    let world = World::start();
    let mut clinic = world.clinic();
    let mut ada = Patient::new(&world, 1);
    let allergy =
        |name: &str| format!(r#"{{"resourceType":"AllergyIntolerance","code":{{"text":"{name}"}}}}"#);
    let sealed = ["Erdnüsse", "Dust"].map(|name| ada.seal(Category::Allergies, &allergy(name)));
    ada.publish(Category::Allergies, sealed.into());
    let granted = ada.grant_and_tell(&clinic.card().unwrap(), &[Category::Allergies]);
    clinic.sync(&world.now(), &mut Rng::system()).unwrap();
    let desk = Desk::start(&world);
    let mut browser = Browser::new(&desk);
    browser.log_in(&desk.code);
    let find = |words: &str| browser.page(&format!("/grants/{}?q={}", granted.id, encode(words)));
    let found = find("ERDNUSSE");
    assert!(
        found.contains("Erdnüsse</p>") && !found.contains("Dust</p>") && found.contains(": 1 of 2."),
        "{found}"
    );
    let none = find("<b>milk");
    assert!(none.contains(": 0 of 2.") && !none.contains("<b>milk") && !none.contains("class=\"kind\""));
    let all = find("   ");
    assert!(all.contains("Erdnüsse</p>") && all.contains("Dust</p>") && !all.contains("Records with"));
}

#[test]
fn a_grant_that_ended_shows_nothing_of_the_record() {
    let world = World::start();
    let mut clinic = world.clinic();
    let mut ada = Patient::new(&world, 1);
    let nuts =
        ada.seal(Category::Allergies, r#"{"resourceType":"AllergyIntolerance","code":{"text":"Peanuts"}}"#);
    ada.publish(Category::Allergies, vec![nuts]);
    let granted = ada.grant_and_tell(&clinic.card().unwrap(), &[Category::Allergies]);
    clinic.sync(&world.now(), &mut Rng::system()).unwrap();
    let desk = Desk::start(&world);
    let mut browser = Browser::new(&desk);
    browser.log_in(&desk.code);
    let path = format!("/grants/{}", granted.id);
    assert!(browser.page(&path).contains("Peanuts"));
    ada.revoke_on_ledger(&granted);
    let answer = browser.get(&path);
    assert_eq!(answer.status, 403);
    let page = String::from_utf8(answer.body).unwrap();
    assert!(page.contains("The patient has ended this grant") && !page.contains("Peanuts"));
    assert!(browser.page("/").contains("revoked"));
}

#[test]
fn the_page_is_for_this_machine() {
    let world = World::start();
    drop(world.clinic());
    let everywhere = std::net::SocketAddr::from(([0, 0, 0, 0], 0));
    let refused = desk_client::prepare(&world).0.start(everywhere.into());
    assert!(matches!(refused, Err(ClinicError::ListenAddress)));
}

#[test]
fn half_requests_keep_nobody_from_the_page_and_a_stranger_sends_little() {
    use std::io::{Read, Write};
    let world = World::start();
    drop(world.clinic());
    let limits = Limits { connections: 50, ..Limits::default() };
    let listen = Listen { limits, ..Listen::from(std::net::SocketAddr::from(([127, 0, 0, 1], 0))) };
    let server = desk_client::prepare(&world).0.start(listen).unwrap();
    let begin = |first: &str| {
        let mut stream = std::net::TcpStream::connect(server.address()).unwrap();
        let _ = stream.write_all(first.as_bytes());
        stream
    };
    let held: Vec<_> = (0..300).map(|_| begin("POST /login HTTP/1.1\r\nhost: ")).collect();
    let answer_to = |request: String| {
        let begun = std::time::Instant::now();
        let mut answer = [0; 12];
        begin(&request).read_exact(&mut answer).unwrap();
        assert!(begun.elapsed() < std::time::Duration::from_secs(10), "{:?}", begun.elapsed());
        String::from_utf8_lossy(&answer[9..]).into_owned()
    };
    let host = format!("host: {}\r\n", server.address());
    assert_eq!(answer_to(format!("GET /login HTTP/1.1\r\n{host}\r\n")), "200");
    drop(held);
    // The login form of a stranger is short; a picture is only read of somebody who is logged in.
    let form = "content-type: application/x-www-form-urlencoded\r\n";
    let login =
        format!("POST /login HTTP/1.1\r\n{host}{form}content-length: 5000\r\n\r\n{}", "a".repeat(5_000));
    assert_eq!(answer_to(login), "401", "a code that is too long is none");
    assert_eq!(answer_to(format!("POST /share HTTP/1.1\r\n{host}content-length: 9000000\r\n\r\n")), "303");
    assert_eq!(answer_to("GET /readyz HTTP/1.1\r\nhost: h\r\n\r\n".to_owned()), "200");
}

fn encode(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[test]
fn a_request_is_made_on_the_page_and_read_from_its_picture() {
    let world = World::start();
    let clinic = world.clinic();
    let card = clinic.card().unwrap();
    drop(clinic);
    let desk = Desk::start(&world);
    let mut browser = Browser::new(&desk);
    assert_eq!(browser.log_in(&desk.code), 303);
    assert!(browser.page("/request").contains("Ask a patient"));
    let make = |fields: &[(&str, &str)]| {
        let csrf = browser.csrf();
        let answer = browser.post("/request", &[&[("csrf", csrf.as_str())], fields].concat());
        (answer.status, String::from_utf8(answer.body).unwrap())
    };
    let wanted =
        [("category", "results"), ("category", "allergies"), ("purpose", "TREAT"), ("duration", "7d")];
    let (status, page) = make(&wanted);
    assert_eq!(status, 200);
    assert!(page.contains("Allergies and intolerances, Results") && page.contains("1 week"), "{page}");
    let text = page.split("<code>").nth(1).unwrap().split("</code>").next().unwrap();
    let signed = SignedAccessRequest::parse(text).unwrap();
    assert_eq!(signed.verify(&card.card.signing, world.now()), Ok(()));
    assert_eq!(signed.request.categories, [Category::Allergies, Category::Results]);
    assert_eq!(signed.request.duration, Duration::days(7));

    // What no grant can be: nothing, or longer than any.
    assert_eq!(make(&[("purpose", "TREAT"), ("duration", "7d")]).0, 400);
    let with = |category, purpose, duration| {
        make(&[
            ("category", "allergies"),
            ("category", category),
            ("purpose", purpose),
            ("duration", duration),
        ])
    };
    assert_eq!(with("everything", "TREAT", "7d").0, 400);
    assert_eq!(with("results", "HMARKT", "7d").0, 400);
    assert_eq!(with("results", "TREAT", "a week").0, 400);
    let (status, page) = with("results", "TREAT", "401d");
    assert!(status >= 400 && page.contains("InvalidPeriod"), "{status} {page}");
    let forged = browser.post("/request", &[("csrf", "x"), ("category", "results")]);
    assert_eq!(forged.status, 403);
}
