//! `keepwell source`: clinics' servers that records come from, by SMART on FHIR.

use std::fs::File;
use std::io::{self, BufReader};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use keepwell_protocol::domain::{IdPrefix, SourceId, shortest_prefixes};
use keepwell_wallet::{
    FoundBrand, SkipReason, Skipped, SourceRequest, SourceSync, SourceView, Wallet, WalletError,
};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::failure::{CommandError, Failure, tell};
use crate::import_report;
use crate::naming;
use crate::network::Connection;
use crate::output::Answer;
use crate::people::with_patients;
use crate::report::Report;
use crate::secrets::PinSource;
use crate::shown_time::shown;
use crate::source_redirect::{RedirectListener, open_browser};
use crate::unlock::unlock;
use crate::work::{Bar, Work};

/// What a person does with the servers that records come from.
#[derive(clap::Subcommand, Debug)]
pub(crate) enum SourceCommand {
    /// Connect a clinic's server, or connect one again: a browser opens, in which the clinic asks; nothing is pulled yet
    Add(AddFlags),
    /// Take in a list of clinics that have a server, as vendors publish them (SMART User-access Brands), in the place of the one
    /// of the same file name
    Brands {
        /// The list: a Bundle of Organizations and Endpoints, or `-` for standard input
        file: PathBuf,
        #[command(flatten)]
        pin: PinSource,
    },
    /// Find a clinic in the lists that were taken in
    Find {
        /// Beginnings of words of its name or place
        text: String,
        #[command(flatten)]
        pin: PinSource,
    },
    /// List the servers that records come from
    List {
        #[command(flatten)]
        pin: PinSource,
    },
    /// Show one, with the kinds of records that it gives and those that it refused
    Show {
        /// The source: its id, or 8 characters or more of its beginning
        #[arg(value_name = "S", value_parser = IdPrefix::parse)]
        source: IdPrefix,
        #[command(flatten)]
        pin: PinSource,
    },
    /// Pull what is new, as an import of its own for each source
    Sync {
        /// The source: its id, or 8 characters or more of its beginning
        #[arg(value_name = "S", value_parser = IdPrefix::parse, required_unless_present = "all")]
        source: Option<IdPrefix>,
        /// From every source; one that fails keeps no other
        #[arg(long, conflicts_with = "source")]
        all: bool,
        #[command(flatten)]
        pin: PinSource,
    },
    /// Give the access back and forget the server; its records stay
    Remove {
        /// The source: its id, or 8 characters or more of its beginning
        #[arg(value_name = "S", value_parser = IdPrefix::parse)]
        source: IdPrefix,
        #[command(flatten)]
        pin: PinSource,
    },
}

/// Options of `source add`.
#[derive(clap::Args, Debug)]
pub(crate) struct AddFlags {
    /// The base address of the FHIR server, or the name of a clinic in the lists that were taken in
    #[arg(value_name = "URL|NAME")]
    clinic: String,
    /// The name by which the clinic knows this app
    #[arg(long, value_name = "ID", default_value = "keepwell")]
    client_id: String,
    /// That the patient there is the owner of the wallet, though called otherwise: @1 of the list that the refusal prints,
    /// or the id
    #[arg(long, value_name = "ID")]
    patient: Option<String>,
    #[command(flatten)]
    pin: PinSource,
}

/// Runs `keepwell source …`.
pub(crate) fn run(command: SourceCommand, caller: &Caller) -> Result<Answer, Failure> {
    match command {
        SourceCommand::Add(flags) => add(&flags, caller),
        SourceCommand::Brands { file, pin } => take_brands(&file, &pin, caller),
        SourceCommand::Find { text, pin } => {
            Ok(found_report(&unlock(caller, &pin)?.0.find_brands(&text)?).into())
        }
        SourceCommand::List { pin } => Ok(list(&unlock(caller, &pin)?.0.sources()?).into()),
        SourceCommand::Show { source, pin } => {
            let (wallet, _) = unlock(caller, &pin)?;
            Ok(details(Report::new, &find(&source, &wallet)?).into())
        }
        SourceCommand::Sync { source, pin, .. } => sync(source.as_ref(), &pin, caller),
        SourceCommand::Remove { source, pin } => remove(&source, &pin, caller),
    }
}

fn add(flags: &AddFlags, caller: &Caller) -> Result<Answer, Failure> {
    let connection = Connection::open()?;
    let (mut wallet, _) = unlock(caller, &flags.pin)?;
    let address = match flags.clinic.contains("://") {
        true => flags.clinic.clone(),
        false => named(&flags.clinic, &wallet)?,
    };
    let listener = RedirectListener::open()?;
    let work = Work::start(caller.json);
    let redirect_uri = listener.redirect_uri();
    let request =
        SourceRequest { address: &address, client_id: &flags.client_id, redirect_uri: &redirect_uri };
    let url = wallet.begin_source(request, connection.network())?;
    tell(&format!("The clinic asks in a browser whether you agree; open this there:\n{url}\n"));
    open_browser(&url);
    let until = Instant::now() + LONGEST_WAIT;
    loop {
        let arrival = listener.wait(until, &work)?;
        match wallet.finish_source(&arrival.redirect, flags.patient.as_deref(), connection.network()) {
            Ok(source) => {
                arrival.answer("Connected. You can close this page.");
                let report = details(Report::of_deed, &source);
                return Ok(report.line("Nothing was pulled yet: `keepwell source sync` does that.").into());
            }
            // Some other page came by; the browser that was sent may yet come.
            Err(error) if error.code() == "SourceRedirectUnknown" => {
                arrival.answer("This answers nothing that was asked here.");
            }
            Err(error) => {
                arrival.answer("The clinic's server was not connected. The terminal says why.");
                return Err(with_patients(error));
            }
        }
    }
}

/// The address of the clinic of this name; where there are several they are listed.
fn named(name: &str, wallet: &Wallet) -> Result<String, Failure> {
    wallet.brand_address(name).or_else(|error| {
        let is_ambiguous = matches!(error, WalletError::AmbiguousBrand);
        let found = if is_ambiguous { wallet.find_brands(name)? } else { Vec::new() };
        let addresses: Vec<&str> = found.iter().map(|brand| brand.address.as_str()).collect();
        let failure = found.iter().fold(Failure::from(error), |failure, brand| {
            failure.with_note(format!("{}  {}, {}", brand.address, brand.name, first_place(brand)))
        });
        Err(if is_ambiguous { failure.with_field("addresses", addresses.into()) } else { failure })
    })
}

fn take_brands(file: &Path, pin: &PinSource, caller: &Caller) -> Result<Answer, Failure> {
    let (mut wallet, _) = unlock(caller, pin)?;
    let list = file.file_stem().unwrap_or_default().to_string_lossy();
    let unreadable = |error: io::Error| CommandError::FileUnreadable {
        file: file.display().to_string(),
        kind: error.kind(),
    };
    let clinics = match file == Path::new("-") {
        true => wallet.import_brands("-", io::stdin().lock())?,
        false => wallet.import_brands(&list, BufReader::new(File::open(file).map_err(unreadable)?))?,
    };
    let report = Report::of_deed(json!({ "clinics": clinics }));
    Ok(report.line(format!("{clinics} clinics; `keepwell source find` finds them.")).into())
}

fn found_report(found: &[FoundBrand]) -> Report {
    let document = |brand: &FoundBrand| json!({ "name": brand.name, "place": brand.place, "address": brand.address, "listed": brand.listed });
    let row = |brand: &FoundBrand| {
        vec![brand.name.clone(), first_place(brand).to_owned(), brand.address.clone(), shown(brand.listed)]
    };
    Report::new(json!({ "clinics": found.iter().map(document).collect::<Vec<_>>() }))
        .table(&["name", "place", "address", "listed"], &found.iter().map(row).collect::<Vec<_>>())
}

/// A clinic may have a hundred places.
fn first_place(brand: &FoundBrand) -> &str {
    brand.place.lines().next().unwrap_or_default()
}

fn sync(source: Option<&IdPrefix>, pin: &PinSource, caller: &Caller) -> Result<Answer, Failure> {
    let connection = Connection::open()?;
    let (mut wallet, _) = unlock(caller, pin)?;
    let pull = |wallet: &mut Wallet, view: &SourceView| {
        // Stopped at any time it goes on there.
        let (bar, mut done, kinds) = (Bar::start(caller.json), 0, view.granted.len() as u64);
        let mut progress = |name: &str| {
            done += 1;
            bar.show(done, kinds.max(done), format!("{}: {name}", view.name));
        };
        wallet.sync_source(view.source, &mut progress, connection.network()).map_err(import_report::refused)
    };
    if let Some(source) = source {
        let view = find(source, &wallet)?;
        let synced = pull(&mut wallet, &view)?;
        let report = Report::of_deed(sync_document(&synced));
        return Ok(told(report, &synced).into());
    }
    let (mut documents, mut reports, mut failed) = (Vec::new(), Vec::new(), None);
    for source in wallet.sources()? {
        match pull(&mut wallet, &source) {
            Ok(synced) => {
                documents.push(sync_document(&synced));
                reports.push(synced);
            }
            Err(failure) => {
                documents.push(
                    json!({ "source": source.source, "name": source.name, "error": failure.sentence() }),
                );
                failed = Some(failure.with_note(format!("from {}:", source.name)));
            }
        }
    }
    let report = Report::of_deed(json!({ "sources": documents }));
    let report = reports
        .iter()
        .fold(report, |report, synced| told(report.line(format!("from {}:", synced.source.name)), synced));
    match failed {
        None => Ok(report.into()),
        Some(failure) => {
            let failure =
                report.text().lines().fold(failure, |failure, line| failure.with_note(line.to_owned()));
            Err(failure.with_document(report))
        }
    }
}

fn remove(source: &IdPrefix, pin: &PinSource, caller: &Caller) -> Result<Answer, Failure> {
    let connection = Connection::open()?;
    let (mut wallet, _) = unlock(caller, pin)?;
    let source = find(source, &wallet)?;
    let is_revoked = wallet.remove_source(source.source, connection.network())?;
    let report = Report::of_deed(json!({ "source": source.source, "revoked": is_revoked }));
    let report = report
        .line(format!("{} is forgotten; its records stay.", source.name))
        .line("`keepwell record imports` lists what came from it, `keepwell record undo` takes that back.");
    Ok(match is_revoked {
        true => report,
        false => report.line(
            "Its server did not take the access back: it ends by itself, or the clinic's own page ends it.",
        ),
    }
    .into())
}

/// The source whose id begins so.
fn find(prefix: &IdPrefix, wallet: &Wallet) -> Result<SourceView, Failure> {
    let sources = wallet.sources()?;
    let known: Vec<_> = sources.iter().map(|view| (view.source, view.name.clone())).collect();
    let id = naming::pick(prefix, &known, WalletError::NoSuchSource)?;
    Ok(sources.into_iter().find(|view| view.source == id).ok_or(WalletError::NoSuchSource)?)
}

fn document(view: &SourceView) -> Value {
    json!({
        "source": view.source,
        "name": view.name,
        "address": view.address,
        "granted": view.granted,
        "refused": view.refused,
        "added": view.added,
        "last": view.last,
        "expires": view.expires,
        "needs_authorization": view.needs_authorization,
    })
}

fn details(report: impl FnOnce(Value) -> Report, view: &SourceView) -> Report {
    report(json!({ "sources": [document(view)] })).facts(&[
        ("source", view.source.to_string()),
        ("at", view.address.clone()),
        ("gives", view.granted.join(" ")),
        ("refused", if view.refused.is_empty() { "nothing".to_owned() } else { view.refused.join(" ") }),
        ("last pulled", view.last.map(shown).unwrap_or_else(|| "never".to_owned())),
        ("state", state(view)),
    ])
}

fn list(sources: &[SourceView]) -> Report {
    let ids: Vec<SourceId> = sources.iter().map(|view| view.source).collect();
    let rows: Vec<Vec<String>> = sources
        .iter()
        .zip(shortest_prefixes(&ids))
        .map(|(view, short)| {
            let last = view.last.map(shown).unwrap_or_else(|| "never".to_owned());
            vec![view.name.clone(), last, state(view), view.granted.len().to_string(), short]
        })
        .collect();
    Report::new(json!({ "sources": sources.iter().map(document).collect::<Vec<_>>() }))
        .table(&["name", "last pulled", "state", "kinds", "source"], &rows)
}

/// Whether the patient is to do something, and by when.
fn state(view: &SourceView) -> String {
    match (view.needs_authorization, view.expires) {
        (true, _) => "to be connected again: `keepwell source add`".to_owned(),
        (false, Some(expires)) => format!("connected until {}", shown(expires)),
        (false, None) => "connected".to_owned(),
    }
}

fn sync_document(synced: &SourceSync) -> Value {
    let skipped: Vec<Value> = synced.skipped.iter().map(skipped_document).collect();
    import_report::with(
        import_report::document(&synced.report, &names(synced)),
        json!({
            "source": synced.source.source,
            "name": synced.source.name,
            "skipped": skipped,
            "needs_authorization": synced.source.needs_authorization,
        }),
    )
}

fn skipped_document(skipped: &Skipped) -> Value {
    json!({
        "type": skipped.resource_type,
        "category": skipped.category,
        "reason": skipped.reason.as_str(),
    })
}

/// Adds the lines of a pull.
fn told(report: Report, synced: &SourceSync) -> Report {
    let report = import_report::told(report, &synced.report, &names(synced));
    let report = synced.skipped.iter().fold(report, |report, skipped| {
        let (name, reason) = (&skipped.resource_type, skipped.reason.as_str());
        if skipped.reason == SkipReason::OtherCategories {
            return report.line(format!(
                "pulled by category: {name}: what the clinic has under none that is known here, if any, did not come"
            ));
        }
        let category = skipped.category.map(|category| format!(" ({category})")).unwrap_or_default();
        report.line(format!("not pulled: {name}{category}: {reason}"))
    });
    match synced.source.needs_authorization {
        true => report.line("The authorization has ended: `keepwell source add` connects the clinic again."),
        false => report,
    }
}

fn names(synced: &SourceSync) -> Vec<&str> {
    synced.files.iter().map(String::as_str).collect()
}

/// How long the patient may take in the browser.
const LONGEST_WAIT: Duration = Duration::from_mins(10);
