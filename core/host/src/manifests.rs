//! Share links that lead to a list of files: put by their owner, and visited with a passcode where they ask for one.

use std::sync::Arc;

use keepwell_protocol::crypto::{self, PasscodeVerifier, Rng, base64url};
use keepwell_protocol::domain::{Duration, LinkId, Object, Timestamp};
use keepwell_protocol::formats::shl::{
    ManifestQuestion, ServedAt, ServedFile, write_manifest, write_remaining_attempts,
};
use keepwell_protocol::vault::{LinkFiles, LinkManifest};

use crate::HostError;
use crate::answer::{Answer, Call};
use crate::links::{changed, recipient};
use crate::refusal::Refusal;
use crate::service::Service;
use crate::store::{LinkFilesFound, ListedFiles, ManifestFound, ManifestVisit, PutLink, PutManifest};

/// How long the address of a file is good, from the list on.
const LOCATION: Duration = Duration::hours(1);
/// How long a receiver that follows a link waits before it asks again, in seconds.
const POLL_AFTER: &str = "60";

impl Service {
    pub(crate) fn put_manifest(&self, call: &Call, id: LinkId) -> Result<Answer, Refusal> {
        let space = self.owner(call)?;
        let manifest =
            LinkManifest::from_cbor(&call.request.body).map_err(|error| Refusal::Malformed(error.code()))?;
        let content = servable(&manifest.files)?;
        self.ensure_room()?;
        let location_secret = Rng::system().array().map_err(|_| HostError::Randomness)?;
        let more = PutManifest {
            is_long_term: manifest.is_long_term,
            passcode: manifest.passcode.as_ref(),
            location_secret,
        };
        let put = PutLink { content: &content, manifest: Some(more) };
        let quota = self.capacity.limits.space_bytes;
        changed(id, self.store.put_link(space, id, &put, quota, self.kept_from(call))?)
    }

    pub(crate) fn replace_files(&self, call: &Call, id: LinkId) -> Result<Answer, Refusal> {
        let space = self.owner(call)?;
        let files =
            LinkFiles::from_cbor(&call.request.body).map_err(|error| Refusal::Malformed(error.code()))?;
        let content = servable(&files)?;
        self.ensure_room()?;
        let quota = self.capacity.limits.space_bytes;
        changed(id, self.store.replace_link_files(space, id, &content, quota, self.kept_from(call))?)
    }

    /// Answers a visitor of a link by SMART Health Links, without flag `U`.
    ///
    /// Who gives no passcode where one is asked for spends none of the wrong ones that the link takes. A wrong one is
    /// counted, and on the disk, before anybody learns that it was wrong.
    pub(crate) fn visit_manifest(self: &Arc<Self>, call: &Call, path: &str) -> Result<Answer, Refusal> {
        self.admit(&self.rates.link, 1, call)?;
        let question =
            ManifestQuestion::parse(&call.request.body).ok_or(Refusal::Malformed("ManifestRequest"))?;
        let recipient = recipient(&question.recipient)?;
        let path: [u8; 32] = base64url::decode_array(path).map_err(|_| Refusal::NotFound)?;
        self.ensure_logged()?;
        if let Some(refused) = self.refuse_by_ledger(&path, &recipient, call.now)? {
            return Ok(refused);
        }
        let is_right = match self.store.find_manifest(&path, &recipient, call.now)? {
            ManifestFound::Unknown => return Err(Refusal::NotFound),
            ManifestFound::Refused(space, event) => return self.refuse_visit(space, event, call.now),
            ManifestFound::Open => true,
            ManifestFound::Guarded { verifier, attempts_left } => match &question.passcode {
                None => return Ok(passcode_wanted(attempts_left)),
                Some(passcode) => {
                    let _room = call.reserve(PasscodeVerifier::MEMORY)?;
                    verifier.accepts(passcode).map_err(|_| Refusal::Busy)?
                }
            },
        };
        let mut room = None;
        // One that ended just now has none: that is settled, and logged, in its turn.
        let listed = if is_right { self.listed(call, &path, &mut room)? } else { None };
        match self.store.settle_manifest_visit(&path, &recipient, is_right, call.now)? {
            ManifestVisit::Unknown => Err(Refusal::NotFound),
            ManifestVisit::Refused(space, event) => self.refuse_visit(space, event, call.now),
            ManifestVisit::WrongPasscode(left) => Ok(passcode_wanted(left)),
            ManifestVisit::Opened => {
                let listed = listed.ok_or(Refusal::NotFound)?;
                let base = call.request.url.split('?').next().unwrap_or_default();
                let answer =
                    Answer::bytes(200, "application/json", manifest(&listed, &question, base, call.now));
                let answer = Answer { room, ..answer };
                Ok(if listed.can_change { answer.with_header("retry-after", POLL_AFTER) } else { answer })
            }
        }
    }

    /// Answers who comes for a file that a list named.
    pub(crate) fn visit_file(&self, call: &Call, path: &str, location: &str) -> Result<Answer, Refusal> {
        self.admit(&self.rates.link, 1, call)?;
        let path: [u8; 32] = base64url::decode_array(path).map_err(|_| Refusal::NotFound)?;
        let location: [u8; LOCATION_BYTES] =
            base64url::decode_array(location).map_err(|_| Refusal::NotFound)?;
        if let Some(link) = self.store.link_grant(&path, call.now)?
            && self.outcome_by_ledger(&link, call.now)?.is_some()
        {
            return Err(Refusal::NotFound);
        }
        let mut room = None;
        let listed = self.listed(call, &path, &mut room)?.ok_or(Refusal::NotFound)?;
        let position =
            read_location(&listed.location_secret, &location, call.now).ok_or(Refusal::NotFound)?;
        let file = listed.files.0.into_iter().nth(position).ok_or(Refusal::NotFound)?;
        let answer = Answer::bytes(200, "application/jose", file.sealed.into_bytes());
        Ok(Answer { room, ..answer })
    }

    /// The files behind a link that is open, with room for them and for an answer that holds them.
    fn listed(
        &self,
        call: &Call,
        path: &[u8; 32],
        room: &mut Option<keepwell_server::AnswerRoom>,
    ) -> Result<Option<ListedFiles>, Refusal> {
        let make_room = |bytes: u64| {
            *room = call.reserve(bytes.saturating_mul(COPIES)).ok();
            room.is_some()
        };
        match self.store.link_files(path, call.now, make_room)? {
            LinkFilesFound::Nothing => Ok(None),
            LinkFilesFound::NoRoom => Err(Refusal::Busy),
            LinkFilesFound::Found(listed) => Ok(Some(listed)),
        }
    }
}

/// As read, as decoded, as answered.
const COPIES: u64 = 3;

/// The encoding of files that can be served.
fn servable(files: &LinkFiles) -> Result<Vec<u8>, Refusal> {
    if files.is_servable() { Ok(files.to_cbor()) } else { Err(Refusal::Malformed("LinkEmpty")) }
}

fn passcode_wanted(attempts_left: u32) -> Answer {
    Answer::bytes(401, "application/json", write_remaining_attempts(attempts_left))
}

fn manifest(listed: &ListedFiles, question: &ManifestQuestion, base: &str, now: Timestamp) -> Vec<u8> {
    let fits = |sealed: &str| question.embedded_length_max.is_none_or(|most| sealed.len() as u64 <= most);
    let files = listed.files.0.iter().enumerate().map(|(position, file)| ServedFile {
        media_type: file.file_type.media_type(),
        at: match fits(&file.sealed) {
            true => ServedAt::Embedded(&file.sealed),
            false => {
                let location = location(&listed.location_secret, position, now);
                ServedAt::Location(format!("{base}/{}", base64url::encode(&location)))
            }
        },
        last_updated: listed.updated,
        can_change: listed.can_change,
    });
    write_manifest(&files.collect::<Vec<_>>())
}

/// Time 8 bytes, position 8 bytes, and what only this host can make of the two.
const LOCATION_BYTES: usize = 48;

/// The last segment of a file's address: which file, from when on, and a tag by the link's secret. All parts are of one
/// length, so that no other text has the tag of a longer one.
fn location(secret: &[u8; 32], position: usize, now: Timestamp) -> [u8; LOCATION_BYTES] {
    let mut bytes = [0; LOCATION_BYTES];
    let (said, tag) = bytes.split_at_mut(16);
    let (time, number) = said.split_at_mut(8);
    time.copy_from_slice(&now.0.to_be_bytes());
    number.copy_from_slice(&(position as u64).to_be_bytes());
    tag.copy_from_slice(&crypto::sha256_parts(&[secret, said]));
    bytes
}

/// Which file an address names; none if this host did not make it, or more than an hour ago.
fn read_location(secret: &[u8; 32], bytes: &[u8; LOCATION_BYTES], now: Timestamp) -> Option<usize> {
    let (time, rest) = bytes.split_first_chunk::<8>()?;
    let issued = Timestamp(u64::from_be_bytes(*time));
    let position = usize::try_from(u64::from_be_bytes(*rest.first_chunk()?)).ok()?;
    let is_ours = location(secret, position, issued) == *bytes;
    (is_ours && now.since(issued) < LOCATION).then_some(position)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_of_a_file_is_good_for_an_hour_and_can_not_be_made_up() {
        let (secret, now) = ([7; 32], Timestamp(1_800_000_000));
        let one = location(&secret, 3, now);
        assert_eq!(read_location(&secret, &one, now), Some(3));
        assert_eq!(read_location(&secret, &one, Timestamp(now.0 + 3_599)), Some(3));
        assert_eq!(read_location(&secret, &one, Timestamp(now.0 + 3_600)), None);
        assert_eq!(read_location(&[8; 32], &one, now), None);
        for at in 0..LOCATION_BYTES {
            let mut other = one;
            other[at] ^= 1;
            assert_eq!(read_location(&secret, &other, now), None, "{at}");
        }
    }
}
