//! The viewer page of a real host in a real browser, with each kind of link. Run by `./dev test web`, which brings the browser and sets
//! `KEEPWELL_WEB_MODULES`, and `KEEPWELL_WEB_PICTURES` for screenshots.

use std::process::Command;

use serde_json::{Value, json};

use crate::keepwell::{World, sample_patient, text};

#[test]
fn a_share_says_how_a_browser_opens_it() {
    let world = World::new();
    world.connected_wallet();
    world.import_patient();
    world.import_allergy("a1");
    let made = world.wallet.json(&["share", "new"]);
    let (link, viewer) = (made["link"].as_str().unwrap(), made["viewer"].as_str().unwrap());
    let page = viewer.strip_suffix(&format!("#{link}")).unwrap();
    assert!(
        link.starts_with("shlink:/") && page.starts_with("http://127.0.0.1:") && page.ends_with("/view"),
        "{page}"
    );
    let again = world.wallet.json(&["share", "show", made["share"].as_str().unwrap()]);
    assert_eq!(again["viewer"], viewer);
    assert_eq!(
        world.wallet.json(&["share", "open", viewer])["files"][0]["content_type"],
        "application/fhir+json"
    );
}

#[test]
#[ignore = "needs a browser: ./dev test web"]
fn a_browser_opens_each_kind_of_link_and_sends_the_key_to_nobody() {
    let world = World::new();
    world.connected_wallet();
    world.wallet.json(&["record", "import", &text(&sample_patient())]);
    let hostile = world.path("hostile.json");
    let patients = world.wallet.json(&["record", "list", "--category", "patient"]);
    let patient = patients["records"][0]["id"].as_str().unwrap();
    let patient: Value =
        serde_json::from_str(&world.wallet.run(&["record", "show", patient]).text()).unwrap();
    std::fs::write(&hostile, hostile_record(&patient)).unwrap();
    let passcode = world.path("passcode");
    std::fs::write(&passcode, "blue-otter").unwrap();
    let passcode = text(&passcode);

    let share = |flags: &[&str]| {
        let made = world.wallet.json(&[&["share", "new"], flags].concat());
        (made["viewer"].as_str().unwrap().to_owned(), made["share"].as_str().unwrap().to_owned())
    };
    let (direct, direct_share) = share(&[]);
    let (listed, _) = share(&["--flags", "L"]);
    let (guarded, _) = share(&["--flags", "P", "--passcode-file", &passcode]);
    let (once, _) = share(&["--opens", "1"]);
    let (revoked, revoked_share) = share(&[]);
    world.wallet.json(&["share", "revoke", &revoked_share]);
    let (paused, paused_share) = share(&[]);
    world.wallet.json(&["share", "pause", &paused_share]);
    world.wallet.json(&["record", "import", &text(&hostile)]);
    let (with_hostile, _) = share(&[]);

    let links = json!({
        "direct": direct, "listed": listed, "guarded": guarded, "once": once, "revoked": revoked, "paused": paused,
        "hostile": with_hostile,
    });
    let status = Command::new("node")
        .arg(format!("{}/tests/cli/viewer_page/view.mjs", env!("CARGO_MANIFEST_DIR")))
        .arg(links.to_string())
        .arg(std::env::var("KEEPWELL_WEB_PICTURES").unwrap_or_default())
        .status()
        .unwrap();
    assert!(status.success());

    let log = world.wallet.json(&["share", "log", &direct_share]);
    let opened: Vec<&Value> =
        log["opens"].as_array().unwrap().iter().map(|open| &open["recipient"]).collect();
    assert!(opened.contains(&&json!("Clínica Ñandú")), "{opened:?}");
}

/// A patient's records whose every text is an attack on a page that shows it.
fn hostile_record(patient: &Value) -> String {
    let attack = r#"</td><img src=x onerror="window.ran=1"><script>window.ran=1</script>"#;
    let resource = |mut resource: Value| {
        let owner = json!({ "reference": format!("Patient/{}", patient["id"].as_str().unwrap()) });
        let member = if resource["resourceType"] == "AllergyIntolerance" { "patient" } else { "subject" };
        resource[member] = owner;
        json!({ "resource": resource })
    };
    json!({
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [
            { "resource": patient },
            resource(json!({ "resourceType": "AllergyIntolerance", "id": "x1", "code": { "text": attack }, "note": [{ "text": attack }] })),
            resource(json!({ "resourceType": "Condition", "id": "x2", "code": { "text": attack },
                "text": { "status": "generated", "div": format!("<div xmlns=\"http://www.w3.org/1999/xhtml\">{attack}</div>") } })),
            resource(json!({ "resourceType": "Procedure", "id": "x3", "status": "completed", "code": { "coding": [{ "system": "http://x.example/\"><script>", "code": attack, "display": attack }] } })),
        ],
    })
    .to_string()
}
