//! Imports: what came of them, and what is known of them later.

use keepwell_protocol::domain::{DeliveryId, QuarantineId};
use keepwell_protocol::formats::cda::CdaError;
use keepwell_protocol::formats::fhir::{
    Kind as ContentKind, OldRelease as FhirRelease, Quarantine, ReadError as BrokenFileReason,
};
use keepwell_protocol::formats::shc::{CardState, HealthCardError};
use keepwell_wallet::{
    BrokenFile, FoundPatient, ImportOptions, ImportReach, ImportReport, ImportSummary, Notice,
    QuarantinedPart, RecordVersion, UndoReport, VersionStanding,
};

use super::Instant;
use crate::error::WalletError;
use crate::reasons::{ArgumentReason, FileReason};

/// How to take a file.
#[uniffi::remote(Record)]
pub struct ImportOptions {
    /// What to call where the records come from; by default the base of their addresses, or `file`.
    #[uniffi(default = None)]
    pub source: Option<String>,
    /// Which of several people is the owner: `@` and a number of the list in
    /// [`ImportOutcome::OtherPatients`], an id, or a fullUrl. Records of anyone else are kept out and
    /// counted.
    #[uniffi(default = None)]
    pub patient: Option<String>,
}

/// What became of the resources of an import. Files are counted from 0, in the order in which they were
/// given.
#[uniffi::remote(Record)]
pub struct ImportReport {
    /// The import, by which it can be taken back; none if it carried nothing.
    pub import: Option<DeliveryId>,
    pub read: u64,
    pub added: u64,
    pub updated: u64,
    /// Resources whose bytes were there already.
    pub duplicates: u64,
    /// Records that stand by themselves although another has their id: where the source was only guessed,
    /// what contradicts is not taken for a version.
    pub id_reused: u64,
    /// Records that the files say were removed at their source.
    pub removed: u64,
    /// Parts that could not be taken, with the reason.
    pub quarantined: Vec<QuarantinedPart>,
    /// Files of which nothing was taken, because they could not be read to their end.
    pub broken: Vec<BrokenFile>,
    /// What there is to know beside: what servers said of their answers, and what is not among the files.
    pub notices: Vec<Notice>,
    /// Resources about someone else, which were kept out.
    pub other_patient: u64,
}

/// A part of a file that could not be taken.
#[uniffi::remote(Record)]
pub struct QuarantinedPart {
    /// Which of the files, from 0 in the order in which they were given.
    pub file: u64,
    /// Which one of the file, from 0: the entry of a Bundle, the line of NDJSON.
    pub index: u64,
    pub reason: Quarantine,
    /// `Resource` for a resource, `Text` for a line that is not JSON, `JsonOther` for JSON of another kind,
    /// else the kind of the whole file.
    pub kind: ContentKind,
    /// Its id in quarantine; none if it is not kept, because it is too large or there is no room.
    pub kept: Option<QuarantineId>,
    /// What of an archive it is in is called; for people only, it leads nowhere.
    #[uniffi(default = None)]
    pub entry: Option<String>,
}

/// A file that could not be read to its end.
#[uniffi::remote(Record)]
pub struct BrokenFile {
    /// Which of the files, from 0 in the order in which they were given.
    pub file: u64,
    /// What ended the reading.
    pub reason: BrokenFileReason,
    /// Its id in quarantine; none if it is not kept, because it is too large, could not be read at all, or
    /// there is no room.
    pub kept: Option<QuarantineId>,
    /// What it is called in an archive, if it is in one; for people only, it leads nowhere.
    #[uniffi(default = None)]
    pub entry: Option<String>,
}

uniffi::custom_type!(BrokenFileReason, FileReason, {
    remote,
    lower: |error| error.code().into(),
    // It only goes out.
    try_lift: |_code| Err(WalletError::invalid(ArgumentReason::InvalidText).into()),
});

/// What there is to know of an import beside its records.
#[uniffi::remote(Enum)]
pub enum Notice {
    /// A server says that something of its answer may be missing, or is.
    ServerSaid {
        /// Which of the files, from 0.
        file: u64,
        /// Which one of the file, from 0.
        index: u64,
        /// Whether it is missing for sure.
        is_error: bool,
        /// What it says, or an HTTP status where it says no more; at most 200 characters.
        text: String,
    },
    /// An answer goes on in a page that is not among the files.
    MissingPage {
        /// Which of the files, from 0.
        file: u64,
        /// Who has it: the host of its address, where that is one.
        host: Option<String>,
    },
    /// A file is of an older release of FHIR: its records are read as far as they are written alike.
    OldRelease {
        /// Which of the files, from 0.
        file: u64,
        /// The release, as far as its resources tell it.
        release: FhirRelease,
    },
    /// A health card came in.
    HealthCard {
        /// Which of the files, from 0.
        file: u64,
        /// Which one of the file, from 0.
        index: u64,
        /// The address of who issued it.
        issuer: String,
        /// What can be said of it by what is at hand.
        state: CardState,
    },
    /// A document came in, and records were made of what its entries say.
    Document {
        /// Which of the files, from 0.
        file: u64,
        /// What it calls itself; at most 200 characters.
        title: Option<String>,
        /// How many records were made of it, beside the one that holds it.
        derived: u64,
    },
    /// An Apple Health export came in as records of days; the file itself is not kept.
    Measurements {
        /// Which of the files, from 0.
        file: u64,
        /// Measurements that the records are made of.
        taken: u64,
        /// Measurements and workouts of kinds that are not taken.
        left: u64,
        /// How many records were made.
        records: u64,
    },
    /// There were more of these than are listed.
    More {
        /// How many more there were than the list has.
        count: u64,
    },
}

/// What can be said of a health card.
#[uniffi::remote(Enum)]
pub enum CardState {
    /// Its issuer signed it, and it holds.
    Verified,
    /// The keys of its issuer are not at hand.
    UnknownIssuer,
    /// Its issuer does not name the key that it is signed with.
    UnknownKey,
    /// Its issuer can revoke it, and whether that was done is not known.
    UnknownRevocation,
    /// It was changed, or somebody else signed it.
    Broken,
    /// Its issuer revoked it.
    Revoked,
    /// It holds no more.
    Expired,
    /// It does not hold yet.
    NotYetValid,
}

/// A release of FHIR before R4.
#[uniffi::remote(Enum)]
pub enum FhirRelease {
    /// DSTU2, FHIR 1.0.
    Dstu2,
    /// STU3, FHIR 3.0.
    Stu3,
    /// One of the two.
    Dstu2OrStu3,
}

/// Why a part of a file could not be taken.
#[uniffi::remote(Enum)]
pub enum Quarantine {
    /// A kind of file that is not read.
    UnsupportedFormat,
    /// Not JSON from this offset on; only a line of NDJSON can be left out alone.
    InvalidJson {
        /// Bytes before the one that is wrong, in the unpacked input.
        offset: u64,
    },
    /// A string holds a lone surrogate or NUL.
    InvalidText {
        /// Bytes before its escape, in the unpacked input.
        offset: u64,
    },
    /// Objects and arrays are nested deeper than 64.
    TooDeep,
    /// The resource is larger than the reader's limits allow, or it is a Bundle of that size
    /// that says so only behind its entries.
    TooLarge,
    /// Not a JSON object, or one without `resourceType`.
    NotAResource,
    /// `resourceType` is not the name of a type: not a string, empty, or with other characters than letters.
    InvalidResourceType,
    /// A health card that cannot be read.
    HealthCard {
        /// What is wrong with it.
        reason: HealthCardError,
    },
    /// A document that cannot be read.
    Document {
        /// What is wrong with it.
        reason: CdaError,
    },
}

/// What is wrong with a document of HL7's Clinical Document Architecture.
#[uniffi::remote(Enum)]
pub enum CdaError {
    /// It brings a DOCTYPE or entities of its own.
    Doctype,
    /// It is not well-formed XML.
    Xml,
    /// Elements are nested deeper than 100.
    TooDeep,
    /// It is over 20 MB, or has too many elements or attributes.
    TooLarge,
    /// It isn't of HL7's namespace.
    Namespace,
}

/// What is wrong with a health card.
#[uniffi::remote(Enum)]
pub enum HealthCardError {
    /// A pair of digits stands for no character, or one is missing.
    Digits,
    /// Of the codes of one card some are missing, repeated, too long or those of another card.
    Chunks,
    /// The file names no card, or more than 1,000.
    File,
    /// Not three parts of base64url, or not a header.
    Malformed,
    /// It is signed or compressed in another way than health cards are, or names no key.
    Header,
    /// The signature is not 64 bytes.
    Signature,
    /// What was compressed is damaged.
    Inflate,
    /// It inflates to more than the limit allows.
    TooLarge,
    /// The payload is no object, or one that names a member twice.
    Payload,
    /// The issuer is no https address without a slash at its end.
    Issuer,
    /// It says not when it was issued, or not as a number of seconds.
    Time,
    /// It does not say that it is a health card.
    Type,
    /// What it would be revoked by is longer than 24 characters, or not of the base64url alphabet.
    RevocationId,
    /// Its content is not of FHIR 4.0.1.
    FhirVersion,
    /// There is no Bundle in it.
    Bundle,
}

/// Someone whom records are about.
#[uniffi::remote(Record)]
pub struct FoundPatient {
    /// Which one, from 1: `@1` as the options of an import mean this person.
    pub number: u64,
    /// What else means this person there: an id, or `@` and the number where no id does.
    pub id: String,
    /// The name, if there is one.
    pub name: Option<String>,
    /// The birth date as written, `YYYY-MM-DD` or a part of it, if there is one.
    pub birth_date: Option<String>,
    /// How many of the records are about this person.
    pub records: u64,
    /// Whether this is the owner of the wallet.
    pub is_owner: bool,
}

/// One import, with all its files.
#[uniffi::remote(Record)]
pub struct ImportSummary {
    /// What it is called, also after a restore.
    pub import: DeliveryId,
    pub source: String,
    pub time: Instant,
    /// Records that were new with it.
    pub added: u64,
    /// Records that had a new version with it.
    pub updated: u64,
    /// When it was taken back; none: it stands.
    pub undone: Option<Instant>,
}

/// What is lost with an import that is taken back, and who may have seen it: no undo reaches that.
#[uniffi::remote(Record)]
pub struct ImportReach {
    /// Versions that would go out of sight.
    pub versions: u64,
    /// Those of them that lie sealed at the host.
    pub published: u64,
    /// The names of providers with a grant in force that covers one of them.
    pub granted: Vec<String>,
    /// Shares that were made since: each may have shown one of them.
    pub shares: u64,
    /// Items in quarantine that came with no other import: they would be removed for good.
    pub quarantined: u64,
}

/// What became of the records of an import that was taken back.
#[uniffi::remote(Record)]
pub struct UndoReport {
    /// Records that are out of sight.
    pub removed: u64,
    /// Records of which an earlier version is the present one again.
    pub restored: u64,
    /// Items of the quarantine that came with no other import, which are removed for good.
    pub quarantined: u64,
}

/// How a version stands among those of its record.
#[uniffi::remote(Enum)]
pub enum VersionStanding {
    /// It is the one that is shown.
    Present,
    /// Another version is shown.
    Superseded,
    /// It would be shown, but its source removed the record.
    RemovedAtSource,
    /// No import that stands carries it.
    TakenBack,
}

/// One version of a record.
#[uniffi::remote(Record)]
pub struct RecordVersion {
    /// Which one, from 1, in the order of arrival.
    pub version: u32,
    pub standing: VersionStanding,
    pub import: DeliveryId,
    pub source: String,
    pub received: Instant,
    /// `meta.lastUpdated`, as written.
    pub last_updated: Option<String>,
    /// `meta.versionId`, as written.
    pub version_id: Option<String>,
}
