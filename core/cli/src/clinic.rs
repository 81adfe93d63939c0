//! `keepwell clinic`: a provider's keys, what patients granted it, and reading that.

use std::io::IsTerminal as _;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keepwell_chart::{Row, english};
use keepwell_clinic::desk::{Desk, Listen, Server};
use keepwell_clinic::{Asked, CardChange, Clinic, ClinicError, GrantSummary, Profile, Reading, Record};
use keepwell_net::{AnchorRefused, HttpTransport};
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::domain::{Category, Duration, GrantId, IdPrefix, Purpose, shortest_prefixes};
use keepwell_protocol::formats::fhir::{Validity, ndjson_line};
use keepwell_protocol::ledger::{AnchorFingerprint, ProviderCode, TrustPolicy};
use keepwell_wallet::SystemClock;
use serde_json::json;
use serde_json::value::RawValue;
use url::Url;

use crate::caller::Caller;
use crate::connect::typed;
use crate::failure::{CommandError, Failure};
use crate::ledger::{ONE_SIGNER, read_anchor};
use crate::naming;
use crate::output::Answer;
use crate::private_file::PrivateFile;
use crate::qr::{Picture, Qr};
use crate::report::{Report, counted};
use crate::serve::{ServeOptions, Serving};
use crate::shown_time::shown;

/// What a provider does.
#[derive(clap::Subcommand, Debug)]
pub(crate) enum ClinicCommand {
    /// Make the provider's keys and its card, which governance admits
    Init(ClinicInit),
    /// Serve the front desk page on this machine; its login code is printed, new each time
    Serve(ServeOptions),
    /// Make the next version of the card, with new keys to seal to
    Update {
        /// The new name
        #[arg(long, value_name = "N")]
        name: Option<String>,
        /// The new place
        #[arg(long)]
        place: Option<String>,
    },
    /// Make the clinic's own QR code, which patients scan to give it access
    Qr {
        /// The picture, PNG or SVG
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Ask a patient for records: makes a QR code that one patient scans within 15 minutes, edits down and agrees to
    Request(ClinicRequest),
    /// Take a newer trust anchor of the ledger, or another gateway
    Connect {
        /// The ledger's trust anchor, the same or a newer one
        #[arg(long, value_name = "FILE")]
        anchor: PathBuf,
        /// The ledger's gateway [default: the one that the clinic has]
        #[arg(long, value_name = "URL")]
        ledger: Option<Url>,
        /// The fingerprint of a newer anchor that nothing trusted vouches for, as the ledger's operator says
        /// it
        #[arg(long, value_name = "HEX", value_parser = AnchorFingerprint::parse)]
        fingerprint: Option<AnchorFingerprint>,
    },
    /// Fetch what patients sent, list what they granted, and publish the access log
    Sync,
    /// List what patients granted
    Grants,
    /// Note that staff compared the match code with the patient's screen
    Confirm {
        /// The grant: its id, or 8 characters or more of its beginning
        #[arg(value_name = "G", value_parser = IdPrefix::parse)]
        grant: IdPrefix,
        /// The six digits on the patient's screen
        code: String,
    },
    /// Read what a grant covers, now; the read stands in the access log that patients check
    Read {
        /// The grant: its id, or 8 characters or more of its beginning
        #[arg(value_name = "G", value_parser = IdPrefix::parse)]
        grant: IdPrefix,
        /// What for, as an HL7 purpose of use
        #[arg(long, default_value = "TREAT", value_parser = Purpose::parse)]
        purpose: Purpose,
        /// Write the resources to this file, exactly as the patient received them
        #[arg(long, value_name = "FILE")]
        ndjson: Option<PathBuf>,
    },
}

/// Options of `clinic request`.
#[derive(clap::Args, Debug)]
pub(crate) struct ClinicRequest {
    /// All records of a category
    #[arg(long, value_name = "C", value_parser = Category::parse, required = true)]
    category: Vec<Category>,
    /// What for, as an HL7 purpose of use
    #[arg(long, default_value = Purpose::Treat.as_str(), value_parser = Purpose::parse)]
    purpose: Purpose,
    /// For how long: 15m, 24h, 30d
    #[arg(long = "for", value_name = "DURATION", value_parser = Duration::parse)]
    duration: Duration,
    /// The picture, PNG or SVG; a terminal shows the code besides
    #[arg(long, value_name = "FILE")]
    qr: Option<PathBuf>,
}

/// Options of `clinic init`.
#[derive(clap::Args, Debug)]
pub(crate) struct ClinicInit {
    /// Its name as people know it
    #[arg(long, value_name = "N")]
    name: String,
    /// Where it is, as people say it
    #[arg(long)]
    place: Option<String>,
    /// The ledger's gateway
    #[arg(long, value_name = "URL")]
    ledger: Url,
    /// The host that keeps its inbox
    #[arg(long, value_name = "URL")]
    host: Url,
    /// The ledger's trust anchor
    #[arg(long, value_name = "FILE")]
    anchor: PathBuf,
}

/// Runs `keepwell clinic …`.
pub(crate) fn run(command: ClinicCommand, caller: &Caller) -> Result<Answer, Failure> {
    match command {
        ClinicCommand::Init(init) => make(init, caller),
        ClinicCommand::Serve(options) => serve(&options, caller),
        ClinicCommand::Update { name, place } => {
            let card = open(caller)?.update(&CardChange { name, place }, &SystemClock, &mut Rng::system())?;
            Ok(card_report(&card.card, &caller.home()?).into())
        }
        ClinicCommand::Request(asked) => request(asked, caller),
        ClinicCommand::Qr { file } => draw_code(&file, caller),
        ClinicCommand::Connect { anchor, ledger, fingerprint } => {
            renew_trust(&anchor, ledger.as_ref(), fingerprint, caller)
        }
        ClinicCommand::Sync => sync(caller),
        ClinicCommand::Grants => Ok(grants_report(open(caller)?.grants(&SystemClock)?).into()),
        ClinicCommand::Confirm { grant, code } => {
            let mut clinic = open(caller)?;
            let grant = find(&grant, &clinic)?;
            clinic.confirm(grant, &code)?;
            Ok(Report::of_deed(json!({ "grant": grant, "confirmed": true })).line("confirmed").into())
        }
        ClinicCommand::Read { grant, purpose, ndjson } => read(&grant, purpose, ndjson.as_deref(), caller),
    }
}

fn request(asked: ClinicRequest, caller: &Caller) -> Result<Answer, Failure> {
    let ClinicRequest { category: categories, purpose, duration, qr: file } = asked;
    let picture = file.as_deref().map(Picture::begin).transpose()?;
    let asked = Asked { categories, purpose, duration };
    let signed = open(caller)?.request(asked, &SystemClock, &mut Rng::system())?;
    let text = signed.to_string();
    let qr = Qr::of(&text)?;
    if let Some(picture) = picture {
        picture.draw(&qr)?;
        picture.put_in_place()?;
    }
    let request = signed.request;
    let categories: Vec<&str> = request.categories.iter().map(|category| category.as_str()).collect();
    let facts = [
        ("asks for", categories.join(", ")),
        ("purpose", request.purpose.to_string()),
        ("for", request.duration.to_string()),
        ("until", shown(request.expires)),
        ("text", text.clone()),
    ];
    let document = json!({ "request": request.id, "expires": request.expires, "text": text, "file": file });
    let report = Report::of_deed(document);
    let report = if std::io::stdout().is_terminal() { report.picture(&qr.to_terminal()) } else { report };
    Ok(report.facts(&facts).into())
}

fn draw_code(file: &Path, caller: &Caller) -> Result<Answer, Failure> {
    let picture = Picture::begin(file)?;
    let card = open(caller)?.card()?.card;
    let text = ProviderCode(card.provider).to_string();
    picture.draw(&Qr::of(&text)?)?;
    picture.put_in_place()?;
    let facts = [("picture", file.display().to_string()), ("name", card.name), ("text", text.clone())];
    Ok(Report::of_deed(json!({ "text": text, "provider": card.provider, "file": file })).facts(&facts).into())
}

/// The grant whose id begins so.
fn find(prefix: &IdPrefix, clinic: &Clinic) -> Result<GrantId, Failure> {
    let known = clinic.known_grants(&SystemClock)?.into_iter();
    let known: Vec<_> = known.map(|it| (it.grant, it.patient.name.unwrap_or_default())).collect();
    naming::pick(prefix, &known, ClinicError::UnknownGrant)
}

fn open(caller: &Caller) -> Result<Clinic, Failure> {
    Ok(Clinic::open(&caller.home()?, Arc::new(HttpTransport::new()?), TrustPolicy::DEMONSTRATION)?)
}

fn make(init: ClinicInit, caller: &Caller) -> Result<Answer, Failure> {
    let home = caller.home()?;
    let profile = Profile {
        name: init.name,
        place: init.place,
        ledger: init.ledger.into(),
        host: init.host.into(),
        anchor: read_anchor(&init.anchor)?,
    };
    let is_embedded = profile.anchor.trusted_state().is_embedded();
    let transport = Arc::new(HttpTransport::new()?);
    let clinic = Clinic::init(&home, &profile, transport, TrustPolicy::DEMONSTRATION, &mut Rng::system())?;
    let report = card_report(&clinic.card()?.card, &home);
    Ok(if is_embedded { report.line(format!("ledger    {ONE_SIGNER}")) } else { report }.into())
}

fn renew_trust(
    anchor: &Path,
    ledger: Option<&Url>,
    flag: Option<AnchorFingerprint>,
    caller: &Caller,
) -> Result<Answer, Failure> {
    let anchor = read_anchor(anchor)?;
    let mut clinic = open(caller)?;
    let renewed = match clinic.renew_trust(&anchor, ledger, None, &SystemClock) {
        Err(ClinicError::AnchorRefused(AnchorRefused::Unproved { old, new })) => {
            clinic.renew_trust(&anchor, ledger, Some(typed(flag, old, new)?), &SystemClock)
        }
        renewed => renewed,
    };
    let (old, new) = renewed?;
    Ok(Report::of_deed(json!({ "fingerprints": { "old": old, "new": new } }))
        .facts(&[("old anchor", old.to_string()), ("new anchor", new.to_string())])
        .into())
}

fn serve(options: &ServeOptions, caller: &Caller) -> Result<Answer, Failure> {
    let serving = Serving::prepare(options.log)?;
    let mut desk = RunningDesk::start(&caller.home()?, options.listen())?;
    // On stderr: stdout has one line, or one document.
    crate::failure::tell(&format!("login code: {} (also in desk.code)\n", desk.code));
    serving.until_told_to_stop(desk.address(), caller.json)?;
    desk.stop()?;
    Ok(Answer::Said)
}

/// The desk page, answering.
pub(crate) struct RunningDesk {
    pub(crate) code: String,
    server: Server,
}

impl RunningDesk {
    /// Answers from when this returns.
    pub(crate) fn start(home: &Path, listen: Listen) -> Result<Self, Failure> {
        let transport = Arc::new(HttpTransport::new()?);
        let clock = Arc::new(SystemClock);
        let (desk, code) = Desk::new(home, transport, TrustPolicy::DEMONSTRATION, clock, &mut Rng::system())?;
        Ok(Self { code: code.to_string(), server: desk.start(listen)? })
    }

    /// The address that the desk page is served at.
    pub(crate) fn address(&self) -> SocketAddr {
        self.server.address()
    }

    /// Lets requests end and stops.
    pub(crate) fn stop(&mut self) -> Result<(), Failure> {
        Ok(self.server.stop().map_err(ClinicError::from)?)
    }
}

fn card_report(card: &keepwell_protocol::ledger::Card, home: &Path) -> Report {
    let file = home.join("card.json").display().to_string();
    let document =
        json!({ "provider": card.provider, "name": card.name, "version": card.version, "card": file });
    Report::of_deed(document).facts(&[
        ("provider", card.provider.to_string()),
        ("name", card.name.clone()),
        ("version", card.version.to_string()),
        ("card", file),
    ])
}

fn sync(caller: &Caller) -> Result<Answer, Failure> {
    let mut clinic = open(caller)?;
    let synced = clinic.sync(&SystemClock, &mut Rng::system())?;
    let grants = clinic.grants(&SystemClock)?;
    // Of no matter to the grants: it goes on with the next sync.
    let access_log = clinic.publish_access_log(&SystemClock, &mut Rng::system());
    let document = json!({
        "accepted": synced.accepted,
        "dropped": synced.dropped,
        "waiting": synced.waiting,
        "grants": grants,
        "access_log": access_log.as_ref().ok(),
    });
    let accepted = counted(synced.accepted.len(), "envelope", "envelopes");
    let report = Report::of_deed(document).line(format!("{accepted} accepted"));
    let report = synced.dropped.iter().fold(report, |r, (code, n)| r.line(format!("{n} dropped: {code}")));
    let report = synced.waiting.iter().fold(report, |r, (code, n)| r.line(format!("{n} waiting: {code}")));
    let report = table(report, &grants);
    Ok(match access_log {
        Ok(progress) if progress.entries > 0 => report.line(format!(
            "access log: {}, {} of them published, {} in a checkpoint",
            counted(progress.entries, "entry", "entries"),
            progress.published,
            progress.checkpoint
        )),
        Ok(_) => report,
        Err(error) => report.line(format!("access log: not published now ({})", error.code())),
    }
    .into())
}

fn grants_report(grants: Vec<GrantSummary>) -> Report {
    table(Report::new(json!({ "grants": grants })), &grants)
}

fn table(report: Report, grants: &[GrantSummary]) -> Report {
    let ids: Vec<GrantId> = grants.iter().map(|grant| grant.grant).collect();
    let rows: Vec<Vec<String>> = grants
        .iter()
        .zip(shortest_prefixes(&ids))
        .map(|(grant, id)| {
            let patient = &grant.patient;
            let confirmed = if patient.confirmed { "confirmed" } else { "unconfirmed" };
            let categories: Vec<&str> = grant.categories.iter().map(|category| category.as_str()).collect();
            vec![
                patient.name.clone().unwrap_or_else(|| "no name".to_owned()),
                patient.birth_date.clone().unwrap_or_default(),
                grant.state.to_string(),
                patient.match_code.clone(),
                confirmed.to_owned(),
                shown(grant.not_after),
                categories.join(","),
                id,
            ]
        })
        .collect();
    report.table(&["patient", "born", "state", "match", "", "until", "categories", "grant"], &rows)
}

fn read(
    grant: &IdPrefix,
    purpose: Purpose,
    ndjson: Option<&Path>,
    caller: &Caller,
) -> Result<Answer, Failure> {
    // Before the read, which the patient will see: it should not be for nothing.
    let file = ndjson.map(PrivateFile::begin).transpose()?;
    let mut clinic = open(caller)?;
    let grant = find(grant, &clinic)?;
    let reading = clinic.read(grant, purpose, &SystemClock, &mut Rng::system())?;
    let report = reading_report(&reading)?;
    if let Some(refusal) = reading.refused {
        return Err(Failure::from(refusal).with_document(report));
    }
    if let Some(file) = file {
        file.write(|file| {
            reading.records.iter().try_for_each(|record| {
                file.write_all(&ndjson_line(&record.bytes)).and_then(|()| file.write_all(b"\n"))
            })
        })?;
        file.put_in_place()?;
    }
    Ok(report.into())
}

/// A record as a row under the headings of [`reading_report`].
fn record_row(record: &Record, id: String) -> Vec<String> {
    let row = Row::read(&record.bytes);
    let status = match row.validities.first() {
        Validity::Valid => row.status,
        validity => Some(validity.name().to_owned()),
    };
    vec![
        english::name(row.title.as_deref(), &record.resource_type).to_owned(),
        english::flagged(row.value.as_ref(), row.flag),
        row.when.as_ref().map(english::when).unwrap_or_default(),
        status.unwrap_or_default(),
        id,
        record.category.to_string(),
        record.resource_type.clone(),
        record.because.to_owned(),
    ]
}

fn reading_report(reading: &Reading) -> Result<Report, Failure> {
    #[derive(serde::Serialize)]
    struct Document<'a> {
        records: Vec<&'a RawValue>,
        refused: Option<&'static str>,
        dropped: &'a std::collections::BTreeMap<&'static str, u32>,
        as_of: Option<keepwell_protocol::domain::Timestamp>,
        height: Option<u64>,
    }
    let resources = reading.records.iter().map(|record| serde_json::from_slice(&record.bytes));
    let document = Document {
        records: resources.collect::<Result<_, _>>().map_err(|_| CommandError::ResourceNotJson)?,
        refused: reading.refused.map(keepwell_clinic::Refusal::code),
        dropped: &reading.dropped,
        as_of: reading.as_of,
        height: reading.proved.map(|(height, _)| height),
    };
    let ids: Vec<_> = reading.records.iter().map(|record| record.id).collect();
    let rows: Vec<Vec<String>> = reading
        .records
        .iter()
        .zip(shortest_prefixes(&ids))
        .map(|(record, id)| record_row(record, id))
        .collect();
    let headings = ["what", "value", "day", "status", "record", "category", "type", "because"];
    let report = Report::new(document).table(&headings, &rows);
    let report =
        reading.dropped.iter().fold(report, |report, (why, n)| report.line(format!("{n} dropped: {why}")));
    Ok(match (reading.as_of, reading.proved) {
        (Some(as_of), Some((height, time))) => {
            let (as_of, time) = (shown(as_of), shown(time));
            report.line(format!("as of {as_of}; in force by the ledger's block {height}, {time}"))
        }
        _ => report,
    })
}
