//! The keys of a gateway: one by which governance knows it, and those that questions to it are sealed to (RFC 9458), which
//! change daily.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::{PoisonError, RwLock, RwLockReadGuard};

use keepwell_protocol::crypto::{PublicKey, Rng, SigningKey, gateway_id};
use keepwell_protocol::domain::{GatewayId, Origin, Timestamp};
use keepwell_protocol::ledger::{GatewayRecord, Kind, SignedTransaction, Signer, UpdateGateway};
use keepwell_server::{close_to_others, write_whole};
use ohttp::hpke::{Aead, Kdf, Kem};
use ohttp::{KeyConfig, Server, ServerResponse, SymmetricSuite};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::LedgerError;
use crate::governance::{read_seed, seed_text};

/// What a gateway holds, as `gateway.key` in its home folder has it.
pub struct GatewayKeys {
    file: PathBuf,
    signing: SigningKey,
    /// By ascending version: those that the state has, and at most one that it is about to have.
    sealing: RwLock<Vec<SealingKey>>,
}

/// A key that questions are sealed to.
struct SealingKey {
    version: u32,
    seed: Zeroizing<[u8; 32]>,
    configuration: Vec<u8>,
    server: Server,
}

/// A question that was opened, and what seals the answer to it.
pub(crate) struct OpenedQuestion {
    /// Binary HTTP, with its padding.
    pub(crate) message: Vec<u8>,
    pub(crate) answer: ServerResponse,
}

/// Why a sealed question is not opened.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Unopened {
    /// It is sealed to a key that is not held here, not yet or no more.
    OtherKey,
    /// It is no sealed question, or was changed.
    Damaged,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: u32,
    seed: String,
    sealing: Vec<FileKey>,
}

#[derive(Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct FileKey {
    version: u32,
    seed: String,
}

impl Drop for File {
    fn drop(&mut self) {
        let seeds = self.sealing.iter_mut().map(|key| &mut key.seed);
        seeds.chain([&mut self.seed]).for_each(zeroize::Zeroize::zeroize);
    }
}

impl GatewayKeys {
    /// Reads the keys in a home folder, or makes the first one.
    ///
    /// # Errors
    /// [`LedgerError::Home`] if the file is not as this program writes it; otherwise what the system says.
    pub fn open(folder: &Path, rng: &mut Rng) -> Result<Self, LedgerError> {
        let file = folder.join(GATEWAY);
        if file.exists() {
            return Self::read(folder);
        }
        let keys = Self { file, signing: SigningKey::generate(rng)?, sealing: RwLock::default() };
        keys.write(&[])?;
        Ok(keys)
    }

    /// Reads the keys in a home folder.
    ///
    /// # Errors
    /// [`LedgerError::Home`] if the file is not as this program writes it; what the system says, as where there is none.
    pub fn read(folder: &Path) -> Result<Self, LedgerError> {
        let file = folder.join(GATEWAY);
        close_to_others(&file)?;
        let json = Zeroizing::new(fs::read(&file)?);
        let read: File = serde_json::from_slice(&json).map_err(|_| LedgerError::Home)?;
        let signing = read_seed(&read.seed).filter(|_| read.format == FORMAT).ok_or(LedgerError::Home)?;
        let sealing = read.sealing.iter().map(|key| {
            let mut seed = Zeroizing::new([0; 32]);
            hex::decode_to_slice(&key.seed, seed.as_mut()).map_err(|_| LedgerError::Home)?;
            SealingKey::new(key.version, seed)
        });
        let sealing = RwLock::new(sealing.collect::<Result<_, _>>()?);
        Ok(Self { file, signing, sealing })
    }

    /// The name of the gateway, from its first key.
    pub fn id(&self) -> GatewayId {
        gateway_id(&self.signing.public_key())
    }

    /// What governance admits.
    pub fn public_key(&self) -> PublicKey {
        self.signing.public_key()
    }

    /// What the ledger is to be told now, by the gateway's record and the newest block's time: a new key to seal to, once
    /// governance has admitted this gateway and then each day. The key is on disk before anybody hears of it, and
    /// those that hold no more are forgotten; all of
    /// them where governance has taken it out.
    ///
    /// # Errors
    /// [`LedgerError`] if the file cannot be written or there is no randomness: nothing has changed then.
    pub fn update(
        &self,
        record: Option<&GatewayRecord>,
        now: Timestamp,
        origin: &Origin,
        rng: &mut Rng,
    ) -> Result<Option<SignedTransaction>, LedgerError> {
        let Some(record) = record.filter(|record| record.key == Some(self.public_key())) else {
            self.keep(|_| false)?;
            return Ok(None);
        };
        let holds = |key: &SealingKey| record.configurations(now).any(|bytes| bytes == key.configuration);
        let is_needed = |key: &SealingKey| key.version > record.version || holds(key);
        let is_due = record
            .configuration
            .as_ref()
            .is_none_or(|one| one.since.saturating_add(GatewayRecord::PAUSE) <= now);
        let Some(version) = record.version.checked_add(1).filter(|_| is_due) else {
            self.keep(is_needed)?;
            return Ok(None);
        };
        self.keep(is_needed)?;
        if !self.sealing().iter().any(|key| key.version == version) {
            let key = SealingKey::new(version, Zeroizing::new(rng.array()?))?;
            self.add(key)?;
        }
        let key_configuration = self
            .sealing()
            .iter()
            .find(|key| key.version == version)
            .map(|key| key.configuration.clone())
            .ok_or(LedgerError::Home)?;
        let body = UpdateGateway { kind: Kind, gateway: self.id(), version, key_configuration };
        SignedTransaction::sign(body, origin, Signer::Gateway(&self.signing))
            .map(Some)
            .map_err(|_| LedgerError::Home)
    }

    /// Opens a question that was sealed to one of the keys.
    pub(crate) fn open_question(&self, sealed: &[u8]) -> Result<OpenedQuestion, Unopened> {
        let id = sealed.first().ok_or(Unopened::Damaged)?;
        let sealing = self.sealing();
        let key = sealing.iter().rfind(|key| key.id() == *id).ok_or(Unopened::OtherKey)?;
        let (message, answer) = key.server.decapsulate(sealed).map_err(|_| Unopened::Damaged)?;
        Ok(OpenedQuestion { message, answer })
    }

    /// Forgets the keys to seal to that are not needed.
    fn keep(&self, is_needed: impl Fn(&SealingKey) -> bool) -> Result<(), LedgerError> {
        if self.sealing().iter().all(&is_needed) {
            return Ok(());
        }
        let mut sealing = self.sealing.write().unwrap_or_else(PoisonError::into_inner);
        sealing.retain(is_needed);
        self.write(&sealing)
    }

    fn add(&self, key: SealingKey) -> Result<(), LedgerError> {
        let mut sealing = self.sealing.write().unwrap_or_else(PoisonError::into_inner);
        sealing.push(key);
        let written = self.write(&sealing);
        if written.is_err() {
            sealing.pop();
        }
        written
    }

    fn write(&self, sealing: &[SealingKey]) -> Result<(), LedgerError> {
        let file_key =
            |key: &SealingKey| FileKey { version: key.version, seed: hex::encode(key.seed.as_ref()) };
        let file = File {
            format: FORMAT,
            seed: seed_text(&self.signing).to_string(),
            sealing: sealing.iter().map(file_key).collect(),
        };
        let json = Zeroizing::new(serde_json::to_vec(&file).map_err(|_| LedgerError::Home)?);
        Ok(write_whole(&self.file, &json, SECRET)?)
    }

    fn sealing(&self) -> RwLockReadGuard<'_, Vec<SealingKey>> {
        self.sealing.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for GatewayKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GatewayKeys(.., {})", self.id())
    }
}

impl SealingKey {
    fn new(version: u32, seed: Zeroizing<[u8; 32]>) -> Result<Self, LedgerError> {
        let suite = SymmetricSuite::new(Kdf::HkdfSha256, Aead::ChaCha20Poly1305);
        let config = KeyConfig::derive(key_id(version), Kem::X25519Sha256, vec![suite], seed.as_ref());
        let config = config.map_err(|_| LedgerError::Home)?;
        let configuration = config.encode().map_err(|_| LedgerError::Home)?;
        let server = Server::new(config).map_err(|_| LedgerError::Home)?;
        Ok(Self { version, seed, configuration, server })
    }

    fn id(&self) -> u8 {
        key_id(self.version)
    }
}

/// How senders call the key of a version: of the few that hold at a time no two are called alike.
fn key_id(version: u32) -> u8 {
    let [.., id] = version.to_be_bytes();
    id
}

const GATEWAY: &str = "gateway.key";
const FORMAT: u32 = 1;
const SECRET: u32 = 0o600;

#[cfg(test)]
mod tests {
    use keepwell_protocol::domain::{Duration, TxId};
    use keepwell_protocol::formats::http::{Method, ObliviousKey, Request};
    use keepwell_protocol::ledger::{KeyConfiguration, Transaction};

    use super::*;

    const ORIGIN: Origin = Origin::from_bytes([1; 32]);
    const NOW: Timestamp = Timestamp(1_800_000_000);

    fn record(keys: &GatewayKeys) -> GatewayRecord {
        GatewayRecord {
            key: Some(keys.public_key()),
            version: 0,
            configuration: None,
            former: Vec::new(),
            transaction: TxId::from_bytes([0; 32]),
        }
    }

    /// What the ledger makes of an update.
    fn recorded(record: &GatewayRecord, update: &SignedTransaction, now: Timestamp) -> GatewayRecord {
        let Transaction::UpdateGateway(body) = update.body() else { panic!("no update") };
        assert_eq!(body.version, record.version + 1);
        let until = Some(now.saturating_add(GatewayRecord::OVERLAP));
        let before = record.configuration.clone().map(|one| KeyConfiguration { until, ..one });
        GatewayRecord {
            version: body.version,
            configuration: Some(KeyConfiguration {
                bytes: body.key_configuration.clone().into(),
                since: now,
                until: None,
            }),
            former: before.into_iter().chain(record.former.clone()).take(2).collect(),
            ..record.clone()
        }
    }

    fn sealed(configuration: &[u8]) -> Vec<u8> {
        let request = Request::new(Method::Get, "https://ledger.invalid/v1/status");
        ObliviousKey::parse(configuration).unwrap().seal(&request, &mut Rng::system()).unwrap().0
    }

    #[test]
    fn who_is_not_admitted_says_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let (keys, rng) = (GatewayKeys::open(folder.path(), &mut Rng::system()).unwrap(), &mut Rng::system());
        let out = GatewayRecord { key: None, ..record(&keys) };
        let another = SigningKey::from_seed(&[3; 32]).public_key();
        let other = GatewayRecord { key: Some(another), ..record(&keys) };
        for record in [None, Some(&out), Some(&other)] {
            assert!(keys.update(record, NOW, &ORIGIN, rng).unwrap().is_none());
        }
        assert!(keys.update(Some(&record(&keys)), NOW, &ORIGIN, rng).unwrap().is_some());
    }

    #[test]
    fn a_key_is_replaced_daily_opens_for_two_more_days_and_is_then_gone_from_the_disk() {
        let folder = tempfile::tempdir().unwrap();
        let rng = &mut Rng::system();
        let mut keys = GatewayKeys::open(folder.path(), rng).unwrap();
        let (mut record, mut first) = (record(&keys), None);
        let day = |days: u64| NOW.saturating_add(Duration::days(days));
        for days in 0..4 {
            let update = keys.update(Some(&record), day(days), &ORIGIN, rng).unwrap().unwrap();
            // Until it is recorded it is the same one, also after a restart.
            keys = GatewayKeys::open(folder.path(), rng).unwrap();
            assert_eq!(keys.update(Some(&record), day(days), &ORIGIN, rng).unwrap().unwrap(), update);
            record = recorded(&record, &update, day(days));
            assert!(keys.update(Some(&record), day(days), &ORIGIN, rng).unwrap().is_none());
            let newest = record.configurations(day(days)).next().unwrap().to_vec();
            assert!(keys.open_question(&sealed(&newest)).is_ok());
            let first = first.get_or_insert(newest);
            let opened = keys.open_question(&sealed(first)).map(drop);
            assert_eq!(opened, if days < 3 { Ok(()) } else { Err(Unopened::OtherKey) }, "{days}");
        }
        let file = fs::read_to_string(folder.path().join(GATEWAY)).unwrap();
        assert_eq!(file.matches("version").count(), 3);
    }

    #[test]
    fn a_question_for_another_key_or_a_changed_one_is_not_opened() {
        let folders = [(); 2].map(|()| tempfile::tempdir().unwrap());
        let [ours, other] = folders.each_ref().map(|folder| {
            let keys = GatewayKeys::open(folder.path(), &mut Rng::system()).unwrap();
            let update =
                keys.update(Some(&record(&keys)), NOW, &ORIGIN, &mut Rng::system()).unwrap().unwrap();
            (recorded(&record(&keys), &update, NOW).configuration.unwrap().bytes, keys)
        });
        let question = sealed(&ours.0);
        assert!(ours.1.open_question(&question).is_ok());
        assert_eq!(other.1.open_question(&question).err(), Some(Unopened::Damaged), "of the same version");
        for at in 0..question.len() {
            let mut changed = question.clone();
            changed[at] ^= 1;
            let unopened = if at == 0 { Unopened::OtherKey } else { Unopened::Damaged };
            assert_eq!(ours.1.open_question(&changed).err(), Some(unopened), "{at}");
            assert!(ours.1.open_question(&question[..at]).is_err(), "{at}");
        }
    }

    #[test]
    fn a_damaged_file_is_refused_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let id = GatewayKeys::open(folder.path(), &mut Rng::system()).unwrap().id();
        let file = folder.path().join(GATEWAY);
        let good = fs::read_to_string(&file).unwrap();
        for bad in ["{}", "", &good.replace("\"format\":1", "\"format\":2"), &good[..good.len() - 1]] {
            fs::write(&file, bad).unwrap();
            assert!(matches!(GatewayKeys::open(folder.path(), &mut Rng::system()), Err(LedgerError::Home)));
            assert_eq!(fs::read_to_string(&file).unwrap(), bad);
        }
        fs::write(&file, good).unwrap();
        assert_eq!(GatewayKeys::open(folder.path(), &mut Rng::system()).unwrap().id(), id);
    }
}
