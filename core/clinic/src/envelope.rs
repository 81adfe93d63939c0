//! What an envelope shows by itself: checked before anybody is asked about it.

use keepwell_protocol::crypto::HpkeSecretKey;
use keepwell_protocol::domain::{BlobId, GrantId, Origin, ProviderId};
use keepwell_protocol::vault::{About, Envelope};

use crate::ClinicError;

/// For whom envelopes must be.
pub(crate) struct Addressee {
    pub(crate) origin: Origin,
    pub(crate) provider: ProviderId,
    pub(crate) keys: Vec<HpkeSecretKey>,
}

/// An envelope that proves a patient's consent; whether that is in force is to be asked.
pub(crate) struct Candidate {
    pub(crate) id: BlobId,
    pub(crate) grant: GrantId,
    pub(crate) envelope: Envelope,
    /// Other envelopes of the same grant, none of which is newer.
    pub(crate) older: Vec<BlobId>,
}

impl Addressee {
    /// Opens an envelope and checks everything in it that needs nobody else: its length, the key that it is
    /// sealed to, the patient's signatures and commitment, the reader's slot.
    pub(crate) fn open(&self, id: BlobId, sealed: &[u8]) -> Result<Candidate, ClinicError> {
        if sealed.len() > Envelope::LONGEST {
            return Err(ClinicError::UnexpectedAnswer);
        }
        let mut envelope = Envelope::open(&self.keys, sealed)?;
        let accepted = envelope.accept(&self.origin, self.provider)?;
        if envelope.host.len() > LONGEST_ADDRESS {
            return Err(ClinicError::InvalidAddress);
        }
        envelope.about.as_mut().map(shorten);
        Ok(Candidate { id, grant: accepted.grant, envelope, older: Vec::new() })
    }
}

/// Keeps the newest envelope of each grant, in the order in which the grants came; beside it the names of at
/// most [`MOST_OLDER`] others. Answers these, and the names of those beyond.
pub(crate) fn newest_of_each(candidates: Vec<Candidate>) -> (Vec<Candidate>, Vec<BlobId>) {
    let mut at = std::collections::HashMap::new();
    let (mut newest, mut beyond): (Vec<Candidate>, Vec<BlobId>) = (Vec::new(), Vec::new());
    for mut next in candidates {
        let index = *at.entry(next.grant).or_insert(newest.len());
        let Some(first) = newest.get_mut(index) else {
            newest.push(next);
            continue;
        };
        if next.envelope.host_version() > first.envelope.host_version() {
            std::mem::swap(first, &mut next);
            first.older = std::mem::take(&mut next.older);
        }
        if first.older.len() < MOST_OLDER { first.older.push(next.id) } else { beyond.push(next.id) }
    }
    (newest, beyond)
}

/// Cuts what a patient says of themselves to what a name and a date need. It is signed by nobody, and whoever
/// fills it with pages of text is not to fill the desk with them.
fn shorten(about: &mut About) {
    for (text, longest) in [(&mut about.name, LONGEST_NAME), (&mut about.birth_date, LONGEST_DATE)] {
        if let Some((end, _)) = text.char_indices().nth(longest) {
            text.truncate(end);
        }
    }
}

/// The longest address of a host, in bytes.
const LONGEST_ADDRESS: usize = 2_048;
/// The longest name and birth date, in characters.
const LONGEST_NAME: usize = 200;
const LONGEST_DATE: usize = 10;
/// A wallet sends one envelope of a grant, and one more each time it moves to another host.
const MOST_OLDER: usize = 3;
