//! What is done and what is told go together: a deed whose outcome can't be shown is taken back or told on
//! stderr, and two that can't both be done leave one of them whole.

#![cfg(target_os = "linux")]

use std::fs::{File, OpenOptions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Stdio;
use std::time::Instant;

use serde_json::Value;

use crate::keepwell::{Party, Run, World, finish, sample_patient, text};

/// Somewhere to write where writing fails, or where nobody reads.
fn nowhere(which: &str) -> Stdio {
    match which {
        "closed" => std::io::pipe().unwrap().1.into(),
        path => OpenOptions::new().write(true).open(path).unwrap().into(),
    }
}

/// Runs a command whose answer goes there.
fn run_into(party: &Party, stdout: &str, arguments: &[&str]) -> Run {
    finish(party.command(arguments).stdout(nowhere(stdout)).spawn().unwrap())
}

/// The fields of the error that a program is told.
fn told(run: &Run) -> Value {
    serde_json::from_str::<Value>(run.stderr.lines().last().unwrap()).unwrap()["error"].clone()
}

#[test]
fn of_two_that_make_a_wallet_at_once_one_wins_and_its_wallet_opens() {
    for race in 0..24 {
        let folder = tempfile::tempdir().unwrap();
        let party = Party::new(folder.path().join("wallet"));
        let init = || party.command(&["wallet", "init", "--json"]).spawn().unwrap();
        let (first, second) = (init(), init());
        let (won, lost): (Vec<Run>, Vec<Run>) =
            [finish(first), finish(second)].into_iter().partition(|run| run.code == Some(0));
        assert_eq!((won.len(), lost.len()), (1, 1), "race {race}");
        let code = told(&lost[0])["code"].clone();
        assert!(code == "WalletExists" || code == "Busy", "{}", lost[0].stderr);
        lost[0].refused_with(code.as_str().unwrap());
        let status = party.json(&["wallet", "status"]);
        assert_eq!(status["fingerprint"], won[0].json()["fingerprint"], "race {race}");
    }
}

#[test]
fn a_restore_that_fails_beside_an_init_leaves_the_wallet_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let (party, anchor) = (Party::new(folder.path().join("wallet")), folder.path().join("anchor.json"));
    std::fs::write(&anchor, "{}").unwrap();
    let (anchor, words) = (text(&anchor), "abandon ".repeat(23) + "art");
    let nobody = ["--ledger", "http://127.0.0.1:1", "--host", "http://127.0.0.1:1", "--anchor"];
    let restore = [&["wallet", "restore"][..], &nobody, &[&anchor]].concat();
    for _ in 0..6 {
        let init = party.command(&["wallet", "init", "--json"]).spawn().unwrap();
        let restored = party.run_with_input(&restore, words.as_bytes());
        assert_eq!(restored.code, Some(1));
        let made = finish(init).json();
        assert_eq!(party.json(&["wallet", "status"])["fingerprint"], made["fingerprint"]);
        std::fs::remove_dir_all(&party.home).unwrap();
    }
}

#[test]
fn of_two_that_make_a_clinic_at_once_one_wins_and_its_clinic_opens() {
    let world = World::new();
    let servers = world.servers();
    let mut arguments = vec!["clinic", "init", "--name", "Bern Allergy Clinic", "--json"];
    arguments.extend(servers.iter().map(String::as_str));
    for race in 0..24 {
        let party = Party::new(world.path(&format!("clinic-{race}")));
        let init = || party.command(&arguments).spawn().unwrap();
        let (first, second) = (init(), init());
        let (won, lost): (Vec<Run>, Vec<Run>) =
            [finish(first), finish(second)].into_iter().partition(|run| run.code == Some(0));
        assert_eq!((won.len(), lost.len()), (1, 1), "race {race}");
        let code = told(&lost[0])["code"].clone();
        assert!(code == "AlreadyInitialised" || code == "Busy", "{}", lost[0].stderr);
        let updated = party.json(&["clinic", "update", "--place", "Bern"]);
        assert_eq!(updated["provider"], won[0].json()["provider"], "race {race}");
    }
}

#[test]
fn there_is_no_wallet_whose_words_could_not_be_written() {
    let folder = tempfile::tempdir().unwrap();
    let party = Party::new(folder.path().join("wallet"));
    for (stdout, code) in
        [("closed", "OutputClosed"), ("/dev/full", "FileUnwritable"), ("/dev/null", "OutputClosed")]
    {
        for arguments in [&["wallet", "init"][..], &["wallet", "init", "--json"]] {
            let run = run_into(&party, stdout, arguments);
            assert_eq!(run.code, Some(1), "{stdout}: {}", run.stderr);
            assert!(!run.stderr.contains("panicked"), "{}", run.stderr);
            run.refused_with(code);
            let said = if stdout == "/dev/null" { "nothing was done" } else { "no wallet was made" };
            assert!(run.stderr.contains(said), "{}", run.stderr);
            assert!(!party.home.join("wallet").exists() && !party.home.join("wallet.new").exists());
        }
    }
    let closed = "exec \"$0\" \"$@\" >&-";
    let mut command = std::process::Command::new("sh");
    let init = party.command(&["wallet", "init"]);
    command.args(["-c", closed]).arg(init.get_program()).args(init.get_args());
    command.envs(init.get_envs().filter_map(|(name, value)| Some((name, value?))));
    assert_eq!(finish(command.stderr(Stdio::piped()).spawn().unwrap()).code, Some(1));
    party.run(&["wallet", "status", "--json"]).refused_with("NoWallet");
    party.json(&["wallet", "init"]);
}

#[test]
fn killed_at_any_moment_an_init_leaves_no_wallet_or_one_whose_words_are_out() {
    let folder = tempfile::tempdir().unwrap();
    let begun = Instant::now();
    Party::new(folder.path().join("timed")).json(&["wallet", "init"]);
    let whole = begun.elapsed();
    let (mut none, mut made) = (0, 0);
    for run in 0..25_u32 {
        let party = Party::new(folder.path().join(run.to_string()));
        let mut child = party.command(&["wallet", "init", "--json"]).spawn().unwrap();
        // More of them towards the end, where words and wallet come.
        let moment = whole.mul_f64(1.2 * f64::from(run).sqrt() / 5.0);
        std::thread::sleep(moment);
        let _ = child.kill();
        let output = child.wait_with_output().unwrap();
        if party.home.join("wallet").exists() {
            let words: Value = serde_json::from_slice(&output.stdout).expect("the words are out");
            assert_eq!(words["words"].as_str().unwrap().split(' ').count(), 24);
            assert_eq!(party.json(&["wallet", "status"])["fingerprint"], words["fingerprint"]);
            made += 1;
        } else {
            party.run(&["wallet", "status", "--json"]).refused_with("NoWallet");
            party.json(&["wallet", "init"]);
            none += 1;
        }
    }
    assert!(none > 0, "no run was cut off early enough: {whole:?}");
    assert_eq!(none + made, 25);
}

#[test]
fn no_link_lives_that_could_not_be_shown() {
    let world = World::new();
    world.connected_wallet();
    world.wallet.json(&["record", "import", &text(&sample_patient())]);
    let picture = world.path("link.png");
    let share = |qr: &Path| {
        ["share", "new", "--category", "allergies", "--json", "--qr"]
            .iter()
            .map(|argument| (*argument).to_owned())
            .chain([text(qr)])
            .collect::<Vec<String>>()
    };
    fn refs(arguments: &[String]) -> Vec<&str> {
        arguments.iter().map(String::as_str).collect()
    }

    // A picture that can't be written, and an answer that nobody would read: nothing is made.
    for unwritable in [world.path("missing/link.png"), world.path("link.gif")] {
        assert_eq!(world.wallet.run(&refs(&share(&unwritable))).code, Some(1));
    }
    let unread = run_into(&world.wallet, "/dev/null", &["share", "new", "--category", "allergies", "--json"]);
    assert_eq!(told(&unread)["code"], "OutputClosed");
    assert_eq!(world.wallet.json(&["share", "list"])["shares"], Value::Array(Vec::new()));

    // An answer that can't be written: the share is taken back, and the older picture stays.
    std::fs::write(&picture, "yesterday's").unwrap();
    for (stdout, code) in [("/dev/full", "FileUnwritable"), ("closed", "OutputClosed")] {
        let run = run_into(&world.wallet, stdout, &refs(&share(&picture)));
        run.refused_with(code);
        assert!(run.stderr.contains("the share was taken back"), "{}", run.stderr);
        let share = told(&run)["share"].as_str().unwrap().to_owned();
        assert_eq!(told(&run)["state"], "revoked");
        let list = world.wallet.json(&["share", "list"]);
        let listed = list["shares"].as_array().unwrap().iter().find(|listed| listed["share"] == *share);
        assert_eq!(listed.unwrap()["state"], "revoked");
        assert_eq!(std::fs::read_to_string(&picture).unwrap(), "yesterday's");
    }

    // The nearest that is shown: its picture is its owner's alone and leads to the records.
    let made = world.wallet.run(&refs(&share(&picture))).json();
    assert_eq!(File::open(&picture).unwrap().metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let stranger = Party::new(world.path("stranger"));
    assert_eq!(stranger.run(&["share", "open", &text(&picture)]).code, Some(0));
    assert_eq!(stranger.run(&["share", "open", made["link"].as_str().unwrap()]).code, Some(0));
}

#[test]
fn what_was_done_is_told_on_stderr_where_stdout_fails() {
    let folder = tempfile::tempdir().unwrap();
    let party = Party::new(folder.path().join("wallet"));
    party.json(&["wallet", "init"]);
    let file = folder.path().join("allergy.json");
    std::fs::write(&file, r#"{"resourceType":"AllergyIntolerance","id":"a1","code":{"text":"Nuts"}}"#)
        .unwrap();
    for (stdout, code) in [("/dev/full", "FileUnwritable"), ("closed", "OutputClosed")] {
        let run = run_into(&party, stdout, &["record", "import", &text(&file), "--json"]);
        run.refused_with(code);
        assert!(run.stderr.contains("this was done"), "{}", run.stderr);
        assert_eq!(told(&run)["done"]["read"], 1, "{}", run.stderr);
    }
    // Who only looks and goes away, as `head` does, is not told.
    let run = run_into(&party, "closed", &["record", "list"]);
    assert_eq!((run.code, run.stderr.as_str()), (Some(1), ""));
    assert_eq!(party.json(&["record", "list"])["records"].as_array().unwrap().len(), 1);
}
