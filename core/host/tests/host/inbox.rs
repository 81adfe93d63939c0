//! Envelopes for providers that a real ledger knows, and the relay to it.

use keepwell_net::Gateway;
use keepwell_protocol::crypto::{SigningKey, provider_id, sha256};
use keepwell_protocol::domain::{BlobId, GrantId, Object, ProviderId};
use keepwell_protocol::formats::http::{Method, Request, Response};
use keepwell_protocol::ledger::{StateKey, TrustPolicy};
use keepwell_protocol::vault::{BlobIds, Blobs, InboxPage};

use crate::support::{Client, code};
use crate::world::World;

fn leave(sender: &Client, provider: ProviderId, envelope: &[u8]) -> Response {
    sender.plain(Method::Post, &format!("/v1/inbox/{provider}"), envelope.to_vec())
}

fn fetch(client: &Client, provider: ProviderId) -> Vec<Vec<u8>> {
    let answer = client.call(Method::Get, &format!("/v1/inbox/{provider}"), Vec::new());
    assert_eq!(answer.status, 200);
    Blobs::from_cbor(&answer.body).unwrap().0.into_iter().map(Vec::from).collect()
}

fn delete(client: &Client, provider: ProviderId, envelope: &[u8]) -> u16 {
    let body = BlobIds(vec![BlobId::from_bytes(sha256(envelope))]).to_cbor();
    let answer = client.call(Method::Delete, &format!("/v1/inbox/{provider}"), body.clone());
    assert_eq!(answer.body == body, answer.status == 200, "the answer names what is gone");
    answer.status
}

#[test]
fn an_envelope_waits_for_its_provider_alone() {
    let world = World::start();
    let provider = world.client(SigningKey::from_seed(&[1; 32]));
    let id = provider_id(&provider.key.public_key());
    let sender = world.client(SigningKey::from_seed(&[2; 32]));
    assert_eq!(code(&leave(&sender, id, b"early")), (404, "NotFound".into()));
    world.admit(&provider.key);
    let taken = leave(&sender, id, b"first");
    assert_eq!((taken.status, taken.header("content-type")), (202, Some("application/cbor")));
    assert_eq!(BlobId::from_cbor(&taken.body), Ok(BlobId::from_bytes(sha256(b"first"))));
    assert_eq!(leave(&sender, id, b"second").status, 202);
    assert_eq!(leave(&sender, id, b"first").status, 202);
    assert_eq!(fetch(&provider, id), [b"first".to_vec(), b"second".to_vec()]);

    let path = format!("/v1/inbox/{id}");
    assert_eq!(code(&sender.call(Method::Get, &path, Vec::new())), (404, "NotFound".into()));
    assert_eq!(sender.plain(Method::Get, &path, Vec::new()).status, 401);
    assert_eq!(delete(&sender, id, b"first"), 404);
    assert_eq!(delete(&provider, id, b"first"), 200);
    assert_eq!(delete(&provider, id, b"first"), 200);
    assert_eq!(fetch(&provider, id), [b"second".to_vec()]);
    // Without a ledger the key counts that it named last.
    let world = world.stop_ledger();
    assert_eq!(fetch(&provider, id), [b"second".to_vec()]);
    assert_eq!(leave(&sender, id, b"third").status, 202);
    assert_eq!(
        code(&leave(&sender, ProviderId::from_bytes([9; 32]), b"x")),
        (502, "LedgerUnreachable".into())
    );
    drop(world);
}

#[test]
fn a_suspended_provider_fetches_nothing() {
    let world = World::start();
    let provider = world.client(SigningKey::from_seed(&[1; 32]));
    let id = provider_id(&provider.key.public_key());
    world.admit(&provider.key);
    assert_eq!(leave(&provider, id, b"first").status, 202);
    assert_eq!(fetch(&provider, id).len(), 1);
    world.suspend(id);
    let refused = provider.call(Method::Get, &format!("/v1/inbox/{id}"), Vec::new());
    assert_eq!(code(&refused), (403, "ProviderSuspended".into()));
}

#[test]
fn envelopes_stay_thirty_days_after_they_were_fetched() {
    let world = World::start();
    let provider = world.client(SigningKey::from_seed(&[1; 32]));
    let id = provider_id(&provider.key.public_key());
    world.admit(&provider.key);
    leave(&provider, id, b"first");
    world.clock.forward(40 * 86_400);
    world.host().sweep().unwrap();
    assert_eq!(fetch(&provider, id).len(), 1);
    world.clock.forward(30 * 86_400);
    world.host().sweep().unwrap();
    assert_eq!(fetch(&provider, id).len(), 1);
    world.clock.forward(1);
    world.host().sweep().unwrap();
    assert!(fetch(&provider, id).is_empty());
}

/// One page: its envelopes, and where the next one begins.
fn page(client: &Client, provider: ProviderId, after: u64) -> InboxPage {
    let answer = client.call(Method::Get, &format!("/v1/inbox/{provider}?after={after}"), Vec::new());
    assert_eq!(answer.status, 200);
    InboxPage::from_cbor(&answer.body).unwrap()
}

/// All pages, each of which must begin behind the one before.
fn pages(client: &Client, provider: ProviderId) -> Vec<Vec<Vec<u8>>> {
    let (mut after, mut pages) = (0, Vec::new());
    loop {
        let InboxPage { envelopes, next } = page(client, provider, after);
        pages.push(envelopes.into_iter().map(Vec::from).collect());
        match next {
            Some(next) => assert!(next > std::mem::replace(&mut after, next)),
            None => return pages,
        }
    }
}

/// Leaves an envelope, waiting out the allowance of its sender.
fn leave_patiently(world: &World, sender: &Client, provider: ProviderId, envelope: &[u8]) -> Response {
    let answer = leave(sender, provider, envelope);
    if answer.status == 202 || code(&answer).1 != "RateLimited" {
        return answer;
    }
    world.clock.forward(60);
    leave(&sender.renewed(), provider, envelope)
}

fn padded(number: u32, length: usize) -> Vec<u8> {
    let mut envelope = vec![0; length];
    envelope[..4].copy_from_slice(&number.to_be_bytes());
    envelope
}

#[test]
fn an_inbox_full_of_padding_takes_an_honest_envelope_and_hands_it_out_first() {
    let world = World::start();
    let provider = world.client(SigningKey::from_seed(&[1; 32]));
    let id = provider_id(&provider.key.public_key());
    world.admit(&provider.key);
    assert_eq!(code(&leave(&provider, id, b"")), (400, "EnvelopeEmpty".into()));
    assert_eq!(code(&leave(&provider, id, &vec![0; 65_537])), (413, "RequestTooLarge".into()));
    for number in 0..300 {
        assert_eq!(leave_patiently(&world, &provider, id, &padded(number, 65_536)).status, 202);
    }
    let honest = padded(1_000, 2_500);
    assert_eq!(leave_patiently(&world, &provider, id, &honest).status, 202);
    // The oldest large ones are gone, and whoever knows no pages sees the honest one first too.
    let pages = pages(&provider, id);
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [46, 45, 45, 45, 45, 30]);
    assert_eq!(pages[0][..2], [honest.clone(), padded(45, 65_536)]);
    assert_eq!(pages.last().unwrap().last().unwrap(), &padded(299, 65_536));
    assert_eq!(fetch(&provider, id)[0], honest);
    let beyond = provider.call(Method::Get, &format!("/v1/inbox/{id}?after=x"), Vec::new());
    assert_eq!(code(&beyond), (400, "InvalidCursor".into()));
    assert!(page(&provider, id, u64::MAX).envelopes.is_empty());
}

#[test]
fn a_flood_from_a_thousand_lines_of_one_network_displaces_itself() {
    let world = World::start();
    let provider = world.client(SigningKey::from_seed(&[1; 32]));
    let id = provider_id(&provider.key.public_key());
    world.admit(&provider.key);
    let leave_from = |sender: &Client, address: String, envelope: &[u8]| {
        let url = format!("{}/v1/inbox/{id}", sender.url);
        let mut request = Request::new(Method::Post, url).with_body(envelope.to_vec());
        request.headers.push(("x-forwarded-for".into(), address));
        assert_eq!(sender.send(request).status, 202);
    };
    // Two of one home, one each of others, and two of one IPv4 network.
    let honest =
        ["2001:db8:1:1::1", "2001:db8:1:1::2", "2001:db8:2::1", "203.0.113.4", "203.0.113.5", "198.51.100.7"];
    for (number, address) in (0..).zip(honest) {
        leave_from(&provider, address.to_owned(), &padded(number, 2_500));
    }
    for line in 0..1_000 {
        leave_from(&provider, format!("2001:db8:bad:{line:x}::1"), &padded(1_000 + line, 100));
    }
    let waiting = pages(&provider, id).concat();
    assert_eq!(waiting.len(), 1_000);
    let is_honest = |envelope: &&Vec<u8>| envelope.len() == 2_500;
    assert_eq!(waiting.iter().filter(is_honest).count(), honest.len());
    assert!(!waiting.contains(&padded(1_000, 100)) && waiting.contains(&padded(1_999, 100)));
}

#[test]
fn the_relay_hands_on_what_the_gateway_says() {
    let world = World::start();
    let client = world.client(SigningKey::from_seed(&[1; 32]));
    let trusted = world.anchor().trusted_state();
    let relayed = Gateway::through_host(world.transport(), &world.host_url());
    let absent = StateKey::Grant(GrantId::from_bytes([5; 32]));
    let proved = relayed.prove(&absent, &trusted, &TrustPolicy::DEMONSTRATION, &world.clock.now()).unwrap();
    assert_eq!(proved.verified.value, None);
    let latest = relayed.latest(&trusted, &TrustPolicy::DEMONSTRATION, &world.clock.now()).unwrap();
    assert!(latest.height >= proved.verified.height);
    for path in [
        "proof/00",
        "proof/",
        "proof/6772616e742f",
        "light/newest",
        "light/",
        "light/-1",
        "status",
        "providers",
    ] {
        let refused = client.plain(Method::Get, &format!("/v1/ledger/{path}"), Vec::new());
        assert_eq!(code(&refused), (404, "NotFound".into()), "{path}");
    }
    let refused = client.plain(Method::Post, "/v1/ledger/tx", b"no transaction".to_vec());
    assert_eq!(refused.status, 400);
    let world = world.stop_ledger();
    let refused = client.plain(Method::Post, "/v1/ledger/tx", b"x".to_vec());
    assert_eq!(code(&refused), (502, "LedgerUnreachable".into()));
    world.clock.forward(3);
    let gone = client.plain(Method::Get, "/v1/ledger/light/latest", Vec::new());
    assert_eq!(code(&gone), (502, "LedgerUnreachable".into()));
}
