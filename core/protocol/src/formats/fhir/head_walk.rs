//! One pass over the bytes of a resource, for its head.

use std::{borrow::Cow, collections::HashSet};

use super::{
    cursor::{Cursor, Text, Token},
    date::{self, ClinicalDate},
    error::Quarantine,
    head::{Coding, HumanName, Identifier, ResourceHead, Subject},
    scan::MAX_DEPTH,
    search_text::SearchText,
};

impl<'a> ResourceHead<'a> {
    /// Reads the head of a resource.
    ///
    /// # Errors
    /// [`Quarantine::NotAResource`] if the bytes are no object with a `resourceType`,
    /// [`Quarantine::TooDeep`] if objects and arrays nest deeper than 64.
    ///
    /// ```
    /// use keepwell_protocol::formats::fhir::{Quarantine, ResourceHead};
    ///
    /// let head = ResourceHead::read(br#"{"resourceType":"Condition","code":{"text":"Asthma"}}"#)?;
    /// assert_eq!(head.resource_type, "Condition");
    /// assert_eq!(head.title.as_deref(), Some("Asthma"));
    /// assert_eq!(ResourceHead::read(b"{}").unwrap_err(), Quarantine::NotAResource);
    /// # Ok::<(), Quarantine>(())
    /// ```
    pub fn read(bytes: &'a [u8]) -> Result<Self, Quarantine> {
        let mut head = walk(bytes)?;
        if head.resource_type.is_empty() {
            return Err(Quarantine::NotAResource);
        }
        if let Some(name) = head.names.first().and_then(HumanName::full) {
            head.title = Some(name);
        }
        Ok(head)
    }
}

/// The head of a resource, as its members say it.
fn walk(bytes: &[u8]) -> Result<ResourceHead<'_>, Quarantine> {
    let mut walk = Walk {
        cursor: Cursor::new(bytes),
        head: ResourceHead::default(),
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
    // Whether something was ordered for in or out of hospital does not say what.
    if walk.title_rank >= TITLE_OF_CATEGORY && head.resource_type.starts_with("Medication") {
        head.title = None;
    }
    head.event_date = match head.date.clone().filter(|_| date::is_of_event(walk.date_rank / 2)) {
        None => date::of_event(&head.resource_type, bytes),
        date => date,
    };
    head.text = walk.text.into_string();
    head.has_repeated_keys = walk.may_repeat && has_repeated_keys(bytes);
    Ok(head)
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
    SubjectIdentifier,
    Device,
    /// A `Period`, by its rank among the dates.
    Period(u8),
    Other,
}

/// Concepts up to this rank are codes; those behind it only give a title.
const LAST_CODE: u8 = 1;

/// The rank of a title that is a category, where nothing else is one.
const TITLE_OF_CATEGORY: u8 = 8;

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
            Role::Subject => self.head.subjects.push(Subject::default()),
            _ => {}
        }
        let first_key = self.keys.len();
        while let Some(key) = self.cursor.key() {
            self.keys.push(fingerprint(key.raw()));
            self.may_repeat |= key.is_escaped();
            match self.cursor.next() {
                Some(Token::String(text)) => self.string(role, key.raw(), text),
                Some(Token::Object) => {
                    let role = self.role_within(role, key.raw());
                    self.object(role, depth + 1);
                }
                Some(Token::Array) => self.array(role, key.raw(), depth + 1),
                Some(Token::Bare(bare)) => {
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
            (
                Role::Resource,
                b"code" | b"medicationCodeableConcept" | b"medication" | b"vaccineCode" | b"substance",
            ) => self.concept(0),
            (Role::Resource, b"type") => self.concept(LAST_CODE),
            (
                Role::Resource,
                b"description" | b"relationship" | b"serviceType" | b"serviceRequested" | b"scope",
            ) => self.concept(3),
            (Role::Resource, b"category") => Role::Category,
            (Role::Resource, b"medicationReference") => Role::Titled,
            (Role::Resource, b"identifier") => Role::Identifier,
            (Role::Resource, b"name") => Role::Name,
            (
                Role::Resource,
                b"subject" | b"patient" | b"beneficiary" | b"individual" | b"candidate" | b"for",
            ) => Role::Subject,
            (Role::Subject, b"identifier") => Role::SubjectIdentifier,
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
        if key == b"url" && may_be_content(text.raw()) {
            self.head.content_urls.push(text.to_str());
        }
        match role {
            Role::Resource => self.resource_string(key, text),
            Role::Meta => self.meta_string(key, text),
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
                    self.title(TITLE_OF_CATEGORY + 1, text);
                }
                coding_string(self.head.categories.last_mut(), key, text);
            }
            Role::Category if key == b"text" => self.title(TITLE_OF_CATEGORY, text),
            Role::Titled if key == b"display" => self.title(2, text),
            Role::Identifier => identifier_string(self.head.identifiers.last_mut(), key, text),
            Role::Name => name_string(self.head.names.last_mut(), key, text),
            Role::Subject => subject_string(self.head.subjects.last_mut(), key, text),
            Role::SubjectIdentifier => {
                let subject = self.head.subjects.last_mut();
                identifier_string(subject.map(|subject| &mut subject.identifier), key, text);
            }
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

    fn meta_string(&mut self, key: &[u8], text: Text<'a>) {
        match key {
            b"profile" => self.head.profiles.push(text.to_str()),
            b"versionId" => self.head.version_id = Some(text.to_str()),
            b"lastUpdated" => self.head.last_updated = Some(text.to_str()),
            _ => {}
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

fn identifier_string<'a>(identifier: Option<&mut Identifier<'a>>, key: &[u8], text: Text<'a>) {
    let Some(identifier) = identifier else { return };
    match key {
        b"system" => identifier.system = Some(text.to_str()),
        b"value" => identifier.value = Some(text.to_str()),
        _ => {}
    }
}

fn name_string<'a>(name: Option<&mut HumanName<'a>>, key: &[u8], text: Text<'a>) {
    let Some(name) = name else { return };
    match key {
        b"text" => name.text = Some(text.to_str()),
        b"family" => name.family.push(text.to_str()),
        b"given" => name.given.push(text.to_str()),
        _ => {}
    }
}

fn subject_string<'a>(subject: Option<&mut Subject<'a>>, key: &[u8], text: Text<'a>) {
    let Some(subject) = subject else { return };
    match key {
        b"reference" => subject.reference = Some(text.to_str()),
        b"type" => subject.resource_type = Some(text.to_str()),
        b"display" => subject.display = Some(text.to_str()),
        _ => {}
    }
}

/// Whether a url may lead to a Binary that came along: one of extensions and code systems does not.
fn may_be_content(url: &[u8]) -> bool {
    url.starts_with(b"urn:uuid:") || url.windows(7).any(|part| part == b"Binary/")
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
