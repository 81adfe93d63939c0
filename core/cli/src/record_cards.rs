//! `keepwell record cards`: the health cards that came in, and what their issuers say of them.

use keepwell_wallet::HeldCard;
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::failure::Failure;
use crate::import_report::card_state;
use crate::network::Connection;
use crate::output::Answer;
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
