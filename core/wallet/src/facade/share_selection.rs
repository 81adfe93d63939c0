//! Which records leave with a share: those in scope, and what they and the Patient refer to that is about no patient.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use keepwell_chart::{Row, english};
use keepwell_protocol::crypto::{Rng, Sha256Stream};
use keepwell_protocol::domain::{
    Category, Duration, RecordFacts, RecordId, Scope, Sensitivity, Timestamp, is_reference_type,
};
use keepwell_protocol::formats::assembly::{
    AssembledBundle, AssemblyError, IpsRecord, NarrativeRow, SharedRecord, ips_document,
    patient_shared_bundle,
};
use keepwell_protocol::formats::fhir::{
    IdentityDetail, IdentityKind, Validities, folded_address, kept_health_card,
};
use rusqlite::Connection;

use super::rendering::add_pdfs;
use crate::error::WalletError;
use crate::records_view::facts::{facts, names, references};
use crate::records_view::sensitive::SensitiveKinds;
use crate::store::records::{self, Shown, Version};
use crate::store::sealed::ReferenceName;

/// The form of what lies behind a link; each is one file of `application/fhir+json`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum ShareFormat {
    /// Everything that is chosen, as the US "Kill the Clipboard" profile asks for it.
    #[default]
    PatientSharedBundle,
    /// What is current or newest of it, as a document that other countries ask for (HL7 IPS 2.0.1).
    InternationalPatientSummary,
}

/// What is to leave with a share.
pub(super) struct Choice {
    coverage: Coverage,
    /// Records of any of these kinds stay; only the Patient leaves all the same.
    leave_out: Vec<Sensitivity>,
}

/// Which records are of the kind that was asked for.
enum Coverage {
    /// What any of these covers, whatever it says of itself: the patient chose it.
    Scopes(Vec<Scope>),
    /// What any of these covers or would cover if it had a date, but for what its source calls an error or has removed.
    Usual(Vec<Scope>),
}

impl Choice {
    /// What these scopes choose without the kinds to leave out; no scope: what a clinic asks for at check-in, and what a
    /// summary has sections for.
    ///
    /// # Errors
    /// [`WalletError::Terms`] if one of them breaks a rule.
    pub(super) fn of(
        scopes: Vec<Scope>,
        leave_out: &[Sensitivity],
        format: ShareFormat,
        now: Timestamp,
    ) -> Result<Self, WalletError> {
        for scope in &scopes {
            scope.check().map_err(|error| WalletError::Terms(error.into()))?;
        }
        let coverage = match scopes.is_empty() {
            true => Coverage::Usual(usual(format, now)),
            false => Coverage::Scopes(scopes),
        };
        Ok(Self { coverage, leave_out: leave_out.to_vec() })
    }
}

impl Coverage {
    fn covers(&self, facts: &RecordFacts) -> bool {
        let at_any_time = |scope: &Scope| Scope { since: None, until: None, ..scope.clone() }.covers(facts);
        match self {
            Self::Scopes(scopes) => scopes.iter().any(|scope| scope.covers(facts)),
            Self::Usual(scopes) if facts.clinical_date.is_none() => scopes.iter().any(at_any_time),
            Self::Usual(scopes) => scopes.iter().any(|scope| scope.covers(facts)),
        }
    }

    fn takes(&self, covered: &Covered) -> bool {
        let is_withdrawn = || covered.is_removed || Validities::read(&covered.version.bytes).is_withdrawn();
        matches!(self, Self::Scopes(_)) || !is_withdrawn()
    }
}

/// Records on their way out: the present version of each.
pub(super) struct Selection {
    /// Every Patient, who are all the owner; newest first.
    patients: Vec<Version>,
    records: BTreeMap<RecordId, Version>,
    /// Which of the records go along only because another refers to them.
    pub(super) referenced: BTreeSet<RecordId>,
    /// Addresses of other records as urns.
    staying: BTreeSet<String>,
    /// What was covered and stays, because its source calls it an error or has removed it.
    pub(super) withdrawn: BTreeSet<RecordId>,
    /// What would leave if its kind was not to be left out.
    pub(super) kept_back: BTreeSet<RecordId>,
}

/// Selects what is to leave.
pub(super) fn select(connection: &Connection, choice: &Choice) -> Result<Selection, WalletError> {
    let mut chosen: BTreeMap<RecordId, Covered> = BTreeMap::new();
    let mut selection = Selection {
        patients: Vec::new(),
        records: BTreeMap::new(),
        referenced: BTreeSet::new(),
        staying: BTreeSet::new(),
        withdrawn: BTreeSet::new(),
        kept_back: BTreeSet::new(),
    };
    let sensitive = match choice.leave_out.is_empty() {
        true => SensitiveKinds::default(),
        false => SensitiveKinds::read(connection)?,
    };
    let is_kept_back = |id: &RecordId| sensitive.is_any(id, &choice.leave_out);
    let mut referable: BTreeMap<RecordId, Referable> = BTreeMap::new();
    records::each_shown::<WalletError>(connection, &mut |Shown { version, is_removed }| {
        let head = records::read_head(&version.bytes)?;
        let facts = facts(&version, &head);
        if facts.resource_type == "Patient" {
            selection.patients.insert(0, version);
            return Ok(());
        }
        // A card holds everything again, in one piece; what is in it leaves as records.
        if facts.resource_type == "DocumentReference" && kept_health_card(&version.bytes).is_some() {
            return Ok(());
        }
        let urn = version.full_url.as_deref().and_then(folded_address).filter(|url| url.starts_with("urn:"));
        selection.staying.extend(urn.map(Cow::into_owned));
        if choice.coverage.covers(&facts) {
            let references = references(&version, &head);
            chosen.insert(facts.id, Covered { references, version, is_removed });
        } else if is_reference_type(&facts.resource_type) {
            let (names, references) = (names(&version, &head), references(&version, &head));
            referable.insert(facts.id, Referable { names, references, version });
        }
        Ok(())
    })?;
    let mut wanted = BTreeSet::new();
    for (id, covered) in chosen {
        if !choice.coverage.takes(&covered) {
            selection.withdrawn.insert(id);
        } else if is_kept_back(&id) {
            selection.kept_back.insert(id);
        } else {
            wanted.extend(covered.references);
            selection.records.insert(id, covered.version);
        }
    }
    // Of several Patients the newest leaves.
    if let Some(patient) = selection.patients.first() {
        let head = records::read_head(&patient.bytes)?;
        wanted.extend(references(patient, &head));
    }
    selection.take_referred(wanted, referable, is_kept_back);
    Ok(selection)
}

impl Selection {
    /// Takes what is wanted of what may be referred to.
    fn take_referred(
        &mut self,
        mut wanted: BTreeSet<ReferenceName>,
        mut referable: BTreeMap<RecordId, Referable>,
        is_kept_back: impl Fn(&RecordId) -> bool,
    ) {
        // What is brought along may refer further, as a role does to its organization.
        while let Some(id) = referable
            .iter()
            .find_map(|(id, record)| record.names.iter().any(|name| wanted.contains(name)).then_some(*id))
        {
            let Some(Referable { references, version, .. }) = referable.remove(&id) else { continue };
            if is_kept_back(&id) {
                self.kept_back.insert(id);
            } else {
                wanted.extend(references);
                self.records.insert(id, version);
                self.referenced.insert(id);
            }
        }
    }

    /// What leaves: the newest Patient, who stands for the others, and everything that was selected.
    ///
    /// # Errors
    /// [`WalletError::Share`] if there is no Patient or nothing else.
    pub(super) fn leaving(&self) -> Result<BTreeSet<RecordId>, WalletError> {
        let patient = self.patients.first().ok_or(AssemblyError::NoPatient)?;
        if self.records.is_empty() {
            return Err(AssemblyError::NothingToShare.into());
        }
        Ok(self.records.keys().copied().chain([patient.record]).collect())
    }

    /// SHA-256 over what is put together and what that depends on: the same while the same would leave.
    pub(super) fn digest(&self) -> [u8; 32] {
        let mut state = Sha256Stream::default();
        let mut add = |part: &[u8]| {
            state.update(&(part.len() as u64).to_be_bytes());
            state.update(part);
        };
        for version in self.in_order() {
            add(&version.bytes);
            add(version.full_url.as_deref().unwrap_or_default().as_bytes());
            add(version.source.as_bytes());
        }
        self.staying.iter().for_each(|urn| add(urn.as_bytes()));
        state.finish()
    }

    /// The records in the order in which they are put together: the Patients, newest first, then as they arrived.
    fn in_order(&self) -> Vec<&Version> {
        let mut records: Vec<&Version> = self.records.values().collect();
        records.sort_unstable_by_key(|version| version.seq);
        self.patients.iter().chain(records).collect()
    }

    /// Puts everything that was chosen together, without a PDF.
    ///
    /// # Errors
    /// [`WalletError::Share`] if there is no Patient or nothing else.
    pub(super) fn patient_shared_bundle(
        &self,
        with_numbers: bool,
        now: Timestamp,
        rng: &mut Rng,
    ) -> Result<AssembledBundle, WalletError> {
        let records: Vec<SharedRecord<'_>> = self.in_order().into_iter().map(shared).collect();
        Ok(patient_shared_bundle(&records, &self.staying, with_numbers, now, rng)?)
    }

    /// Puts the records together, the newest Patient first; it stands for the others. What the patient tells goes along.
    ///
    /// # Errors
    /// [`WalletError::Share`] if there is no Patient or nothing else, or the story can't go along.
    pub(super) fn assemble(
        &self,
        format: ShareFormat,
        with_numbers: bool,
        story: Option<&str>,
        now: Timestamp,
        rng: &mut Rng,
    ) -> Result<Assembled, WalletError> {
        let versions = self.in_order();
        let all = versions.iter().copied();
        let mut rendered_pdf_bytes = None;
        let bundle = match format {
            ShareFormat::PatientSharedBundle => {
                let mut bundle = self.patient_shared_bundle(with_numbers, now, rng)?;
                rendered_pdf_bytes = add_pdfs(&mut bundle, story, now, rng)?;
                bundle
            }
            ShareFormat::InternationalPatientSummary if story.is_some() => {
                return Err(AssemblyError::Story.into());
            }
            ShareFormat::InternationalPatientSummary => {
                let titles = Titles::of(&versions)?;
                let mut records = Vec::with_capacity(versions.len());
                for version in all {
                    records
                        .push(IpsRecord { record: shared(version), row: narrative_row(version, &titles)? });
                }
                ips_document(&records, &self.staying, env!("CARGO_PKG_VERSION"), with_numbers, now, rng)?
            }
        };
        let AssembledBundle { json, types, dangling, left_out, identity_details, .. } = bundle;
        // That of several Patients one leaves was not chosen.
        let left_out = left_out.into_iter().filter(|index| *index >= self.patients.len());
        Ok(Assembled {
            json,
            types,
            rendered_pdf_bytes,
            dangling: dangling.len(),
            left_out: left_out.filter_map(|index| Some(versions.get(index)?.record)).collect(),
            identity_details: shared_details(&versions, identity_details),
        })
    }
}

/// What leaves, put together.
pub(super) struct Assembled {
    /// The Bundle.
    pub(super) json: Vec<u8>,
    /// How many resources leave, by type.
    pub(super) types: BTreeMap<String, usize>,
    /// The size of the PDF in it that lists them all, in bytes; absent if there is none.
    pub(super) rendered_pdf_bytes: Option<u64>,
    /// How many references in them lead to what does not leave.
    pub(super) dangling: usize,
    /// Which of the records have no place in this format.
    pub(super) left_out: BTreeSet<RecordId>,
    /// The identity numbers and photos in what leaves, which were left out of it or leave with it.
    pub(super) identity_details: Vec<SharedIdentityDetail>,
}

/// What medicines are called that others refer to.
struct Titles(BTreeMap<ReferenceName, String>);

impl Titles {
    fn of(versions: &[&Version]) -> Result<Self, WalletError> {
        let mut titles = BTreeMap::new();
        for version in versions {
            let head = records::read_head(&version.bytes)?;
            if head.resource_type == "Medication"
                && let Some(title) = keepwell_chart::title(&version.bytes)
            {
                titles.extend(names(version, &head).into_iter().map(|name| (name, title.clone())));
            }
        }
        Ok(Self(titles))
    }
}

/// What a person reads of a record in a summary.
fn narrative_row(version: &Version, titles: &Titles) -> Result<NarrativeRow, WalletError> {
    let row = Row::read(&version.bytes);
    let referred = match row.title {
        Some(_) => None,
        None => {
            // No other medicine that it speaks of.
            let json: serde_json::Value = serde_json::from_slice(&version.bytes).unwrap_or_default();
            let medicine = json.pointer("/medicationReference/reference").and_then(serde_json::Value::as_str);
            let mut head = records::read_head(&version.bytes)?;
            head.references.retain(|reference| medicine == Some(&**reference));
            let names = references(version, &head);
            names.iter().find_map(|name| titles.0.get(name))
        }
    };
    Ok(NarrativeRow {
        title: english::name(row.title.as_deref().or(referred.map(String::as_str)), &row.resource_type)
            .to_owned(),
        when: row.when.as_ref().map(english::when).unwrap_or_default(),
        value: english::flagged(row.value.as_ref(), row.flag),
        status: row.status.unwrap_or_default(),
    })
}

/// Identity numbers and photos with the records that hold them, by their positions among these.
fn shared_details(records: &[&Version], found: Vec<(usize, IdentityDetail)>) -> Vec<SharedIdentityDetail> {
    let of = |(index, IdentityDetail { kind, ending }): (usize, IdentityDetail)| {
        let record = records.get(index)?.record;
        Some(SharedIdentityDetail { record, kind, ending })
    };
    found.into_iter().filter_map(of).collect()
}

/// An identity number or a photo in a record that leaves.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SharedIdentityDetail {
    /// The record that holds it.
    pub record: RecordId,
    /// What it is.
    pub kind: IdentityKind,
    /// The last four characters of a number that has eight or more, to tell it from others; else empty.
    pub ending: String,
}

/// A record that is covered.
struct Covered {
    references: Vec<ReferenceName>,
    version: Version,
    /// Whether the record is removed at its source.
    is_removed: bool,
}

/// A record about no patient, and how others may call it.
struct Referable {
    names: Vec<ReferenceName>,
    references: Vec<ReferenceName>,
    version: Version,
}

fn shared(version: &Version) -> SharedRecord<'_> {
    SharedRecord { bytes: &version.bytes, full_url: version.full_url.as_deref(), source: &version.source }
}

/// What a clinic asks for at check-in: what stands for long, and two years of results and vitals. A summary has sections for more of
/// what stands.
fn usual(format: ShareFormat, now: Timestamp) -> Vec<Scope> {
    use Category as C;
    let mut standing =
        vec![C::Patient, C::Allergies, C::Conditions, C::Medications, C::Immunizations, C::Procedures];
    if format == ShareFormat::InternationalPatientSummary {
        standing.extend([C::Devices, C::SocialHistory, C::CarePlans]);
    }
    let since = Some(now.saturating_sub(RECENT));
    vec![
        Scope { categories: standing, ..Scope::default() },
        Scope { categories: vec![C::Results, C::Vitals], since, ..Scope::default() },
    ]
}

/// How far back a profile of shares reaches: 24 months.
const RECENT: Duration = Duration::days(731);
