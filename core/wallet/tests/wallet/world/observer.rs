//! Whoever keeps everything that was ever sent and tries every key that they were ever given.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_protocol::crypto::blob_id;
use keepwell_protocol::domain::{BlobId, GrantId, LinkId};
use keepwell_protocol::vault::{Envelope, EpochGrant, Packet, RecordBlob, SealedHead, Segment};

use super::servers::Insider;
use crate::parties::opening::open_unsigned;
use crate::parties::wire::Seen;

/// What went over the network, and what each insider could make of it.
#[derive(Default)]
pub(super) struct Observer {
    blobs: BTreeMap<BlobId, Vec<u8>>,
    heads: Vec<SealedHead>,
    /// The secret paths of all links that a commit ever named.
    pub(super) links: BTreeMap<LinkId, [u8; 32]>,
    insiders: Vec<Sight>,
}

/// What one insider holds.
#[derive(Default)]
struct Sight {
    keys: Vec<EpochGrant>,
    /// The bytes of every record that opens.
    records: BTreeSet<Vec<u8>>,
    envelopes: BTreeMap<GrantId, Envelope>,
}

impl Observer {
    pub(super) fn new(insiders: usize) -> Self {
        Self { insiders: (0..insiders).map(|_| Sight::default()).collect(), ..Self::default() }
    }

    /// Takes in what was sent since the last time; returns, for each insider, the records that open now
    /// and did not before.
    pub(super) fn look(
        &mut self,
        seen: Seen,
        envelopes: &[Vec<u8>],
        insiders: &[Insider],
    ) -> Vec<BTreeSet<Vec<u8>>> {
        self.blobs.extend(seen.blobs.into_iter().map(|blob| (blob_id(&blob), blob)));
        self.links.extend(seen.links.into_iter().map(|link| (link.id, link.path)));
        let (blobs, heads) = (&self.blobs, &mut self.heads);
        let known = heads.len();
        heads.extend(seen.heads);
        let mut news = Vec::new();
        for (sight, insider) in self.insiders.iter_mut().zip(insiders) {
            for sealed in envelopes {
                if let Ok(envelope) = Envelope::open(&insider.keys, sealed) {
                    sight.envelopes.insert(envelope.terms.grant_id(), envelope);
                }
            }
            let old_keys = sight.keys.len();
            for entry in &seen.entries {
                if let Ok(packet) = Packet::open(&insider.keys, entry.grant, &entry.packet) {
                    sight.keys.extend(packet.0);
                }
            }
            let mut opened = BTreeSet::new();
            for (number, head) in heads.iter().enumerate() {
                let untried = if number < known { old_keys } else { 0 };
                for key in &sight.keys[untried..] {
                    if key.compartment == head.compartment {
                        opened.extend(records(head, key, blobs));
                    }
                }
            }
            news.push(opened.difference(&sight.records).cloned().collect());
            sight.records.extend(opened);
        }
        news
    }

    /// What an insider has been able to open so far.
    pub(super) fn opened_by(&self, insider: usize) -> &BTreeSet<Vec<u8>> {
        &self.insiders[insider].records
    }

    /// The envelope of a grant, if it was posted to an insider.
    pub(super) fn envelope(&self, grant: GrantId) -> Option<&Envelope> {
        self.insiders.iter().find_map(|sight| sight.envelopes.get(&grant))
    }
}

fn records(head: &SealedHead, key: &EpochGrant, blobs: &BTreeMap<BlobId, Vec<u8>>) -> BTreeSet<Vec<u8>> {
    let mut records = BTreeSet::new();
    let Some(opened) = open_unsigned(head, &key.key) else { return records };
    for segment in opened.segments {
        let Some(sealed) = blobs.get(&segment.blob) else { continue };
        for entry in Segment::open(head.compartment, &segment.key, sealed).unwrap().0 {
            let Some(sealed) = blobs.get(&entry.blob) else { continue };
            records.insert(RecordBlob::open(&entry.key, sealed).unwrap().bytes);
        }
    }
    records
}
