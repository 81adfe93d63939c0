//! `keepwell share`: show records to a clinic by QR, see who opened them, end that; open what others share.

use std::collections::BTreeMap;
use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::crypto::Passcode;
use keepwell_protocol::domain::{Duration, IdPrefix, LinkId, Sensitivity, shortest_prefixes};
use keepwell_protocol::formats::shl::{OpenError, ShareLink};
use keepwell_protocol::vault::LinkAction;
use keepwell_wallet::{
    Choices, Clock as _, LinkForm, NewShare as MadeShare, ShareFormat, ShareRequest, ShareSummary,
    SystemClock, Wallet, WalletError,
};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::failure::{CommandError, Failure, confirm, tell};
use crate::grant;
use crate::naming;
use crate::network::Connection;
use crate::open::{self, OpenFlags};
use crate::output::{Answer, refuse_discarded};
use crate::qr::{Picture, Qr};
use crate::report::Report;
use crate::scope::ScopeFlags;
use crate::secrets::{PinSource, choose_passcode};
use crate::sending::last_reached;
use crate::share_review::ShareReview;
use crate::shown_time::shown;
use crate::unlock::unlock;

/// What a patient does about shares.
#[derive(clap::Subcommand, Debug)]
pub(crate) enum ShareCommand {
    /// Put records behind a link and show it as a QR code; without a scope, what a clinic asks for at
    /// check-in. A terminal shows what leaves and asks
    New(NewShare),
    /// List the shares, newest first
    List {
        #[command(flatten)]
        pin: PinSource,
    },
    /// Show the link of a share again, which lives or is paused, and its QR code
    Show(ShowShare),
    /// Who opened a share, or tried to
    Log(OneShare),
    /// Stop serving a share until it is resumed; queued where the host is not reached
    Pause(OneShare),
    /// Serve a paused share again
    Resume(OneShare),
    /// End a share; queued where the host is not reached, and its link opens until it is
    Revoke(OneShare),
    /// Fetch the ledger's proof of a share that is granted there and verify it here
    Verify(OneShare),
    /// Open a link, or a picture of its QR code
    Open(OpenFlags),
}

/// Options of `share new`.
#[derive(clap::Args, Debug)]
pub(crate) struct NewShare {
    #[command(flatten)]
    scope: ScopeFlags,
    /// How long it lives: at most 24h, or 366d; more than 24h is granted on the ledger
    #[arg(long = "for", value_name = "DURATION", default_value_t = Choices::SHARE_LIFE, value_parser = Duration::parse)]
    life: Duration,
    /// How often it may be opened
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    opens: Option<u32>,
    /// What to call it, shown to whoever opens it
    #[arg(long)]
    label: Option<String>,
    /// The form of what is shared: ktc, everything that is chosen in one FHIR Bundle; ips, what is current or newest of
    /// it as an International Patient Summary
    #[arg(long, value_enum, default_value = "ktc")]
    format: Format,
    /// Let no record of a sensitive kind leave: mental-health, sexual-health, substance-use, genetics, hiv, pregnancy;
    /// by the table of codes, which does not know everything
    #[arg(long, value_name = "KIND", value_parser = Sensitivity::parse)]
    leave_out: Vec<Sensitivity>,
    /// Let identity numbers (social security, passport, driver's licence, tax, insurance) and photos leave, too
    #[arg(long)]
    with_numbers: bool,
    /// Make a link to a list of files: none, or L, its content follows the record with each sync; P, it asks for a
    /// passcode; LP, both. Without this, a link to one file, which every scanner knows
    #[arg(long, value_enum, value_name = "FLAGS")]
    flags: Option<LinkFlags>,
    /// Read the passcode for --flags P or LP from the first line of this file (otherwise asked for)
    #[arg(long, value_name = "FILE", requires = "flags")]
    passcode_file: Option<PathBuf>,
    /// Let what you tell of yourself in this text file go along as a PDF; paragraphs are parted by an empty line
    #[arg(long, value_name = "FILE")]
    story: Option<PathBuf>,
    /// Let a health card go along as it was signed, with all that it holds (--flags): the record that `keepwell record cards`
    /// shows, its id or 8 characters or more of its beginning
    #[arg(long = "card", value_name = "RECORD", value_parser = IdPrefix::parse, requires = "flags")]
    cards: Vec<IdPrefix>,
    /// Grant it on the ledger, too: the host opens it only while that proves it in force, and its end can be proved
    #[arg(long)]
    ledger: bool,
    /// Do not ask; without a terminal nobody is asked
    #[arg(long)]
    yes: bool,
    /// Write the QR code as a picture, PNG or SVG, that its owner alone may read
    #[arg(long, value_name = "FILE")]
    qr: Option<PathBuf>,
    #[command(flatten)]
    pin: PinSource,
}

/// The form of what is shared.
#[derive(clap::ValueEnum, Clone, Copy, Debug)]
pub(crate) enum Format {
    /// The Kill-the-Clipboard profile.
    Ktc,
    /// The International Patient Summary.
    Ips,
}

impl From<Format> for ShareFormat {
    fn from(format: Format) -> Self {
        match format {
            Format::Ktc => Self::PatientSharedBundle,
            Format::Ips => Self::InternationalPatientSummary,
        }
    }
}

/// What a link to a list of files says of itself.
#[derive(clap::ValueEnum, Clone, Copy, Debug)]
pub(crate) enum LinkFlags {
    /// It neither changes nor asks for a passcode.
    None,
    /// Its content follows the record.
    #[value(name = "L")]
    LongTerm,
    /// It asks for a passcode.
    #[value(name = "P")]
    Passcode,
    /// Both.
    #[value(name = "LP")]
    LongTermWithPasscode,
}

impl NewShare {
    /// Whether it is granted on the ledger.
    fn is_on_ledger(&self) -> bool {
        self.ledger || self.life > Wallet::LONGEST_SHARE
    }

    /// To what the link leads; where it asks for a passcode that is read, or asked for.
    fn form(&self) -> Result<LinkForm, Failure> {
        let Some(flags) = self.flags else { return Ok(LinkForm::File) };
        let is_long_term = matches!(flags, LinkFlags::LongTerm | LinkFlags::LongTermWithPasscode);
        let needs_passcode = matches!(flags, LinkFlags::Passcode | LinkFlags::LongTermWithPasscode);
        if !needs_passcode && self.passcode_file.is_some() {
            return Err(CommandError::PasscodeUnused.into());
        }
        let passcode = match needs_passcode {
            true => {
                let typed = choose_passcode(self.passcode_file.as_deref())?;
                Some(Passcode::choose(&typed).map_err(WalletError::from)?)
            }
            false => None,
        };
        Ok(LinkForm::Manifest { is_long_term, passcode })
    }
}

/// Options of `share show`.
#[derive(clap::Args, Debug)]
pub(crate) struct ShowShare {
    #[command(flatten)]
    of: OneShare,
    /// Write the QR code as a picture, PNG or SVG, that its owner alone may read
    #[arg(long, value_name = "FILE")]
    qr: Option<PathBuf>,
}

/// A share that was made before.
#[derive(clap::Args, Debug)]
pub(crate) struct OneShare {
    /// The share: its id, or 8 characters or more of its beginning
    #[arg(value_name = "S", value_parser = IdPrefix::parse)]
    share: IdPrefix,
    #[command(flatten)]
    pin: PinSource,
}

/// Runs `keepwell share …`.
pub(crate) fn run(command: ShareCommand, caller: &Caller) -> Result<Answer, Failure> {
    match command {
        ShareCommand::New(new) => make(new, caller),
        ShareCommand::List { pin } => Ok(list(&unlock(caller, &pin)?.0.shares()?).into()),
        ShareCommand::Show(show) => show_again(&show, caller),
        ShareCommand::Log(of) => log(&of, caller),
        ShareCommand::Pause(of) => change(&of, LinkAction::Pause, caller),
        ShareCommand::Resume(of) => change(&of, LinkAction::Resume, caller),
        ShareCommand::Revoke(of) => change(&of, LinkAction::Revoke, caller),
        ShareCommand::Verify(of) => verify(&of, caller),
        ShareCommand::Open(flags) => open::run(&flags, caller),
    }
}

/// Makes a share and shows its link, or takes it back: no link lives that nobody was shown.
fn make(new: NewShare, caller: &Caller) -> Result<Answer, Failure> {
    if !new.scope.is_empty() {
        new.scope.check()?;
    }
    let form = new.form()?;
    let picture = match &new.qr {
        Some(path) => Some(Picture::begin(path)?),
        None => {
            refuse_discarded()?;
            None
        }
    };
    let story = new.story.as_deref().map(story).transpose()?;
    let connection = Connection::open()?;
    let (mut wallet, fresh) = unlock(caller, &new.pin)?;
    let scopes = match new.scope.is_empty() {
        true => Vec::new(),
        false => vec![new.scope.to_scope(|prefix| naming::record(prefix, &wallet))?],
    };
    if new.life > Wallet::LONGEST_SHARE_ON_LEDGER {
        return Err(WalletError::ShareTooLong.into());
    }
    let cards =
        new.cards.iter().map(|prefix| naming::record(prefix, &wallet)).collect::<Result<Vec<_>, _>>()?;
    let contents = cards.iter().map(|card| Ok((*card, wallet.card_contents(*card)?)));
    let contents = contents.collect::<Result<Vec<_>, WalletError>>()?;
    let preview =
        wallet.preview_share(scopes.clone(), &new.leave_out, new.with_numbers, new.format.into())?;
    let review = ShareReview {
        preview: &preview,
        with_numbers: new.with_numbers,
        is_summary: matches!(new.format, Format::Ips),
        story: story.as_deref(),
        ends: SystemClock.now().saturating_add(new.life),
        opens: new.opens,
        form: form.clone(),
        is_on_ledger: new.is_on_ledger(),
        cards: contents,
    };
    if !new.yes && std::io::stdin().is_terminal() {
        tell(&review.text());
        confirm("Share it?")?;
    }
    let is_on_ledger = new.is_on_ledger();
    let request = ShareRequest {
        scopes,
        label: new.label,
        life: new.life,
        opens: new.opens,
        format: new.format.into(),
        leave_out: new.leave_out,
        with_numbers: new.with_numbers,
        form,
        story: story.clone(),
        cards,
    };
    let made = match is_on_ledger {
        true => wallet.share_on_ledger(&fresh, connection.network(), request)?,
        false => wallet.share(connection.network(), request)?,
    };
    match show(&made, &review, picture, caller) {
        Ok(()) => Ok(Answer::Said),
        Err(failure) => Err(take_back(&made, &mut wallet, &connection, failure)),
    }
}

/// What a text file tells: without the mark of its encoding, and with line ends of one kind.
fn story(file: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(file).map_err(|error| CommandError::unreadable(file, &error))?;
    Ok(text.trim_start_matches('\u{feff}').replace("\r\n", "\n"))
}

/// Puts the link on stdout and into its picture, which takes its place last: an older one stays till then.
fn show(
    made: &MadeShare,
    review: &ShareReview<'_>,
    picture: Option<Picture>,
    caller: &Caller,
) -> Result<(), Failure> {
    let qr = Qr::of(&made.link)?;
    if let Some(picture) = &picture {
        picture.draw(&qr)?;
    }
    let types: Vec<String> =
        made.types.iter().map(|of| format!("{} {}", of.count, of.resource_type)).collect();
    let by_type: BTreeMap<&str, u64> =
        made.types.iter().map(|of| (of.resource_type.as_str(), of.count)).collect();
    let viewer = for_a_browser(&made.link)?;
    let mut document = json!({
        "share": made.share.id,
        "link": made.link,
        "viewer": viewer,
        "expires": made.share.expires,
        "types": by_type,
        "dangling": made.dangling,
        "withdrawn": made.withdrawn,
        "left_out": made.left_out,
        "ledger": made.share.ledger.map(GrantState::as_str),
    });
    if let Value::Object(fields) = &mut document {
        fields.extend(review.document().map(|(name, value)| (name.to_owned(), value)));
    }
    let report = Report::new(document)
        .line(format!("leaves: {}", types.join(", ")))
        .line(format!("references to what does not leave: {}", made.dangling));
    let report = review.stays().into_iter().chain(review.numbers()).fold(report, Report::line);
    let report = if std::io::stdout().is_terminal() { report.picture(&qr.to_terminal()) } else { report };
    let report = report
        .facts(&[
            ("share", made.share.id.to_string()),
            ("link", made.link.clone()),
            ("in a browser", viewer),
            ("expires", shown(made.share.expires)),
        ])
        .line(who_can_read(made.share.needs_passcode));
    let report = on_ledger(&made.share).into_iter().fold(report, Report::line);
    Answer::from(report).print(caller.json)?;
    picture.map_or(Ok(()), Picture::put_in_place)
}

/// Puts the link of a share that was made before on stdout and into its picture; no server is asked.
fn show_again(show: &ShowShare, caller: &Caller) -> Result<Answer, Failure> {
    let picture = show.qr.as_deref().map(Picture::begin).transpose()?;
    let (wallet, _) = unlock(caller, &show.of.pin)?;
    let id = find(&show.of.share, &wallet)?;
    let link = wallet.share_link(id)?;
    let share = wallet.shares()?.into_iter().find(|share| share.id == id).ok_or(WalletError::NoSuchShare)?;
    let qr = Qr::of(&link)?;
    if let Some(picture) = picture {
        picture.draw(&qr)?;
        picture.put_in_place()?;
    }
    let viewer = for_a_browser(&link)?;
    let mut document = document(&share);
    if let Value::Object(fields) = &mut document {
        fields.insert("link".to_owned(), link.clone().into());
        fields.insert("viewer".to_owned(), viewer.clone().into());
    }
    let report = Report::new(document);
    let report = if std::io::stdout().is_terminal() { report.picture(&qr.to_terminal()) } else { report };
    let report = report
        .facts(&[
            ("share", share.id.to_string()),
            ("label", share.label.clone()),
            ("state", share.state.as_str().to_owned()),
            ("link", link),
            ("in a browser", viewer),
            ("expires", shown(share.expires)),
        ])
        .line(who_can_read(share.needs_passcode));
    Ok(on_ledger(&share).into_iter().fold(report, Report::line).into())
}

/// The same link behind the address of its host's viewer page.
fn for_a_browser(link: &str) -> Result<String, Failure> {
    Ok(ShareLink::parse(link).map_err(OpenError::from)?.to_viewer_uri())
}

fn who_can_read(needs_passcode: bool) -> &'static str {
    match needs_passcode {
        true => "Whoever sees the code and is told the passcode can read until it expires or is revoked.",
        false => "Whoever sees the code can read until it expires or is revoked.",
    }
}

/// Where a share that is granted on the ledger stands there.
fn on_ledger(share: &ShareSummary) -> Option<String> {
    share.ledger.map(|state| match state {
        GrantState::Pending => {
            "The ledger does not show its grant yet, and nobody can open it until it does: \
                                `keepwell sync` goes on with it."
                .to_owned()
        }
        state => format!("Its grant on the ledger: {state}."),
    })
}

/// Revokes a share whose link was not shown, and says whether that worked.
fn take_back(made: &MadeShare, wallet: &mut Wallet, connection: &Connection, failure: Failure) -> Failure {
    let share = &made.share;
    let (note, state) = match wallet.change_share(connection.network(), share.id, LinkAction::Revoke) {
        Ok(revoked) if revoked.is_told => {
            ("the share was taken back: its link opens nothing".to_owned(), revoked.state.as_str())
        }
        Ok(revoked) => (
            "the share is revoked and that is queued: its link opens until the host is reached; \
             `keepwell sync` goes on with it"
                .to_owned(),
            revoked.state.as_str(),
        ),
        Err(error) => (
            format!(
                "the share {id} could not be taken back ({code}): its link opens until {until}; \
                 `keepwell share revoke {id}` ends it",
                id = share.id,
                code = error.code(),
                until = share.expires
            ),
            share.state.as_str(),
        ),
    };
    failure.with_note(note).with_field("share", json!(share.id)).with_field("state", json!(state))
}

/// The share whose id begins so.
fn find(prefix: &IdPrefix, wallet: &Wallet) -> Result<LinkId, Failure> {
    let known: Vec<_> = wallet.shares()?.into_iter().map(|share| (share.id, share.label)).collect();
    naming::pick(prefix, &known, WalletError::NoSuchShare)
}

fn list(shares: &[ShareSummary]) -> Report {
    let ids: Vec<LinkId> = shares.iter().map(|share| share.id).collect();
    let listed: Vec<Value> = shares.iter().map(document).collect();
    let rows: Vec<Vec<String>> = shares
        .iter()
        .zip(shortest_prefixes(&ids))
        .map(|(share, id)| {
            vec![
                share.label.clone(),
                share.state.as_str().to_owned(),
                share.ledger.map_or("", GrantState::as_str).to_owned(),
                if share.is_told { "yes" } else { "not yet" }.to_owned(),
                shown(share.expires),
                id,
            ]
        })
        .collect();
    Report::new(json!({ "shares": listed }))
        .table(&["label", "state", "ledger", "host knows", "expires", "share"], &rows)
}

fn document(share: &ShareSummary) -> Value {
    json!({
        "share": share.id,
        "label": share.label,
        "created": share.created,
        "expires": share.expires,
        "opens": share.opens,
        "state": share.state.as_str(),
        "told": share.is_told,
        "long_term": share.is_long_term,
        "needs_passcode": share.needs_passcode,
        "ledger": share.ledger.map(GrantState::as_str),
    })
}

fn log(of: &OneShare, caller: &Caller) -> Result<Answer, Failure> {
    let connection = Connection::open()?;
    let (mut wallet, _) = unlock(caller, &of.pin)?;
    let share = find(&of.share, &wallet)?;
    let opens = wallet.share_log(connection.network(), share)?;
    let listed: Vec<Value> = opens
        .iter()
        .map(|open| json!({ "time": open.time, "recipient": open.recipient, "outcome": open.outcome.as_str() }))
        .collect();
    let rows: Vec<Vec<String>> = opens
        .iter()
        .map(|open| vec![shown(open.time), open.outcome.as_str().to_owned(), open.recipient.clone()])
        .collect();
    Ok(Report::new(json!({ "opens": listed })).table(&["time", "outcome", "recipient"], &rows).into())
}

fn verify(of: &OneShare, caller: &Caller) -> Result<Answer, Failure> {
    let connection = Connection::open()?;
    let (mut wallet, _) = unlock(caller, &of.pin)?;
    let share = find(&of.share, &wallet)?;
    Ok(grant::proof(&wallet.verify_share(share, connection.network())?).into())
}

fn change(of: &OneShare, action: LinkAction, caller: &Caller) -> Result<Answer, Failure> {
    let connection = Connection::open()?;
    let (mut wallet, _) = unlock(caller, &of.pin)?;
    let share = find(&of.share, &wallet)?;
    let share = wallet.change_share(connection.network(), share, action)?;
    let report = Report::of_deed(document(&share)).line(format!("{}: {}", share.id, share.state.as_str()));
    let report = on_ledger(&share).into_iter().fold(report, Report::line);
    if !share.is_told && share.ledger == Some(GrantState::Revoked) {
        let line = "The host was not reached; it stops opening the link once it hears that from the ledger.";
        return Ok(report.line(line).into());
    }
    if !share.is_told {
        let reached = last_reached(wallet.status()?.at_risk.host_reached);
        let hears = match (action, share.ledger) {
            (LinkAction::Revoke, Some(_)) => "the host or the ledger",
            _ => "the host",
        };
        let line = format!("Queued; its link still opens until this phone reaches {hears} ({reached}).");
        return Ok(report.line(line).into());
    }
    Ok(match action {
        LinkAction::Revoke => {
            report.line("Its link opens nothing; who opened it before may still hold what it showed.")
        }
        LinkAction::Pause | LinkAction::Resume => report,
    }
    .into())
}
