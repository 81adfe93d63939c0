//! `keepwell clinic serve` beside other programs, another desk and the commands of its clinic.

use crate::keepwell::{Party, Server, World, text};

#[test]
fn a_second_desk_and_a_taken_port_are_refused_by_name_and_the_first_goes_on() {
    let world = World::new();
    world.connected_wallet();
    world.import_allergy("a1");
    let provider = world.admitted_clinic("Bern Allergy Clinic");
    let serve = |listen: &str| world.clinic.run(&["clinic", "serve", "--listen", listen, "--json"]);
    let desk = Server::start(Party::new(&world.clinic.home), &["clinic", "serve"]);
    let code = || std::fs::read_to_string(world.clinic.home.join("desk.code")).unwrap();
    let first = code();

    let second = serve("127.0.0.1:0");
    second.refused_with("DeskRunning");
    assert!(second.stderr.contains("desk.code"), "{}", second.stderr);
    // The clinic's commands go on beside the desk.
    let grant = world.grant_allergies(&provider);
    assert_eq!(world.ids_read(&grant).len(), 1);
    assert_eq!(code(), first);
    assert_eq!(desk.stop(), Some(0));

    let other = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = other.local_addr().unwrap().to_string();
    let taken = serve(&address);
    taken.refused_with("AddressTaken");
    assert!(taken.stderr.contains(&address) && taken.stderr.contains("--listen"), "{}", taken.stderr);
    let next = Server::start(Party::new(&world.clinic.home), &["clinic", "serve"]);
    assert_ne!(code(), first);
    assert_eq!(next.stop(), Some(0));
}

#[test]
fn a_patient_finds_a_clinic_by_its_code() {
    let world = World::new();
    world.connected_wallet();
    let provider = world.admitted_clinic("Bern Allergy Clinic");
    for file in ["code.png", "code.svg"] {
        let picture = world.path(file);
        let made = world.clinic.json(&["clinic", "qr", &text(&picture)]);
        assert_eq!(made["provider"], provider.as_str());
        let code = made["text"].as_str().unwrap();
        assert!(code.starts_with("keepwell:p/"), "{code}");
        let found = world.wallet.json(&["provider", "show", code]);
        assert_eq!(found["providers"][0]["name"], "Bern Allergy Clinic");
        let other = code.replace("keepwell:p/", "keepwell:c/");
        world.wallet.run(&["--json", "provider", "show", &other]).refused_with("UnknownProvider");
        if file == "code.png" {
            assert_eq!(keepwell_clinic::read_picture(&std::fs::read(picture).unwrap()).unwrap(), code);
        }
    }
    let none = world.path("code.gif");
    world.clinic.run(&["--json", "clinic", "qr", &text(&none)]).refused_with("PictureFormat");
    assert!(!none.exists());
}
