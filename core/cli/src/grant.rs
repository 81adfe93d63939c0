//! `keepwell grant`: let a provider read, see what that means, extend or end it, check it against the ledger.

use std::collections::BTreeMap;

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::domain::{Duration, GrantId, IdPrefix, Purpose, Sensitivity, shortest_prefixes};
use keepwell_protocol::ledger::LedgerVerdict;
use keepwell_wallet::{Choices, GrantChoice, GrantExtension, GrantProof, GrantView, Wallet};
use serde_json::{Map, Value, json};

use crate::caller::Caller;
use crate::failure::{CommandError, Failure};
use crate::grant_exposure;
use crate::grant_preview;
use crate::grant_receipt::{self, ReceiptFlags};
use crate::grant_revoke::{self, ended};
use crate::ledger::ONE_SIGNER;
use crate::naming;
use crate::network::Connection;
use crate::output::Answer;
use crate::provider::Named;
use crate::report::Report;
use crate::scope::ScopeFlags;
use crate::secrets::PinSource;
use crate::sending::{Sent, queue, send};
use crate::shown_time::shown;
use crate::unlock::unlock;

/// What a patient does about grants.
#[derive(clap::Subcommand, Debug)]
pub(crate) enum GrantCommand {
    /// Let a provider read what a scope covers, for a time
    New(NewGrant),
    /// List the grants, newest first
    List {
        #[command(flatten)]
        pin: PinSource,
    },
    /// Show one grant
    Show {
        /// The grant: its id, or 8 characters or more of its beginning
        #[arg(value_name = "G", value_parser = IdPrefix::parse)]
        grant: IdPrefix,
        #[command(flatten)]
        pin: PinSource,
    },
    /// Let a provider read for longer: a new grant of the same terms from now, which ends the former once it stands
    Extend(ExtendGrant),
    /// End a grant, or all; where no server is reached it is queued, and the provider can read until one is
    Revoke {
        /// The grant: its id, or 8 characters or more of its beginning
        #[arg(value_name = "G", value_parser = IdPrefix::parse, required_unless_present = "all")]
        grant: Option<IdPrefix>,
        /// Every grant that stands; share links stay
        #[arg(long, conflicts_with = "grant")]
        all: bool,
        #[command(flatten)]
        pin: PinSource,
    },
    /// What a provider would see now, and why
    Preview {
        /// Its id or the beginning of it, the text of its QR code, its exact name, or its card file
        #[arg(value_name = "P")]
        provider: String,
        #[command(flatten)]
        pin: PinSource,
    },
    /// What a provider could have read until now and what it did read, also under grants that have ended
    Exposure {
        /// Its id or the beginning of it, the text of its QR code, its exact name, or its card file
        #[arg(value_name = "P")]
        provider: String,
        #[command(flatten)]
        pin: PinSource,
    },
    /// Write the ledger's receipt of a grant, or of its end: anybody checks it without asking anyone
    Receipt(ReceiptFlags),
    /// Fetch the ledger's proof of a grant and verify it here
    Verify {
        /// The grant: its id, or 8 characters or more of its beginning
        #[arg(value_name = "G", value_parser = IdPrefix::parse)]
        grant: IdPrefix,
        #[command(flatten)]
        pin: PinSource,
    },
}

/// Options of `grant new`.
#[derive(clap::Args, Debug)]
pub(crate) struct NewGrant {
    /// Its id or the beginning of it, the text of its QR code, its exact name, or its card file
    #[arg(value_name = "P")]
    provider: String,
    #[command(flatten)]
    scope: ScopeFlags,
    /// Grant no record of a sensitive kind: mental-health, sexual-health, substance-use, genetics, hiv, pregnancy; the
    /// grant then names each record that it covers: records that are added later do not go along, new versions of
    /// those do
    #[arg(long, value_name = "KIND", value_parser = Sensitivity::parse)]
    leave_out: Vec<Sensitivity>,
    /// What for, as an HL7 purpose of use
    #[arg(long, default_value = Choices::PURPOSE.as_str(), value_parser = Purpose::parse)]
    purpose: Purpose,
    /// Do not say who you are
    #[arg(long)]
    anonymous: bool,
    /// Grant nothing, and show what the grant would
    #[arg(long)]
    dry_run: bool,
    /// For how long: 15m, 24h, 30d
    #[arg(long = "for", value_name = "DURATION", value_parser = Duration::parse)]
    duration: Duration,
    #[command(flatten)]
    pin: PinSource,
}

/// Options of `grant extend`.
#[derive(clap::Args, Debug)]
pub(crate) struct ExtendGrant {
    /// The grant: its id, or 8 characters or more of its beginning
    #[arg(value_name = "G", value_parser = IdPrefix::parse)]
    grant: IdPrefix,
    /// For how long from now: 15m, 24h, 30d
    #[arg(long = "for", value_name = "DURATION", value_parser = Duration::parse)]
    duration: Duration,
    #[command(flatten)]
    pin: PinSource,
}

/// Runs `keepwell grant …`.
pub(crate) fn run(command: GrantCommand, caller: &Caller) -> Result<Answer, Failure> {
    match command {
        GrantCommand::New(new) => make(new, caller),
        GrantCommand::List { pin } => {
            let grants = unlock(caller, &pin)?.0.grants()?;
            Ok(list(&grants, &grants).into())
        }
        GrantCommand::Show { grant, pin } => {
            let (wallet, _) = unlock(caller, &pin)?;
            let view = wallet.grant_view(naming::grant(&grant, &wallet)?)?;
            Ok(list(&[view], &wallet.grants()?).into())
        }
        GrantCommand::Extend(asked) => extend(&asked, caller),
        GrantCommand::Revoke { grant: Some(grant), pin, .. } => grant_revoke::revoke(&grant, &pin, caller),
        GrantCommand::Revoke { grant: None, pin, .. } => grant_revoke::revoke_all(&pin, caller),
        GrantCommand::Preview { provider, pin } => preview(&provider, &pin, caller),
        GrantCommand::Exposure { provider, pin } => exposure(&provider, &pin, caller),
        GrantCommand::Receipt(flags) => grant_receipt::receipt(&flags, caller),
        GrantCommand::Verify { grant, pin } => verify(&grant, &pin, caller),
    }
}

fn make(new: NewGrant, caller: &Caller) -> Result<Answer, Failure> {
    new.scope.check()?;
    let named = Named::parse(&new.provider)?;
    let connection = Connection::open()?;
    let (mut wallet, fresh) = unlock(caller, &new.pin)?;
    let scope = new.scope.to_scope(|prefix| naming::record(prefix, &wallet))?;
    let scope = wallet.scope_leaving_out(&scope, &new.leave_out)?;
    let named = named.resolve(&mut wallet, &connection)?;
    if new.dry_run {
        let report = grant_preview::report(&wallet.preview_grant(&scope)?, &wallet)?;
        return Ok(with_later(report, &new.leave_out).line("Nothing was granted.").into());
    }
    let request = wallet.grant_request(GrantChoice {
        provider: named.as_provider_name(),
        scope,
        duration: new.duration,
        purpose: Some(new.purpose),
        is_anonymous: new.anonymous,
    })?;
    let made = wallet.grant(&fresh, request, connection.network())?;
    send_made(&made, &new.leave_out, &mut wallet, &connection)
}

/// Sends a grant that was just made, and tells of it.
pub(crate) fn send_made(
    made: &GrantView,
    leave_out: &[Sensitivity],
    wallet: &mut Wallet,
    connection: &Connection,
) -> Result<Answer, Failure> {
    let synced = send(wallet, connection)?;
    let view = wallet.grant_view(made.grant)?;
    let report = Report::of_deed(made_document(&view, &synced)).facts(&made_facts(&view));
    let report = with_later(report, leave_out);
    let report = if view.is_named { report } else { report.line("The provider is not told who you are.") };
    Ok(queue(report, &synced).into())
}

/// Adds what leaving out sensitive kinds does to what comes later.
pub(crate) fn with_later(report: Report, leave_out: &[Sensitivity]) -> Report {
    match leave_out {
        [] => report,
        _ => report.line(
            "It names each record, without the sensitive kinds: records that are added later do not go along, new versions of those do.",
        ),
    }
}

/// What a document says of a grant that was just made.
fn made_document(view: &GrantView, sent: &Sent) -> Map<String, Value> {
    Map::from_iter([
        ("grant".to_owned(), json!(view.grant)),
        ("state".to_owned(), view.state.as_str().into()),
        ("match".to_owned(), view.match_code.clone().into()),
        ("delivered".to_owned(), view.delivered.into()),
        ("queued".to_owned(), sent.queued.into()),
        ("queued_for".to_owned(), json!(sent.queued_for.names())),
    ])
}

fn made_facts(view: &GrantView) -> [(&'static str, String); 5] {
    [
        ("grant", view.grant.to_string()),
        ("to", view.name.clone()),
        ("until", shown(view.not_after)),
        ("state", view.state.as_str().to_owned()),
        ("match code", view.match_code.clone()),
    ]
}

fn extend(asked: &ExtendGrant, caller: &Caller) -> Result<Answer, Failure> {
    let connection = Connection::open()?;
    let (mut wallet, fresh) = unlock(caller, &asked.pin)?;
    let former = naming::grant(&asked.grant, &wallet)?;
    let GrantExtension { grant: view, former: state, failure } =
        wallet.extend(&fresh, former, asked.duration, connection.network(), &mut drop)?;
    if let Some(failure) = failure {
        let document = json!({
            "grant": view.grant,
            "state": view.state.as_str(),
            "former": { "grant": former, "state": state.as_str() },
        });
        let report = Report::of_deed(document).facts(&made_facts(&view));
        return Err(Failure::from(failure).with_document(report));
    }
    let sent = Sent::now(&wallet, None)?;
    let mut document = made_document(&view, &sent);
    let mut of_former = ended(&wallet.grant_view(former)?);
    of_former.insert("grant".to_owned(), json!(former));
    of_former.insert("state".to_owned(), state.as_str().into());
    document.insert("former".to_owned(), of_former.into());
    let stays = "Until the new grant is proved and the provider is told, the former one stands; the sync in which \
                 that happens ends it.";
    let report =
        Report::of_deed(document).facts(&made_facts(&view)).facts(&[("former", state.as_str().to_owned())]);
    let report = if state.is_entitled() { report.line(stays) } else { report };
    Ok(queue(report, &sent).into())
}

/// `all` are those among which the shortest ids have to tell one from another.
fn list(grants: &[GrantView], all: &[GrantView]) -> Report {
    let ids: Vec<GrantId> = all.iter().map(|view| view.grant).collect();
    let short: BTreeMap<GrantId, String> = ids.iter().copied().zip(shortest_prefixes(&ids)).collect();
    let listed: Vec<Value> = grants
        .iter()
        .map(|view| {
            let mut row = ended(view);
            row.extend([
                ("grant".to_owned(), json!(view.grant)),
                ("provider".to_owned(), json!(view.provider)),
                ("name".to_owned(), json!(view.name)),
                ("categories".to_owned(), json!(view.categories())),
                ("purpose".to_owned(), view.purpose.as_str().into()),
                ("not_before".to_owned(), json!(view.not_before)),
                ("not_after".to_owned(), json!(view.not_after)),
                ("state".to_owned(), view.state.as_str().into()),
                ("match".to_owned(), view.match_code.clone().into()),
            ]);
            Value::Object(row)
        })
        .collect();
    let rows: Vec<Vec<String>> = grants
        .iter()
        .map(|view| {
            let categories: Vec<&str> = view.categories().iter().map(|category| category.as_str()).collect();
            let stopped_by = match (view.state, view.stopped_by) {
                (_, Some(stopped_by)) => format!("the {}", stopped_by.as_str()),
                (GrantState::Revoking, None) => "nobody yet: can still read".to_owned(),
                (_, None) => "-".to_owned(),
            };
            vec![
                view.name.clone(),
                view.state.as_str().to_owned(),
                stopped_by,
                view.match_code.clone(),
                shown(view.not_after),
                categories.join(","),
                short.get(&view.grant).cloned().unwrap_or_default(),
            ]
        })
        .collect();
    Report::new(json!({ "grants": listed }))
        .table(&["provider", "state", "stopped by", "match", "until", "categories", "grant"], &rows)
}

fn preview(provider: &str, pin: &PinSource, caller: &Caller) -> Result<Answer, Failure> {
    let named = Named::parse(provider)?;
    let connection = Connection::open()?;
    let (mut wallet, _) = unlock(caller, pin)?;
    let provider = match named.resolve(&mut wallet, &connection)?.id() {
        Some(provider) => provider,
        None => return Err(CommandError::UnknownProvider.into()),
    };
    Ok(grant_preview::report(&wallet.preview(provider)?, &wallet)?.into())
}

fn exposure(provider: &str, pin: &PinSource, caller: &Caller) -> Result<Answer, Failure> {
    let named = Named::parse(provider)?;
    let connection = Connection::open()?;
    let (mut wallet, _) = unlock(caller, pin)?;
    let provider = named.resolve(&mut wallet, &connection)?.id().ok_or(CommandError::UnknownProvider)?;
    let exposure = wallet.exposure(provider, connection.network())?;
    let audit = wallet.audit(connection.network())?;
    Ok(grant_exposure::report(&exposure, &audit, provider, &wallet)?.into())
}

fn verify(grant: &IdPrefix, pin: &PinSource, caller: &Caller) -> Result<Answer, Failure> {
    let connection = Connection::open()?;
    let (mut wallet, _) = unlock(caller, pin)?;
    let grant = naming::grant(grant, &wallet)?;
    Ok(proof(&wallet.verify_grant(grant, connection.network())?).into())
}

/// What the ledger proves of a grant.
pub(crate) fn proof(proof: &GrantProof) -> Report {
    let state = verdict_name(proof.standing);
    let signers = if proof.is_embedded { ONE_SIGNER.to_owned() } else { proof.validators.to_string() };
    Report::new(json!({
        "state": state,
        "height": proof.height,
        "time": proof.time,
        "validators": proof.validators,
        "bytes": proof.bytes,
    }))
    .facts(&[
        ("state", state.to_owned()),
        ("height", proof.height.to_string()),
        ("time", shown(proof.time)),
        ("validators", signers),
        ("bytes", proof.bytes.to_string()),
    ])
    .line("Verified here: header, signatures, app hash, proof of this grant.")
}

/// What a proof says of a grant, in the words of its states where there is one.
pub(crate) const fn verdict_name(verdict: LedgerVerdict) -> &'static str {
    match verdict {
        LedgerVerdict::InForce => "active",
        LedgerVerdict::Revoked => "revoked",
        LedgerVerdict::Expired => "expired",
        LedgerVerdict::Absent => "absent",
        LedgerVerdict::Stale => "stale",
        LedgerVerdict::FromFuture => "from-future",
    }
}
