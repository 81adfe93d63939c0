//! Whether what a record says holds: entered in error, not done, stopped and the like.
//!
//! The elements that FHIR marks as modifiers (`status`, `verificationStatus`, `doNotPerform`,
//! `modifierExtension` …), as R5, R4, STU3 and DSTU2 have them.

use std::{fmt, str::FromStr};

use super::cursor::{Cursor, Text, Token};

/// One reason to read a record with care, or that there is none. The order is that in which they are told.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Validity {
    /// Its source says that it should never have been written.
    EnteredInError,
    /// Its source has deleted it. A resource does not say so itself.
    RemovedAtSource,
    /// It carries a modifier extension or rules that change its meaning in a way that is not known here.
    Modified,
    /// What it says has been shown not to be so.
    Refuted,
    /// What it is about was not done, not given or not taken.
    NotDone,
    /// It asks not to do something.
    DoNotPerform,
    /// It was called off before it began.
    Cancelled,
    /// It was ended before it was complete.
    Stopped,
    /// It was so, and is not so now.
    Inactive,
    /// Nobody has confirmed it.
    Unconfirmed,
    /// It is not final.
    Preliminary,
    /// Its source did not mention it the last time. A resource does not say so itself.
    NotSeenSince,
    /// Nothing of the above.
    Valid,
}

impl Validity {
    /// All of them, in order.
    pub const ALL: [Self; 13] = [
        Self::EnteredInError,
        Self::RemovedAtSource,
        Self::Modified,
        Self::Refuted,
        Self::NotDone,
        Self::DoNotPerform,
        Self::Cancelled,
        Self::Stopped,
        Self::Inactive,
        Self::Unconfirmed,
        Self::Preliminary,
        Self::NotSeenSince,
        Self::Valid,
    ];

    /// Its stable name, such as `entered-in-error`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::EnteredInError => "entered-in-error",
            Self::RemovedAtSource => "removed-at-source",
            Self::Modified => "modified",
            Self::Refuted => "refuted",
            Self::NotDone => "not-done",
            Self::DoNotPerform => "do-not-perform",
            Self::Cancelled => "cancelled",
            Self::Stopped => "stopped",
            Self::Inactive => "inactive",
            Self::Unconfirmed => "unconfirmed",
            Self::Preliminary => "preliminary",
            Self::NotSeenSince => "not-seen-since",
            Self::Valid => "valid",
        }
    }

    const fn bit(self) -> u16 {
        match self {
            Self::Valid => 0,
            other => 1 << other as u16,
        }
    }
}

impl fmt::Display for Validity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that is none of [`Validity`]'s.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct UnknownValidity;

impl FromStr for Validity {
    type Err = UnknownValidity;

    fn from_str(name: &str) -> Result<Self, UnknownValidity> {
        Self::ALL.into_iter().find(|validity| validity.name() == name).ok_or(UnknownValidity)
    }
}

/// Every [`Validity`] of a record.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
pub struct Validities(u16);

impl Validities {
    /// What a resource says about itself. What is no resource says nothing, so it is [`Validity::Valid`].
    ///
    /// ```
    /// use keepwell_protocol::formats::fhir::{Validities, Validity};
    /// let procedure = br#"{"resourceType":"Procedure","status":"not-done"}"#;
    /// assert_eq!(Validities::read(procedure).first(), Validity::NotDone);
    /// ```
    pub fn read(resource: &[u8]) -> Self {
        let mut reading = Reading {
            cursor: Cursor::new(resource),
            found: Self::default(),
            is_report: false,
            is_partial: false,
            is_abated: false,
            has_clinical_status: false,
        };
        reading.resource();
        reading.found
    }

    /// These and one more.
    #[must_use]
    pub fn with(self, validity: Validity) -> Self {
        Self(self.0 | validity.bit())
    }

    /// The one to show where there is room for one.
    pub fn first(self) -> Validity {
        self.iter().next().unwrap_or(Validity::Valid)
    }

    /// Whether this one holds.
    pub fn contains(self, validity: Validity) -> bool {
        self.iter().any(|other| other == validity)
    }

    /// Whether it is not to be relied on at all: its source says that it was an error, or has removed it.
    /// Such a record is still shown, but not given to others unless they are to have exactly it.
    pub fn is_withdrawn(self) -> bool {
        self.contains(Validity::EnteredInError) || self.contains(Validity::RemovedAtSource)
    }

    /// All that hold, in order; never empty, because [`Validity::Valid`] holds where nothing else does.
    pub fn iter(self) -> impl Iterator<Item = Validity> {
        Validity::ALL.into_iter().filter(move |validity| match validity {
            Validity::Valid => self.0 == 0,
            other => self.0 & other.bit() != 0,
        })
    }

    /// As a number, for a store: bit n is the nth of [`Validity::ALL`]; 0 is valid.
    pub fn to_bits(self) -> u16 {
        self.0
    }

    /// From [`Self::to_bits`]; bits that mean nothing are dropped.
    pub fn from_bits(bits: u16) -> Self {
        let known = Validity::ALL.into_iter().fold(0, |known, validity| known | validity.bit());
        Self(bits & known)
    }
}

/// What a top-level member says about validity.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Member {
    ResourceType,
    /// A code, a `Coding` or a `CodeableConcept`.
    Status,
    ClinicalStatus,
    /// `MedicationStatement.taken` of STU3.
    Taken,
    /// A truth value that says this.
    If(bool, Validity),
    Abatement,
    ImplicitRules,
    Other,
}

fn member(key: &str) -> Member {
    match key {
        "resourceType" => Member::ResourceType,
        "clinicalStatus" => Member::ClinicalStatus,
        // `adherence` is how R5's MedicationStatement says what `status` said before.
        "status" | "verificationStatus" | "lifecycleStatus" | "docStatus" | "adherence" => Member::Status,
        "taken" => Member::Taken,
        // What STU3 and DSTU2 had in place of the status `not-done`.
        "notDone" | "notGiven" | "wasNotGiven" | "wasNotTaken" | "notPerformed" => {
            Member::If(true, Validity::NotDone)
        }
        "doNotPerform" => Member::If(true, Validity::DoNotPerform),
        "active" => Member::If(false, Validity::Inactive),
        "implicitRules" => Member::ImplicitRules,
        _ if key.starts_with("abatement") => Member::Abatement,
        _ => Member::Other,
    }
}

/// The modifier extension that is known here: R4's way to say `doNotPerform` of any request.
const DO_NOT_PERFORM: &str = "http://hl7.org/fhir/StructureDefinition/request-doNotPerform";

/// A longer text is no status.
const LONGEST_STATUS: usize = 64;

struct Reading<'a> {
    cursor: Cursor<'a>,
    found: Validities,
    is_report: bool,
    /// `partial` is not final of a report; of a family's history it only says that it has gaps.
    is_partial: bool,
    is_abated: bool,
    has_clinical_status: bool,
}

impl<'a> Reading<'a> {
    fn add(&mut self, validity: Validity) {
        self.found = self.found.with(validity);
    }

    fn resource(&mut self) {
        if self.cursor.next() != Some(Token::Object) {
            return;
        }
        while let Some(key) = self.cursor.key() {
            let key = key.to_str();
            match member(&key) {
                _ if key == "modifierExtension" => self.modifiers(true),
                Member::Other => self.other(),
                member => self.value(member),
            }
        }
        // FHIR's rule con-4: what has abated is not active, though not every source says both.
        if self.is_abated && !self.has_clinical_status {
            self.add(Validity::Inactive);
        }
        if self.is_report && self.is_partial {
            self.add(Validity::Preliminary);
        }
    }

    /// Walks over the value of a member that says nothing itself; slowly only where something within it may.
    fn other(&mut self) {
        let before = self.cursor.clone();
        let says = |text: Text<'_>| {
            matches!(text.raw(), b"modifierExtension" | b"implicitRules") || text.is_escaped()
        };
        if self.cursor.skip_meeting(says) {
            self.cursor = before;
            self.value(Member::Other);
        }
    }

    /// Walks over the value of a top-level member, without recursion, however deep it is.
    fn value(&mut self, member: Member) {
        let mut depth = 0_usize;
        // Whether the next string is what a concept says, and whether it names rules of a contained resource.
        let (mut says, mut is_rules) = (true, false);
        loop {
            match self.cursor.next() {
                None => return,
                Some(Token::Object | Token::Array) => depth += 1,
                Some(Token::End) => depth = depth.saturating_sub(1),
                Some(Token::Key(key)) => {
                    let key = key.to_str();
                    if key == "modifierExtension" {
                        self.modifiers(false);
                    }
                    says = member == Member::Abatement || matches!(&*key, "code" | "display" | "text");
                    is_rules = key == "implicitRules";
                }
                Some(Token::String(text)) if is_rules => self.string(Member::ImplicitRules, text),
                Some(Token::String(text)) if says => self.string(member, text),
                Some(Token::String(_)) => {}
                Some(Token::Bare(bare)) => self.bare(member, bare, depth),
            }
            if depth == 0 {
                return;
            }
        }
    }

    fn string(&mut self, member: Member, text: Text<'a>) {
        match member {
            Member::ResourceType => self.is_report = text.raw() == b"DiagnosticReport",
            Member::ClinicalStatus => {
                self.has_clinical_status = true;
                self.status(text);
            }
            Member::Status => self.status(text),
            Member::Taken if text.raw() == b"n" => self.add(Validity::NotDone),
            Member::If(when, validity) if text.to_str().trim() == if when { "true" } else { "false" } => {
                self.add(validity);
            }
            Member::Abatement => self.is_abated = true,
            Member::ImplicitRules if !text.raw().is_empty() => self.add(Validity::Modified),
            Member::Taken | Member::If(..) | Member::ImplicitRules | Member::Other => {}
        }
    }

    fn bare(&mut self, member: Member, bare: &[u8], depth: usize) {
        match member {
            Member::If(true, validity) if bare == b"true" && depth == 0 => self.add(validity),
            Member::If(false, validity) if bare == b"false" && depth == 0 => self.add(validity),
            Member::Abatement if !matches!(bare, b"false" | b"null") => self.is_abated = true,
            _ => {}
        }
    }

    /// The status codes of all types and versions, each with one meaning wherever it stands.
    fn status(&mut self, text: Text<'a>) {
        if text.raw().len() > LONGEST_STATUS {
            return;
        }
        let written = text.to_str();
        let code: String = written
            .trim()
            .chars()
            .map(|c| if matches!(c, ' ' | '_') { '-' } else { c.to_ascii_lowercase() })
            .collect();
        let validity = match code.as_str() {
            "entered-in-error" | "nullified" => Validity::EnteredInError,
            "refuted" => Validity::Refuted,
            "not-done" | "not-taken" | "not-taking" | "declined" | "noshow" | "no-show" | "failed" => {
                Validity::NotDone
            }
            "cancelled" | "canceled" | "revoked" | "rejected" | "abandoned" | "retracted" => {
                Validity::Cancelled
            }
            "stopped"
            | "stopped-as-directed"
            | "stopped-not-as-directed"
            | "aborted"
            | "terminated"
            | "discontinued" => Validity::Stopped,
            "inactive"
            | "resolved"
            | "remission"
            | "on-hold"
            | "on-hold-as-directed"
            | "on-hold-not-as-directed"
            | "suspended"
            | "superseded"
            | "retired" => Validity::Inactive,
            "unconfirmed" | "provisional" | "differential" | "presumed" => Validity::Unconfirmed,
            "preliminary" | "registered" | "draft" | "proposed" => Validity::Preliminary,
            "partial" => {
                self.is_partial = true;
                return;
            }
            _ => return,
        };
        self.add(validity);
    }

    /// Walks over the value of a `modifierExtension`: each in it counts, unless it is known.
    fn modifiers(&mut self, is_of_the_resource: bool) {
        match self.cursor.next() {
            Some(Token::Object) => self.modifier(is_of_the_resource),
            Some(Token::Array) => loop {
                match self.cursor.next() {
                    None | Some(Token::End) => return,
                    Some(Token::Object) => self.modifier(is_of_the_resource),
                    Some(Token::Array) => {
                        self.add(Validity::Modified);
                        self.cursor.leave();
                    }
                    Some(Token::Bare(b"null")) => {}
                    Some(_) => self.add(Validity::Modified),
                }
            },
            None | Some(Token::Bare(b"null")) => {}
            Some(_) => self.add(Validity::Modified),
        }
    }

    /// One modifier extension, from behind its opening brace.
    fn modifier(&mut self, is_of_the_resource: bool) {
        let (mut is_known, mut value) = (false, None);
        while let Some(key) = self.cursor.key() {
            match &*key.to_str() {
                "url" => match self.cursor.next() {
                    Some(Token::String(url)) => is_known = url.to_str() == DO_NOT_PERFORM,
                    Some(Token::Object | Token::Array) => self.cursor.leave(),
                    _ => {}
                },
                "valueBoolean" => match self.cursor.next() {
                    Some(Token::Bare(b"true")) => value = Some(true),
                    Some(Token::Bare(b"false")) => value = Some(false),
                    Some(Token::Object | Token::Array) => self.cursor.leave(),
                    _ => {}
                },
                _ => self.cursor.skip(),
            }
        }
        match (is_known && is_of_the_resource, value) {
            (true, Some(true)) => self.add(Validity::DoNotPerform),
            (true, Some(false)) => {}
            _ => self.add(Validity::Modified),
        }
    }
}
