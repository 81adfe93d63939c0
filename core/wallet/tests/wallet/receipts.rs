//! Receipts: a read is shown with what the provider signed, and what the provider keeps back or the
//! host makes up is seen.

use std::sync::Mutex;

use keepwell_net::{HttpTransport, Limits, NetError, Transport};
use keepwell_protocol::consent::Receipt;
use keepwell_protocol::crypto::{self, PairSecret, Rng, SigningKey};
use keepwell_protocol::domain::{BlobId, Category, Duration, GrantId, Object, Purpose, Timestamp};
use keepwell_protocol::formats::http::{Method, Request, Response, sign_request};
use keepwell_protocol::vault::{BlobRequest, Envelope, GrantAnswer, LogEntry, LogEvent, LogPage, Packet};
use keepwell_wallet::{
    Activity, ActivityEvent, Network, News, ProviderName, ReadProof, ReadReceipt, ReceiptFlaw, RecordsRead,
    RequestFlaw, RequestProof, SyncOptions, Wallet,
};

use crate::parties::{PATIENT, Parties, Provider, categories, record};
use crate::setup::import;

pub(crate) type ChangeLog<'a> = Box<dyn FnMut(&mut Vec<LogEntry>) + Send + 'a>;

/// A host that shows its owner another log than the true one.
pub(crate) struct OtherLog<'a> {
    pub(crate) parties: &'a Parties,
    pub(crate) change: Mutex<ChangeLog<'a>>,
}

impl Transport for OtherLog<'_> {
    fn send(&self, request: Request, limits: Limits) -> Result<Response, NetError> {
        let is_log = request.url.contains("/v1/log");
        let mut response = self.parties.wire.send(request, limits)?;
        if is_log {
            let mut page = LogPage::from_cbor(&response.body).unwrap();
            (self.change.lock().unwrap())(&mut page.entries);
            response.body = page.to_cbor();
        }
        Ok(response)
    }
}

/// What the wallet tells of reads when its host shows such a log, oldest first.
fn told(
    parties: &Parties,
    wallet: &mut Wallet,
    change: impl FnMut(&mut Vec<LogEntry>) + Send,
) -> Vec<ActivityEvent> {
    let host = OtherLog { parties, change: Mutex::new(Box::new(change)) };
    let network = Network { transport: &host, envelopes: &host, ..parties.network() };
    let mut all: Vec<Activity> = wallet.activity(network).unwrap().entries;
    all.reverse();
    all.into_iter().map(|activity| activity.event).filter(is_by_provider).collect()
}

fn is_by_provider(event: &ActivityEvent) -> bool {
    use ActivityEvent as E;
    matches!(event, E::GrantRead { .. } | E::GrantDenied { .. } | E::RecordsRead { .. })
}

/// What the newest read of records is told as.
fn newest(parties: &Parties, wallet: &mut Wallet) -> (RequestProof, ReadReceipt) {
    match told(parties, wallet, |_| {}).pop() {
        Some(ActivityEvent::RecordsRead { request, receipt, .. }) => (request, receipt),
        other => panic!("{other:?}"),
    }
}

/// A wallet with a grant to a clinic, and the blobs that the clinic may fetch.
pub(crate) struct Story {
    pub(crate) parties: Parties,
    pub(crate) clinic: Provider,
    pub(crate) wallet: Wallet,
    pub(crate) envelope: Envelope,
    pub(crate) grant: GrantId,
    pub(crate) blobs: Vec<BlobId>,
}

impl Story {
    pub(crate) fn new() -> Self {
        let parties = Parties::start();
        let clinic = parties.provider(60, "Clinic");
        let (mut wallet, fresh) = parties.wallet();
        import(&mut wallet, PATIENT).unwrap();
        import(&mut wallet, &record("AllergyIntolerance", "a1")).unwrap();
        import(&mut wallet, &record("Condition", "c1")).unwrap();
        let scope = categories(&[Category::Allergies, Category::Conditions]);
        let grant = parties.grant(&mut wallet, &fresh, &clinic, scope).unwrap().grant;
        parties.sync(&mut wallet);
        let envelope = parties.envelopes(&clinic).pop().unwrap();
        let answer = parties.read(&envelope);
        assert_eq!(answer.status, 200);
        let answer = GrantAnswer::from_cbor(&answer.body).unwrap();
        let packet = Packet::open(&clinic.keys(), grant, &answer.packet).unwrap();
        let segments = answer.heads.iter().flat_map(|sealed| {
            let opens = |key: &&keepwell_protocol::vault::EpochGrant| key.compartment == sealed.compartment;
            let key = &packet.0.iter().find(opens).unwrap().key;
            let compartments = &envelope.terms.compartments;
            let signer = compartments.iter().find(|one| one.id == sealed.compartment).unwrap().signing_key;
            sealed.open(key, &signer).unwrap().segments
        });
        let blobs: Vec<BlobId> = segments.map(|segment| segment.blob).collect();
        assert!(blobs.len() >= 2);
        Self { parties, clinic, wallet, envelope, grant, blobs }
    }

    fn now(&self) -> Timestamp {
        self.parties.clock.read()
    }

    pub(crate) fn receipt(&self) -> Receipt {
        Receipt {
            grant: self.grant,
            time: self.now(),
            purpose: Purpose::Treat,
            blobs: Receipt::hash_blobs(&self.blobs),
        }
    }

    pub(crate) fn seal(&self, receipt: Receipt, signer: &SigningKey) -> Vec<u8> {
        receipt.sign_and_seal(signer, &self.envelope.pair, &mut Rng::system()).unwrap()
    }

    /// Fetches the blobs as the clinic does, with these bytes as the receipt.
    pub(crate) fn fetch(&self, receipt: Vec<u8>) {
        assert_eq!(self.ask_for(self.blobs.clone(), receipt), 200);
    }

    /// Finds what the clinic may fetch by fetching it: lists and records.
    pub(crate) fn find_all_blobs(&mut self) {
        let sent: Vec<Vec<u8>> = self.parties.wire.seen.lock().unwrap().blobs.clone();
        let sent = sent.iter().map(|blob| crypto::blob_id(blob));
        self.blobs = sent.filter(|blob| self.ask_for(vec![*blob], Vec::new()) == 200).collect();
    }

    /// What the host answers to the clinic that asks for these blobs.
    pub(crate) fn ask_for(&self, blobs: Vec<BlobId>, receipt: Vec<u8>) -> u16 {
        let url = format!("{}/v1/grants/{}/blobs", self.parties.host_url, self.grant);
        let body = BlobRequest { blobs, receipt }.to_cbor();
        let mut request = Request::new(Method::Post, url).with_body(body);
        sign_request(&mut request, &self.envelope.reader_key(), self.now(), &mut Rng::system()).unwrap();
        HttpTransport::new().unwrap().send(request, Limits::CONFIGURED).unwrap().status
    }
}

const SIGNED: RequestProof = RequestProof::Signed;

fn unproved(reason: RequestFlaw) -> RequestProof {
    RequestProof::Unproved { reason }
}

#[test]
fn a_read_is_told_with_what_the_provider_signed_or_kept_back() {
    let mut it = Story::new();
    let good = it.receipt();
    it.fetch(it.seal(good.clone(), &it.clinic.signing));
    let all = told(&it.parties, &mut it.wallet, |_| {});
    let (grant, name) = (it.grant, "Clinic".to_owned());
    assert_eq!(
        all,
        [
            ActivityEvent::GrantRead { grant, name: name.clone(), request: SIGNED },
            ActivityEvent::RecordsRead {
                grant,
                name,
                count: 2,
                request: SIGNED,
                receipt: ReadReceipt::Valid { purpose: Purpose::Treat, time: good.time },
            },
        ]
    );
    assert!(all.iter().all(|event| !event.is_doubtful()));

    let minutes = |minutes: u64| Duration::minutes(minutes);
    let (other_pair, stranger) = (PairSecret::from_bytes(&[9; 32]), SigningKey::from_seed(&[99; 32]));
    let time = it.now();
    let for_other_blobs = Receipt { blobs: Receipt::hash_blobs(&it.blobs[..1]), ..it.receipt() };
    let late = Receipt { time: time.saturating_add(minutes(6)), ..it.receipt() };
    let early = Receipt { time: time.saturating_sub(minutes(6)), ..it.receipt() };
    let by_clinic = |receipt: Receipt| it.seal(receipt, &it.clinic.signing);
    let cases = [
        (Vec::new(), ReceiptFlaw::Missing),
        (b"thank you".to_vec(), ReceiptFlaw::Unreadable),
        (
            good.sign_and_seal(&it.clinic.signing, &other_pair, &mut Rng::system()).unwrap(),
            ReceiptFlaw::Unreadable,
        ),
        (it.seal(it.receipt(), &stranger), ReceiptFlaw::OtherSigner),
        (by_clinic(for_other_blobs), ReceiptFlaw::OtherRead),
        (by_clinic(late), ReceiptFlaw::OtherTime),
        (by_clinic(early), ReceiptFlaw::OtherTime),
    ];
    for (receipt, reason) in cases {
        it.fetch(receipt);
        assert_eq!(newest(&it.parties, &mut it.wallet), (SIGNED, ReadReceipt::Invalid { reason }));
        assert!(told(&it.parties, &mut it.wallet, |_| {}).pop().unwrap().is_doubtful());
    }
    // A clock that is a little off is no reason to doubt.
    let time = it.now().saturating_add(minutes(4));
    it.fetch(it.seal(Receipt { time, purpose: Purpose::Research, ..it.receipt() }, &it.clinic.signing));
    let expected = ReadReceipt::Valid { purpose: Purpose::Research, time };
    assert_eq!(newest(&it.parties, &mut it.wallet), (SIGNED, expected));
}

/// What the last of these events says of the request, and of the receipt where there is one.
fn last(events: Vec<ActivityEvent>) -> (RequestProof, Option<ReadReceipt>) {
    let last = events.into_iter().next_back().unwrap();
    let doubtful = last.is_doubtful();
    let (request, receipt) = match last {
        ActivityEvent::GrantRead { request, .. } | ActivityEvent::GrantDenied { request, .. } => {
            (request, None)
        }
        ActivityEvent::RecordsRead { request, receipt, .. } => (request, Some(receipt)),
        other => panic!("{other:?}"),
    };
    let is_good = request == SIGNED && !matches!(receipt, Some(ReadReceipt::Invalid { .. }));
    assert_eq!(doubtful, !is_good);
    (request, receipt)
}

#[test]
fn what_a_host_makes_up_or_changes_in_its_log_is_seen() {
    let mut it = Story::new();
    let (provider, grant) = (&it.clinic, it.grant);
    // The first read, and later another, by which the log has a second receipt and request.
    let first = it.receipt();
    it.fetch(it.seal(first.clone(), &provider.signing));
    let valid = ReadReceipt::Valid { purpose: Purpose::Treat, time: first.time };
    let invalid = |reason| Some(ReadReceipt::Invalid { reason });
    assert_eq!(last(told(&it.parties, &mut it.wallet, |_| {})), (SIGNED, Some(valid)));

    type Change = Box<dyn Fn(&mut Vec<LogEntry>) + Send>;
    fn blobs_of(entry: &mut LogEntry) -> (&mut GrantId, &mut Vec<BlobId>, &mut Vec<u8>) {
        match &mut entry.event {
            LogEvent::BlobsRead { grant, blobs, receipt } => (grant, blobs, receipt),
            other => panic!("{other:?}"),
        }
    }
    let replace = |from: &'static str, to: &'static str| -> Change {
        Box::new(move |log| {
            let text = String::from_utf8(log[1].request.clone().unwrap().into()).unwrap();
            assert!(text.contains(from), "{text}");
            log[1].request = Some(text.replacen(from, to, 1).into_bytes().into());
        })
    };
    let made_by_host = it.seal(it.receipt(), &SigningKey::from_seed(&[99; 32]));
    let cases: Vec<(RequestProof, Option<ReadReceipt>, Change)> = vec![
        // A receipt without a read: the provider signed it, but not that it asked.
        (unproved(RequestFlaw::Missing), Some(valid), Box::new(|log| log[1].request = None)),
        (unproved(RequestFlaw::Missing), Some(valid), replace("signature: ", "signature:")),
        (unproved(RequestFlaw::BadSignature), Some(valid), replace("nonce=\"", "nonce=\"A")),
        (unproved(RequestFlaw::BadSignature), Some(valid), replace("POST", "PUT")),
        // The evidence of the request before, for the heads.
        (
            unproved(RequestFlaw::OtherRequest),
            Some(valid),
            Box::new(|log| {
                log[1].request = log[0].request.clone();
            }),
        ),
        // Fewer, more or other blobs than there were.
        (
            unproved(RequestFlaw::OtherRequest),
            invalid(ReceiptFlaw::OtherRead),
            Box::new(|log| {
                blobs_of(&mut log[1]).1.pop();
            }),
        ),
        (
            unproved(RequestFlaw::OtherRequest),
            invalid(ReceiptFlaw::OtherRead),
            Box::new(|log| {
                let (_, blobs, _) = blobs_of(&mut log[1]);
                blobs.push(BlobId::from_bytes([1; 32]));
            }),
        ),
        (
            unproved(RequestFlaw::OtherRequest),
            invalid(ReceiptFlaw::OtherRead),
            Box::new(|log| {
                blobs_of(&mut log[1]).1.swap(0, 1);
            }),
        ),
        // The receipt that the provider sent is kept back, or another put in its place.
        (
            unproved(RequestFlaw::OtherRequest),
            invalid(ReceiptFlaw::Missing),
            Box::new(|log| {
                blobs_of(&mut log[1]).2.clear();
            }),
        ),
        (
            unproved(RequestFlaw::OtherRequest),
            invalid(ReceiptFlaw::Unreadable),
            Box::new(move |log| {
                *blobs_of(&mut log[1]).2 = b"sealed receipt".to_vec();
            }),
        ),
        (
            unproved(RequestFlaw::OtherRequest),
            invalid(ReceiptFlaw::OtherSigner),
            Box::new(move |log| {
                *blobs_of(&mut log[1]).2 = made_by_host.clone();
            }),
        ),
        // Shown as of another time, or once more.
        (
            unproved(RequestFlaw::OtherTime),
            invalid(ReceiptFlaw::OtherTime),
            Box::new(|log| {
                log[1].time = log[1].time.saturating_add(Duration::minutes(6));
            }),
        ),
        (
            unproved(RequestFlaw::Repeated),
            Some(valid),
            Box::new(|log| {
                let again = LogEntry { sequence: log[1].sequence + 1, ..log[1].clone() };
                log.push(again);
            }),
        ),
        // About a grant that there never was.
        (
            unproved(RequestFlaw::UnknownGrant),
            invalid(ReceiptFlaw::UnknownGrant),
            Box::new(|log| {
                *blobs_of(&mut log[1]).0 = GrantId::from_bytes([1; 32]);
            }),
        ),
        // The nearest that is not doubted: the host's clock is a little off.
        (
            SIGNED,
            Some(valid),
            Box::new(|log| {
                log[1].time = log[1].time.saturating_add(Duration::minutes(4));
            }),
        ),
        // A look that never was, and one made of what was signed for another.
        (
            unproved(RequestFlaw::Missing),
            None,
            Box::new(move |log| {
                let event = LogEvent::GrantRead { grant, refused: None };
                log.push(LogEntry { event, request: None, ..log[1].clone() });
            }),
        ),
        (
            unproved(RequestFlaw::OtherRequest),
            None,
            Box::new(move |log| {
                let event = LogEvent::GrantRead { grant, refused: None };
                log.push(LogEntry { event, ..log[1].clone() });
            }),
        ),
        (
            unproved(RequestFlaw::Repeated),
            None,
            Box::new(move |log| {
                let event = LogEvent::GrantRead { grant, refused: Some("GrantRevoked".into()) };
                log.push(LogEntry { event, ..log[1].clone() });
            }),
        ),
    ];
    for (number, (request, receipt, change)) in cases.into_iter().enumerate() {
        let events = told(&it.parties, &mut it.wallet, change);
        assert_eq!(last(events), (request, receipt), "case {number}");
    }
}

#[test]
fn an_entry_is_proved_by_the_reader_of_its_own_grant_only() {
    let mut it = Story::new();
    it.fetch(it.seal(it.receipt(), &it.clinic.signing));
    let fresh = it.wallet.unlock(&crate::setup::pin()).unwrap();
    let other = it.parties.provider(61, "Other");
    let scope = categories(&[Category::Allergies]);
    let other_grant = it.parties.grant(&mut it.wallet, &fresh, &other, scope).unwrap().grant;
    it.parties.sync(&mut it.wallet);
    // Two providers and a host that shows what one did as the deed of the other.
    let events = told(&it.parties, &mut it.wallet, |log| {
        if let Some(LogEvent::BlobsRead { grant, .. }) = log.last_mut().map(|entry| &mut entry.event) {
            *grant = other_grant;
        }
    });
    let unreadable = ReadReceipt::Invalid { reason: ReceiptFlaw::Unreadable };
    assert_eq!(last(events), (unproved(RequestFlaw::OtherSigner), Some(unreadable)));
    // A host that signs with a key of its own.
    let (mallory, now, host) = (SigningKey::from_seed(&[99; 32]), it.now(), it.parties.host_url.clone());
    let events = told(&it.parties, &mut it.wallet, |log| {
        let mut request = Request::new(Method::Get, format!("{host}/v1/grants/{other_grant}"));
        sign_request(&mut request, &mallory, now, &mut Rng::system()).unwrap();
        let evidence = keepwell_protocol::formats::http::write_evidence(&request);
        let event = LogEvent::GrantRead { grant: other_grant, refused: None };
        log.push(LogEntry { sequence: 99, time: now, event, request: Some(evidence.into()) });
    });
    assert_eq!(last(events), (unproved(RequestFlaw::OtherSigner), None));
    // What the other provider really does is proved, also where the host refuses it.
    let envelope = it.parties.envelopes(&other).pop().unwrap();
    assert_eq!(it.parties.read(&envelope).status, 200);
    assert_eq!(last(told(&it.parties, &mut it.wallet, |_| {})), (SIGNED, None));
    it.wallet.revoke(other_grant).unwrap();
    it.parties.sync(&mut it.wallet);
    assert_eq!(it.parties.read(&envelope).status, 403);
    let events = told(&it.parties, &mut it.wallet, |_| {});
    assert!(matches!(events.last(), Some(ActivityEvent::GrantDenied { .. })));
    assert_eq!(last(events), (SIGNED, None));
}

#[test]
fn receipts_outlive_a_change_of_the_providers_key_that_it_vouched_for() {
    let mut it = Story::new();
    let next = SigningKey::from_seed(&[70; 32]);
    it.fetch(it.seal(it.receipt(), &it.clinic.signing));
    it.parties.change_key(&it.clinic, &next);
    let provider = ProviderName::Id(it.clinic.id());
    while it.wallet.provider(provider, it.parties.network()).unwrap().card.card.version == 1 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    it.parties.sync(&mut it.wallet);
    it.fetch(it.seal(it.receipt(), &next));
    let receipts = |it: &mut Story| -> Vec<bool> {
        let reads = told(&it.parties, &mut it.wallet, |_| {}).into_iter();
        reads
            .filter_map(|event| match event {
                ActivityEvent::RecordsRead { receipt, .. } => {
                    Some(matches!(receipt, ReadReceipt::Valid { .. }))
                }
                _ => None,
            })
            .collect()
    };
    assert_eq!(receipts(&mut it), [true, true]);

    // A key that governance alone put in its place signs nothing in the provider's name.
    let third = SigningKey::from_seed(&[71; 32]);
    let second = keepwell_protocol::ledger::Card {
        version: 3,
        signing: third.public_key(),
        ..it.clinic.card.card.clone()
    };
    it.parties.rekey(second.sign(&third).unwrap());
    while it.wallet.provider(provider, it.parties.network()).unwrap().card.card.version == 2 {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    it.parties.sync(&mut it.wallet);
    it.fetch(it.seal(it.receipt(), &third));
    assert_eq!(receipts(&mut it), [true, true, false]);
    let by_third = ReadReceipt::Invalid { reason: ReceiptFlaw::OtherSigner };
    assert_eq!(newest(&it.parties, &mut it.wallet), (SIGNED, by_third));

    // A wallet made again from its words knows the earlier keys too.
    let Story { parties, clinic, envelope, grant, blobs, .. } = it;
    let wallet = crate::restore_words::restore(&parties, "second", 1).unwrap().0;
    let mut restored = Story { parties, clinic, wallet, envelope, grant, blobs };
    assert_eq!(receipts(&mut restored), [true, true, false]);
}

#[test]
fn how_much_a_clinic_read_is_told_once_for_all_its_grants_and_apart_from_what_nobody_signed() {
    let mut it = Story::new();
    let reads = |it: &mut Story, change: ChangeLog<'_>| {
        let host = OtherLog { parties: &it.parties, change: Mutex::new(change) };
        let network = Network { transport: &host, envelopes: &host, ..it.parties.network() };
        let mut told = Vec::new();
        let mut tell = |news| {
            if let News::RecordsRead(read) = news {
                told.push(read);
            }
        };
        it.wallet.sync_with_news(SyncOptions::default(), network, &mut tell).unwrap();
        told
    };
    let read = |it: &Story, records, proof| RecordsRead {
        grant: it.grant,
        name: "Clinic".to_owned(),
        records,
        proof,
    };
    assert_eq!(reads(&mut it, Box::new(|_| {})), [], "it asked what there is and fetched nothing");
    it.fetch(it.seal(it.receipt(), &it.clinic.signing));
    assert_eq!(reads(&mut it, Box::new(|_| {})), [], "it fetched the lists of its compartments");

    // Everything that it may fetch: the records, too.
    it.find_all_blobs();
    assert_eq!(it.blobs.len(), 4);
    assert_eq!(reads(&mut it, Box::new(|_| {})), [read(&it, 2, ReadProof::Request)]);

    // The same twice is the same records.
    for _ in 0..2 {
        it.fetch(it.seal(it.receipt(), &it.clinic.signing));
    }
    assert_eq!(reads(&mut it, Box::new(|_| {})), [read(&it, 2, ReadProof::Receipt)]);
    assert_eq!(reads(&mut it, Box::new(|_| {})), []);

    // Told before a restart is told.
    it.fetch(it.seal(it.receipt(), &it.clinic.signing));
    assert_eq!(reads(&mut it, Box::new(|_| {})), [read(&it, 2, ReadProof::Receipt)]);
    let story = it;
    let Story { parties, clinic, wallet, envelope, grant, blobs } = story;
    drop(wallet);
    let (wallet, _) = parties.reopen();
    let mut it = Story { parties, clinic, wallet, envelope, grant, blobs };
    assert_eq!(reads(&mut it, Box::new(|_| {})), []);

    // Not signed for: said to be. What is proved is not said again.
    it.fetch(vec![1, 2, 3]);
    assert_eq!(reads(&mut it, Box::new(|_| {})), [read(&it, 2, ReadProof::Request)]);
    it.fetch(vec![1, 2, 3]);
    it.fetch(it.seal(it.receipt(), &it.clinic.signing));
    assert_eq!(reads(&mut it, Box::new(|_| {})), [read(&it, 2, ReadProof::Receipt)]);

    // What a host makes up of pieces that this wallet never sealed are no records.
    it.fetch(it.seal(it.receipt(), &it.clinic.signing));
    let made_up = |entries: &mut Vec<LogEntry>| {
        for entry in entries {
            if let LogEvent::BlobsRead { blobs, .. } = &mut entry.event {
                *blobs = vec![BlobId::from_bytes([9; 32])];
            }
        }
    };
    assert_eq!(reads(&mut it, Box::new(made_up)), []);
}
