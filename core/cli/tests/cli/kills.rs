//! kill -9 of every party at random moments under load, by the real binaries: what was acknowledged is there.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Child;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::keepwell::{Party, Run, World, finish, text};

/// Kills of one run, over all parties.
fn count() -> u32 {
    let usual = if std::env::var_os("KEEPWELL_SOAK").is_some() { 10_000 } else { 60 };
    std::env::var("KEEPWELL_KILLS").map_or(usual, |count| count.parse().unwrap())
}

const CLINIC: &str = "Bern Allergy Clinic";
/// Records of one import; it appears whole or not at all.
const BATCH: usize = 4;

/// What the commands have printed, and so has to be true from then on.
#[derive(Default)]
struct Acknowledged {
    /// Ids of the records.
    records: BTreeSet<String>,
    /// Ids of records whose import was killed: all of a batch or none.
    unsure_imports: Vec<Vec<String>>,
    granted: BTreeSet<String>,
    revoked: BTreeSet<String>,
    /// Links of shares by their ids, and whether they were ended.
    shares: BTreeMap<String, (String, bool)>,
}

/// The same numbers for the same seed: xorshift.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

struct Kills {
    world: World,
    words: String,
    random: Random,
    said: Acknowledged,
    batches: usize,
    killed: BTreeMap<&'static str, u32>,
}

/// A command that a party was asked to do while the others are killed.
enum Work {
    Import(Vec<String>),
    Grant,
    Revoke(String),
    Share,
    EndShare(String),
    Sync,
}

impl Kills {
    fn begin(seed: u64) -> Self {
        let world = World::new();
        let words = string(&world.connected_wallet()["words"]);
        world.admitted_clinic(CLINIC);
        let patient = world.path("patient.json");
        std::fs::write(&patient, PATIENT).unwrap();
        world.wallet.json(&["record", "import", &text(&patient), "--source", "hospital"]);
        let random = Random(0x9e37_79b9_7f4a_7c15 ^ (seed + 1));
        let mut kills =
            Self { world, words, random, said: Acknowledged::default(), batches: 0, killed: BTreeMap::new() };
        kills.said.records.insert("p1".to_owned());
        kills
    }

    fn kills(&self) -> u32 {
        self.killed.values().sum()
    }

    /// Lets the wallet and the clinic work and kills some of the four meanwhile.
    fn round(&mut self) {
        let work = self.work();
        let wallet = self.world.wallet.command(&as_str(&self.arguments(&work))).spawn().unwrap();
        let asked = self.clinic_arguments();
        let clinic = self.world.clinic.command(&as_str(&asked)).spawn().unwrap();
        let (mut wallet, mut clinic) = (Some(wallet), Some(clinic));
        let begun = Instant::now();
        let mut moments: Vec<(Duration, &'static str)> = Vec::new();
        for party in ["wallet", "host", "ledger", "clinic"] {
            if self.random.below(2) == 0 {
                moments.push((Duration::from_millis(self.random.below(1_500)), party));
            }
        }
        moments.sort_unstable();
        let mut runs: BTreeMap<&str, Run> = BTreeMap::new();
        for (moment, party) in moments {
            std::thread::sleep(moment.saturating_sub(begun.elapsed()));
            *self.killed.entry(party).or_default() += 1;
            match party {
                "host" => self.world.host.kill_and_restart(),
                "ledger" => self.world.ledger.kill_and_restart(),
                "wallet" => drop(runs.insert(party, kill(wallet.take().unwrap()))),
                _ => drop(kill(clinic.take().unwrap())),
            }
        }
        if let Some(clinic) = clinic {
            finish(clinic);
        }
        let run = runs.remove("wallet").unwrap_or_else(|| finish(wallet.unwrap()));
        self.note(work, &run);
    }

    fn work(&mut self) -> Work {
        let standing = self.said.granted.difference(&self.said.revoked).next().cloned();
        let share = self.said.shares.iter().find(|(_, (_, ended))| !ended).map(|(id, _)| id.clone());
        match (self.random.below(10), standing, share) {
            (0..4, ..) => {
                self.batches += 1;
                Work::Import((0..BATCH).map(|number| format!("a{}-{number}", self.batches)).collect())
            }
            (4 | 5, None, _) => Work::Grant,
            (4, Some(grant), _) => Work::Revoke(grant),
            (6, _, None) => Work::Share,
            (6 | 7, _, Some(share)) => Work::EndShare(share),
            _ => Work::Sync,
        }
    }

    fn arguments(&self, work: &Work) -> Vec<String> {
        let of = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let mut arguments = match work {
            Work::Import(ids) => {
                let file = self.world.path("batch.ndjson");
                let lines: Vec<String> = ids.iter().map(|id| allergy(id)).collect();
                std::fs::write(&file, lines.join("\n")).unwrap();
                of(&["record", "import", &text(&file), "--source", "hospital"])
            }
            Work::Grant => of(&["grant", "new", CLINIC, "--category", "allergies", "--for", "30d"]),
            Work::Revoke(grant) => of(&["grant", "revoke", grant]),
            Work::Share => of(&["share", "new", "--category", "patient", "--for", "20h"]),
            Work::EndShare(share) => of(&["share", "revoke", share]),
            Work::Sync => of(&["sync"]),
        };
        arguments.push("--json".to_owned());
        arguments
    }

    fn clinic_arguments(&mut self) -> Vec<String> {
        match self.said.granted.last() {
            Some(grant) if self.random.below(2) == 0 => {
                vec!["clinic".into(), "read".into(), grant.clone(), "--json".into()]
            }
            _ => vec!["clinic".into(), "sync".into(), "--json".into()],
        }
    }

    /// Takes a command at its word, if it got to say one.
    fn note(&mut self, work: Work, run: &Run) {
        let printed: Option<Value> = serde_json::from_slice(&run.stdout).ok();
        let done = printed.filter(|_| run.code == Some(0));
        match (work, done) {
            (Work::Import(ids), Some(told)) => {
                assert_eq!(told["added"], BATCH, "{told}");
                self.said.records.extend(ids);
            }
            (Work::Import(ids), None) => self.said.unsure_imports.push(ids),
            (Work::Grant, Some(told)) => drop(self.said.granted.insert(string(&told["grant"]))),
            (Work::Revoke(grant), Some(_)) => drop(self.said.revoked.insert(grant)),
            (Work::Share, Some(told)) => {
                self.said.shares.insert(string(&told["share"]), (string(&told["link"]), false));
            }
            (Work::EndShare(share), Some(told)) => {
                assert_eq!(told["state"], "revoked", "{told}");
                self.said.shares.get_mut(&share).unwrap().1 = true;
            }
            // It was not acknowledged: whether it ended is found out below.
            (Work::EndShare(share), None) => drop(self.said.shares.remove(&share)),
            (Work::Grant | Work::Revoke(_) | Work::Share | Work::Sync, _) => {}
        }
    }

    /// Checks the wallet, then what the clinic may read. Answers with how much is queued.
    fn check(&mut self) -> Result<u64, String> {
        let synced = check_wallet(&self.world.wallet, &self.world, &mut self.said)?;
        if synced == 0 {
            check_clinic(&self.world, &self.said)?;
        }
        check_shares(&self.world, &self.said)?;
        Ok(synced)
    }
}

/// What was acknowledged is in the wallet, which opens and syncs; answers with how much is queued.
fn check_wallet(wallet: &Party, world: &World, said: &mut Acknowledged) -> Result<u64, String> {
    let file = world.path("export.ndjson");
    document(&wallet.run(&["record", "export", &text(&file), "--json"]))?;
    let there: BTreeSet<String> = std::fs::read_to_string(&file)
        .unwrap()
        .lines()
        .map(|line| string(&serde_json::from_str::<Value>(line).unwrap()["id"]))
        .collect();
    for batch in std::mem::take(&mut said.unsure_imports) {
        let of_it = batch.iter().filter(|id| there.contains(*id)).count();
        match of_it {
            0 => {}
            BATCH => said.records.extend(batch),
            some => return Err(format!("{some} of {BATCH} records of an import are there")),
        }
    }
    if there != said.records {
        let lost: Vec<_> = said.records.difference(&there).collect();
        return Err(format!("acknowledged and not there: {lost:?}, of {} records", there.len()));
    }
    let synced = document(&wallet.run(&["sync", "--json"]))?;
    let listed = document(&wallet.run(&["grant", "list", "--json"]))?;
    let mut states: BTreeMap<String, String> = BTreeMap::new();
    for grant in listed["grants"].as_array().unwrap() {
        states.insert(string(&grant["grant"]), string(&grant["state"]));
    }
    for grant in &said.granted {
        let state = states.get(grant).ok_or_else(|| format!("the grant {grant} is lost"))?;
        let is_ended = ["revoking", "revoked"].contains(&state.as_str());
        if said.revoked.contains(grant) && !is_ended {
            return Err(format!("a revoked grant is {state}"));
        }
        if !said.revoked.contains(grant) && is_ended {
            // Its command was killed after it had decided.
            said.revoked.insert(grant.clone());
        }
    }
    // A grant whose command was killed may have been made.
    said.granted.extend(states.keys().cloned());
    let ended = states.iter().filter(|(_, state)| ["revoking", "revoked"].contains(&state.as_str()));
    said.revoked.extend(ended.map(|(grant, _)| grant.clone()));
    Ok(synced["queued"].as_u64().unwrap())
}

/// The clinic reads what is granted, all of it and nothing else, and nothing of what is revoked.
fn check_clinic(world: &World, said: &Acknowledged) -> Result<(), String> {
    if said.granted.is_empty() {
        return Ok(());
    }
    document(&world.clinic.run(&["clinic", "sync", "--json"]))?;
    for grant in &said.granted {
        let run = world.clinic.run(&["clinic", "read", grant, "--json"]);
        if said.revoked.contains(grant) {
            let is_refused = ["GrantRevoked", "NoSuchGrant", "UnknownGrant"]
                .iter()
                .any(|code| run.stderr.contains(&format!("[{code}]")));
            if run.code != Some(1) || !is_refused {
                return Err(format!("a revoked grant is read: {:?} {}", run.code, run.stderr));
            }
            continue;
        }
        let read = document(&run)?;
        let ids: BTreeSet<String> =
            read["records"].as_array().unwrap().iter().map(|record| string(&record["id"])).collect();
        let granted: BTreeSet<String> = said.records.iter().filter(|id| *id != "p1").cloned().collect();
        if ids != granted {
            return Err(format!("the clinic reads {} of {} records", ids.len(), granted.len()));
        }
    }
    Ok(())
}

/// A link that was shown opens until its end was acknowledged.
fn check_shares(world: &World, said: &Acknowledged) -> Result<(), String> {
    let stranger = Party::new(world.path("stranger"));
    for (link, is_ended) in said.shares.values() {
        let run = stranger.run(&["share", "open", link, "--recipient", "City Hospital", "--json"]);
        if (run.code == Some(0)) == *is_ended {
            return Err(format!("a share that was ended: {is_ended}, opens: {:?} {}", run.code, run.stderr));
        }
    }
    Ok(())
}

fn kill(mut child: Child) -> Run {
    child.kill().unwrap();
    finish(child)
}

fn document(run: &Run) -> Result<Value, String> {
    if run.code != Some(0) {
        return Err(format!("exit {:?}: {}", run.code, run.stderr));
    }
    serde_json::from_slice(&run.stdout).map_err(|error| error.to_string())
}

fn string(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

fn as_str(arguments: &[String]) -> Vec<&str> {
    arguments.iter().map(String::as_str).collect()
}

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p1","name":[{"family":"Nolan","given":["Vivien"]}],"birthDate":"1950-01-01"}"#;

fn allergy(id: &str) -> String {
    format!(
        r#"{{"resourceType":"AllergyIntolerance","id":"{id}","patient":{{"reference":"Patient/p1"}},"code":{{"text":"{id}"}}}}"#
    )
}

#[test]
fn what_was_acknowledged_survives_whoever_is_killed_and_whenever() {
    let begun = Instant::now();
    let done: Vec<BTreeMap<&str, u32>> = std::thread::scope(|scope| {
        let runs: Vec<_> = (0..WORLDS).map(|seed| scope.spawn(move || one_world(seed))).collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    for party in ["wallet", "host", "ledger", "clinic"] {
        assert!(done.iter().any(|killed| killed.contains_key(party)), "{party} was never killed");
    }
    let kills: u32 = done.iter().flat_map(BTreeMap::values).sum();
    println!("{kills} kills in {:?}: {done:?}", begun.elapsed());
}

/// How many run beside each other.
const WORLDS: u64 = 2;

fn one_world(seed: u64) -> BTreeMap<&'static str, u32> {
    let mut kills = Kills::begin(seed);
    let (mut rounds, mut published) = (0, 0);
    while u64::from(kills.kills()) * WORLDS < u64::from(count()) {
        kills.round();
        rounds += 1;
        match kills.check() {
            Ok(queued) => published += u32::from(queued == 0),
            Err(why) => panic!("seed {seed}, round {rounds}: {why}"),
        }
    }
    // What a server lost without having acknowledged it is sent again after a while.
    let begun = Instant::now();
    while kills.check().unwrap() > 0 {
        assert!(begun.elapsed() < Duration::from_secs(90), "something stays queued");
        std::thread::sleep(Duration::from_secs(2));
    }
    assert!(published > 0 && !kills.said.granted.is_empty(), "this showed nothing");
    kills.killed
}

#[test]
fn the_checks_see_a_wallet_that_has_lost_a_record_and_a_host_that_was_put_back() {
    let mut kills = Kills::begin(7);
    let acknowledge = |kills: &mut Kills, work: Work| {
        let arguments = kills.arguments(&work);
        let run = kills.world.wallet.run(&as_str(&arguments));
        assert_eq!(run.code, Some(0), "{}", run.stderr);
        kills.note(work, &run);
    };
    acknowledge(&mut kills, Work::Grant);
    acknowledge(&mut kills, Work::Import(["a1", "a2", "a3", "a4"].map(str::to_owned).to_vec()));
    assert_eq!(kills.check(), Ok(0), "as long as nothing is lost, nothing is found");

    // This import is not published yet when the phone is lost.
    acknowledge(&mut kills, Work::Import(["b1", "b2", "b3", "b4"].map(str::to_owned).to_vec()));
    let second = Party::new(kills.world.path("second"));
    let mut restore = vec!["wallet", "restore", "--json"];
    let servers = kills.world.servers();
    restore.extend(servers.iter().map(String::as_str));
    let back = second.run_with_input(&restore, kills.words.as_bytes());
    assert_eq!(back.code, Some(0), "{}", back.stderr);
    let why = check_wallet(&second, &kills.world, &mut kills.said).unwrap_err();
    assert_eq!(why, r#"acknowledged and not there: ["b1", "b2", "b3", "b4"], of 5 records"#);

    // A host that its operator puts back to the copy of last night.
    let (host, copied) = (kills.world.path("host"), kills.world.path("last-night"));
    kills.world.host.kill();
    copy(&host, &copied);
    kills.world.host.kill_and_restart();
    assert_eq!(kills.check(), Ok(0), "the first wallet has lost nothing");
    kills.world.host.kill();
    std::fs::remove_dir_all(&host).unwrap();
    std::fs::rename(&copied, &host).unwrap();
    kills.world.host.kill_and_restart();
    let why = check_clinic(&kills.world, &kills.said).unwrap_err();
    assert!(why.contains("HostRolledBack"), "{why}");
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let (path, name) = entry.map(|entry| (entry.path(), entry.file_name())).unwrap();
        if path.is_dir() {
            copy(&path, &to.join(name));
        } else {
            std::fs::copy(&path, to.join(name)).unwrap();
        }
    }
}
