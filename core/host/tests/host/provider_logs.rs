//! Providers' own access logs: handed in by whom they are, read by anybody, never changed.

use keepwell_protocol::consent::{ProviderLogEntry, ProviderLogStart};
use keepwell_protocol::crypto::{SigningKey, provider_id};
use keepwell_protocol::domain::{Object, ProviderId, Timestamp};
use keepwell_protocol::formats::http::{Method, Response};
use keepwell_protocol::vault::{ProviderLogPage, ProviderLogTaken};

use crate::support::{Client, code};
use crate::world::World;

fn entry(of: u8) -> Vec<u8> {
    ProviderLogEntry { tag: [of; 32], sealed: vec![of; 300] }.to_cbor()
}

fn hand_in(client: &Client, provider: ProviderId, first: u64, entries: &[Vec<u8>]) -> Response {
    let page = ProviderLogPage { first, entries: entries.iter().cloned().map(Into::into).collect() };
    client.call(Method::Post, &format!("/v1/inbox/{provider}/log"), page.to_cbor())
}

fn size(taken: &Response) -> u64 {
    assert_eq!(taken.status, 200, "{:?}", code(taken));
    ProviderLogTaken::from_cbor(&taken.body).unwrap().size
}

fn shown(client: &Client, provider: ProviderId, from: u64) -> Vec<Vec<u8>> {
    let answer = client.plain(Method::Get, &format!("/v1/inbox/{provider}/log?from={from}"), Vec::new());
    assert_eq!(answer.status, 200);
    let page = ProviderLogPage::from_cbor(&answer.body).unwrap();
    assert_eq!(page.first, from);
    page.entries.into_iter().map(Vec::from).collect()
}

#[test]
fn a_log_grows_by_its_provider_alone_and_stays_as_it_was() {
    let world = World::start();
    let provider = world.client(SigningKey::from_seed(&[1; 32]));
    let id = provider_id(&provider.key.public_key());
    let stranger = world.client(SigningKey::from_seed(&[2; 32]));
    let start = ProviderLogStart { provider: id, time: Timestamp(1_800_000_000) }.to_cbor();
    assert_eq!(code(&hand_in(&provider, id, 0, std::slice::from_ref(&start))), (404, "NotFound".into()));
    world.admit(&provider.key);
    assert_eq!(shown(&stranger, id, 0), Vec::<Vec<u8>>::new());

    let all = [start, entry(1), entry(2), entry(3)];
    assert_eq!(size(&hand_in(&provider, id, 0, &all[..2])), 2);
    assert_eq!(code(&hand_in(&stranger, id, 2, &all[2..])), (404, "NotFound".into()));
    // What was taken is no news; what begins behind the last is told where it goes on.
    assert_eq!(size(&hand_in(&provider, id, 1, &all[1..3])), 3);
    assert_eq!(size(&hand_in(&provider, id, 4, &[entry(4)])), 3);
    let other = [entry(9), entry(3)];
    assert_eq!(code(&hand_in(&provider, id, 2, &other)), (409, "ProviderLogConflict".into()));
    assert_eq!(shown(&stranger, id, 0), all[..3], "nothing of it was taken");
    assert_eq!(size(&hand_in(&provider, id, 3, &all[3..])), 4);
    assert_eq!(shown(&stranger, id, 0), all);
    assert_eq!(shown(&stranger, id, 3), all[3..]);
    assert_eq!(shown(&stranger, id, 4), Vec::<Vec<u8>>::new());
    // Each provider has one of its own.
    assert_eq!(shown(&stranger, ProviderId::from_bytes([9; 32]), 0), Vec::<Vec<u8>>::new());

    world.suspend(id);
    assert_eq!(code(&hand_in(&provider, id, 4, &[entry(4)])), (403, "ProviderSuspended".into()));
    assert_eq!(shown(&stranger, id, 0), all);
}

#[test]
fn a_log_is_kept_for_those_who_have_their_inbox_here() {
    let world = World::start();
    let provider = world.client(SigningKey::from_seed(&[1; 32]));
    let id = provider_id(&provider.key.public_key());
    world.admit_with_inbox(&provider.key, "https://elsewhere.example/");
    let start = ProviderLogStart { provider: id, time: Timestamp(1_800_000_000) }.to_cbor();
    assert_eq!(code(&hand_in(&provider, id, 0, &[start])), (404, "NotFound".into()));
    assert_eq!(shown(&provider, id, 0), Vec::<Vec<u8>>::new());
}

#[test]
fn what_is_no_entry_is_not_taken() {
    let world = World::start();
    let provider = world.client(SigningKey::from_seed(&[1; 32]));
    let id = provider_id(&provider.key.public_key());
    world.admit(&provider.key);
    let start = |provider| ProviderLogStart { provider, time: Timestamp(1_800_000_000) }.to_cbor();
    let malformed = (400, "ObjectMalformed".to_owned());
    assert_eq!(code(&hand_in(&provider, id, 0, &[entry(1)])), malformed);
    assert_eq!(code(&hand_in(&provider, id, 0, &[start(ProviderId::from_bytes([9; 32]))])), malformed);
    assert_eq!(code(&hand_in(&provider, id, 0, &[start(id), start(id)])), malformed);
    assert_eq!(code(&hand_in(&provider, id, 0, &[start(id), b"entry".to_vec()])), malformed);
    let of_length = |sealed| ProviderLogEntry { tag: [1; 32], sealed: vec![7; sealed] }.to_cbor();
    let longest = (0..ProviderLogEntry::LONGEST).rev().map(of_length);
    let longest = longest.into_iter().find(|entry| entry.len() <= ProviderLogEntry::LONGEST).unwrap();
    let longer = of_length(longest.len());
    assert_eq!(code(&hand_in(&provider, id, 0, &[start(id), longer])), (413, "RequestTooLarge".into()));
    assert_eq!(size(&hand_in(&provider, id, 0, &[start(id), longest])), 2);
    let path = format!("/v1/inbox/{id}/log?from=x");
    assert_eq!(code(&provider.plain(Method::Get, &path, Vec::new())), (400, "InvalidCursor".into()));
}
