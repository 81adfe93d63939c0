//! `keepwell record cards` and `record card`: the health cards that came in, what their issuers say of them, and their codes.

use std::io::IsTerminal as _;
use std::path::PathBuf;

use keepwell_protocol::domain::IdPrefix;
use keepwell_protocol::formats::fhir::kept_health_card;
use keepwell_protocol::formats::shc::write_code;
use keepwell_wallet::{HeldCard, WalletError};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::failure::{CommandError, Failure};
use crate::import_report::card_state;
use crate::naming;
use crate::network::Connection;
use crate::output::Answer;
use crate::qr::{Picture, Qr};
use crate::report::Report;
use crate::secrets::PinSource;
use crate::shown_time::shown;
use crate::unlock::unlock;

/// Options of `record cards`.
#[derive(clap::Args, Debug)]
pub(crate) struct CardsFlags {
    /// Ask each issuer for its keys and for what it revoked: it learns that somebody asks
    #[arg(long)]
    check: bool,
    #[command(flatten)]
    pin: PinSource,
}

/// Options of `record card`.
#[derive(clap::Args, Debug)]
pub(crate) struct CardFlags {
    /// The record that holds the card: its id, or 8 characters or more of its beginning
    #[arg(value_parser = IdPrefix::parse)]
    id: IdPrefix,
    /// Write the QR code as a picture, PNG or SVG, that its owner alone may read
    #[arg(long, value_name = "FILE")]
    qr: Option<PathBuf>,
    #[command(flatten)]
    pin: PinSource,
}

/// Shows the code of a card again, as its issuer signed it.
pub(crate) fn show(flags: &CardFlags, caller: &Caller) -> Result<Answer, Failure> {
    let picture = flags.qr.as_deref().map(Picture::begin).transpose()?;
    let (wallet, _) = unlock(caller, &flags.pin)?;
    let id = naming::record(&flags.id, &wallet)?;
    let card = kept_health_card(&wallet.record_bytes(&id)?).ok_or(WalletError::NotAHealthCard)?;
    let code = write_code(&card).ok_or(CommandError::QrTooLong)?;
    let qr = Qr::of_health_card(&code)?;
    if let Some(picture) = picture {
        picture.draw(&qr)?;
        picture.put_in_place()?;
    }
    let report = Report::new(json!({ "record": id, "code": code }));
    let report = if std::io::stdout().is_terminal() { report.picture(&qr.to_terminal()) } else { report };
    let report = report.facts(&[("record", id.to_string()), ("code", code)]);
    Ok(report.line("Whoever sees the code has all of the card for ever.").into())
}

/// Runs `keepwell record cards`.
pub(crate) fn run(flags: &CardsFlags, caller: &Caller) -> Result<Answer, Failure> {
    let (wallet, _) = unlock(caller, &flags.pin)?;
    let cards = if flags.check {
        let connection = Connection::open()?;
        wallet.check_health_cards(connection.network())?
    } else {
        wallet.health_cards()?
    };
    let mut rows = Vec::new();
    for card in &cards {
        let expires = card.expires.map_or_else(|| "never".to_owned(), shown);
        let id = wallet.shortest_id(&card.record)?;
        rows.push(vec![
            card.issuer.clone(),
            card.state.as_str().to_owned(),
            shown(card.not_before),
            expires,
            id,
        ]);
    }
    let report = Report::new(json!({ "cards": cards.iter().map(document).collect::<Vec<_>>() }));
    let report = report.table(&["issuer", "state", "from", "until", "record"], &rows);
    Ok(cards.iter().fold(report, |report, card| report.line(sentence(card))).into())
}

fn document(card: &HeldCard) -> Value {
    let failure = card
        .failure
        .as_ref()
        .map(|failure| json!({ "code": failure.code(), "message": failure.to_string() }));
    json!({
        "record": card.record,
        "issuer": card.issuer,
        "not_before": card.not_before,
        "expires": card.expires,
        "state": card.state.as_str(),
        "failure": failure,
    })
}

/// What the state of a card means, and why no more is known.
fn sentence(card: &HeldCard) -> String {
    let said = format!("{}: {}", card.issuer, card_state(card.state));
    match &card.failure {
        Some(failure) => format!("{said}; {failure} [{}]", failure.code()),
        None => said,
    }
}
