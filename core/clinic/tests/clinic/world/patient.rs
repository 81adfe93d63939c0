//! A patient: seals records, commits heads, grants, revokes and shares, with no wallet in between.

use std::collections::BTreeMap;

use keepwell_net::{HttpTransport, Limits, Transport};
use keepwell_protocol::consent::{CompartmentRef, Terms};
use keepwell_protocol::crypto::{
    self, EpochKey, HpkePublicKey, Label, LinkKey, PairSecret, Passcode, PasscodeVerifier, RecordKey, Rng,
    Seed, SigningKey, base64url, jwe_encrypt,
};
use keepwell_protocol::domain::{
    BlobId, Category, Duration, GrantId, LinkId, Object, Purpose, RecordId, Scope,
};
use keepwell_protocol::formats::http::{Method, Request, sign_request};
use keepwell_protocol::formats::shl::{Flags, ShareLink};
use keepwell_protocol::ledger::{
    Grant, GrantNewAccount, GrantStatus, Kind, Revoke, SignedCard, SignedTransaction, Signer, StateKey,
};
use keepwell_protocol::vault::{
    About, Blobs, Commit, Compartment, Encoding, Envelope, EpochGrant, GrantEntry, Head, LinkEntry, LinkFile,
    LinkFileType, LinkFiles, LinkManifest, Packet, RecordBlob, RecordHeader, References, Segment,
    SegmentEntry, SegmentRef,
};

use super::World;

/// A record as the patient's wallet would seal it.
pub(crate) struct Sealed {
    pub(crate) entry: SegmentEntry,
    pub(crate) blob: Vec<u8>,
}

/// A grant that the patient made.
pub(crate) struct Granted {
    pub(crate) id: GrantId,
    pub(crate) envelope: Envelope,
    root: SigningKey,
}

struct Shelf {
    epoch: EpochKey,
    version: u64,
    entries: Vec<SegmentEntry>,
    segment: Option<BlobId>,
}

pub(crate) struct Patient<'a> {
    world: &'a World,
    seed: Seed,
    owner: SigningKey,
    transport: HttpTransport,
    host_url: String,
    version: u64,
    accounts: u32,
    shelves: BTreeMap<String, Shelf>,
    pub(crate) rng: Rng,
}

impl<'a> Patient<'a> {
    pub(crate) fn new(world: &'a World, number: u8) -> Self {
        let seed = Seed::from_bytes(&[number; 64]);
        let patient = Self {
            world,
            owner: seed.owner_key(),
            seed,
            transport: HttpTransport::new().unwrap(),
            host_url: world.host_url(),
            version: 0,
            accounts: 0,
            shelves: BTreeMap::new(),
            rng: Rng::system(),
        };
        patient.call(Method::Put, "/v1/space", Vec::new());
        patient
    }

    /// Goes to another host with keys and head versions; records and grants must be brought there.
    pub(crate) fn move_to(&mut self, host_url: &str) {
        self.host_url = host_url.to_owned();
        self.version = 0;
        for shelf in self.shelves.values_mut() {
            shelf.entries.clear();
            shelf.segment = None;
        }
        self.call(Method::Put, "/v1/space", Vec::new());
    }

    /// Seals a resource; its record is named by these bytes.
    pub(crate) fn seal(&mut self, category: Category, resource: &str) -> Sealed {
        self.seal_version(category, resource, crypto::record_id(resource.as_bytes()), 1)
    }

    pub(crate) fn seal_version(
        &mut self,
        category: Category,
        resource: &str,
        record: RecordId,
        version: u32,
    ) -> Sealed {
        let key = RecordKey::generate(&mut self.rng).unwrap();
        let bytes = resource.as_bytes().to_vec();
        let header = RecordHeader {
            resource_type: "unused".into(),
            source: "file".into(),
            full_url: None,
            received: self.world.now(),
            sha256: crypto::sha256(&bytes),
            category: Some(category),
            encoding: None,
        };
        let (id, blob) = RecordBlob { header, bytes }.seal(&key, &mut self.rng).unwrap();
        let length = blob.len() as u64;
        Sealed {
            entry: SegmentEntry {
                record,
                version,
                blob: id,
                key,
                length,
                withdrawn: false,
                referenced: false,
                superseded: false,
            },
            blob,
        }
    }

    /// A record that only a newer program reads.
    pub(crate) fn seal_newer(&mut self, category: Category, resource: &str) -> Sealed {
        let mut sealed = self.seal(category, resource);
        let key = &sealed.entry.key;
        let message = crypto::open(key.expose(), Label::Record, b"", &sealed.blob).unwrap();
        let (length, rest) = message.split_first_chunk::<4>().unwrap();
        let (header, stored) = rest.split_at(u32::from_be_bytes(*length) as usize);
        let mut header = RecordHeader::from_cbor(header).unwrap();
        header.encoding = Some(Encoding { name: "deflate+2".into(), length: resource.len() as u64 });
        let header = header.to_cbor();
        let length = (header.len() as u32).to_be_bytes();
        let message = [&length[..], &header, stored].concat();
        sealed.blob = crypto::seal(key.expose(), Label::Record, b"", &message, &mut self.rng).unwrap();
        sealed.entry.blob = crypto::blob_id(&sealed.blob);
        sealed.entry.length = sealed.blob.len() as u64;
        sealed
    }

    /// Puts records of a category where its grants read them.
    pub(crate) fn publish(&mut self, category: Category, records: Vec<Sealed>) {
        self.publish_to(&Compartment::Category(category).to_string(), records);
    }

    /// Lists a record whose bytes the host never got.
    pub(crate) fn publish_lost(&mut self, category: Category, record: Sealed) {
        let label = Compartment::Category(category).to_string();
        self.shelves.get_mut(&label).unwrap().entries.push(record.entry);
        self.publish_to(&label, Vec::new());
    }

    fn publish_to(&mut self, label: &str, records: Vec<Sealed>) {
        let mut rng = Rng::system();
        let id = crypto::compartment_id(&self.seed.compartment_key(), label);
        let shelf = self.shelves.entry(label.to_owned()).or_insert_with(|| Shelf {
            epoch: EpochKey::generate(&mut rng).unwrap(),
            version: 0,
            entries: Vec::new(),
            segment: None,
        });
        let mut blobs: Vec<Vec<u8>> = Vec::new();
        let mut added = Vec::new();
        for Sealed { entry, blob } in records {
            added.push(entry.blob);
            blobs.push(blob);
            shelf.entries.push(entry);
        }
        let key = RecordKey::generate(&mut rng).unwrap();
        let segment = Segment(shelf.entries.iter().map(SegmentEntry::duplicate).collect());
        let (segment_id, sealed) = segment.seal(id, &key, &mut rng).unwrap();
        blobs.push(sealed);
        added.push(segment_id);
        let removed = shelf.segment.replace(segment_id);
        shelf.version += 1;
        let head = Head {
            compartment: id,
            epoch: 0,
            version: shelf.version,
            time: self.world.now(),
            segments: vec![SegmentRef {
                blob: segment_id,
                key,
                count: shelf.entries.len().try_into().unwrap(),
            }],
            heads: None,
        };
        let signing_key = crypto::compartment_signing_key(&self.seed.compartment_key(), label);
        let head = head.seal(&shelf.epoch, &signing_key, &self.seed.vault_key(), &mut rng).unwrap();
        for batch in blobs.chunks(500) {
            self.call(
                Method::Post,
                "/v1/blobs",
                Blobs(batch.iter().map(|blob| blob.clone().into()).collect()).to_cbor(),
            );
        }
        added.sort();
        added.dedup();
        let commit = Commit {
            heads: vec![head],
            references_added: vec![References { compartment: id, blobs: added }],
            references_removed: removed
                .map(|blob| References { compartment: id, blobs: vec![blob] })
                .into_iter()
                .collect(),
            ..self.empty_commit()
        };
        self.commit(commit);
    }

    /// Makes a grant of whole categories for thirty days, up to its envelope.
    pub(crate) fn grant(&mut self, card: &SignedCard, categories: &[Category]) -> Granted {
        let scope = Scope { categories: categories.to_vec(), ..Scope::default() }.normalized();
        self.grant_scope(card, scope, |_| {})
    }

    /// Makes a grant of a scope, whose terms `change` may bend first.
    pub(crate) fn grant_scope(
        &mut self,
        card: &SignedCard,
        scope: Scope,
        change: impl Fn(&mut Terms),
    ) -> Granted {
        let granted = self.prepare(card, scope, change);
        self.commit_grant(card, &granted);
        let transaction = SignedTransaction::parse(&granted.envelope.transaction).unwrap();
        self.world.submit(&transaction);
        self.world.prove_until(&StateKey::Grant(granted.id), |it| it.value.is_some());
        granted
    }

    /// A grant as it stands on paper: neither host nor ledger has heard of it.
    pub(crate) fn prepare(
        &mut self,
        card: &SignedCard,
        scope: Scope,
        change: impl Fn(&mut Terms),
    ) -> Granted {
        let (world, now) = (self.world, self.world.now());
        let provider = card.card.provider;
        let index = self.accounts;
        self.accounts += 1;
        let root = self.seed.root_key(&provider, index);
        let pair = crypto::pair_secret(&self.seed.pair_key(), &provider, index);
        let account = crypto::account_id(&world.anchor.origin(), &root.public_key());
        let key = self.seed.compartment_key();
        let mut compartments: Vec<CompartmentRef> = scope
            .categories
            .iter()
            .map(|category| {
                let label = Compartment::Category(*category).to_string();
                CompartmentRef {
                    id: crypto::compartment_id(&key, &label),
                    signing_key: crypto::compartment_signing_key(&key, &label).public_key(),
                }
            })
            .collect();
        compartments.sort_by_key(|compartment| compartment.id);
        let mut terms = Terms {
            provider,
            card_version: card.card.version,
            account,
            number: 0,
            scope,
            compartments,
            purpose: Purpose::Treat,
            not_before: now,
            not_after: now.saturating_add(Duration::days(30)),
            max_staleness: Terms::DEFAULT_STALENESS,
            created: now,
        };
        change(&mut terms);
        let id = terms.grant_id();
        let salt: [u8; 32] = self.rng.array().unwrap();
        let body = GrantNewAccount {
            kind: Kind,
            root: root.public_key(),
            account_key: self.seed.account_key(&provider, index, 1).public_key(),
            number: 0,
            slot: crypto::slot(&crypto::reader_key(&pair, &id).public_key()),
            commitment: terms.commitment(&salt),
            not_after: terms.not_after.day(),
            valid_until: now.saturating_add(Duration::days(1)),
        };
        let transaction =
            SignedTransaction::sign(body, &world.anchor.origin(), Signer::Root(&root)).unwrap().to_cbor();
        let envelope = Envelope {
            transaction,
            key_transaction: None,
            salt,
            terms,
            pair: PairSecret::from_bytes(pair.expose()),
            host: self.host_url.clone(),
            about: Some(About { name: "Ada Lovelace".into(), birth_date: "1990-12-10".into() }),
            request: None,
            host_version: None,
        };
        Granted { id, envelope, root }
    }

    /// So many grants, each in an account of its own: in one commit, and on the ledger.
    pub(crate) fn grant_many(&mut self, card: &SignedCard, category: Category, count: usize) -> Vec<Granted> {
        let scope = Scope { categories: vec![category], ..Scope::default() };
        let granted: Vec<Granted> = (0..count).map(|_| self.prepare(card, scope.clone(), |_| {})).collect();
        for granted in granted.chunks(200) {
            let entries = granted.iter().map(|it| self.grant_entry(card, it)).collect();
            let commit = Commit { grants_added: entries, ..self.empty_commit() };
            self.commit(commit);
            let transactions: Vec<_> = granted.iter().map(|it| it.envelope.transaction.clone()).collect();
            self.world.submit_all(&transactions);
        }
        for granted in &granted {
            self.world.prove_until(&StateKey::Grant(granted.id), |it| it.value.is_some());
        }
        granted
    }

    /// One more grant in the account of an earlier one, signed by the account's root key itself, up
    /// to its envelope.
    pub(crate) fn grant_again_by_root(&mut self, card: &SignedCard, earlier: &Granted) -> Granted {
        let (world, pair) = (self.world, earlier.envelope.pair.duplicate());
        let terms = Terms { number: earlier.envelope.terms.number + 1, ..earlier.envelope.terms.clone() };
        let (id, salt): (GrantId, [u8; 32]) = (terms.grant_id(), self.rng.array().unwrap());
        let body = Grant {
            kind: Kind,
            account: terms.account,
            number: terms.number,
            slot: crypto::slot(&crypto::reader_key(&pair, &id).public_key()),
            commitment: terms.commitment(&salt),
            not_after: terms.not_after.day(),
            valid_until: world.now().saturating_add(Duration::days(1)),
        };
        let signer = Signer::Root(&earlier.root);
        let transaction = SignedTransaction::sign(body, &world.anchor.origin(), signer).unwrap();
        let envelope = Envelope {
            transaction: transaction.to_cbor(),
            key_transaction: None,
            salt,
            terms,
            pair,
            host: self.host_url.clone(),
            about: None,
            request: None,
            host_version: None,
        };
        let root = SigningKey::from_seed(earlier.root.expose());
        let granted = Granted { id, envelope, root };
        self.commit_grant(card, &granted);
        world.submit(&transaction);
        world.prove_until(&StateKey::Grant(id), |it| it.value.is_some());
        granted
    }

    /// Tells the host of a grant.
    pub(crate) fn commit_grant(&mut self, card: &SignedCard, granted: &Granted) {
        let entry = self.grant_entry(card, granted);
        let commit = Commit { grants_added: vec![entry], ..self.empty_commit() };
        self.commit(commit);
    }

    fn grant_entry(&mut self, card: &SignedCard, granted: &Granted) -> GrantEntry {
        let terms = &granted.envelope.terms;
        let key = self.seed.compartment_key();
        let mut grants: Vec<EpochGrant> = self
            .shelves
            .iter()
            .map(|(label, shelf)| EpochGrant {
                compartment: crypto::compartment_id(&key, label),
                epoch: 0,
                key: shelf.epoch.duplicate(),
            })
            .filter(|grant| terms.compartments.iter().any(|compartment| compartment.id == grant.compartment))
            .collect();
        grants.sort_by_key(|grant| grant.compartment);
        let packet = Packet(grants).seal(&card.card.keys[0], granted.id, &mut self.rng).unwrap();
        GrantEntry {
            grant: granted.id,
            slot: crypto::slot(&granted.envelope.reader_key().public_key()),
            compartments: terms.compartments.iter().map(|compartment| compartment.id).collect(),
            not_after: terms.not_after,
            max_staleness: terms.max_staleness,
            packet,
        }
    }

    /// Leaves the envelope of a grant in the clinic's inbox.
    pub(crate) fn send(&mut self, card: &SignedCard, envelope: &Envelope) {
        self.send_to(card, &card.card.keys[0], envelope);
    }

    pub(crate) fn send_to(&mut self, card: &SignedCard, key: &HpkePublicKey, envelope: &Envelope) {
        let sealed = envelope.seal(key, &mut self.rng).unwrap();
        self.send_bytes(card, sealed);
    }

    pub(crate) fn send_bytes(&self, card: &SignedCard, sealed: Vec<u8>) {
        let request = Request::new(Method::Post, card.card.inbox.clone()).with_body(sealed);
        assert_eq!(self.transport.send(request, Limits::CONFIGURED).unwrap().status, 202);
    }

    /// Grants, and tells the clinic.
    pub(crate) fn grant_and_tell(&mut self, card: &SignedCard, categories: &[Category]) -> Granted {
        let granted = self.grant(card, categories);
        self.send(card, &granted.envelope);
        granted
    }

    /// Ends a grant on the ledger alone.
    pub(crate) fn revoke_on_ledger(&self, granted: &Granted) {
        let body = Revoke { kind: Kind, account: None, root: Some(granted.root.public_key()), number: 0 };
        let origin = self.world.anchor.origin();
        self.world.submit(&SignedTransaction::sign(body, &origin, Signer::Root(&granted.root)).unwrap());
        self.world.prove_until(&StateKey::Grant(granted.id), |it| {
            it.grant().unwrap().is_some_and(|record| record.status == GrantStatus::Revoked)
        });
    }

    /// Ends a grant at the host alone.
    pub(crate) fn revoke_at_host(&mut self, granted: &Granted) {
        let commit = Commit { grants_dropped: vec![granted.id], ..self.empty_commit() };
        self.commit(commit);
    }

    /// Shares a resource by a direct link for ten minutes.
    pub(crate) fn share(&mut self, content_type: &str, content: &[u8], label: &str) -> ShareLink {
        let id = LinkId::from_bytes(self.rng.array().unwrap());
        let path: [u8; 32] = self.rng.array().unwrap();
        let key = LinkKey::generate(&mut self.rng).unwrap();
        let jwe = jwe_encrypt(&key, content_type, content, &mut self.rng).unwrap();
        self.call(Method::Put, &format!("/v1/links/{id}"), jwe.into_bytes());
        let expires = self.world.now().saturating_add(Duration::minutes(10));
        let entry = LinkEntry { path, id, expires, opens: None, paused: false, revoked: false, grant: None };
        let commit = Commit { links: vec![entry], ..self.empty_commit() };
        self.commit(commit);
        let url = format!("{}/l/{}", self.host_url, base64url::encode(&path));
        ShareLink::direct(&url, key, expires, Some(label)).unwrap()
    }

    /// Shares these files by a link to a list of them that asks for a passcode, for ten minutes.
    pub(crate) fn share_list(&mut self, files: &[(LinkFileType, &[u8])], passcode: &str) -> ShareLink {
        let id = LinkId::from_bytes(self.rng.array().unwrap());
        let path: [u8; 32] = self.rng.array().unwrap();
        let key = LinkKey::generate(&mut self.rng).unwrap();
        let mut sealed = Vec::new();
        for (file_type, content) in files {
            let jwe = jwe_encrypt(&key, file_type.media_type(), content, &mut self.rng).unwrap();
            sealed.push(LinkFile { file_type: *file_type, sealed: jwe });
        }
        let passcode = PasscodeVerifier::new(&Passcode::choose(passcode).unwrap(), &mut self.rng).unwrap();
        let manifest =
            LinkManifest { is_long_term: false, passcode: Some(passcode), files: LinkFiles(sealed) };
        self.call(Method::Put, &format!("/v1/links/{id}/manifest"), manifest.to_cbor());
        let expires = self.world.now().saturating_add(Duration::minutes(10));
        let entry = LinkEntry { path, id, expires, opens: None, paused: false, revoked: false, grant: None };
        let commit = Commit { links: vec![entry], ..self.empty_commit() };
        self.commit(commit);
        let url = format!("{}/l/{}", self.host_url, base64url::encode(&path));
        let flags = Flags { passcode: true, ..Flags::default() };
        ShareLink::manifest(&url, key, flags, expires, Some("A list")).unwrap()
    }

    fn empty_commit(&self) -> Commit {
        Commit::new(self.version + 1, Vec::new())
    }

    fn commit(&mut self, commit: Commit) {
        self.version = commit.version;
        self.call(Method::Post, "/v1/space/commit", commit.to_cbor());
    }

    fn call(&self, method: Method, path: &str, body: Vec<u8>) {
        let url = format!("{}{path}", self.host_url);
        let mut request = Request::new(method, url).with_body(body);
        sign_request(&mut request, &self.owner, self.world.now(), &mut Rng::system()).unwrap();
        let answer = self.transport.send(request, Limits::CONFIGURED).unwrap();
        assert!((200..300).contains(&answer.status), "{method} {path}: {}", answer.status);
    }
}
