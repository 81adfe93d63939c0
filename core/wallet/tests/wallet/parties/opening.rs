//! What a provider can open with everything that it was ever sent, or with what it is served now.

use std::collections::{BTreeMap, BTreeSet};

use keepwell_net::{HttpTransport, Limits, Transport};
use keepwell_protocol::crypto::{EpochKey, Label, Rng, blob_id};
use keepwell_protocol::domain::{BlobId, Object};
use keepwell_protocol::formats::http::{Method, Request, sign_request};
use keepwell_protocol::vault::{
    BlobRequest, Blobs, Envelope, GrantAnswer, Head, Packet, RecordBlob, SealedHead, Segment,
};

use super::{Parties, Provider};

impl Parties {
    /// The bytes of every record that the host serves a provider under its grants now, fetched from there; a
    /// later entry for a version replaces an earlier one.
    pub(crate) fn openable_now(&self, provider: &Provider) -> BTreeSet<Vec<u8>> {
        let mut records = BTreeSet::new();
        for envelope in self.envelopes(provider) {
            let answer = self.read(&envelope);
            assert_eq!(answer.status, 200, "{answer:?}");
            let answer = GrantAnswer::from_cbor(&answer.body).unwrap();
            let packet = Packet::open(&provider.keys(), envelope.terms.grant_id(), &answer.packet).unwrap();
            let mut entries = BTreeMap::new();
            for sealed in &answer.heads {
                let key = packet.0.iter().find(|key| key.compartment == sealed.compartment).unwrap();
                for segment in open_unsigned(sealed, &key.key).unwrap().segments {
                    let bytes = self.fetch_blob(&envelope, segment.blob);
                    for entry in Segment::open(sealed.compartment, &segment.key, &bytes).unwrap().0 {
                        entries.insert((entry.record, entry.version), entry);
                    }
                }
            }
            for entry in entries.into_values() {
                let bytes = self.fetch_blob(&envelope, entry.blob);
                records.insert(RecordBlob::open(&entry.key, &bytes).unwrap().bytes);
            }
        }
        records
    }

    fn fetch_blob(&self, envelope: &Envelope, blob: BlobId) -> Vec<u8> {
        let url = format!("{}/v1/grants/{}/blobs", self.host_url, envelope.terms.grant_id());
        let body = BlobRequest { blobs: vec![blob], receipt: Vec::new() }.to_cbor();
        let mut request = Request::new(Method::Post, url).with_body(body);
        sign_request(&mut request, &envelope.reader_key(), self.clock.read(), &mut Rng::system()).unwrap();
        let answer = HttpTransport::new().unwrap().send(request, Limits::CONFIGURED).unwrap();
        assert_eq!(answer.status, 200, "{answer:?}");
        Vec::from(Blobs::from_cbor(&answer.body).unwrap().0.pop().unwrap())
    }

    /// The bytes of every record that a provider can open with everything it was ever sent.
    pub(crate) fn openable(&self, provider: &Provider) -> BTreeSet<Vec<u8>> {
        let seen = self.wire.seen.lock().unwrap();
        let blobs: BTreeMap<BlobId, &Vec<u8>> = seen.blobs.iter().map(|blob| (blob_id(blob), blob)).collect();
        let mut keys = Vec::new();
        for entry in &seen.entries {
            if let Ok(packet) = Packet::open(&provider.keys(), entry.grant, &entry.packet) {
                keys.extend(packet.0);
            }
        }
        let mut records = BTreeSet::new();
        for sealed in &seen.heads {
            for key in keys.iter().filter(|key| key.compartment == sealed.compartment) {
                let Some(head) = open_unsigned(sealed, &key.key) else { continue };
                for segment in head.segments {
                    let entries =
                        Segment::open(sealed.compartment, &segment.key, blobs[&segment.blob]).unwrap();
                    for entry in entries.0 {
                        records.insert(RecordBlob::open(&entry.key, blobs[&entry.blob]).unwrap().bytes);
                    }
                }
            }
        }
        records
    }
}

/// Opens a head by its key alone, as somebody would who does not care who signed it.
pub(crate) fn open_unsigned(sealed: &SealedHead, key: &EpochKey) -> Option<Head> {
    let context = [
        sealed.compartment.as_bytes().as_slice(),
        &sealed.epoch.to_be_bytes(),
        &sealed.version.to_be_bytes(),
    ]
    .concat();
    let head = keepwell_protocol::crypto::open(key.expose(), Label::Head, &context, &sealed.sealed).ok()?;
    Head::from_cbor(&head).ok()
}
