//! `keepwell wallet`: make one, look how it is.

use std::path::PathBuf;

use keepwell_protocol::crypto::words::{ParseOptions, Passphrase, RecoveryWords, WordsError};
use keepwell_protocol::crypto::{Pin, Rng};
use keepwell_protocol::vault::Invite;
use keepwell_wallet::{
    FreshAuthentication, LedgerQuestions, LedgerStatus, NewWallet, RestoreFrom, RestoreProgress, Servers,
    SystemClock, Wallet,
};
use serde_json::json;

use crate::caller::Caller;
use crate::connect::{self, ConnectFlags};
use crate::failure::{CommandError, Failure, tell};
use crate::losses::losses;
use crate::move_host::{self, MoveFlags};
use crate::network::Connection;
use crate::output::{Answer, refuse_discarded};
use crate::paper_revocations::{self, PrintFlags};
use crate::people;
use crate::report::Report;
use crate::restore_report;
use crate::safety::{self, EraseFlags};
use crate::secrets::{NewPinSource, PinSource, recovery_words};
use crate::self_check;
use crate::sending::queued_text;
use crate::sync_pass::{ledger, ledger_line};
use crate::unlock::{device_key, unlock};
use crate::wallet_equivocation::{self, EquivocationFlags};
use crate::words::{self, has_terminal, numbered, quiz, show};
use crate::work::Bar;

/// What a person does with the wallet as a whole.
#[derive(clap::Subcommand, Debug)]
pub(crate) enum WalletCommand {
    /// Make a new wallet; its recovery words are to be written down
    Init {
        #[command(flatten)]
        servers: OptionalServers,
        #[command(flatten)]
        pin: PinSource,
    },
    /// Connect the wallet to a ledger and a host; again: take another gateway or a newer trust anchor
    Connect(ConnectFlags),
    /// Move everything to another host; live shares end, and providers are told
    MoveHost(MoveFlags),
    /// Make a wallet again from its recovery words, which come from a terminal or stdin
    Restore {
        #[command(flatten)]
        servers: ServerFlags,
        #[command(flatten)]
        pin: PinSource,
    },
    /// Show how the wallet is, and what would be lost if this phone broke now
    Status {
        #[command(flatten)]
        pin: PinSource,
    },
    /// Write what shows to anybody that the ledger has two headers for one height, if this wallet has seen that
    Equivocation(EquivocationFlags),
    /// List who counts as the owner: whose records are taken without a question
    People {
        #[command(flatten)]
        pin: PinSource,
    },
    /// Forget that somebody is the owner; the records that were taken stay
    ForgetPerson {
        /// The number in `wallet people`
        #[arg(value_name = "N")]
        number: u64,
        #[command(flatten)]
        pin: PinSource,
    },
    /// Set another PIN; the old one comes first
    ChangePin {
        #[command(flatten)]
        pin: PinSource,
        #[command(flatten)]
        new: NewPinSource,
    },
    /// Look over everything: cryptography, storage, log, records, what host and ledger have
    Selfcheck {
        #[command(flatten)]
        pin: PinSource,
    },
    /// Write the signed end of each grant as a QR code, to be kept on paper: any gateway takes it
    PrintRevocations(PrintFlags),
    /// Show the recovery words again, on a terminal
    Words {
        /// Print them wherever the output goes, to a file or with --json, too
        #[arg(long)]
        print: bool,
        #[command(flatten)]
        pin: PinSource,
    },
    /// Close every way in but the PIN and the recovery words; needs neither
    Lock,
    /// Remove the wallet from this device for good; the recovery words bring back what the host has
    Erase(EraseFlags),
}

/// The servers of a wallet.
#[derive(clap::Args, Debug)]
pub(crate) struct ServerFlags {
    /// The ledger's gateway
    #[arg(long, value_name = "URL")]
    ledger: String,
    /// The host
    #[arg(long, value_name = "URL")]
    host: String,
    /// The ledger's trust anchor
    #[arg(long, value_name = "FILE")]
    anchor: PathBuf,
}

/// The servers of a new wallet: all three, or none yet.
#[derive(clap::Args, Debug)]
pub(crate) struct OptionalServers {
    /// Connect to the ledger with this gateway
    #[arg(long, value_name = "URL", requires_all = ["host", "anchor"])]
    ledger: Option<String>,
    /// and to this host
    #[arg(long, value_name = "URL", requires_all = ["ledger", "anchor"])]
    host: Option<String>,
    /// by this trust anchor of the ledger
    #[arg(long, value_name = "FILE", requires_all = ["ledger", "host"])]
    anchor: Option<PathBuf>,
    /// and this invitation, where the host does not take everybody
    #[arg(long, value_name = "FILE", requires = "host")]
    invite: Option<PathBuf>,
}

impl OptionalServers {
    /// The servers, and the invitation that was read.
    fn given(self) -> Result<Option<(ServerFlags, Option<Invite>)>, Failure> {
        let Self { ledger: Some(ledger), host: Some(host), anchor: Some(anchor), invite } = self else {
            return Ok(None);
        };
        Ok(Some((ServerFlags { ledger, host, anchor }, connect::read_invite(invite.as_deref())?)))
    }
}

impl ServerFlags {
    fn with<T>(&self, work: impl FnOnce(Servers<'_>) -> Result<T, Failure>) -> Result<T, Failure> {
        let anchor =
            std::fs::read(&self.anchor).map_err(|error| CommandError::unreadable(&self.anchor, &error))?;
        work(Servers { ledger_url: &self.ledger, host_url: &self.host, anchor: &anchor })
    }

    fn connect(
        &self,
        invite: Option<&Invite>,
        wallet: &mut Wallet,
        fresh: &FreshAuthentication,
    ) -> Result<LedgerStatus, Failure> {
        self.with(|servers| Ok(wallet.connect(fresh, servers, invite, Connection::open()?.network())?))
    }
}

/// Runs `keepwell wallet …`.
pub(crate) fn run(command: WalletCommand, caller: &Caller) -> Result<Answer, Failure> {
    match command {
        WalletCommand::Init { servers, pin } => init(caller, servers.given()?.as_ref(), &pin),
        WalletCommand::Connect(flags) => connect::run(&flags, caller),
        WalletCommand::MoveHost(flags) => move_host::run(&flags, caller),
        WalletCommand::Restore { servers, pin } => restore(caller, &servers, &pin),
        WalletCommand::Status { pin } => status(caller, &pin),
        WalletCommand::Equivocation(flags) => wallet_equivocation::write(&flags, caller),
        WalletCommand::People { pin } => people::list(caller, &pin),
        WalletCommand::ForgetPerson { number, pin } => people::forget(number, caller, &pin),
        WalletCommand::ChangePin { pin, new } => safety::change_pin(caller, &pin, &new),
        WalletCommand::Selfcheck { pin } => self_check::run(caller, &pin),
        WalletCommand::PrintRevocations(flags) => paper_revocations::run(caller, &flags),
        WalletCommand::Lock => safety::lock(caller),
        WalletCommand::Erase(flags) => safety::erase(caller, &flags),
        WalletCommand::Words { print, pin } => words::run(caller, &pin, print),
    }
}

/// Makes the wallet ready, shows its words, and only then makes it the wallet of the home.
///
/// So there is never a wallet whose words were not out: killed, or with stdout closed or full before that,
/// it leaves no wallet, and words that open nothing.
fn init(
    caller: &Caller,
    servers: Option<&(ServerFlags, Option<Invite>)>,
    pin: &PinSource,
) -> Result<Answer, Failure> {
    let home = caller.home()?;
    refuse_discarded()?;
    let pin = Pin::choose(&pin.choose()?)?;
    if Wallet::has_unfinished_restore(&home) {
        tell("A restore was broken off here; what it had fetched is removed.\n");
    }
    let mut rng = Rng::system();
    let words = RecoveryWords::generate(&mut rng)?;
    let (shown, passphrase) = (words.text(), Passphrase::none());
    let (device, clock) = (device_key(&home), Box::new(SystemClock));
    let ready = Wallet::prepare(NewWallet {
        home: &home,
        words: &words,
        passphrase: &passphrase,
        pin: &pin,
        device,
        clock,
        rng,
    })?;
    let fingerprint = ready.fingerprint();
    let report = Report::new(json!({ "words": shown.as_str(), "fingerprint": fingerprint }));
    let has_quiz = !caller.json && has_terminal();
    let out = if has_quiz { show(&shown) } else { Answer::from(numbered(report, &shown)).print(caller.json) };
    let not_made =
        |failure: Failure| failure.with_note("no wallet was made, and the words open nothing".to_owned());
    out.map_err(not_made)?;
    let (mut wallet, fresh) = ready.finish().map_err(|error| not_made(error.into()))?;
    let verified = has_quiz
        && quiz(&mut wallet, &fresh).map_err(|failure| {
            failure.with_note("the wallet is made; its words are not verified".to_owned())
        })?;
    let report = made(&fingerprint, verified);
    if servers.is_none() && caller.json {
        // The one document is out.
        return Ok(Answer::Said);
    }
    let Some((servers, invite)) = servers else {
        return Ok(report.line(format!("ledger:      {}", ledger_line(None))).into());
    };
    // A server may be slow or absent, and the wallet is made. Whether this is read or not, it is connected.
    let is_told = caller.json || Answer::from(report).print(false).is_ok();
    let outcome = Report::of_deed(json!({ "fingerprint": fingerprint }));
    let outcome = if is_told { outcome } else { outcome.line("The wallet is made.") };
    let outcome = connected(outcome, servers.connect(invite.as_ref(), &mut wallet, &fresh));
    if caller.json {
        tell(outcome.text());
        return Ok(Answer::Said);
    }
    Ok(outcome.into())
}

/// That the wallet is made, and what it is known by.
fn made(fingerprint: &str, verified: bool) -> Report {
    Report::of_deed(json!({ "fingerprint": fingerprint }))
        .line("The wallet is made.")
        .line(format!("fingerprint: {fingerprint}"))
        .line("device key:  in software, a file beside the wallet")
        .line(if verified {
            "The words are verified. Whoever has them has the wallet; without them a lost device loses it."
        } else {
            "The words are not verified. Write them down: `keepwell wallet words` shows them again, and asks for three of them."
        })
}

/// Whether the new wallet is connected, as lines of its answer.
fn connected(answer: Report, connected: Result<LedgerStatus, Failure>) -> Report {
    match connected {
        Ok(status) => answer.line(format!("ledger:      {}", ledger_line(Some(&status)))),
        Err(failure) => answer
            .line("ledger:      not connected; `keepwell wallet connect` tries again")
            .line(format!("             {}", failure.sentence())),
    }
}

fn restore(caller: &Caller, servers: &ServerFlags, pin: &PinSource) -> Result<Answer, Failure> {
    let home = caller.home()?;
    let typed = recovery_words()?;
    let read = RecoveryWords::parse(&typed, ParseOptions::default()).map_err(with_suggestions)?;
    let (words, passphrase) = (read.words, Passphrase::none());
    let pin = Pin::choose(&pin.choose()?)?;
    let connection = Connection::open()?;
    let (device, clock) = (device_key(&home), Box::new(SystemClock));
    let bar = Bar::start(caller.json);
    let progress = |so_far: RestoreProgress| bar.show(so_far.bytes, so_far.total, "restoring");
    let (_, _, restored) = servers.with(|servers| {
        let from = RestoreFrom { servers, network: connection.network(), progress: &progress };
        Ok(Wallet::restore(
            NewWallet {
                home: &home,
                words: &words,
                passphrase: &passphrase,
                pin: &pin,
                device,
                clock,
                rng: Rng::system(),
            },
            from,
        )?)
    })?;
    drop(bar);
    let report = restore_report::report(restored);
    let report =
        if read.had_numbers { report.line("Numbers before the words were left out.") } else { report };
    Ok(report.into())
}

/// Shows what may have been meant to the person who typed; it is no part of the error.
fn with_suggestions(error: WordsError) -> Failure {
    let note = match &error {
        WordsError::UnknownWord { suggestions, .. } => {
            let words: Vec<&str> = suggestions.iter().collect();
            (!words.is_empty()).then(|| format!("perhaps: {}", words.join(", ")))
        }
        _ => None,
    };
    let failure = Failure::from(error);
    match note {
        Some(note) => failure.with_note(note),
        None => failure,
    }
}

/// Who learns about whom the ledger is asked.
fn questions_line(questions: Option<LedgerQuestions>) -> String {
    match questions {
        None => "not yet".to_owned(),
        Some(LedgerQuestions::Oblivious { gateway }) => {
            format!(
                "sealed, through the host: it does not see which, and gateway {gateway} not who asks, unless both are of one operator"
            )
        }
        Some(LedgerQuestions::Direct) => {
            "directly: the gateway sees this device's address, since the host passes no sealed questions on"
                .to_owned()
        }
    }
}

fn status(caller: &Caller, pin: &PinSource) -> Result<Answer, Failure> {
    let (wallet, _) = unlock(caller, pin)?;
    let status = wallet.status()?;
    let (grants, shares) = (wallet.grants()?.len(), wallet.shares()?.len());
    let (queued, queued_for) = (wallet.queued()?, wallet.queued_for()?);
    let ledger_status = wallet.ledger_status()?;
    let (quarantined, questions) = (wallet.quarantine_count()?, wallet.ledger_questions()?);
    let equivocated = wallet.equivocation()?.is_some();
    let document = json!({
        "fingerprint": status.fingerprint,
        "words_verified": status.words_verified,
        "records": status.records,
        "quarantined": quarantined,
        "device_key": status.device_key.as_str(),
        "grants": grants,
        "shares": shares,
        "queued": queued,
        "queued_for": queued_for.names(),
        "ledger": ledger_status.as_ref().map(ledger),
        "ledger_equivocated": equivocated,
        "ledger_questions": questions.map(LedgerQuestions::as_str),
        "at_risk": {
            "records": status.at_risk.records,
            "decisions": status.at_risk.decisions,
            "words_verified": status.words_verified,
            "connected": ledger_status.is_some(),
            "host_reached": status.at_risk.host_reached,
        },
        "last_backup": null,
    });
    let losses = losses(&status, ledger_status.is_some(), quarantined);
    let report = Report::new(document).facts(&[
        ("fingerprint", status.fingerprint),
        ("recovery words", if status.words_verified { "verified" } else { "not verified" }.to_owned()),
        ("records", status.records.to_string()),
        ("quarantined", quarantined.to_string()),
        ("device key", format!("in {}", status.device_key.as_str())),
        ("grants", grants.to_string()),
        ("shares", shares.to_string()),
        ("queued", queued_text(queued, queued_for)),
        ("ledger", ledger_line(ledger_status.as_ref())),
        ("asked about providers", questions_line(questions)),
        ("last backup", "none".to_owned()),
    ]);
    let report = if equivocated { report.line(EQUIVOCATED) } else { report };
    let report = report.line("If this phone broke now:");
    Ok(losses.into_iter().fold(report, |report, loss| report.line(format!("  {loss}"))).into())
}

const EQUIVOCATED: &str = "The ledger has two headers for one height, so nothing new is granted by it: ask who runs it for a newer trust \
     anchor. `keepwell wallet equivocation` writes what shows it.";
