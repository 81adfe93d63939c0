//! The scenarios of `fixtures/scenarios`, which Kotlin and Swift run, too.

mod scenario;
mod setup;

#[test]
fn the_story_of_a_grant_a_share_and_a_lost_phone() {
    scenario::run("story.json");
}

#[test]
fn what_a_pin_may_be_and_what_a_wrong_one_costs() {
    scenario::run("pin.json");
}

#[test]
fn what_a_clinic_did_is_held_against_its_log_and_what_the_ledger_recorded_is_there_to_be_shown() {
    scenario::run("evidence.json");
}

#[test]
fn recovery_words_are_read_or_refused_with_the_place_of_the_fault() {
    scenario::run("words.json");
}

#[test]
fn words_of_any_language_make_the_keys_that_others_make_of_them() {
    scenario::run("keys.json");
}

#[test]
fn where_to_connect_is_read_from_a_file_or_a_code() {
    scenario::run("connections.json");
}

#[test]
fn each_state_of_a_wallet_allows_what_it_says() {
    scenario::run("life.json");
}

#[test]
fn records_of_any_script_are_taken_searched_and_paged() {
    scenario::run("records.json");
}

#[test]
fn imports_are_listed_taken_back_and_brought_home() {
    scenario::run("imports.json");
}

#[test]
fn each_record_has_one_picture_on_every_screen() {
    scenario::run("pictures.json");
}

#[test]
fn what_a_clinic_asks_for_is_given_in_part_or_refused_once() {
    scenario::run("requests.json");
}

#[test]
fn a_clinics_server_gives_its_records_and_is_let_go() {
    scenario::run("sources.json");
}

#[test]
fn shares_end_as_they_should_and_links_open_or_do_not() {
    scenario::run("shares.json");
}

#[test]
fn what_servers_scopes_and_providers_are_refused() {
    scenario::run("servers.json");
}

// Row 26: another finger was enrolled.
#[test]
fn what_keeps_the_owner_safe_opens_and_closes_what_it_should() {
    scenario::run("safety.json");
}

// Row 26: the device's key is gone. Row 112: the app's data came to a second phone.
#[test]
fn a_wiped_key_store_or_a_copied_folder_asks_for_the_words() {
    scenario::run("phones.json");
}

#[test]
fn screens_offer_find_and_complete_the_same() {
    scenario::run("screens.json");
}

#[test]
fn every_file_is_run_here() {
    let own = include_str!("scenarios.rs");
    for name in scenario::names() {
        assert!(own.contains(&format!("run(\"{name}\")")), "{name} is not run");
    }
}
