//! What was measured on each day, kind by kind and source by source, and no more of it than that.

use std::collections::BTreeMap;
use std::collections::HashMap;

use super::error::AppleHealthError;
use super::kinds::{KINDS, unit};
use super::observation::{Known, Measured};
use super::sample::Sample;

/// The days so far.
#[derive(Debug, Default)]
pub(super) struct Days {
    names: Names,
    days: BTreeMap<Key, Day>,
}

/// The day in its own zone, kind, source and unit, the last two by their number among [`Names`].
type Key = ([u8; 10], usize, u32, u32);

#[derive(Clone, Debug)]
struct Day {
    sum: f64,
    least: f64,
    greatest: f64,
    count: u32,
    first: String,
    known: Known,
}

/// Texts by their number, and numbers by their text.
#[derive(Debug, Default)]
struct Names {
    numbers: HashMap<String, u32>,
    texts: Vec<String>,
}

impl Names {
    fn number(&mut self, text: &str) -> Result<u32, AppleHealthError> {
        if let Some(number) = self.numbers.get(text) {
            return Ok(*number);
        }
        let number = u32::try_from(self.texts.len()).map_err(|_| AppleHealthError::TooLarge)?;
        if self.texts.len() >= MOST_NAMES {
            return Err(AppleHealthError::TooLarge);
        }
        self.numbers.insert(text.to_owned(), number);
        self.texts.push(text.to_owned());
        Ok(number)
    }

    fn text(&self, number: u32) -> &str {
        usize::try_from(number).ok().and_then(|at| self.texts.get(at)).map_or("", String::as_str)
    }
}

impl Days {
    /// Adds a measurement; whether it is of a kind that is taken, and says day, number and unit.
    pub(super) fn add(&mut self, sample: &Sample) -> Result<bool, AppleHealthError> {
        let name = sample.kind.strip_prefix("HKQuantityTypeIdentifier");
        let Some(kind) = name.and_then(|name| KINDS.iter().position(|kind| kind.name == name)) else {
            return Ok(false);
        };
        let factor =
            KINDS.get(kind).and_then(|kind| unit(&sample.unit, kind.name)).map(|(.., factor)| factor);
        let day = sample.day().and_then(|day| <[u8; 10]>::try_from(day.as_bytes()).ok());
        let (Some(factor), Some(number), Some(day), Some(time)) =
            (factor, sample.number(), day, sample.time())
        else {
            return Ok(false);
        };
        let value = number * factor;
        let key = (day, kind, self.names.number(&sample.source)?, self.names.number(&sample.unit)?);
        if let Some(day) = self.days.get_mut(&key) {
            day.sum += value;
            day.least = day.least.min(value);
            day.greatest = day.greatest.max(value);
            day.count += 1;
            day.known.add(sample);
            return Ok(true);
        }
        if self.days.len() >= MOST_DAYS {
            return Err(AppleHealthError::TooLarge);
        }
        let known = Known::of(sample);
        let (sum, least, greatest, count) = (value, value, value, 1);
        self.days.insert(key, Day { sum, least, greatest, count, first: time, known });
        Ok(true)
    }

    /// Takes out the earliest day of the first kind.
    pub(super) fn pop(&mut self) -> Option<Measured<'_>> {
        let ((day, kind, source, unit), of_day) = self.days.pop_first()?;
        Some(Measured {
            kind: KINDS.get(kind)?,
            day: String::from_utf8_lossy(&day).into_owned(),
            source: self.names.text(source),
            unit: self.names.text(unit),
            sum: of_day.sum,
            least: of_day.least,
            greatest: of_day.greatest,
            count: of_day.count,
            first: of_day.first,
            known: of_day.known,
        })
    }
}

const MOST_DAYS: usize = 500_000;
const MOST_NAMES: usize = 10_000;
