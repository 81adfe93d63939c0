//! What each page shows.

use askama::Template;
use keepwell_chart::{Banner, Chart, english};
use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::formats::shc::CardState;

use super::labels;
use super::local_time;
use crate::{GrantSummary, Reading, SharedCard};

/// What stands around every page.
pub(super) struct Shell {
    /// The provider's name.
    pub(super) clinic: String,
    /// The form token; absent for whoever is not logged in.
    pub(super) csrf: Option<String>,
    /// Which entry of the navigation is this one.
    pub(super) here: &'static str,
}

/// A sentence above the content.
pub(super) struct Notice {
    pub(super) text: String,
    /// Whether it says that something is not as it should be.
    pub(super) refused: bool,
}

#[derive(Template)]
#[template(path = "login.html")]
pub(super) struct LoginPage {
    pub(super) shell: Shell,
    pub(super) problem: Option<String>,
}

#[derive(Template)]
#[template(path = "patients.html")]
pub(super) struct PatientsPage {
    pub(super) shell: Shell,
    pub(super) csrf: String,
    pub(super) notices: Vec<Notice>,
    pub(super) list: PatientList,
}

/// The list alone, for which that page asks by itself.
#[derive(Template)]
#[template(path = "list.html")]
pub(super) struct ListPart {
    pub(super) list: PatientList,
}

/// Every grant, and how old that is.
pub(super) struct PatientList {
    pub(super) csrf: String,
    pub(super) as_of: String,
    /// Whether the ledger is being asked while this page is made.
    pub(super) is_checking: bool,
    /// Why new grants could not be looked for by itself the last time.
    pub(super) problem: Option<&'static str>,
    pub(super) grants: Vec<GrantRow>,
}

/// Digits that are not those of a grant.
pub(super) struct WrongDigits {
    pub(super) grant: String,
    pub(super) typed: String,
}

/// A grant on the list of patients.
pub(super) struct GrantRow {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) born: Option<String>,
    pub(super) granted: String,
    pub(super) purpose: &'static str,
    pub(super) until: String,
    /// The same as people here read it.
    pub(super) until_here: String,
    pub(super) state: &'static str,
    pub(super) age: Option<String>,
    pub(super) confirmed: bool,
    pub(super) open: bool,
    /// The digits that were typed and are others.
    pub(super) wrong_digits: Option<String>,
    /// Whether its digits are typed next.
    pub(super) has_focus: bool,
}

impl GrantRow {
    pub(super) fn new(grant: &GrantSummary, now: Timestamp) -> Self {
        Self {
            id: grant.grant.to_string(),
            name: name(grant),
            born: grant.patient.birth_date.clone(),
            granted: granted(grant),
            purpose: labels::purpose(grant.purpose),
            until: grant.not_after.to_string(),
            until_here: local_time::minute(grant.not_after),
            state: grant.state.as_str(),
            age: grant.state.is_open().then(|| format!("as of {}", local_time::age(grant.as_of, now))),
            confirmed: grant.patient.confirmed,
            open: grant.state.is_open(),
            wrong_digits: None,
            has_focus: false,
        }
    }
}

impl PatientList {
    /// Gives the focus to the digits that are typed next: those that were wrong, else of the newest grant that is not confirmed.
    pub(super) fn focus(&mut self) {
        let is_waiting = |row: &GrantRow| row.open && !row.confirmed;
        let wrong = self.grants.iter().position(|row| is_waiting(row) && row.wrong_digits.is_some());
        let next = wrong.or_else(|| self.grants.iter().position(is_waiting));
        if let Some(row) = next.and_then(|at| self.grants.get_mut(at)) {
            row.has_focus = true;
        }
    }
}

#[derive(Template)]
#[template(path = "record.html")]
pub(super) struct RecordPage {
    pub(super) shell: Shell,
    pub(super) name: String,
    pub(super) born: Option<String>,
    pub(super) facts: Vec<String>,
    pub(super) notices: Vec<Notice>,
    pub(super) only: Option<&'static str>,
    /// What is looked for in the records; empty if nothing is.
    pub(super) words: String,
    /// How many records are shown, of how many.
    pub(super) found: usize,
    pub(super) all: usize,
    /// The records as HTML, which is of our own making.
    pub(super) records: String,
}

#[derive(Template)]
#[template(path = "qr.html")]
pub(super) struct QrPage {
    pub(super) shell: Shell,
    pub(super) place: String,
    /// What the code says.
    pub(super) text: String,
    /// The picture of the code, which is of our own making.
    pub(super) svg: String,
}

/// One of several things on a form.
pub(super) struct Choice {
    pub(super) value: String,
    pub(super) name: &'static str,
    pub(super) is_chosen: bool,
}

#[derive(Template)]
#[template(path = "request.html")]
pub(super) struct RequestPage {
    pub(super) shell: Shell,
    pub(super) csrf: String,
    pub(super) problem: Option<&'static str>,
    pub(super) categories: Vec<Choice>,
    pub(super) purposes: Vec<Choice>,
    pub(super) durations: Vec<Choice>,
}

#[derive(Template)]
#[template(path = "request_qr.html")]
pub(super) struct RequestQrPage {
    pub(super) shell: Shell,
    pub(super) csrf: String,
    /// What is asked for, in words.
    pub(super) asks: String,
    pub(super) purpose: &'static str,
    /// The request, to ask for its answer.
    pub(super) request: String,
    /// For how long the patient would give it.
    pub(super) lasts: String,
    /// For how long the request can be answered.
    pub(super) minutes: u64,
    /// What the code says.
    pub(super) text: String,
    /// The picture of the code, which is of our own making.
    pub(super) svg: String,
}

#[derive(Template)]
#[template(path = "share.html")]
pub(super) struct SharePage {
    pub(super) shell: Shell,
    pub(super) csrf: String,
    pub(super) problem: Option<String>,
    /// What stands in the field already.
    pub(super) link: String,
}

#[derive(Template)]
#[template(path = "shared.html")]
pub(super) struct SharedPage {
    pub(super) shell: Shell,
    pub(super) name: String,
    pub(super) born: Option<String>,
    pub(super) facts: Vec<String>,
    /// What is to be known of each health card that came along.
    pub(super) cards: Vec<Notice>,
    /// What came along and is not shown.
    pub(super) left_out: Option<String>,
    /// The records as HTML, which is of our own making.
    pub(super) records: String,
}

#[derive(Template)]
#[template(path = "message.html")]
pub(super) struct MessagePage {
    pub(super) shell: Shell,
    pub(super) heading: &'static str,
    pub(super) sentence: &'static str,
    pub(super) code: String,
    pub(super) back: &'static str,
}

/// Who granted, as far as they said.
pub(super) fn name(grant: &GrantSummary) -> String {
    grant.patient.name.clone().unwrap_or_else(|| "Name not given".to_owned())
}

/// What was granted, in words.
fn granted(grant: &GrantSummary) -> String {
    let categories: Vec<&str> =
        grant.categories.iter().map(|category| english::category(*category)).collect();
    match (categories.is_empty(), grant.narrowed) {
        (true, _) => "Single records".to_owned(),
        (false, false) => categories.join(", "),
        (false, true) => format!("Part of: {}", categories.join(", ")),
    }
}

/// What stands under the name on the page of a record.
pub(super) fn facts(grant: &GrantSummary, chart: &Chart, reading: &Reading) -> Vec<String> {
    let mut facts: Vec<String> = Vec::new();
    facts.extend(chart.patient.iter().filter(|it| !it.gender.is_empty()).map(|it| it.gender.clone()));
    facts.push(format!("granted: {}, for {}", granted(grant), labels::purpose(grant.purpose)));
    facts.push(format!("until {}", local_time::minute(grant.not_after)));
    facts.extend(reading.as_of.map(|time| format!("record as of {}", local_time::minute(time))));
    facts.extend(
        reading.proved.map(|(_, time)| format!("in force by the ledger at {}", local_time::minute(time))),
    );
    facts
}

/// What the reader must know before they rely on a record.
pub(super) fn notices(grant: &GrantSummary, chart: &Chart, reading: &Reading) -> Vec<Notice> {
    let mut notices = Vec::new();
    if let Some(refusal) = reading.refused {
        notices.push(Notice { text: labels::sentence(refusal.code()).to_owned(), refused: true });
        return notices;
    }
    if !grant.patient.confirmed {
        let text =
            "Not confirmed yet: compare the six digits with the patient’s screen on the list of patients.";
        notices.push(Notice { text: text.to_owned(), refused: true });
    }
    if let Some(patient) = &chart.patient {
        let (name, birth_date) = (grant.patient.name.clone(), grant.patient.birth_date.clone());
        let is_anonymous = name.is_none() && birth_date.is_none();
        let said = Banner {
            name: name.unwrap_or_default(),
            birth_date: birth_date.unwrap_or_default(),
            gender: String::new(),
        };
        if !is_anonymous && !said.is_like(patient) {
            let text = format!(
                "The record is about {}, born {}. Check that this is the person in front of you.",
                patient.name, patient.birth_date
            );
            notices.push(Notice { text, refused: true });
        }
    }
    for (reason, count) in &reading.dropped {
        let records = if *count == 1 { "1 record was" } else { &format!("{count} records were") };
        notices.push(Notice {
            text: format!("{records} left out: {}.", labels::left_out(reason)),
            refused: true,
        });
    }
    if reading.records.is_empty() && reading.dropped.is_empty() {
        notices.push(Notice { text: "The patient has no records of this kind.".to_owned(), refused: false });
    }
    notices
}

/// What is to be known of a health card that came along with a share.
pub(super) fn health_card(card: &SharedCard) -> Notice {
    let given = |text: &String| if text.is_empty() { "not given".to_owned() } else { text.clone() };
    let holder = card.holder.as_ref();
    let holder = holder.map_or_else(String::new, |holder| {
        format!(" (name: {}; born: {})", given(&holder.name), given(&holder.birth_date))
    });
    let said = labels::card_state(card.state);
    let other = if card.is_of_somebody_else { " It does not seem to be about the same person." } else { "" };
    let hidden = if card.is_shown() { "" } else { " Its records are not shown." };
    Notice {
        text: format!("A health card of {}{holder} came along: {said}.{other}{hidden}", card.issuer),
        refused: card.state != CardState::Verified || card.is_of_somebody_else,
    }
}

/// What a look into the inbox brought, in words.
pub(super) fn synced(synced: &crate::Synced) -> Vec<Notice> {
    let sum = |counts: &std::collections::BTreeMap<String, u32>| counts.values().sum::<u32>();
    let plural = |count: u32, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        _ => format!("{count} {many}"),
    };
    let accepted = u32::try_from(synced.accepted.len()).unwrap_or(u32::MAX);
    let mut notices = vec![Notice {
        text: match accepted {
            0 => "No new grants.".to_owned(),
            _ => format!("{} arrived.", plural(accepted, "grant", "grants")),
        },
        refused: false,
    }];
    let (waiting, dropped) = (sum(&synced.waiting), sum(&synced.dropped));
    if waiting > 0 {
        let text = format!(
            "{} can’t be checked yet; look again in a minute.",
            plural(waiting, "message", "messages")
        );
        notices.push(Notice { text, refused: false });
    }
    if dropped > 0 {
        let text = format!("{} did not hold and left no trace.", plural(dropped, "message", "messages"));
        notices.push(Notice { text, refused: true });
    }
    notices
}
