//! A dishonest clinic and a dishonest host that work together: all that lies on their disks and all that the
//! clinic ever heard, and what can be read with it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use keepwell_protocol::crypto::{self, HpkeSecretKey, Label, RecordKey, SigningKey, Suite};
use keepwell_protocol::domain::{BlobId, CompartmentId, GrantId, Object as _, SpaceId};
use keepwell_protocol::vault::{
    Envelope, GrantAnswer, GrantEntry, Head, Packet, RecordBlob, SealedHead, Segment,
};
use rusqlite::{Connection, OpenFlags};
use zeroize::Zeroizing;

use super::tape::Tape;
use crate::failure::{CommandError, Failure};

/// What both have of one patient.
pub(super) struct Insiders {
    /// The clinic's signing key.
    pub(super) signing_key: SigningKey,
    /// The envelopes that the clinic accepted, with their pair secrets.
    pub(super) envelopes: Vec<Envelope>,
    /// The sealed blobs of the patient's space, as they lie in the host's packs.
    pub(super) blobs: BTreeMap<BlobId, Vec<u8>>,
    /// The sealed heads that lie at the host now, and those that the clinic was given before.
    heads: Vec<SealedHead>,
    /// Every secret that could be a key.
    keys: Vec<Zeroizing<[u8; 32]>>,
}

/// What an insider could open of what the servers hold.
#[derive(Default)]
pub(super) struct Opened {
    /// The resources, byte for byte, by the blobs that hold them.
    pub(super) records: BTreeMap<BlobId, Vec<u8>>,
    /// The blobs that list those.
    pub(super) segments: BTreeSet<BlobId>,
    /// Every secret that could be a key, and every key that came to light.
    pub(super) keys: Vec<Zeroizing<[u8; 32]>>,
}

impl Insiders {
    /// Reads the homes of both, as whoever runs them can.
    pub(super) fn of(clinic: &Path, host: &Path, space: SpaceId, tape: &Tape) -> Result<Self, Failure> {
        let (signing_key, hpke_keys, envelopes) = read_clinic(clinic).map_err(unreadable)?;
        let (mut heads, mut packets, blobs) = read_host(host, space).map_err(unreadable)?;
        for answer in tape.heard() {
            if let Ok(answer) = GrantAnswer::from_cbor(&answer) {
                packets.push(answer.packet);
                heads.extend(answer.heads);
            }
        }
        heads.sort_by_key(SealedHead::hash);
        heads.dedup();
        packets.sort_unstable();
        packets.dedup();
        let mut keys = vec![Zeroizing::new(*signing_key.expose())];
        keys.extend(hpke_keys.iter().map(|key| Zeroizing::new(*key.expose())));
        for envelope in &envelopes {
            keys.extend([*envelope.pair.expose(), *envelope.reader_key().expose()].map(Zeroizing::new));
            for packet in &packets {
                let opened = Packet::open(&hpke_keys, envelope.terms.grant_id(), packet);
                keys.extend(
                    opened.into_iter().flat_map(|packet| packet.0).map(|it| Zeroizing::new(*it.key.expose())),
                );
            }
        }
        let mut insiders = Self { signing_key, envelopes, blobs, heads, keys: Vec::new() };
        for key in &keys {
            insiders.learn(key);
        }
        Ok(insiders)
    }

    /// The envelope of a grant.
    pub(super) fn envelope(&self, grant: GrantId) -> Option<&Envelope> {
        self.envelopes.iter().find(|envelope| envelope.terms.grant_id() == grant)
    }

    /// The newest head of a compartment.
    pub(super) fn head(&self, compartment: CompartmentId) -> Option<&SealedHead> {
        self.heads.iter().filter(|head| head.compartment == compartment).max_by_key(|head| head.version)
    }

    /// Adds a key to those that are tried.
    pub(super) fn learn(&mut self, key: &[u8; 32]) {
        add(&mut self.keys, key);
    }

    /// Tries every key on every head and follows what opens down to the records; so on with each key that
    /// comes to light.
    pub(super) fn follow(&self) -> Opened {
        let mut opened = Opened { keys: self.keys.clone(), ..Opened::default() };
        let mut at = 0;
        while let Some(key) = opened.keys.get(at).cloned() {
            at += 1;
            for head in self.heads.iter().filter_map(|sealed| open_head(sealed, &key)) {
                for segment in head.segments {
                    add(&mut opened.keys, segment.key.expose());
                    let listed = Segment::open(head.compartment, &segment.key, self.blob(&segment.blob));
                    for entry in listed.into_iter().flat_map(|segment| segment.0) {
                        opened.segments.insert(segment.blob);
                        add(&mut opened.keys, entry.key.expose());
                        if let Ok(record) = RecordBlob::open(&entry.key, self.blob(&entry.blob)) {
                            opened.records.insert(entry.blob, record.bytes);
                        }
                    }
                }
            }
        }
        opened
    }

    /// Whether one of these keys opens a blob, be it a record or a segment of any compartment.
    pub(super) fn any_opens(&self, keys: &[Zeroizing<[u8; 32]>], blob: &BlobId) -> bool {
        let sealed = self.blob(blob);
        keys.iter().map(|key| RecordKey::from_bytes(key)).any(|key| {
            RecordBlob::open(&key, sealed).is_ok()
                || self.heads.iter().any(|head| Segment::open(head.compartment, &key, sealed).is_ok())
        })
    }

    fn blob(&self, id: &BlobId) -> &[u8] {
        self.blobs.get(id).map(Vec::as_slice).unwrap_or_default()
    }
}

fn add(keys: &mut Vec<Zeroizing<[u8; 32]>>, key: &[u8; 32]) {
    if !keys.iter().any(|known| **known == *key) {
        keys.push(Zeroizing::new(*key));
    }
}

/// Opens a head by its key alone: whoever steals does not care who signed.
fn open_head(sealed: &SealedHead, key: &[u8; 32]) -> Option<Head> {
    let context = [
        sealed.compartment.as_bytes().as_slice(),
        &sealed.epoch.to_be_bytes(),
        &sealed.version.to_be_bytes(),
    ];
    let head = crypto::open(key, Label::Head, &context.concat(), &sealed.sealed).ok()?;
    Head::from_cbor(&head).ok()
}

type Unreadable = Box<dyn std::error::Error>;

/// The clinic's keys and accepted envelopes; the key of its store lies beside it.
fn read_clinic(home: &Path) -> Result<(SigningKey, Vec<HpkeSecretKey>, Vec<Envelope>), Unreadable> {
    let key = Zeroizing::new(hex::encode(Zeroizing::new(std::fs::read(home.join("store.key"))?)));
    let store = open(&home.join("clinic.db"))?;
    store.execute_batch(&Zeroizing::new(format!(
        "PRAGMA key = \"x'{}'\"; PRAGMA cipher_page_size = 4096; PRAGMA cipher_hmac_algorithm = HMAC_SHA256;
         PRAGMA cipher_kdf_algorithm = PBKDF2_HMAC_SHA256;",
        key.as_str()
    )))?;
    let seed: Zeroizing<[u8; 32]> =
        store.query_row("SELECT signing_seed FROM identity", [], |row| row.get(0).map(Zeroizing::new))?;
    let mut query = store.prepare("SELECT suite, secret FROM hpke_key")?;
    let rows =
        query.query_map([], |row| Ok((row.get::<_, u8>(0)?, row.get(1).map(Zeroizing::<[u8; 32]>::new)?)))?;
    let mut keys = Vec::new();
    for row in rows {
        let (suite, secret) = row?;
        keys.push(HpkeSecretKey::from_bytes(Suite::from_number(suite)?, &secret)?);
    }
    let mut query = store.prepare("SELECT envelope FROM accepted_grant")?;
    let rows = query.query_map([], |row| row.get::<_, Vec<u8>>(0).map(Zeroizing::new))?;
    let mut envelopes = Vec::new();
    for row in rows {
        envelopes.push(Envelope::from_cbor(&row?)?);
    }
    Ok((SigningKey::from_seed(&seed), keys, envelopes))
}

type HostFiles = (Vec<SealedHead>, Vec<Vec<u8>>, BTreeMap<BlobId, Vec<u8>>);

/// The heads, packets and blobs of a space, whether anything still refers to them or not.
fn read_host(home: &Path, space: SpaceId) -> Result<HostFiles, Unreadable> {
    let database = open(&home.join("host.sqlite"))?;
    let column = |sql: &str| -> Result<Vec<Vec<u8>>, rusqlite::Error> {
        database.prepare(sql)?.query_map([space.as_bytes()], |row| row.get(0))?.collect()
    };
    let heads = column(
        "SELECT head FROM compartments JOIN spaces s USING (space) WHERE s.id = ?1 AND head IS NOT NULL",
    )?;
    let entries = column("SELECT entry FROM grants JOIN spaces s USING (space) WHERE s.id = ?1")?;
    let mut query = database.prepare(
        "SELECT p.name, b.start, b.bytes FROM blobs b JOIN packs p USING (pack) JOIN spaces s USING (space)
         WHERE s.id = ?1",
    )?;
    let rows = query.query_map([space.as_bytes()], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, usize>(1)?, row.get::<_, usize>(2)?))
    })?;
    let (mut packs, mut blobs) = (BTreeMap::new(), BTreeMap::new());
    for row in rows {
        let (name, start, bytes) = row?;
        if !packs.contains_key(&name) {
            let level = home.join("blobs/packs").join(name.get(..2).unwrap_or_default());
            packs.insert(name.clone(), std::fs::read(level.join(&name))?);
        }
        let pack = packs.get(&name).map(Vec::as_slice).unwrap_or_default();
        let blob = pack.get(start..start.saturating_add(bytes)).ok_or("a pack is too short")?;
        blobs.insert(crypto::blob_id(blob), blob.to_vec());
    }
    let heads = heads.iter().map(|head| SealedHead::from_cbor(head)).collect::<Result<_, _>>()?;
    let packets = entries.iter().map(|entry| GrantEntry::from_cbor(entry).map(|entry| entry.packet));
    Ok((heads, packets.collect::<Result<_, _>>()?, blobs))
}

fn open(file: &Path) -> Result<Connection, rusqlite::Error> {
    Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX)
}

fn unreadable(_: Unreadable) -> Failure {
    CommandError::DemoCheck("what lies on the disks of clinic and host can be read by whoever runs them")
        .into()
}
