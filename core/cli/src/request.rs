//! `keepwell request`: what a clinic asks for by the code at its desk; the patient gives that, less, or nothing.

use keepwell_protocol::domain::{Duration, IdPrefix, RequestId, Sensitivity, shortest_prefixes};
use keepwell_wallet::{AccessRequestAnswer, AccessRequestView, Wallet, WalletError};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::grant;
use crate::grant_preview;
use crate::naming;
use crate::network::Connection;
use crate::output::Answer;
use crate::qr;
use crate::report::Report;
use crate::scope::ScopeFlags;
use crate::secrets::PinSource;
use crate::shown_time::shown;
use crate::unlock::unlock;

/// What a patient does about what clinics ask for.
#[derive(clap::Subcommand, Debug)]
pub(crate) enum RequestCommand {
    /// Take a clinic's request, proved by the ledger to be its own; nothing is given by that
    Add {
        /// The text of its QR code, or a file with it: a text, or a PNG or JPEG picture
        #[arg(value_name = "TEXT|FILE")]
        code: String,
        #[command(flatten)]
        pin: PinSource,
    },
    /// List the requests, newest first, for 30 days after their end
    List {
        #[command(flatten)]
        pin: PinSource,
    },
    /// Agree to a request, or to a part of it; without --category and --record to all of it
    Approve(Approval),
    /// Refuse a request; nobody is told
    Refuse {
        /// The request: its id, or 8 characters or more of its beginning
        #[arg(value_name = "R", value_parser = IdPrefix::parse)]
        request: IdPrefix,
        #[command(flatten)]
        pin: PinSource,
    },
}

/// Options of `request approve`.
#[derive(clap::Args, Debug)]
pub(crate) struct Approval {
    /// The request: its id, or 8 characters or more of its beginning
    #[arg(value_name = "R", value_parser = IdPrefix::parse)]
    request: IdPrefix,
    #[command(flatten)]
    scope: ScopeFlags,
    /// Grant no record of a sensitive kind: mental-health, sexual-health, substance-use, genetics, hiv, pregnancy; as in
    /// `grant new`
    #[arg(long, value_name = "KIND", value_parser = Sensitivity::parse)]
    leave_out: Vec<Sensitivity>,
    /// Do not say who you are
    #[arg(long)]
    anonymous: bool,
    /// Grant nothing, and show what the grant would
    #[arg(long)]
    dry_run: bool,
    /// For how long: 15m, 24h, 30d; at most what is asked for [default: that]
    #[arg(long = "for", value_name = "DURATION", value_parser = Duration::parse)]
    duration: Option<Duration>,
    #[command(flatten)]
    pin: PinSource,
}

/// Runs `keepwell request …`.
pub(crate) fn run(command: RequestCommand, caller: &Caller) -> Result<Answer, Failure> {
    match command {
        RequestCommand::Add { code, pin } => {
            let text = qr::scanned(&code, "keepwell:r/")?;
            let connection = Connection::open()?;
            let (mut wallet, _) = unlock(caller, &pin)?;
            Ok(told(&wallet.note_request(&text, connection.network())?).into())
        }
        RequestCommand::List { pin } => Ok(list(&unlock(caller, &pin)?.0.requests()?).into()),
        RequestCommand::Approve(approval) => approve(approval, caller),
        RequestCommand::Refuse { request, pin } => {
            let (mut wallet, _) = unlock(caller, &pin)?;
            let request = find(&request, &wallet)?.request;
            wallet.refuse_request(request)?;
            Ok(told(&view(request, &wallet)?).into())
        }
    }
}

fn approve(approval: Approval, caller: &Caller) -> Result<Answer, Failure> {
    if !approval.scope.is_empty() {
        approval.scope.check()?;
    }
    let connection = Connection::open()?;
    let (mut wallet, fresh) = unlock(caller, &approval.pin)?;
    let asked = find(&approval.request, &wallet)?;
    let scope = match approval.scope.is_empty() {
        true => asked.scope(),
        false => approval.scope.to_scope(|prefix| naming::record(prefix, &wallet))?,
    };
    let leave_out = approval.leave_out;
    if approval.dry_run {
        let scope = wallet.scope_leaving_out(&scope, &leave_out)?;
        let report = grant_preview::report(&wallet.preview_grant(&scope)?, &wallet)?;
        return Ok(grant::with_later(report, &leave_out).line("Nothing was granted.").into());
    }
    let Approval { duration, anonymous: is_anonymous, .. } = approval;
    let answer = AccessRequestAnswer { scope, leave_out: leave_out.clone(), duration, is_anonymous };
    let made = wallet.approve_request(&fresh, asked.request, answer, connection.network())?;
    grant::send_made(&made, &leave_out, &mut wallet, &connection)
}

/// The request whose id begins so.
fn find(prefix: &IdPrefix, wallet: &Wallet) -> Result<AccessRequestView, Failure> {
    let known: Vec<_> = wallet.requests()?.into_iter().map(|view| (view.request, view.name)).collect();
    view(naming::pick(prefix, &known, WalletError::NoSuchRequest)?, wallet)
}

fn view(request: RequestId, wallet: &Wallet) -> Result<AccessRequestView, Failure> {
    let found = wallet.requests()?.into_iter().find(|view| view.request == request);
    Ok(found.ok_or(WalletError::NoSuchRequest)?)
}

fn document(view: &AccessRequestView) -> Value {
    json!({
        "request": view.request,
        "provider": view.provider,
        "name": view.name,
        "place": view.place,
        "categories": view.categories,
        "purpose": view.purpose.as_str(),
        "for": view.duration.to_string(),
        "expires": view.expires,
        "state": view.state.as_str(),
        "grant": view.grant,
    })
}

fn told(view: &AccessRequestView) -> Report {
    Report::of_deed(json!({ "requests": [document(view)] })).facts(&[
        ("request", view.request.to_string()),
        ("by", view.name.clone()),
        ("at", view.place.clone()),
        ("asks for", categories(view)),
        ("purpose", view.purpose.to_string()),
        ("for", view.duration.to_string()),
        ("until", shown(view.expires)),
        ("state", view.state.as_str().to_owned()),
    ])
}

fn list(requests: &[AccessRequestView]) -> Report {
    let ids: Vec<RequestId> = requests.iter().map(|view| view.request).collect();
    let rows: Vec<Vec<String>> = requests
        .iter()
        .zip(shortest_prefixes(&ids))
        .map(|(view, short)| {
            let (state, length) = (view.state.as_str().to_owned(), view.duration.to_string());
            vec![view.name.clone(), state, shown(view.expires), length, categories(view), short]
        })
        .collect();
    Report::new(json!({ "requests": requests.iter().map(document).collect::<Vec<_>>() }))
        .table(&["provider", "state", "until", "for", "categories", "request"], &rows)
}

fn categories(view: &AccessRequestView) -> String {
    let names: Vec<&str> = view.categories.iter().map(|category| category.as_str()).collect();
    names.join(",")
}
