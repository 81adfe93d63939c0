//! What a resource says about itself, taken in one pass over its bytes.

use std::{borrow::Cow, collections::HashSet};

use super::{
    attachment::{Attachment, Payload},
    cursor::{Cursor, Text, Token},
    date::{self, ClinicalDate},
    error::Quarantine,
    scan::MAX_DEPTH,
    search_text::SearchText,
};

/// A `Coding`: what of it is there, as written.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Coding<'a> {
    /// The code system.
    pub system: Option<Cow<'a, str>>,
    /// The code.
    pub code: Option<Cow<'a, str>>,
    /// The words for the code.
    pub display: Option<Cow<'a, str>>,
}

/// An `Identifier`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Identifier<'a> {
    /// Who gave it.
    pub system: Option<Cow<'a, str>>,
    /// The identifier itself.
    pub value: Option<Cow<'a, str>>,
}

/// A `HumanName`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct HumanName<'a> {
    /// The whole name.
    pub text: Option<Cow<'a, str>>,
    /// Family names; one, since FHIR STU3.
    pub family: Vec<Cow<'a, str>>,
    /// Given names, the first one first.
    pub given: Vec<Cow<'a, str>>,
}

/// The parts of a resource that a wallet sorts, finds and decides by.
///
/// Everything is taken as written and nothing is required but the type: a resource that breaks
/// FHIR's rules has a head all the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ResourceHead<'a> {
    /// `resourceType`.
    pub resource_type: Cow<'a, str>,
    /// `id`.
    pub id: Option<Cow<'a, str>>,
    /// `meta.profile`.
    pub profiles: Vec<Cow<'a, str>>,
    /// `meta.lastUpdated`.
    pub last_updated: Option<Cow<'a, str>>,
    /// `status`.
    pub status: Option<Cow<'a, str>>,
    /// The codings of what it is about: `code`, or what stands for it (a medication, a vaccine, `type`).
    pub codes: Vec<Coding<'a>>,
    /// The codings of `category`.
    pub categories: Vec<Coding<'a>>,
    /// What to call it: the words for its code, its title, a person's name.
    pub title: Option<Cow<'a, str>>,
    /// `identifier`.
    pub identifiers: Vec<Identifier<'a>>,
    /// `name`, where it is a person's.
    pub names: Vec<HumanName<'a>>,
    /// `birthDate`.
    pub birth_date: Option<Cow<'a, str>>,
    /// References to the one it is about: `subject`, `patient`, `beneficiary` and the like.
    pub subjects: Vec<Cow<'a, str>>,
    /// The reference to the device that measured it.
    pub device: Option<Cow<'a, str>>,
    /// Every `reference` at any depth, in order, with repeats.
    pub references: Vec<Cow<'a, str>>,
    /// The date to sort by: of the elements that say when, the one closest to the event.
    pub date: Option<ClinicalDate<'a>>,
    /// The first and the last of all its clinical dates: their first ten characters, compared as text.
    pub date_range: Option<(String, String)>,
    /// The words to search, one phrase a line.
    pub text: String,
    /// What it carries in base64, at any depth.
    pub attachments: Vec<Attachment<'a>>,
    /// Whether an object in it has a key twice.
    pub has_repeated_keys: bool,
}

impl<'a> ResourceHead<'a> {
    /// Reads the head of a resource.
    ///
    /// # Errors
    /// [`Quarantine::NotAResource`] if the bytes are no object with a `resourceType`,
    /// [`Quarantine::TooDeep`] if objects and arrays nest deeper than 64.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Quarantine> {
        let mut walk = Walk {
            cursor: Cursor::new(bytes),
            head: Self::default(),
            text: SearchText::with_capacity((bytes.len() / 8).min(1_024)),
            keys: Vec::with_capacity(64),
            may_repeat: false,
            code_rank: u8::MAX,
            title_rank: u8::MAX,
            date_rank: u8::MAX,
            too_deep: false,
        };
        if walk.cursor.next() != Some(Token::Object) {
            return Err(Quarantine::NotAResource);
        }
        walk.object(Role::Resource, 1);
        if walk.too_deep {
            return Err(Quarantine::TooDeep);
        }
        let mut head = walk.head;
        if head.resource_type.is_empty() {
            return Err(Quarantine::NotAResource);
        }
        if let Some(name) = head.names.first().and_then(HumanName::full) {
            head.title = Some(name);
        }
        head.text = walk.text.into_string();
        head.has_repeated_keys = walk.may_repeat && has_repeated_keys(bytes);
        Ok(head)
    }
}

impl<'a> HumanName<'a> {
    /// The whole name: as written, or given and family names.
    pub fn full(&self) -> Option<Cow<'a, str>> {
        if self.text.is_some() {
            return self.text.clone();
        }
        let parts: Vec<&str> = self.given.iter().chain(&self.family).map(AsRef::as_ref).collect();
        (!parts.is_empty()).then(|| Cow::Owned(parts.join(" ")))
    }
}

/// What an object is to the resource; [`Role::Other`] for all that only search and references look at.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Role {
    Resource,
    Meta,
    /// A `CodeableConcept`, by how well it says what the resource is about.
    Concept(u8),
    Coding(u8),
    Category,
    CategoryCoding,
    /// A reference that names what the resource is about.
    Titled,
    Identifier,
    Name,
    Subject,
    Device,
    /// A `Period`, by its rank among the dates.
    Period(u8),
    Other,
}

/// Concepts up to this rank are codes; those behind it only give a title.
const LAST_CODE: u8 = 1;

struct Walk<'a> {
    cursor: Cursor<'a>,
    head: ResourceHead<'a>,
    text: SearchText,
    /// The keys so far of all objects that are open, as [`fingerprint`]s.
    keys: Vec<u64>,
    /// Whether keys may repeat: two fingerprints are equal, or one says nothing.
    may_repeat: bool,
    code_rank: u8,
    title_rank: u8,
    date_rank: u8,
    too_deep: bool,
}

impl<'a> Walk<'a> {
    /// Walks the members of an object, from behind its opening brace.
    fn object(&mut self, role: Role, depth: usize) {
        if depth > MAX_DEPTH {
            self.too_deep = true;
            return self.cursor.leave();
        }
        match role {
            Role::Coding(rank) if rank <= LAST_CODE => self.head.codes.push(Coding::default()),
            Role::CategoryCoding => self.head.categories.push(Coding::default()),
            Role::Identifier => self.head.identifiers.push(Identifier::default()),
            Role::Name => self.head.names.push(HumanName::default()),
            _ => {}
        }
        let first_key = self.keys.len();
        let mut payload = Payload::default();
        while let Some(key) = self.cursor.key() {
            self.keys.push(fingerprint(key.raw()));
            self.may_repeat |= key.is_escaped();
            match self.cursor.next() {
                Some(Token::String(text)) => {
                    payload.note(key.raw(), text);
                    self.string(role, key.raw(), text);
                }
                Some(Token::Object) => {
                    let role = self.role_within(role, key.raw());
                    self.object(role, depth + 1);
                }
                Some(Token::Array) => self.array(role, key.raw(), depth + 1),
                Some(Token::Bare(bare)) => {
                    payload.note_number(key.raw());
                    // Some exports write milliseconds: not a date, but kept as one that cannot be read.
                    if let (Role::Resource, Some((rank, false))) = (role, date::rank(key.raw()))
                        && bare.first().is_some_and(u8::is_ascii_digit)
                    {
                        self.date(2 * rank, String::from_utf8_lossy(bare));
                    }
                }
                Some(Token::End | Token::Key(_)) => {}
                None => return,
            }
        }
        self.head.attachments.extend(payload.into_attachment());
        self.close(first_key);
    }

    /// Walks the elements of an array; each plays the role that the array's key gives it.
    fn array(&mut self, role: Role, key: &'a [u8], depth: usize) {
        if depth > MAX_DEPTH {
            self.too_deep = true;
            return self.cursor.leave();
        }
        while let Some(token) = self.cursor.next() {
            match token {
                Token::End => return,
                // No element of the resource itself that is looked at is a list of strings.
                Token::String(text) if role == Role::Resource => self.string(Role::Other, key, text),
                Token::String(text) => self.string(role, key, text),
                Token::Object => {
                    let role = self.role_within(role, key);
                    self.object(role, depth + 1);
                }
                Token::Array => self.array(Role::Other, key, depth + 1),
                Token::Key(_) | Token::Bare(_) => {}
            }
        }
    }

    /// Forgets the keys of an object that ends, after a look for repeats.
    fn close(&mut self, first_key: usize) {
        let keys = self.keys.get_mut(first_key..).unwrap_or_default();
        let repeats = if keys.len() <= 24 {
            keys.iter().enumerate().any(|(index, key)| keys.iter().take(index).any(|other| other == key))
        } else {
            keys.sort_unstable();
            keys.iter().zip(keys.iter().skip(1)).any(|(key, next)| key == next)
        };
        self.may_repeat |= repeats;
        self.keys.truncate(first_key);
    }

    /// What an object under this key is, in an object of this role.
    fn role_within(&mut self, role: Role, key: &[u8]) -> Role {
        match (role, key) {
            (Role::Resource, b"meta") => Role::Meta,
            (Role::Resource, b"code" | b"medicationCodeableConcept" | b"medication" | b"vaccineCode") => {
                self.concept(0)
            }
            (Role::Resource, b"type") => self.concept(LAST_CODE),
            (Role::Resource, b"description" | b"relationship" | b"serviceType" | b"scope") => self.concept(3),
            (Role::Resource, b"category") => Role::Category,
            (Role::Resource, b"medicationReference") => Role::Titled,
            (Role::Resource, b"identifier") => Role::Identifier,
            (Role::Resource, b"name") => Role::Name,
            (Role::Resource, b"subject" | b"patient" | b"beneficiary" | b"individual" | b"candidate") => {
                Role::Subject
            }
            (Role::Resource, b"device") => Role::Device,
            (Role::Resource, _) => match date::rank(key) {
                Some((rank, true)) => Role::Period(rank),
                _ => Role::Other,
            },
            // FHIR R5: a medication is a concept or a reference.
            (Role::Concept(rank), b"concept") => Role::Concept(rank),
            (Role::Concept(0), b"reference") => Role::Titled,
            (Role::Concept(rank), b"coding") => Role::Coding(rank),
            (Role::Category, b"coding") => Role::CategoryCoding,
            _ => Role::Other,
        }
    }

    /// A concept that counts for the codes, unless a better one was there.
    fn concept(&mut self, rank: u8) -> Role {
        if rank <= LAST_CODE && rank < self.code_rank {
            self.code_rank = rank;
            self.head.codes.clear();
        }
        if rank > LAST_CODE || rank == self.code_rank { Role::Concept(rank) } else { Role::Other }
    }

    fn string(&mut self, role: Role, key: &'a [u8], text: Text<'a>) {
        if key == b"div" {
            return self.text.add_narrative(&text.to_str());
        }
        if SearchText::is_searched(key) {
            self.text.add(&text.to_str());
        }
        if key == b"reference" {
            self.head.references.push(text.to_str());
        }
        self.head.attachments.extend(Payload::bare(key, text));
        match role {
            Role::Resource => self.resource_string(key, text),
            Role::Meta => match key {
                b"profile" => self.head.profiles.push(text.to_str()),
                b"lastUpdated" => self.head.last_updated = Some(text.to_str()),
                _ => {}
            },
            Role::Concept(rank) if key == b"text" => self.title(2 * rank, text),
            Role::Coding(rank) => {
                if key == b"display" {
                    self.title(2 * rank + 1, text);
                }
                if rank <= LAST_CODE {
                    coding_string(self.head.codes.last_mut(), key, text);
                }
            }
            Role::CategoryCoding => {
                if key == b"display" {
                    self.title(9, text);
                }
                coding_string(self.head.categories.last_mut(), key, text);
            }
            Role::Category if key == b"text" => self.title(8, text),
            Role::Titled if key == b"display" => self.title(2, text),
            Role::Identifier => {
                if let Some(identifier) = self.head.identifiers.last_mut() {
                    match key {
                        b"system" => identifier.system = Some(text.to_str()),
                        b"value" => identifier.value = Some(text.to_str()),
                        _ => {}
                    }
                }
            }
            Role::Name => {
                if let Some(name) = self.head.names.last_mut() {
                    match key {
                        b"text" => name.text = Some(text.to_str()),
                        b"family" => name.family.push(text.to_str()),
                        b"given" => name.given.push(text.to_str()),
                        _ => {}
                    }
                }
            }
            Role::Subject if key == b"reference" => self.head.subjects.push(text.to_str()),
            Role::Device if key == b"reference" => self.head.device = Some(text.to_str()),
            Role::Period(rank) => match key {
                b"start" => self.date(2 * rank, text.to_str()),
                b"end" => self.date(2 * rank + 1, text.to_str()),
                _ => {}
            },
            _ => {}
        }
    }

    /// A member of the resource itself that is a string, or a list of them.
    fn resource_string(&mut self, key: &[u8], text: Text<'a>) {
        match key {
            b"resourceType" if self.head.resource_type.is_empty() => self.head.resource_type = text.to_str(),
            b"id" if self.head.id.is_none() => self.head.id = Some(text.to_str()),
            b"status" => self.head.status = Some(text.to_str()),
            b"birthDate" => self.head.birth_date = Some(text.to_str()),
            b"title" | b"name" => self.title(4, text),
            b"description" => self.title(5, text),
            _ => {
                if let Some((rank, false)) = date::rank(key) {
                    self.date(2 * rank, text.to_str());
                }
            }
        }
    }

    /// Takes a title if none of a better rank was there.
    fn title(&mut self, rank: u8, text: Text<'a>) {
        if rank < self.title_rank && !text.raw().is_empty() {
            self.title_rank = rank;
            self.head.title = Some(text.to_str());
        }
    }

    fn date(&mut self, rank: u8, text: Cow<'a, str>) {
        let end = text.char_indices().nth(10).map_or(text.len(), |(at, _)| at);
        let day = text.get(..end).unwrap_or_default();
        // What does not begin with a year has no place in an order of text.
        let year = day.as_bytes().first_chunk::<4>();
        if year.is_some_and(|year| year.iter().all(u8::is_ascii_digit)) {
            match &mut self.head.date_range {
                Some((first, _)) if day < first.as_str() => day.clone_into(first),
                Some((_, last)) if day > last.as_str() => day.clone_into(last),
                Some(_) => {}
                none => *none = Some((day.to_owned(), day.to_owned())),
            }
        }
        if rank < self.date_rank {
            self.date_rank = rank;
            self.head.date = Some(ClinicalDate::new(text));
        }
    }
}

fn coding_string<'a>(coding: Option<&mut Coding<'a>>, key: &[u8], text: Text<'a>) {
    let Some(coding) = coding else { return };
    match key {
        b"system" => coding.system = Some(text.to_str()),
        b"code" => coding.code = Some(text.to_str()),
        b"display" => coding.display = Some(text.to_str()),
        _ => {}
    }
}

/// A number that differs between keys of FHIR, and is the same for the same key.
fn fingerprint(key: &[u8]) -> u64 {
    let word = |part: Option<&[u8; 8]>| part.map_or(0, |part| u64::from_le_bytes(*part));
    let short = || key.iter().fold(0, |word, byte| word << 8 | u64::from(*byte));
    match key.len() {
        0..8 => short(),
        length => word(key.first_chunk()) ^ word(key.last_chunk()).rotate_left(21) ^ (length as u64) << 56,
    }
}

/// Whether an object has a key twice, looked at closely.
fn has_repeated_keys(bytes: &[u8]) -> bool {
    let mut cursor = Cursor::new(bytes);
    let mut open: Vec<HashSet<Cow<'_, str>>> = Vec::new();
    while let Some(token) = cursor.next() {
        match token {
            Token::Object | Token::Array => open.push(HashSet::new()),
            Token::End => drop(open.pop()),
            Token::Key(key) => {
                if open.last_mut().is_some_and(|keys| !keys.insert(key.to_str())) {
                    return true;
                }
            }
            Token::String(_) | Token::Bare(_) => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_what_a_resource_says_of_itself() {
        let json = br##"{"resourceType":"Observation","id":"o1","meta":{"profile":["http://p"],"lastUpdated":"2024-01-02T00:00:00Z"},
            "status":"final","category":[{"coding":[{"system":"http://c","code":"laboratory","display":"Laboratory"}]}],
            "code":{"coding":[{"system":"http://loinc.org","code":"4548-4","display":"HbA1c"},{"code":"x"}],"text":"Sugar"},
            "subject":{"reference":"Patient/p1","display":"Vivien"},"device":{"reference":"#d"},
            "effectivePeriod":{"start":"2024-01-01T08:00:00+02:00","end":"2024-01-03"},"issued":"2023-12-31T00:00:00Z",
            "note":[{"text":"fasting"}],"valueQuantity":{"value":5.50,"unit":"%"},
            "contained":[{"resourceType":"Device","id":"d","type":{"text":"meter"},"code":{"coding":[{"code":"not this"}]}}],
            "text":{"status":"generated","div":"<div>Sugar <b>5.5</b></div>"}}"##;
        let head = ResourceHead::read(json).unwrap();
        let coding = |system: Option<&'static str>, code: &'static str, display: Option<&'static str>| {
            Coding { system: system.map(Cow::from), code: Some(code.into()), display: display.map(Cow::from) }
        };
        assert_eq!(head.resource_type, "Observation");
        assert_eq!(head.id.as_deref(), Some("o1"));
        assert_eq!(head.profiles, ["http://p"]);
        assert_eq!(head.last_updated.as_deref(), Some("2024-01-02T00:00:00Z"));
        assert_eq!(head.status.as_deref(), Some("final"));
        assert_eq!(
            head.codes,
            [coding(Some("http://loinc.org"), "4548-4", Some("HbA1c")), coding(None, "x", None)]
        );
        assert_eq!(head.categories, [coding(Some("http://c"), "laboratory", Some("Laboratory"))]);
        assert_eq!(head.title.as_deref(), Some("Sugar"));
        assert_eq!(head.subjects, ["Patient/p1"]);
        assert_eq!(head.device.as_deref(), Some("#d"));
        assert_eq!(head.references, ["Patient/p1", "#d"]);
        let date = head.date.unwrap();
        assert_eq!(date.text, "2024-01-01T08:00:00+02:00");
        assert_eq!(date.time, crate::domain::Timestamp::parse("2024-01-01T06:00:00Z").ok());
        assert_eq!(head.date_range, Some(("2023-12-31".into(), "2024-01-03".into())));
        assert_eq!(head.text, "Laboratory\nHbA1c\nSugar\nVivien\nfasting\nmeter\nSugar 5.5");
        assert!(!head.has_repeated_keys);
    }

    #[test]
    fn a_medication_is_the_code_of_what_is_prescribed_wherever_type_stands() {
        for json in [
            r#"{"resourceType":"M","type":{"coding":[{"code":"t"}]},"medicationCodeableConcept":{"coding":[{"code":"m"}]}}"#,
            r#"{"resourceType":"M","medication":{"concept":{"coding":[{"code":"m"}]}},"type":{"coding":[{"code":"t"}]}}"#,
        ] {
            let head = ResourceHead::read(json.as_bytes()).unwrap();
            let codes: Vec<_> = head.codes.iter().filter_map(|coding| coding.code.as_deref()).collect();
            assert_eq!(codes, ["m"], "{json}");
        }
    }

    #[test]
    fn a_person_is_called_by_name() {
        for (name, title) in [
            (r#"[{"family":"Nolan","given":["Vivien","Marie"]}]"#, Some("Vivien Marie Nolan")),
            (r#"[{"text":"Dr. V. Nolan","family":"Nolan"}]"#, Some("Dr. V. Nolan")),
            (r#""Clinic""#, Some("Clinic")),
            ("[{}]", None),
            (r#"["Clinic"]"#, None),
        ] {
            let json = format!(r#"{{"resourceType":"Patient","name":{name}}}"#);
            assert_eq!(ResourceHead::read(json.as_bytes()).unwrap().title.as_deref(), title, "{name}");
        }
    }

    #[test]
    fn finds_repeated_keys_and_none_where_there_are_none() {
        let many = |last: usize| {
            let keys: Vec<_> = (0..100).chain([last]).map(|key| format!("\"key number {key}\":1")).collect();
            format!("{{\"resourceType\":\"Patient\",{}}}", keys.join(","))
        };
        for (json, repeats) in [
            (r#"{"resourceType":"Patient","id":"a","id":"b"}"#, true),
            (r#"{"resourceType":"Patient","id":"a","\u0069d":"b"}"#, true),
            (r#"{"resourceType":"Patient","a":[{"b":1,"c":2},{"b":1}],"b":{"a":1}}"#, false),
            (r#"{"resourceType":"Patient","a":[{"b":1,"b":2}]}"#, true),
            (r#"{"resourceType":"Patient","effectiveabDateTime":1,"effectivecdDateTime":2}"#, false),
            (&many(100), false),
            (&many(42), true),
        ] {
            assert_eq!(ResourceHead::read(json.as_bytes()).unwrap().has_repeated_keys, repeats, "{json}");
        }
    }

    #[test]
    fn refuses_what_is_no_resource_and_what_is_too_deep() {
        let nested = |depth: usize| {
            format!(r#"{{"resourceType":"Patient","a":{}{}}}"#, "[".repeat(depth), "]".repeat(depth))
        };
        for (json, error) in [
            ("{}", Quarantine::NotAResource),
            ("[]", Quarantine::NotAResource),
            ("", Quarantine::NotAResource),
            (r#"{"resourceType":null}"#, Quarantine::NotAResource),
            (r#"{"resourceType":["Patient"]}"#, Quarantine::NotAResource),
            (&nested(64), Quarantine::TooDeep),
            (&nested(100_000), Quarantine::TooDeep),
        ] {
            assert_eq!(
                ResourceHead::read(json.as_bytes()).map(|head| head.resource_type),
                Err(error),
                "{json:.40}"
            );
        }
        assert!(ResourceHead::read(nested(63).as_bytes()).is_ok());
    }
}
