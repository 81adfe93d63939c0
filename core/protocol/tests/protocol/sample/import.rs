//! Resources as one import gives them, and whose they are.

use keepwell_protocol::formats::fhir::{Accepted, FoundPerson, Observed, People, ResourceHead};

/// A resource and its fullUrl; a blank one is none.
pub(crate) type Entry<'a> = (&'a str, &'a str);

pub(crate) struct Import<'a> {
    pub(crate) people: People,
    entries: Vec<Entry<'a>>,
    source: Option<&'a str>,
}

impl<'a> Import<'a> {
    pub(crate) fn new(known: &[Accepted], source: Option<&'a str>, entries: &[Entry<'a>]) -> Self {
        let mut people = People::default();
        known.iter().for_each(|one| people.accept(one));
        let mut import = Self { people, entries: entries.to_vec(), source };
        for (json, url) in entries {
            let head = ResourceHead::read(json.as_bytes()).unwrap();
            let observed = observed(json, &head, url, source);
            import.people.observe(&observed, &mut || false);
        }
        import.people.settle();
        import
    }

    pub(crate) fn found(&self) -> Vec<FoundPerson> {
        self.people.found()
    }

    /// The ids of the resources that are kept when this person is the owner.
    pub(crate) fn kept(&mut self, owner: &str) -> Vec<String> {
        let person =
            self.people.find(owner).unwrap_or_else(|| panic!("nobody is {owner}: {:?}", self.found()));
        self.people.make_owner(person);
        let mut kept = Vec::new();
        for (json, url) in &self.entries {
            let head = ResourceHead::read(json.as_bytes()).unwrap();
            if self.people.is_own(&observed(json, &head, url, self.source)) {
                kept.push(head.id.as_deref().unwrap_or("-").to_owned());
            }
        }
        kept
    }
}

pub(crate) fn observed<'o, 'a>(
    json: &'o str,
    head: &'o ResourceHead<'a>,
    url: &'o str,
    source: Option<&'o str>,
) -> Observed<'o, 'a> {
    Observed { bytes: json.as_bytes(), head, full_url: Some(url).filter(|url| !url.is_empty()), source }
}

pub(crate) const LENA: &str = r#"{"resourceType":"Patient","id":"p1","name":[{"family":"Moser","given":["Lena"]}],"birthDate":"1981-04-12",
    "identifier":[{"system":"https://a.example/mrn","value":"4711"}]}"#;
pub(crate) const BEN: &str = r#"{"resourceType":"Patient","id":"p2","name":[{"family":"Okafor","given":["Ben"]}],"birthDate":"1950-01-02",
    "identifier":[{"system":"https://a.example/mrn","value":"4712"}]}"#;

/// A record with this subject.
pub(crate) fn about(subject: &str) -> String {
    format!(r#"{{"resourceType":"Observation","id":"o","subject":{subject}}}"#)
}

pub(crate) fn reference(text: &str) -> String {
    about(&format!(r#"{{"reference":"{text}"}}"#))
}

/// What is remembered of the owner when this is imported for the owner.
pub(crate) fn remembered(source: Option<&str>, owner: &str, entries: &[Entry<'_>]) -> Vec<Accepted> {
    let mut import = Import::new(&[], source, entries);
    import.kept(owner);
    import.people.accepted()
}

pub(crate) fn is_own_alone(known: &[Accepted], source: Option<&str>, entries: &[Entry<'_>]) -> bool {
    Import::new(known, source, entries).found().iter().all(|person| person.is_owner)
}
