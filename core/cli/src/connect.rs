//! `keepwell wallet connect`: the first time, and again with another gateway or a newer trust anchor.

use std::io::{self, BufRead as _, IsTerminal as _};
use std::path::{Path, PathBuf};

use keepwell_protocol::ledger::{AnchorFingerprint, TrustAnchor};
use keepwell_protocol::vault::Invite;
use keepwell_wallet::{
    AnchorRefused, FreshAuthentication, LedgerRenewal, LedgerStatus, Servers, Wallet, WalletError,
};
use serde_json::json;
use zeroize::Zeroizing;

use crate::caller::Caller;
use crate::failure::{CommandError, Failure, tell};
use crate::network::Connection;
use crate::output::Answer;
use crate::report::Report;
use crate::secrets::PinSource;
use crate::sync_pass::ledger_line;
use crate::unlock::unlock;

/// Options of `wallet connect`.
#[derive(clap::Args, Debug)]
pub(crate) struct ConnectFlags {
    /// The ledger's gateway; needed the first time
    #[arg(long, value_name = "URL")]
    ledger: Option<String>,
    /// The host; needed the first time
    #[arg(long, value_name = "URL", requires = "ledger")]
    host: Option<String>,
    /// The ledger's trust anchor, the same or a newer one
    #[arg(long, value_name = "FILE")]
    anchor: PathBuf,
    /// The fingerprint of a newer anchor that nothing trusted vouches for, as the ledger's operator says it
    /// by another way than the file came by
    #[arg(long, value_name = "HEX", value_parser = AnchorFingerprint::parse)]
    fingerprint: Option<AnchorFingerprint>,
    /// The invitation of a host that does not take everybody; also where that was emptied and asks again
    #[arg(long, value_name = "FILE", requires = "host")]
    invite: Option<PathBuf>,
    #[command(flatten)]
    pin: PinSource,
}

/// A wallet with what it is to be connected by.
struct Connecting<'a> {
    wallet: Wallet,
    fresh: FreshAuthentication,
    flags: &'a ConnectFlags,
    anchor: Vec<u8>,
    invite: Option<Invite>,
    connection: Connection,
}

/// Runs `keepwell wallet connect`.
pub(crate) fn run(flags: &ConnectFlags, caller: &Caller) -> Result<Answer, Failure> {
    let anchor =
        std::fs::read(&flags.anchor).map_err(|error| CommandError::unreadable(&flags.anchor, &error))?;
    let invite = read_invite(flags.invite.as_deref())?;
    let (wallet, fresh) = unlock(caller, &flags.pin)?;
    let new = TrustAnchor::parse(&anchor)?.fingerprint();
    let mut it = Connecting { wallet, fresh, flags, anchor, invite, connection: Connection::open()? };
    let old = it.wallet.anchor_fingerprint()?;
    if old.is_none() && flags.host.is_none() {
        return Err(CommandError::ServersMissing.into());
    }
    let status = match it.connect(None) {
        Err(WalletError::AnchorRefused(AnchorRefused::Unproved { old, new })) => {
            let typed = typed(flags.fingerprint, old, new)?;
            it.connect(Some(typed)).map_err(|error| it.failure(error))?
        }
        Err(error) => return Err(it.failure(error)),
        Ok(status) => status,
    };
    let report = Report::of_deed(json!({
        "chain_id": status.chain_id,
        "height": status.height,
        "fingerprints": { "old": old, "new": new },
    }))
    .line(format!("connected to {}", ledger_line(Some(&status))));
    Ok(match old {
        Some(old) if old != new => {
            report.facts(&[("old anchor", old.to_string()), ("new anchor", new.to_string())])
        }
        _ => report,
    }
    .into())
}

/// Reads the invitation that a host's operator gave.
pub(crate) fn read_invite(file: Option<&Path>) -> Result<Option<Invite>, Failure> {
    let Some(file) = file else { return Ok(None) };
    let text = std::fs::read_to_string(file).map_err(|error| CommandError::unreadable(file, &error))?;
    Ok(Some(Invite::parse(&Zeroizing::new(text))?))
}

impl Connecting<'_> {
    /// Takes the anchor and the gateway, and where a host is named does, or goes on with, the first
    /// connection.
    fn connect(&mut self, typed: Option<AnchorFingerprint>) -> Result<LedgerStatus, WalletError> {
        let network = self.connection.network();
        let ledger_url = self.flags.ledger.as_deref();
        if let (Some(ledger_url), Some(host_url), None) = (ledger_url, self.flags.host.as_deref(), typed) {
            let servers = Servers { ledger_url, host_url, anchor: &self.anchor };
            return self.wallet.connect(&self.fresh, servers, self.invite.as_ref(), network);
        }
        let renewal = LedgerRenewal { ledger_url, anchor: &self.anchor, fingerprint: typed };
        Ok(self.wallet.renew_trust(&self.fresh, renewal, network)?.ledger)
    }

    /// What would be void with another ledger is listed with the refusal.
    fn failure(&self, error: WalletError) -> Failure {
        let is_other = matches!(error, WalletError::AnchorRefused(AnchorRefused::OtherLedger));
        let failure = Failure::from(error);
        let Some(grants) = is_other.then(|| self.wallet.grants().ok()).flatten() else { return failure };
        let lost: Vec<_> = grants.iter().filter(|grant| grant.state.is_entitled()).collect();
        let void: Vec<_> =
            lost.iter().map(|grant| json!({ "grant": grant.grant, "name": grant.name })).collect();
        let failure = failure.with_field("grants", void.into());
        lost.iter().fold(failure, |failure, grant| {
            failure.with_note(format!("would be void: the grant to {} ({})", grant.name, grant.grant))
        })
    }
}

/// What the person says the new anchor's fingerprint is: by flag, or typed once both are shown.
pub(crate) fn typed(
    flag: Option<AnchorFingerprint>,
    old: AnchorFingerprint,
    new: AnchorFingerprint,
) -> Result<AnchorFingerprint, Failure> {
    if let Some(typed) = flag {
        return Ok(typed);
    }
    let unproved = || {
        Failure::from(WalletError::AnchorRefused(AnchorRefused::Unproved { old, new }))
            .with_field("fingerprints", json!({ "old": old, "new": new }))
    };
    let shown = format!(
        "Nothing that is trusted vouches for the new trust anchor. An attacker can make such a file.\n\
         old anchor  {old}\nnew anchor  {new}\n\
         Ask the ledger's operator for the new fingerprint by another way than the file came by."
    );
    if !io::stdin().is_terminal() {
        let note = format!("{shown} Then give it with --fingerprint.");
        return Err(note.lines().fold(unproved(), |failure, line| failure.with_note(line.to_owned())));
    }
    tell(&format!("{shown}\nType what they say: "));
    let mut line = String::new();
    io::stdin().lock().read_line(&mut line).map_err(|_| unproved())?;
    AnchorFingerprint::parse(&line).map_err(|_| unproved())
}
