//! What the first screen shows: whose records these are, what holds now, what is new, what there is to do.

use std::cmp::Ordering;
use std::collections::HashSet;

use keepwell_chart::{Measure, Row, Value};
use keepwell_protocol::domain::{Category, Timestamp};
use keepwell_protocol::formats::fhir::{Validities, Validity};
use keepwell_protocol::vault::About;
use rusqlite::Connection;

use super::list::{self, CategoryCount};
use super::status::Status;
use super::{grant, owner, record};
use crate::error::WalletError;
use crate::store::records::{self, RecordSummary};
use crate::store::relationships;
use crate::store::settings::{self, Setting};
use crate::store::state_object::ProviderStanding;
use crate::store::{quarantine, space, takeover};

/// What the first screen shows.
#[derive(Clone, Debug, PartialEq)]
pub struct Overview {
    /// Whose records these are; none if no Patient resource gives name and birth date.
    pub owner: Option<About>,
    /// Allergies and intolerances that hold.
    pub allergies: Current,
    /// Problems that hold.
    pub problems: Current,
    /// Medicines that are prescribed or taken now.
    pub medicines: Current,
    /// The newest results and vital signs, one of each kind.
    pub results: Vec<LatestResult>,
    /// What came since the owner saw an overview last; nothing before they saw the first one.
    pub new: Vec<CategoryCount>,
    /// What there is to do, the most urgent first.
    pub to_do: Vec<ToDo>,
    /// What was the newest in the order of arrival, for [`Wallet::mark_seen`](crate::Wallet::mark_seen) once this was
    /// shown.
    pub newest: u32,
}

/// Records of one kind that hold now, newest first.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Current {
    /// The newest of them, one for each thing that they are about; at most [`Current::MOST`].
    pub records: Vec<RecordSummary>,
    /// How many more there are.
    pub more: u64,
}

impl Current {
    /// How many are told by name.
    pub const MOST: usize = 5;
}

/// The newest result of a kind.
#[derive(Clone, Debug, PartialEq)]
pub struct LatestResult {
    /// The result.
    pub record: RecordSummary,
    /// How it compares with the one before it, where both are numbers of one unit.
    pub trend: Option<Trend>,
}

/// How a number compares with the one before it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Trend {
    /// It is above it.
    Up,
    /// It is below it.
    Down,
    /// It is the same.
    Same,
}

impl Trend {
    fn of(newer: &Measure, older: &Measure) -> Option<Self> {
        let order = newer.number.partial_cmp(&older.number).filter(|_| newer.is_comparable(older))?;
        Some(match order {
            Ordering::Greater => Self::Up,
            Ordering::Less => Self::Down,
            Ordering::Equal => Self::Same,
        })
    }
}

/// Something that the owner should do or know.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ToDo {
    /// Another phone has taken over; this one publishes nothing any more.
    TakenOver,
    /// Decisions that no server has: what was ended may still be open.
    SendDecisions {
        /// How many.
        count: u64,
    },
    /// Clinics whose key was replaced, and not by themselves.
    CheckClinics {
        /// How many.
        count: u64,
    },
    /// The recovery words were never checked.
    CheckWords,
    /// The wallet knows no servers: records are on this device alone.
    Connect,
    /// The host has lost records, and sending them again waits for the owner to agree.
    AgreeToSendAgain,
    /// Records that the host does not have yet.
    SendRecords {
        /// How many record versions.
        count: u64,
    },
    /// Grants that end within a day.
    EndSoon {
        /// How many.
        count: u64,
    },
    /// What was set aside from imports and waits to be looked through.
    LookThrough {
        /// How many items.
        count: u64,
    },
}

pub(crate) fn overview(
    connection: &Connection,
    status: &Status,
    now: Timestamp,
) -> Result<Overview, WalletError> {
    let newest = records::newest_arrival(connection)?;
    Ok(Overview {
        owner: owner::about(connection)?,
        allergies: current(connection, Category::Allergies, &["AllergyIntolerance"])?,
        problems: current(connection, Category::Conditions, &["Condition"])?,
        medicines: current(connection, Category::Medications, MEDICINES)?,
        results: latest_results(connection)?,
        new: new_since_seen(connection, newest)?,
        to_do: to_do(connection, status, now)?,
        newest,
    })
}

/// What came after what the owner has seen.
fn new_since_seen(connection: &Connection, newest: u32) -> Result<Vec<CategoryCount>, WalletError> {
    let seen = settings::read(connection, Setting::OverviewSeen)?.and_then(|bytes| bytes.try_into().ok());
    let new = match seen.map(u32::from_be_bytes) {
        Some(seen) if seen < newest => records::count_after(connection, seen)?,
        _ => Vec::new(),
    };
    Ok(new.into_iter().map(|(category, count)| CategoryCount { category, count }).collect())
}

/// What holds of a category's records of these types, one for each thing that they are about.
fn current(connection: &Connection, category: Category, types: &[&str]) -> Result<Current, WalletError> {
    let mut found = records::unmarked(connection, &[category], types, against(), u32::MAX)?;
    found.retain(|record| !is_over(record.status.as_deref()));
    let named = found.len().min(MOST_NAMED);
    list::name_medicines(connection, found.get_mut(..named).unwrap_or_default())?;
    let mut about = HashSet::new();
    found.retain(|record| about.insert(thing_of(record)));
    let more = found.len().saturating_sub(Current::MOST);
    found.truncate(Current::MOST);
    Ok(Current { records: found, more: u64::try_from(more).unwrap_or(u64::MAX) })
}

/// What a record is about, in a form in which only the same is the same: code and name, else the record itself.
fn thing_of(record: &RecordSummary) -> String {
    match (&record.code, &record.display) {
        (Some(code), Some(display)) => format!("{code} {}", display.to_lowercase()),
        _ => record.id.to_string(),
    }
}

/// Whether a status says that something was so and is done. That it is not known is no reason to hide it.
fn is_over(status: Option<&str>) -> bool {
    status.is_some_and(|status| OVER.contains(&status.to_lowercase().as_str()))
}

/// The newest results, one of each code.
fn latest_results(connection: &Connection) -> Result<Vec<LatestResult>, WalletError> {
    let categories = [Category::Results, Category::Vitals];
    let mut found =
        records::unmarked(connection, &categories, &["Observation"], against(), MOST_RESULTS_LOOKED_AT)?;
    found.retain(|record| !matches!(record.value, None | Some(Value::Absent { .. })));
    let mut about = HashSet::new();
    found.retain(|record| about.insert(record.code.clone().unwrap_or_else(|| record.id.to_string())));
    found.truncate(MOST_RESULTS);
    let with_trend = |record: RecordSummary| Ok(LatestResult { trend: trend(connection, &record)?, record });
    found.into_iter().map(with_trend).collect()
}

/// How a result compares with the one before it of the same code.
fn trend(connection: &Connection, latest: &RecordSummary) -> Result<Option<Trend>, WalletError> {
    let series = record::series(connection, &latest.id)?;
    let mut from_it = series.iter().skip_while(|result| result.id != latest.id);
    let newer = from_it.next().and_then(|result| result.row.measure.as_ref());
    let counts = |row: &Row| {
        let is_valued = !matches!(row.value, None | Some(Value::Absent { .. }));
        is_valued && row.validities.to_bits() & against().to_bits() == 0
    };
    let older = from_it.find(|result| counts(&result.row)).and_then(|result| result.row.measure.as_ref());
    Ok(newer.zip(older).and_then(|(newer, older)| Trend::of(newer, older)))
}

fn to_do(connection: &Connection, status: &Status, now: Timestamp) -> Result<Vec<ToDo>, WalletError> {
    if takeover::is_over(connection)? {
        // Nothing of the rest can be done on this device any more.
        return Ok(vec![ToDo::TakenOver]);
    }
    let is_connected = space::connection(connection)?.is_some();
    let unsent = status.at_risk.records;
    let changed = relationships::all(connection)?;
    let changed = changed.iter().filter(|known| known.standing == ProviderStanding::KeyChanged).count();
    let ending = grant::all(connection)?;
    let ending = ending.iter().filter(|grant| grant.ends_within_a_day(now)).count();
    let counted = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
    let all = [
        some(status.at_risk.decisions).map(|count| ToDo::SendDecisions { count }),
        some(counted(changed)).map(|count| ToDo::CheckClinics { count }),
        (!status.words_verified).then_some(ToDo::CheckWords),
        (!is_connected).then_some(ToDo::Connect),
        space::is_healing_waiting(connection)?.then_some(ToDo::AgreeToSendAgain),
        some(unsent).filter(|_| is_connected).map(|count| ToDo::SendRecords { count }),
        some(counted(ending)).map(|count| ToDo::EndSoon { count }),
        some(quarantine::count(connection)?).map(|count| ToDo::LookThrough { count }),
    ];
    Ok(all.into_iter().flatten().collect())
}

fn some(count: u64) -> Option<u64> {
    (count > 0).then_some(count)
}

/// What makes a record one that does not hold now.
fn against() -> Validities {
    let marks = [
        Validity::EnteredInError,
        Validity::RemovedAtSource,
        Validity::Refuted,
        Validity::NotDone,
        Validity::DoNotPerform,
        Validity::Cancelled,
        Validity::Stopped,
        Validity::Inactive,
    ];
    marks.into_iter().fold(Validities::default(), Validities::with)
}

/// What is prescribed or taken; what was once given or handed over says nothing of now.
const MEDICINES: &[&str] = &["MedicationRequest", "MedicationStatement", "MedicationOrder"];

/// The status of what was so and is done, or is not yet so.
const OVER: &[&str] = &["completed", "ended", "draft"];

/// The most medicines of which the name is looked for in what they refer to.
const MOST_NAMED: usize = 200;
/// The most results of a category that are looked at, and that are told.
const MOST_RESULTS_LOOKED_AT: u32 = 200;
const MOST_RESULTS: usize = 6;
