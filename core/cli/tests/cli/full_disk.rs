//! A disk without room: the command says so, nothing changes, and the wallet goes on when there is room
//! again.

#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::{Command, Stdio};

use crate::keepwell::{Party, Run, World, finish, sample_patient, text};
use crate::promises::files;

const ALLERGY: &str = r#"{"resourceType":"AllergyIntolerance","id":"a1","code":{"text":"Nuts"}}"#;

/// A wallet with one record, and the file of the record.
fn wallet(folder: &Path) -> Party {
    let wallet = Party::new(folder.join("wallet"));
    wallet.json(&["wallet", "init"]);
    std::fs::write(folder.join("allergy.json"), ALLERGY).unwrap();
    wallet.json(&["record", "import", &text(&folder.join("allergy.json"))]);
    wallet
}

fn only_the_allergy(wallet: &Party) {
    let list = wallet.json(&["record", "list"]);
    assert_eq!(list["records"].as_array().unwrap().len(), 1, "{list}");
    let id = list["records"][0]["id"].as_str().unwrap();
    assert_eq!(wallet.run(&["record", "show", id]).text(), ALLERGY);
}

/// The same command in a shell that first does something to its surroundings.
fn in_shell(shell: &[&str], script: &str, command: &Command) -> Command {
    let mut wrapped = Command::new(shell[0]);
    wrapped.args(&shell[1..]).args(["-c", script]).arg(command.get_program()).args(command.get_args());
    wrapped.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    wrapped.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    wrapped
}

/// Runs the command in a process whose files can't grow beyond a megabyte.
fn run_within_a_megabyte(party: &Party, arguments: &[&str]) -> Run {
    let limit = r#"trap "" XFSZ; ulimit -f 2048; exec "$0" "$@""#;
    finish(in_shell(&["sh"], limit, &party.command(arguments)).spawn().unwrap())
}

/// Runs the command with its home on a disk of two megabytes; `None` where an ordinary user may not mount
/// one.
fn run_on_a_small_disk(party: &Party, arguments: &[&str]) -> Option<Run> {
    run_on_a_disk(party, "2m", "", arguments)
}

/// What the files in a folder take, each with its place in a folder.
fn kilobytes(folder: &Path) -> u64 {
    let files = files(folder).into_iter();
    files.map(|file| file.metadata().unwrap().len().div_ceil(4_096) * 4 + 4).sum::<u64>()
}

/// The same on a larger disk on which not a byte is left.
fn run_on_a_full_disk(party: &Party, arguments: &[&str]) -> Option<Run> {
    let fill = r#"dd if=/dev/zero of="$KEEPWELL_HOME/filler" bs=1k 2>/dev/null
        dd if=/dev/zero of="$KEEPWELL_HOME/last" bs=1 count=1 2>/dev/null && exit 98"#;
    run_on_a_disk(party, "6m", fill, arguments)
}

fn run_on_a_disk(party: &Party, size: &str, before: &str, arguments: &[&str]) -> Option<Run> {
    const NAMESPACE: [&str; 5] = ["unshare", "--user", "--map-root-user", "--mount", "sh"];
    let probe =
        Command::new(NAMESPACE[0]).args(&NAMESPACE[1..]).args(["-c", "mount -t tmpfs none /tmp"]).output();
    if !probe.is_ok_and(|probe| probe.status.success()) {
        println!("skipped: no disk can be mounted here");
        return None;
    }
    let script = r#"
        copy="$KEEPWELL_HOME.copy" && cp -a "$KEEPWELL_HOME" "$copy" &&
        mount -t tmpfs -o size=SIZE none "$KEEPWELL_HOME" && cp -a "$copy/." "$KEEPWELL_HOME" || exit 99
        BEFORE
        "$0" "$@"; code=$?
        rm -f "$KEEPWELL_HOME/filler" "$KEEPWELL_HOME/last"
        rm -r "$copy" && cp -a "$KEEPWELL_HOME" "$copy" && umount "$KEEPWELL_HOME" &&
        rm -r "$KEEPWELL_HOME" && mv "$copy" "$KEEPWELL_HOME" || exit 99
        exit $code"#;
    let script = &script.replace("SIZE", size).replace("BEFORE", before);
    Some(finish(in_shell(&NAMESPACE, script, &party.command(arguments)).spawn().unwrap()))
}

#[test]
fn an_import_for_which_the_disk_is_too_small_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let wallet = wallet(folder.path());
    let import = ["--json", "record", "import", &text(&sample_patient())];
    let Some(refused) = run_on_a_small_disk(&wallet, &import) else { return };
    refused.refused_with("DiskFull");
    only_the_allergy(&wallet);
    let small = ["--json", "record", "import", &text(&folder.path().join("allergy.json"))];
    assert_eq!(run_on_a_small_disk(&wallet, &small).unwrap().json()["duplicates"], 1, "what fits is taken");
    assert_eq!(wallet.run(&import).json()["added"], 1005);
}

#[test]
fn on_a_full_disk_records_are_read_and_grants_revoked_and_nothing_else_is_taken() {
    let world = World::new();
    world.connected_wallet();
    let file = world.path("allergy.json");
    std::fs::write(&file, ALLERGY).unwrap();
    world.wallet.json(&["record", "import", &text(&file)]);
    let provider = world.admitted_clinic("Bern Allergy Clinic");
    let made = world.wallet.json(&[
        "grant",
        "new",
        &provider,
        "--category",
        "allergies",
        "--for",
        "24h",
        "--anonymous",
    ]);
    let grant = made["grant"].as_str().unwrap();
    world.clinic.json(&["clinic", "sync"]);
    assert_eq!(world.ids_read(grant).len(), 1);

    let Some(list) = run_on_a_full_disk(&world.wallet, &["record", "list", "--json"]) else { return };
    assert_eq!(list.json()["records"].as_array().unwrap().len(), 1);
    let import = ["record", "import", &text(&sample_patient()), "--json"];
    run_on_a_full_disk(&world.wallet, &import).unwrap().refused_with("DiskFull");
    let revoked = run_on_a_full_disk(&world.wallet, &["grant", "revoke", grant, "--json"]).unwrap().json();
    assert_eq!(revoked["state"], "revoked", "{revoked}");
    world.clinic.run(&["clinic", "read", grant, "--json"]).failed_with(1, "GrantRevoked");
    for arguments in
        [&["clinic", "serve", "--listen", "127.0.0.1:0", "--json"][..], &["clinic", "update", "--json"]]
    {
        let full = run_on_a_full_disk(&world.clinic, arguments).unwrap();
        full.refused_with("DiskFull");
        assert!(full.stderr.contains("make room on the disk"), "{}", full.stderr);
    }
    // With room again the reserve is there again.
    assert_eq!(world.wallet.json(&["wallet", "status"])["records"], 1);
    assert!(world.wallet.home.join("wallet/reserve").metadata().unwrap().len() >= 1024 * 1024);
}

#[test]
fn a_copy_of_a_host_that_does_not_fit_is_named_and_leaves_nothing() {
    let mut world = World::new();
    world.connected_wallet();
    world.wallet.json(&["record", "import", &text(&sample_patient())]);
    world.wallet.json(&["sync"]);
    world.host.kill();
    let host = Party::new(world.path("host"));
    let (home, blobs) = (kilobytes(&host.home), kilobytes(&host.home.join("blobs")));
    let copy = text(&host.home.join("copy"));
    // Not even its database fits; not all blobs do.
    for room in [64, blobs] {
        let size = format!("{}k", home + room);
        let Some(refused) = run_on_a_disk(&host, &size, "", &["--json", "host", "backup", &copy]) else {
            return;
        };
        refused.refused_with("DiskFull");
        let left = std::fs::read_dir(&host.home).unwrap().map(|entry| entry.unwrap().file_name());
        assert!(left.into_iter().all(|name| !name.to_string_lossy().starts_with("copy")), "{size}");
    }
    let report = host.json(&["host", "backup", &copy]);
    assert!(report["objects"].as_u64().unwrap() > 0, "{report}");
}

#[test]
fn an_import_whose_store_cannot_grow_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let wallet = wallet(folder.path());
    let import = ["--json", "record", "import", &text(&sample_patient())];
    run_within_a_megabyte(&wallet, &import).refused_with("StorageDatabase");
    only_the_allergy(&wallet);
    assert_eq!(wallet.run(&import).json()["added"], 1005);
}

#[test]
fn an_export_that_does_not_fit_leaves_the_file_that_was_there() {
    let folder = tempfile::tempdir().unwrap();
    let wallet = wallet(folder.path());
    wallet.json(&["record", "import", &text(&sample_patient())]);
    let file = folder.path().join("out.ndjson");
    std::fs::write(&file, "yesterday's").unwrap();
    let names = || std::fs::read_dir(folder.path()).unwrap().count();
    let before = names();
    let export = ["--json", "record", "export", &text(&file)];
    run_within_a_megabyte(&wallet, &export).refused_with("ExportIo");
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "yesterday's");
    assert_eq!(names(), before, "no half of a file is left");
    assert_eq!(wallet.run(&export).json()["records"], 1006);
}

#[test]
fn an_export_for_which_the_disk_is_too_small_says_so_and_leaves_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let wallet = wallet(folder.path());
    wallet.json(&["record", "import", &text(&sample_patient())]);
    let file = wallet.home.join("out.ndjson");
    let export = ["--json", "record", "export", &text(&file)];
    let size = format!("{}k", kilobytes(&wallet.home) + 64);
    let Some(refused) = run_on_a_disk(&wallet, &size, "", &export) else { return };
    refused.refused_with("DiskFull");
    let left = std::fs::read_dir(&wallet.home).unwrap().map(|entry| entry.unwrap().file_name());
    assert!(left.into_iter().all(|name| !name.to_string_lossy().contains("out.ndjson")), "no half of a file");
    assert_eq!(wallet.run(&export).json()["records"], 1006);
}

#[test]
fn an_answer_that_can_not_be_written_is_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let wallet = wallet(folder.path());
    let full = || std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    for arguments in [&["record", "list"][..], &["record", "list", "--json"]] {
        let run = finish(wallet.command(arguments).stdout(full()).spawn().unwrap());
        run.refused_with("FileUnwritable");
    }
    only_the_allergy(&wallet);
}
