//! Steps 1 and 2: a new wallet, and a patient's records in it.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::Read;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};

use keepwell_protocol::crypto::words::Quiz;
use keepwell_protocol::crypto::{Pin, Rng, sha256};
use keepwell_protocol::domain::Category;
use keepwell_protocol::formats::fhir::{self, Event, Limits, ndjson_line};
use keepwell_wallet::{ImportFile, ImportOptions, Query, QuizAnswer, SystemClock, Wallet, WalletError};

use super::check::check;
use super::patient::{PIN, Patient, device_key};
use super::story::Story;
use crate::failure::{CommandError, Failure};

/// CC-BY-4.0, HL7 International and MITRE; see `fixtures/patients/README.md`.
const SAMPLE: &[u8] = include_bytes!(
    "../../../../fixtures/patients/Vivien121_Nolan344_38643f4d-9729-e16e-8b44-c532e8ae09d4.json.gz"
);

/// Writes the sample patient's file into the folder.
pub(super) fn sample_patient(folder: &Path) -> Result<PathBuf, Failure> {
    let path = folder.join("Vivien121_Nolan344.json.gz");
    fs::write(&path, SAMPLE).map_err(|error| CommandError::unwritable(&path, &error))?;
    Ok(path)
}

pub(super) fn new_wallet(story: &mut Story) -> Result<String, Failure> {
    let home = story.home("patient");
    let Patient { mut wallet, fresh, words } = Patient::create(&home)?;
    check(words.words().count() == 24, "a new wallet has 24 recovery words")?;

    let quiz = Quiz::draw(&words, &mut Rng::system())?;
    let answers = quiz.positions().map(|position| QuizAnswer {
        position,
        word: words.words().nth(position - 1).unwrap_or_default().to_owned().into(),
    });
    let guesses = answers.clone().map(|answer| QuizAnswer { word: "zoo".to_owned().into(), ..answer });
    check(wallet.confirm_words(&fresh, &guesses).is_err(), "wrong answers to the quiz are refused")?;
    check(!wallet.status()?.words_verified, "words are not verified before the quiz")?;
    wallet.confirm_words(&fresh, &answers)?;
    let made = wallet.status()?;
    check(made.words_verified, "the quiz verifies the words")?;
    drop((wallet, fresh));

    let mut wallet = Wallet::open(&home, device_key(&home)?, Box::new(SystemClock), Rng::system())?;
    check(matches!(wallet.status(), Err(WalletError::Locked)), "a wallet opens locked")?;
    let wrong = wallet.unlock(&Pin::parse("141421")?);
    check(wrong.is_err_and(|error| error.code() == "WrongPin"), "a wrong PIN does not unlock")?;
    let fresh = wallet.unlock(&Pin::parse(PIN)?)?;
    check(wallet.status()?.fingerprint == made.fingerprint, "the fingerprint stays")?;
    story.patient = Some(Patient { wallet, fresh, words });
    Ok(format!("24 words, quiz of three, fingerprint {}, PIN", made.fingerprint))
}

pub(super) fn import(story: &mut Story) -> Result<String, Failure> {
    let files = story.records.clone();
    let patient = story.patient()?;
    let (mut given, mut read, mut aside) = (BTreeSet::new(), 0, 0);
    for file in &files {
        let open = || File::open(file);
        let report = patient.wallet.import(
            &mut [ImportFile::new("", || Ok(Box::new(open()?) as Box<dyn Read>))],
            &ImportOptions::default(),
            &mut |_| ControlFlow::Continue(()),
        )?;
        read += report.read;
        aside += report.quarantined.len();
        let source = open().map_err(|error| CommandError::unreadable(file, &error))?;
        fhir::read(source, Limits::default(), &mut |event| {
            if let Event::Resource(resource) = event {
                given.insert(sha256(&ndjson_line(resource.bytes)));
            }
            ControlFlow::Continue(())
        })
        .map_err(WalletError::from)?;
    }
    let mut exported = Vec::new();
    patient.wallet.export(&patient.fresh, &mut exported)?;
    let got: BTreeSet<_> =
        exported.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).map(sha256).collect();
    check(got == given, "every resource comes out byte for byte as it went in")?;

    let mut by_category = Vec::new();
    for category in Category::ALL {
        let count = count(&patient.wallet, *category)?;
        if count > 0 {
            by_category.push(format!("{count} {category}"));
        }
    }
    Ok(format!("{read} resources, {aside} set aside, all out as they went in: {}", by_category.join(", ")))
}

/// How many records a category has.
pub(super) fn count(wallet: &Wallet, category: Category) -> Result<usize, Failure> {
    let mut query = Query { category: Some(category), limit: 1_000, ..Query::default() };
    let mut count = 0;
    loop {
        let page = wallet.records(&query)?;
        count += page.records.len();
        match page.next {
            Some(next) => query.after = Some(next),
            None => return Ok(count),
        }
    }
}
