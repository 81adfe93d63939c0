//! Keys and ids of one published phrase, computed by an independent implementation.

use keepwell_protocol::crypto::{self, PublicKey, Seed};
use keepwell_protocol::domain::{LinkId, Origin};

#[test]
fn every_key_and_id_is_the_known_one() {
    let expected: serde_json::Value =
        serde_json::from_str(include_str!("../../../../fixtures/vectors/keepwell-keys.json")).unwrap();
    let check = |name: &str, found: &[u8]| {
        assert_eq!(hex::encode(found), expected[name].as_str().unwrap(), "{name}");
    };
    let seed =
        Seed::from_bytes(&hex::decode(expected["seed"].as_str().unwrap()).unwrap().try_into().unwrap());
    let provider_key: [u8; 32] = std::array::from_fn(|at| at as u8);
    let provider = crypto::provider_id(&PublicKey::from_bytes(&provider_key).unwrap());
    let origin = Origin::from_bytes([7; 32]);
    let root = seed.root_key(&provider, 0).public_key();
    let owner = seed.owner_key().public_key();
    let account = crypto::account_id(&origin, &root);
    let grant = crypto::grant_id(&account, 0);
    let pair = crypto::pair_secret(&seed.pair_key(), &provider, 0);
    let reader = crypto::reader_key(&pair, &grant).public_key();
    let link = LinkId::from_bytes([0; 16]);
    check("provider", provider.as_bytes());
    check("root", root.as_bytes());
    check("account key 1", seed.account_key(&provider, 0, 1).public_key().as_bytes());
    check("owner", owner.as_bytes());
    check("space", crypto::space_id(&owner).as_bytes());
    check("account id", account.as_bytes());
    check("grant id 0", grant.as_bytes());
    check("pair secret", pair.expose());
    check("reader", reader.as_bytes());
    check("slot", crypto::slot(&reader).as_bytes());
    check("mailbox id", crypto::mailbox_id(&crypto::mailbox_key(&pair).public_key()).as_bytes());
    check("compartment self", crypto::compartment_id(&seed.compartment_key(), "self").as_bytes());
    check(
        "compartment medications",
        crypto::compartment_id(&seed.compartment_key(), "category/medications").as_bytes(),
    );
    check("link path", &crypto::link_path(&seed.share_key(), &link));
    check("link key", crypto::link_key(&seed.share_key(), &link).expose());
    check("key vault", seed.vault_key().expose());
    check("key pair", seed.pair_key().expose());
    check("key compartment", seed.compartment_key().expose());
    check("key share", seed.share_key().expose());
    check("key slot", seed.slot_key().expose());
    check("key backup", seed.backup_key().expose());
    assert_eq!(crypto::match_code(&grant), format!("{:06}", expected["match code"].as_u64().unwrap()));
}
