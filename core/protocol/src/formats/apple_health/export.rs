//! An export, read as a stream: what is held is a number for each day, kind and source.

use std::io::{self, BufRead};

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::Event;

use super::days::Days;
use super::error::AppleHealthError;
use super::observation::{Made, blood_pressure};
use super::sample::Sample;
use crate::formats::bounded::{Bounded, of_source};

/// An export that is being read.
pub(in crate::formats) struct Export<R> {
    reader: Reader<Bounded<R>>,
    buffer: Vec<u8>,
    urn: fn([u8; 16]) -> String,
    days: Days,
    /// The elements around what comes next: the root, then a `Record`, a `Correlation` or another.
    open: Vec<Around>,
    record: Option<Sample>,
    correlated: Vec<Sample>,
    has_begun: bool,
    has_ended: bool,
    /// Measurements that the records are made of.
    pub(in crate::formats) taken: u64,
    /// Measurements and workouts of other kinds.
    pub(in crate::formats) left: u64,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Around {
    Root,
    Record,
    BloodPressure,
    /// Of another kind: its records stand beside it once more.
    Correlation,
    Other,
}

/// What came of reading on.
pub(in crate::formats) enum Found {
    Made(Made),
    /// Nothing yet.
    Progress,
    End,
}

impl<R: BufRead> Export<R> {
    /// `urn` makes the address of 16 bytes.
    pub(in crate::formats) fn new(source: R, urn: fn([u8; 16]) -> String) -> Self {
        Self {
            reader: Reader::from_reader(Bounded::new(source, || failure(AppleHealthError::TooLarge))),
            buffer: Vec::new(),
            urn,
            days: Days::default(),
            open: Vec::new(),
            record: None,
            correlated: Vec::new(),
            has_begun: false,
            has_ended: false,
            taken: 0,
            left: 0,
        }
    }

    /// Reads on for a while, or gives what was made.
    ///
    /// # Errors
    /// One that holds an [`AppleHealthError`]; those of the source.
    pub(in crate::formats) fn advance(&mut self) -> io::Result<Found> {
        if self.has_ended {
            let made = std::iter::from_fn(|| self.days.pop().map(|day| day.observation(self.urn)));
            return Ok(made.flatten().next().map_or(Found::End, Found::Made));
        }
        for _ in 0..EVENTS {
            if let Some(made) = self.event()? {
                return Ok(Found::Made(made));
            }
            if self.has_ended {
                break;
            }
        }
        Ok(Found::Progress)
    }

    fn event(&mut self) -> io::Result<Option<Made>> {
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        let made = self.read_event(&mut buffer);
        self.buffer = buffer;
        made
    }

    fn read_event(&mut self, buffer: &mut Vec<u8>) -> io::Result<Option<Made>> {
        self.reader.get_mut().allow(ELEMENT_BYTES);
        let event = self.reader.read_event_into(buffer);
        let event = event.map_err(|error| of_source(error, || failure(AppleHealthError::Syntax)))?;
        match event {
            Event::Start(start) => {
                let around = around(start.name().as_ref(), self.open.last().copied()).map_err(failure)?;
                match around {
                    Around::Root if self.has_begun => return Err(failure(AppleHealthError::Syntax)),
                    Around::Root => self.has_begun = true,
                    Around::Record => self.record = Some(Sample::read(&start).map_err(failure)?),
                    Around::Correlation if is_blood_pressure(&Sample::read(&start).map_err(failure)?) => {
                        self.correlated.clear();
                        return self.enter(Around::BloodPressure);
                    }
                    Around::Correlation => self.left += 1,
                    Around::Other if start.name().as_ref() == "Workout" => self.left += 1,
                    _ => {}
                }
                self.enter(around)
            }
            Event::Empty(start) => {
                match around(start.name().as_ref(), self.open.last().copied()).map_err(failure)? {
                    Around::Root => return Err(failure(AppleHealthError::Syntax)),
                    Around::Record => {
                        self.record = Some(Sample::read(&start).map_err(failure)?);
                        self.end_record()?;
                    }
                    Around::Other if start.name().as_ref() == "Workout" => self.left += 1,
                    Around::Other if self.open.last() == Some(&Around::Record) => {
                        let entry = start.attributes().flatten();
                        let says = |key: &str, value: &str| {
                            entry
                                .clone()
                                .any(|attribute| attribute.key.as_ref() == key && &*attribute.value == value)
                        };
                        if let Some(record) = self.record.as_mut() {
                            record.is_typed |= says("key", "HKWasUserEntered") && says("value", "1");
                        }
                    }
                    _ => {}
                }
                Ok(None)
            }
            Event::End(_) => {
                match self.open.pop() {
                    Some(Around::Record) => self.end_record()?,
                    Some(Around::BloodPressure) => return Ok(self.end_blood_pressure()),
                    _ => {}
                }
                Ok(None)
            }
            Event::GeneralRef(reference) => {
                let is_known = reference.is_char_ref()
                    || resolve_predefined_entity(&reference.xml10_content()).is_some();
                if is_known { Ok(None) } else { Err(failure(AppleHealthError::Entity)) }
            }
            Event::Eof if self.open.is_empty() => {
                self.has_ended = true;
                Ok(None)
            }
            Event::Eof => Err(failure(AppleHealthError::Syntax)),
            // The definitions of an export say what its own elements are; none is needed to read it.
            Event::DocType(_)
            | Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_) => Ok(None),
        }
    }

    fn enter(&mut self, around: Around) -> io::Result<Option<Made>> {
        if self.open.len() >= MOST_NESTED {
            return Err(failure(AppleHealthError::TooLarge));
        }
        self.open.push(around);
        Ok(None)
    }

    /// A record is whole, with what stands in it.
    fn end_record(&mut self) -> io::Result<()> {
        let Some(record) = self.record.take() else { return Ok(()) };
        match self.open.last() {
            Some(Around::BloodPressure) => {
                if self.correlated.len() < MOST_CORRELATED {
                    self.correlated.push(record);
                }
            }
            Some(Around::Correlation) => {}
            // It stands in its correlation, too.
            _ if record.kind.starts_with(BLOOD_PRESSURE) => {}
            _ => {
                let is_taken = self.days.add(&record).map_err(failure)?;
                self.taken += u64::from(is_taken);
                self.left += u64::from(!is_taken);
            }
        }
        Ok(())
    }

    fn end_blood_pressure(&mut self) -> Option<Made> {
        let part = |name: &str| {
            self.correlated.iter().find(|sample| sample.kind.strip_prefix(BLOOD_PRESSURE) == Some(name))
        };
        let made = part("Systolic")
            .zip(part("Diastolic"))
            .and_then(|(systolic, diastolic)| blood_pressure(systolic, diastolic, self.urn));
        self.taken += u64::from(made.is_some());
        self.left += u64::from(made.is_none());
        made
    }
}

/// What an element is among those around it.
fn around(name: &str, outer: Option<Around>) -> Result<Around, AppleHealthError> {
    Ok(match (name, outer) {
        ("HealthData", None) => Around::Root,
        (_, None) => return Err(AppleHealthError::Syntax),
        ("Record", Some(Around::Root | Around::BloodPressure | Around::Correlation)) => Around::Record,
        ("Correlation", Some(Around::Root)) => Around::Correlation,
        _ => Around::Other,
    })
}

fn is_blood_pressure(correlation: &Sample) -> bool {
    correlation.kind == "HKCorrelationTypeIdentifierBloodPressure"
}

fn failure(reason: AppleHealthError) -> io::Error {
    io::Error::other(reason)
}

const BLOOD_PRESSURE: &str = "HKQuantityTypeIdentifierBloodPressure";

/// Elements that are read before progress is told.
const EVENTS: usize = 4_096;

/// Bytes of one element's tag, text or definition.
const ELEMENT_BYTES: u64 = 1 << 20;

const MOST_NESTED: usize = 100;

/// Values of one blood pressure; there are two.
const MOST_CORRELATED: usize = 16;
