//! What keeps the owner safe: another PIN, the words once more, no way in but the PIN, the wallet gone.

use std::time::{Duration, Instant};

use crate::keepwell::{OwnWallet, Party, Run, finish};

const OLD: &str = "271828";
const NEW: &str = "846205";

/// The same wallet, with this PIN in the environment.
fn with_pin(party: &Party, pin: &'static str) -> Party {
    Party { pin, ..Party::new(&party.home) }
}

fn change(party: &Party, file: &str) -> Run {
    party.run(&["wallet", "change-pin", "--new-pin-file", file])
}

fn opens(party: &Party, pin: &'static str) -> bool {
    let run = with_pin(party, pin).run(&["wallet", "status"]);
    if run.code != Some(0) {
        run.refused_with("WrongPin");
    }
    run.code == Some(0)
}

#[test]
fn the_pin_is_changed_and_a_wrong_old_one_is_a_try() {
    let own = OwnWallet::new();
    let new = own.file("new", format!("{NEW}\n"));
    let wrong = change(&with_pin(&own.wallet, "314159"), &new);
    wrong.refused_with("WrongPin");
    assert!(wrong.stderr.contains("9 tries are left"), "{}", wrong.stderr);
    change(&own.wallet, &own.file("guessable", "123456")).refused_with("PinGuessable");
    assert!(opens(&own.wallet, OLD), "nothing has changed");

    let told = own.wallet.json(&["wallet", "change-pin", "--new-pin-file", &new]);
    assert_eq!(told["changed"], true);
    assert!(!opens(&own.wallet, OLD));
    assert!(opens(&own.wallet, NEW));
}

#[test]
fn without_a_terminal_the_new_pin_comes_from_a_file_never_from_the_environment() {
    let own = OwnWallet::new();
    let run = own.wallet.run(&["wallet", "change-pin"]);
    run.refused_with("PinMissing");
    assert!(run.stderr.contains("--new-pin-file"), "{}", run.stderr);
    assert!(opens(&own.wallet, OLD));
}

#[test]
fn killed_at_any_moment_either_the_old_pin_opens_or_the_new_one() {
    let own = OwnWallet::new();
    let files = [OLD, NEW].map(|pin| own.file(pin, pin));
    let (mut is_new, mut changed) = (false, 0);
    let begun = Instant::now();
    change(&own.wallet, &files[0]);
    let whole = begun.elapsed();
    for moment in 0..12_u32 {
        let (pin, file) = if is_new { (NEW, &files[0]) } else { (OLD, &files[1]) };
        let arguments = ["wallet", "change-pin", "--new-pin-file", file];
        let mut child = with_pin(&own.wallet, pin).command(&arguments).spawn().unwrap();
        // The last third is where files are written.
        std::thread::sleep(whole.mul_f64(0.6 + 0.05 * f64::from(moment)).min(Duration::from_secs(20)));
        child.kill().unwrap();
        finish(child);
        let (old, new) = (opens(&own.wallet, OLD), opens(&own.wallet, NEW));
        assert!(old != new, "moment {moment}: the old one opens: {old}, the new one: {new}");
        changed += u32::from(new != is_new);
        is_new = new;
    }
    assert!(changed > 0, "every kill came too early to say anything");
}

#[test]
fn words_go_to_a_terminal_or_where_they_are_told_to() {
    let own = OwnWallet::new();
    let another = own.another("another");
    let made = own.folder.path().join("third");
    let third = Party::new(made);
    let words = third.json(&["wallet", "init"])["words"].as_str().unwrap().to_owned();
    for arguments in [&["wallet", "words"][..], &["wallet", "words", "--json"]] {
        let run = third.run(arguments);
        run.refused_with("WordsHidden");
        assert!(
            run.stdout.is_empty() && !words.split(' ').any(|word| run.stderr.contains(&format!(" {word} ")))
        );
    }
    with_pin(&third, "314159").run(&["wallet", "words", "--print"]).refused_with("WrongPin");
    let printed = third.json(&["wallet", "words", "--print"]);
    assert_eq!(printed["words"], words.as_str());
    assert_ne!(printed["words"], another.json(&["wallet", "words", "--print"])["words"]);
    let listed = third.run(&["wallet", "words", "--print"]).text();
    assert!(words.split(' ').all(|word| listed.contains(word)), "{listed}");
}

#[test]
fn locking_takes_no_pin_and_leaves_the_pin() {
    let own = OwnWallet::new();
    let told = own.wallet.run(&["wallet", "lock", "--json"]);
    assert_eq!(told.json()["biometrics"], false);
    assert!(opens(&own.wallet, OLD));
    Party::new(own.path("nowhere")).run(&["wallet", "lock"]).refused_with("NoWallet");
}

#[test]
fn a_wallet_is_erased_when_that_is_meant_and_nothing_beside_it() {
    let own = OwnWallet::new();
    own.import(&[r#"{"resourceType":"Patient","id":"p1","birthDate":"1980-05-17"}"#], &[]);
    let letter = own.wallet.home.join("letter");
    std::fs::write(&letter, "mine").unwrap();
    let asked = own.wallet.run(&["wallet", "erase"]);
    asked.refused_with("NotConfirmed");
    assert!(asked.stderr.contains("all records would be lost"), "{}", asked.stderr);
    with_pin(&own.wallet, "314159").run(&["wallet", "erase", "--yes"]).refused_with("WrongPin");
    assert!(opens(&own.wallet, OLD));
    assert_eq!(own.wallet.json(&["wallet", "erase", "--yes"])["erased"], true);
    own.wallet.run(&["wallet", "status"]).refused_with("NoWallet");
    let left: Vec<_> =
        std::fs::read_dir(&own.wallet.home).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert!(
        left.len() == 2 && letter.exists(),
        "the lock of the home, and what is not the wallet's: {left:?}"
    );
    own.wallet.json(&["wallet", "init"]);
    assert_eq!(own.records(&[]).len(), 0);
}

#[test]
fn who_forgot_the_pin_erases_without_it() {
    let own = OwnWallet::new();
    let forgetful = with_pin(&own.wallet, "314159");
    forgetful.run(&["wallet", "erase", "--without-pin"]).refused_with("NotConfirmed");
    assert!(opens(&own.wallet, OLD));
    forgetful.json(&["wallet", "erase", "--without-pin", "--yes"]);
    own.wallet.run(&["wallet", "status"]).refused_with("NoWallet");
}

#[test]
fn killed_while_it_erases_a_wallet_opens_or_there_is_none_and_nothing_is_left() {
    for moment in 0..10_u32 {
        let own = OwnWallet::new();
        let mut child = own.wallet.command(&["wallet", "erase", "--without-pin", "--yes"]).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(u64::from(moment) * 4));
        child.kill().unwrap();
        finish(child);
        let run = own.wallet.run(&["wallet", "status"]);
        if run.code != Some(0) {
            run.refused_with("NoWallet");
            let left = std::fs::read_dir(&own.wallet.home).unwrap().count();
            assert_eq!(left, 1, "moment {moment}: only the lock of the home");
        }
    }
}
