//! `keepwell grant`: let a provider read, see what that means, end it, check it against the ledger.

use std::time::Duration as Wait;

use keepwell_protocol::domain::{Duration, GrantId, Purpose};
use keepwell_protocol::ledger::Standing;
use keepwell_wallet::{GrantRequest, GrantView, SyncOptions, SyncReport, Wallet};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::ledger::ONE_SIGNER;
use crate::network::Connection;
use crate::output::{Answer, Report};
use crate::provider::Named;
use crate::scope::ScopeFlags;
use crate::secrets::PinSource;
use crate::wallet::unlock;

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
        /// The grant
        #[arg(value_name = "G", value_parser = GrantId::parse)]
        grant: GrantId,
        #[command(flatten)]
        pin: PinSource,
    },
    /// End a grant: nothing is shared under it from now on
    Revoke {
        /// The grant
        #[arg(value_name = "G", value_parser = GrantId::parse)]
        grant: GrantId,
        #[command(flatten)]
        pin: PinSource,
    },
    /// What a provider would see now, and why
    Preview {
        /// Its id, its exact name, or its card file
        #[arg(value_name = "P")]
        provider: String,
        #[command(flatten)]
        pin: PinSource,
    },
    /// Fetch the ledger's proof of a grant and verify it here
    Verify {
        /// The grant
        #[arg(value_name = "G", value_parser = GrantId::parse)]
        grant: GrantId,
        #[command(flatten)]
        pin: PinSource,
    },
}

/// Options of `grant new`.
#[derive(clap::Args, Debug)]
pub(crate) struct NewGrant {
    /// Its id, its exact name, or its card file
    #[arg(value_name = "P")]
    provider: String,
    #[command(flatten)]
    scope: ScopeFlags,
    /// What for, as an HL7 purpose of use
    #[arg(long, default_value = "TREAT", value_parser = Purpose::parse)]
    purpose: Purpose,
    /// Do not say who you are
    #[arg(long)]
    anonymous: bool,
    /// For how long: 15m, 24h, 30d
    #[arg(long = "for", value_name = "DURATION", value_parser = Duration::parse)]
    duration: Duration,
    #[command(flatten)]
    pin: PinSource,
}

/// How long a command waits for the ledger to show what it sent.
pub(crate) const PROOF_WAIT: Wait = Wait::from_secs(10);

/// Runs `keepwell grant …`.
pub(crate) fn run(command: GrantCommand, caller: &Caller) -> Result<Answer, Failure> {
    match command {
        GrantCommand::New(new) => make(new, caller),
        GrantCommand::List { pin } => Ok(list(&unlock(caller, &pin)?.0.grants()?).into()),
        GrantCommand::Show { grant, pin } => Ok(list(&[unlock(caller, &pin)?.0.grant_view(grant)?]).into()),
        GrantCommand::Revoke { grant, pin } => revoke(grant, &pin, caller),
        GrantCommand::Preview { provider, pin } => preview(&provider, &pin, caller),
        GrantCommand::Verify { grant, pin } => verify(grant, &pin, caller),
    }
}

fn make(new: NewGrant, caller: &Caller) -> Result<Answer, Failure> {
    let (scope, named) = (new.scope.to_scope()?, Named::parse(&new.provider)?);
    let connection = Connection::open()?;
    let (mut wallet, fresh) = unlock(caller, &new.pin)?;
    let about = if new.anonymous { None } else { wallet.about_owner()? };
    let is_named = about.is_some();
    let request = GrantRequest {
        provider: named.as_provider_name(),
        scope,
        purpose: new.purpose,
        duration: new.duration,
        about,
        request: None,
    };
    let made = wallet.grant(&fresh, request, connection.network())?;
    let synced = send(&mut wallet, &connection)?;
    let view = wallet.grant_view(made.grant)?;
    let report = Report::of_deed(json!({
        "grant": view.grant,
        "state": view.state.as_str(),
        "match": match_code(&view),
        "delivered": view.delivered,
        "queued": synced.queued,
    }))
    .facts(&[
        ("grant", view.grant.to_string()),
        ("to", view.name.clone()),
        ("until", view.not_after.to_string()),
        ("state", view.state.as_str().to_owned()),
        ("match code", match_code(&view)),
    ]);
    let report = if is_named { report } else { report.line("The provider is not told who you are.") };
    Ok(queue(report, &synced).into())
}

fn revoke(grant: GrantId, pin: &PinSource, caller: &Caller) -> Result<Answer, Failure> {
    let connection = Connection::open()?;
    let (mut wallet, _) = unlock(caller, pin)?;
    wallet.revoke(grant)?;
    let synced = send(&mut wallet, &connection)?;
    let view = wallet.grant_view(grant)?;
    let report =
        Report::of_deed(json!({ "grant": grant, "state": view.state.as_str(), "queued": synced.queued }))
            .line(format!("No longer shared with {} from {}.", view.name, view.since))
            .line(format!("state: {}", view.state.as_str()))
            .line("What was read before may still be held there.");
    Ok(queue(report, &synced).into())
}

/// What became of something that holds on this device, when it was sent.
struct Sent {
    /// What still waits for the network.
    queued: u64,
    /// What kept it back, as a sentence.
    held_back: Option<String>,
}

/// Sends what was just decided, and waits for its proof.
///
/// The decision is made and queued: whatever stops a server from taking it is told, and is no failure of
/// the decision.
fn send(wallet: &mut Wallet, connection: &Connection) -> Result<Sent, Failure> {
    let options = SyncOptions { anchor: false, wait: PROOF_WAIT, heal: false };
    Ok(match wallet.sync(options, connection.network()) {
        Ok(SyncReport { queued, offline, .. }) => {
            let held_back = offline.map(|code| format!("no server was reached ({code})"));
            Sent { queued, held_back }
        }
        Err(error) => Sent { queued: wallet.queued()?, held_back: Some(Failure::from(error).sentence()) },
    })
}

/// Says what waits for the network.
fn queue(report: Report, sent: &Sent) -> Report {
    match (sent.queued, &sent.held_back) {
        (0, None) => report,
        (queued, None) => report.line(format!("queued: {queued}; `keepwell sync` goes on with it")),
        (queued, Some(why)) => {
            report.line(format!("queued: {queued}, {why}; `keepwell sync` goes on with it"))
        }
    }
}

fn list(grants: &[GrantView]) -> Report {
    let listed: Vec<Value> = grants
        .iter()
        .map(|view| {
            json!({
                "grant": view.grant,
                "provider": view.provider,
                "name": view.name,
                "categories": view.categories(),
                "purpose": view.purpose.as_str(),
                "not_before": view.not_before,
                "not_after": view.not_after,
                "state": view.state.as_str(),
                "match": match_code(view),
            })
        })
        .collect();
    let rows: Vec<Vec<String>> = grants
        .iter()
        .map(|view| {
            let categories: Vec<&str> = view.categories().iter().map(|category| category.as_str()).collect();
            vec![
                view.grant.to_string(),
                view.state.as_str().to_owned(),
                match_code(view),
                view.not_after.to_string(),
                view.name.clone(),
                categories.join(","),
            ]
        })
        .collect();
    Report::new(json!({ "grants": listed }))
        .table(&["grant", "state", "match", "until", "provider", "categories"], &rows)
}

fn match_code(view: &GrantView) -> String {
    format!("{:06}", view.match_code)
}

fn preview(provider: &str, pin: &PinSource, caller: &Caller) -> Result<Answer, Failure> {
    let named = Named::parse(provider)?;
    let connection = Connection::open()?;
    let (mut wallet, _) = unlock(caller, pin)?;
    let provider = match named.id() {
        Some(provider) => provider,
        None => wallet.provider(named.as_provider_name(), connection.network())?.provider,
    };
    let records = wallet.preview(provider)?;
    let word = |allowed: bool| if allowed { "allow" } else { "deny" };
    let listed: Vec<Value> = records
        .iter()
        .map(|record| {
            json!({
                "id": record.id,
                "decision": word(record.decision.is_allowed()),
                "because": record.decision.because(),
            })
        })
        .collect();
    let rows: Vec<Vec<String>> = records
        .iter()
        .map(|record| {
            let decision = word(record.decision.is_allowed()).to_owned();
            vec![record.id.to_string(), decision, record.decision.because().to_owned()]
        })
        .collect();
    Ok(Report::new(json!({ "records": listed })).table(&["record", "decision", "because"], &rows).into())
}

fn verify(grant: GrantId, pin: &PinSource, caller: &Caller) -> Result<Answer, Failure> {
    let connection = Connection::open()?;
    let (mut wallet, _) = unlock(caller, pin)?;
    let proof = wallet.verify_grant(grant, connection.network())?;
    let state = standing(proof.standing);
    let signers = if proof.is_embedded { ONE_SIGNER.to_owned() } else { proof.validators.to_string() };
    Ok(Report::new(json!({
        "state": state,
        "height": proof.height,
        "time": proof.time,
        "validators": proof.validators,
        "bytes": proof.bytes,
    }))
    .facts(&[
        ("state", state.to_owned()),
        ("height", proof.height.to_string()),
        ("time", proof.time.to_string()),
        ("validators", signers),
        ("bytes", proof.bytes.to_string()),
    ])
    .line("Verified here: header, signatures, app hash, proof of this grant.")
    .into())
}

/// What a proof says of a grant, in the words of its states where there is one.
pub(crate) const fn standing(standing: Standing) -> &'static str {
    match standing {
        Standing::InForce => "active",
        Standing::Revoked => "revoked",
        Standing::Expired => "expired",
        Standing::Absent => "absent",
        Standing::Stale => "stale",
        Standing::FromFuture => "from-future",
    }
}
