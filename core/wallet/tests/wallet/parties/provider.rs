//! Whom a wallet grants to.

use keepwell_protocol::crypto::{HpkeSecretKey, Rng, SigningKey, Suite, provider_id};
use keepwell_protocol::domain::ProviderId;
use keepwell_protocol::ledger::{Card, SignedCard};

/// A provider with its keys, without a clinic around it.
pub(crate) struct Provider {
    pub(crate) signing: SigningKey,
    pub(crate) hpke: HpkeSecretKey,
    pub(crate) card: SignedCard,
}

impl Provider {
    pub(crate) fn new(of: u8, name: &str, host: &str) -> Self {
        Self::with_suite(of, name, host, Suite::XWing)
    }

    pub(crate) fn with_suite(of: u8, name: &str, host: &str, suite: Suite) -> Self {
        let signing = SigningKey::from_seed(&[of; 32]);
        let hpke = HpkeSecretKey::generate(suite, &mut Rng::seeded(of.into())).unwrap();
        let provider = provider_id(&signing.public_key());
        let card = Card {
            provider,
            version: 1,
            name: name.to_owned(),
            place: "Ulm".to_owned(),
            signing: signing.public_key(),
            keys: vec![hpke.public_key().clone()],
            inbox: format!("{host}/v1/inbox/{provider}"),
        };
        let card = card.sign(&signing).unwrap();
        Self { signing, hpke, card }
    }

    pub(crate) fn id(&self) -> ProviderId {
        self.card.card.provider
    }

    pub(crate) fn keys(&self) -> Vec<HpkeSecretKey> {
        vec![HpkeSecretKey::from_bytes(self.hpke.public_key().suite(), self.hpke.expose()).unwrap()]
    }
}
