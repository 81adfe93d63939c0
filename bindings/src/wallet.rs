//! The wallet as apps hold it: made, opened, unlocked, locked, released.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use keepwell_protocol::crypto::Rng;
use keepwell_protocol::ledger::TrustPolicy;
use keepwell_wallet::{
    DeviceKey as CoreDeviceKey, NewWallet, QuizAnswer as CoreAnswer, RestoreFrom, RestoreProgress,
    RestoreReport, Status, SystemClock, Wallet as CoreWallet,
};
use zeroize::Zeroizing;

use crate::authentication::Authentication;
use crate::cancellation::Cancellation;
use crate::error::{Result, WalletError};
use crate::foreign::{AppDeviceKey, DeviceKey, Event, HttpClient, LockReason, Observer};
use crate::secrets::{Passphrase, Pin, utf8};
use crate::servers::Servers;
use crate::thread::{EventQueue, LockState, ReadingThread, Subscription, WalletThread, Worker};
use crate::words::RecoveryWords;

/// What a wallet runs on.
#[derive(uniffi::Record)]
pub struct WalletConfig {
    /// A folder for this wallet alone, in the app's private storage; it need not exist yet.
    pub home: String,
    /// This device's key.
    pub device_key: Arc<dyn DeviceKey>,
    /// How long the device's key may take, prompts included.
    #[uniffi(default = None)]
    pub device_key_deadline: Option<Duration>,
    /// The app's HTTP; none for the library's own.
    #[uniffi(default = None)]
    pub http_client: Option<Arc<dyn HttpClient>>,
    /// Accept a ledger with a single signer, which proves nothing: for demonstrations, which must say so.
    #[uniffi(default = false)]
    pub accept_demonstration_ledger: bool,
}

/// A wallet that is open, and the proof that its owner is here.
#[derive(uniffi::Record)]
pub struct OpenedWallet {
    /// The wallet, unlocked.
    pub wallet: Arc<Wallet>,
    /// For what is to be done next.
    pub authentication: Arc<Authentication>,
}

/// A wallet that was made again from its words.
#[derive(uniffi::Record)]
pub struct RestoredWallet {
    /// The wallet, unlocked.
    pub wallet: Arc<Wallet>,
    /// For what is to be done next.
    pub authentication: Arc<Authentication>,
    /// What came back, and what did not.
    pub report: RestoreReport,
}

/// One answer of the quiz about the recovery words.
#[derive(uniffi::Record)]
pub struct QuizAnswer {
    /// Which word, from 1.
    pub position: u32,
    /// The word as typed, UTF-8.
    pub word: Vec<u8>,
}

impl QuizAnswer {
    pub(crate) fn into_core(self) -> Result<CoreAnswer> {
        let position = usize::try_from(self.position).map_err(|_| WalletError::QuizFailed)?;
        Ok(CoreAnswer { position, word: utf8(&Zeroizing::new(self.word))?.to_owned().into() })
    }
}

/// A patient's wallet on this device.
///
/// Its calls are done one after the other on a thread of its own, but for those that only read: they wait
/// for none of these and see what was written before. None holds up its caller for more than a millisecond.
/// Only one instance can have a folder open. Release it, or let it go, when the app is done with it.
#[derive(uniffi::Object)]
pub struct Wallet {
    pub(crate) worker: Arc<Worker<WalletThread>>,
    pub(crate) reading: Worker<ReadingThread>,
    events: EventQueue,
    pub(crate) lock_state: Arc<LockState>,
}

/// Makes a new wallet of these words and leaves it unlocked; it appears whole or not at all.
///
/// Throws `WalletExists`, `PinUnsuitable`, `DeviceKeyFailed`.
#[uniffi::export(default(passphrase = None))]
pub async fn create_wallet(
    config: WalletConfig,
    words: Arc<RecoveryWords>,
    pin: Arc<Pin>,
    passphrase: Option<Arc<Passphrase>>,
) -> Result<OpenedWallet> {
    let passphrase = Passphrase::or_none(passphrase);
    let create = move |thread: &mut WalletThread, home: &Path, device| {
        let (clock, rng) = (Box::new(SystemClock), Rng::system());
        let (made, fresh) = CoreWallet::create(NewWallet {
            home,
            words: &words.0,
            passphrase: &passphrase.0,
            pin: pin.chosen()?,
            device,
            clock,
            rng,
        })?;
        thread.wallet = Some(made);
        thread.after_unlock(fresh)
    };
    let (wallet, authentication) = Wallet::start(config, None, create).await?;
    Ok(OpenedWallet { wallet, authentication })
}

/// Makes the wallet of these words again from its host, with a new PIN, and leaves it unlocked; it
/// appears whole or not at all. `observer` hears how far it is, until it is done.
///
/// Throws `ConnectionRefused` (`SpaceMissing`) if the host knows no such wallet, `Untrusted` if what it
/// serves is not what the wallet made or older than the ledger vouches for.
#[uniffi::export(default(passphrase = None, cancellation = None, observer = None))]
pub async fn restore_wallet(
    config: WalletConfig,
    words: Arc<RecoveryWords>,
    pin: Arc<Pin>,
    servers: Servers,
    passphrase: Option<Arc<Passphrase>>,
    cancellation: Option<Arc<Cancellation>>,
    observer: Option<Arc<dyn Observer>>,
) -> Result<RestoredWallet> {
    let passphrase = Passphrase::or_none(passphrase);
    let restore = move |thread: &mut WalletThread, home: &Path, device| {
        let events = thread.events.clone();
        let subscription = observer.map(|observer| events.subscribe(observer));
        let progress =
            |RestoreProgress { bytes, total }| events.send(Event::RestoreProgress { bytes, total });
        let from =
            RestoreFrom { servers: servers.as_core(), network: thread.network()?, progress: &progress };
        let (clock, rng) = (Box::new(SystemClock), Rng::system());
        let (passphrase, pin) = (&passphrase.0, pin.chosen()?);
        let (restored, fresh, report) = CoreWallet::restore(
            NewWallet { home, words: &words.0, passphrase, pin, device, clock, rng },
            from,
        )?;
        thread.wallet = Some(restored);
        Ok((thread.after_unlock(fresh)?, report, subscription))
    };
    let (wallet, (authentication, report, _)) = Wallet::start(config, cancellation, restore).await?;
    Ok(RestoredWallet { wallet, authentication, report })
}

#[uniffi::export]
impl Wallet {
    /// Opens the wallet of a folder and leaves it locked.
    ///
    /// Throws `NoWallet`; `Busy` if another instance has it.
    #[uniffi::constructor]
    pub async fn open(config: WalletConfig) -> Result<Arc<Self>> {
        let open = |thread: &mut WalletThread, home: &Path, device| {
            thread.wallet = Some(CoreWallet::open(home, device, Box::new(SystemClock), Rng::system())?);
            Ok(())
        };
        Ok(Self::start(config, None, open).await?.0)
    }

    /// Unlocks with the PIN and this device's key; on an unlocked wallet it authenticates afresh.
    ///
    /// Throws `WrongPin`, `PinDelayed`, `PinSlotDestroyed`, `DeviceKeyFailed`, `Storage`.
    #[uniffi::method(default(cancellation = None))]
    pub async fn unlock(
        &self,
        pin: Arc<Pin>,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<Arc<Authentication>> {
        self.worker.call(cancellation, move |thread| thread.unlock(|wallet| wallet.unlock(&pin.0))).await
    }

    /// Unlocks with the recovery words and sets a new PIN, also when the old one opens nothing any more
    /// or this device has lost its key. Earlier authentications are void. Throws `WrongWords`, `PinUnsuitable`.
    #[uniffi::method(default(passphrase = None, cancellation = None))]
    pub async fn unlock_with_words(
        &self,
        words: Arc<RecoveryWords>,
        new_pin: Arc<Pin>,
        passphrase: Option<Arc<Passphrase>>,
        cancellation: Option<Arc<Cancellation>>,
    ) -> Result<Arc<Authentication>> {
        let passphrase = Passphrase::or_none(passphrase);
        let unlocked = self.worker.call(cancellation, move |thread| {
            let new_pin = new_pin.chosen()?;
            thread.unlock_anew(|wallet| wallet.unlock_with_words(&words.0, &passphrase.0, new_pin))
        });
        unlocked.await
    }

    /// Cancels what is running, drops every key, voids every authentication.
    pub async fn lock(&self) -> Result<()> {
        self.cancel_all();
        self.worker
            .call(None, |thread| thread.open_wallet().map(drop).map(|()| thread.lock(LockReason::Asked)))
            .await
    }

    /// Whether it is unlocked; never waits.
    pub fn is_unlocked(&self) -> Result<bool> {
        Ok(self.lock_state.is_unlocked())
    }

    /// Locks, and lets go of the folder; every later call throws `Closed`.
    pub async fn release(&self) -> Result<()> {
        self.cancel_all();
        let released = self.worker.call(None, |thread| {
            thread.release();
            Ok(())
        });
        released.await
    }

    /// Says that the app went to the background, or came back; the time until it locks counts from this call, whatever
    /// is running.
    pub async fn set_in_background(&self, is_in_background: bool) -> Result<()> {
        self.lock_state.auto_lock().set_in_background(is_in_background);
        // The thread wakes, to wait for as long as it may from now on.
        self.worker.post(|_| {})
    }

    /// How the wallet is.
    pub async fn status(&self) -> Result<Status> {
        self.read(|snapshot| snapshot.status()).await
    }

    /// Notes that the owner answered the quiz about the recovery words; three answers or more.
    ///
    /// Throws `QuizFailed` unless all of them are right.
    pub async fn confirm_words(
        &self,
        authentication: Arc<Authentication>,
        answers: Vec<QuizAnswer>,
    ) -> Result<()> {
        let confirmed = self.call_wallet(move |wallet| {
            let answers = answers.into_iter().map(QuizAnswer::into_core).collect::<Result<Vec<_>>>()?;
            Ok(wallet.confirm_words(authentication.hold().get()?, &answers)?)
        });
        confirmed.await
    }

    /// Tells `observer` what happens from now on, until the subscription is cancelled or let go.
    pub fn subscribe(&self, observer: Arc<dyn Observer>) -> Result<Arc<Subscription>> {
        let subscription = self.events.subscribe(observer);
        // In this order: who subscribes before the end is told of it.
        if self.lock_state.is_released() { Err(WalletError::Closed) } else { Ok(subscription) }
    }
}

impl Wallet {
    /// Starts the threads of a wallet and does `work` in its folder, on its own thread: there the app may be
    /// asked for its device's key.
    async fn start<T: Send + 'static>(
        config: WalletConfig,
        cancellation: Option<Arc<Cancellation>>,
        work: impl FnOnce(&mut WalletThread, &Path, Box<dyn CoreDeviceKey>) -> Result<T> + Send + 'static,
    ) -> Result<(Arc<Self>, T)> {
        let WalletConfig { home, device_key, device_key_deadline, http_client, accept_demonstration_ledger } =
            config;
        let events = EventQueue::start()?;
        let lock_state = Arc::<LockState>::default();
        let policy =
            if accept_demonstration_ledger { TrustPolicy::DEMONSTRATION } else { TrustPolicy::STRICT };
        let thread = WalletThread::new(http_client, policy, events.clone(), lock_state.clone());
        let worker = Arc::new(Worker::start(thread)?);
        let reading = ReadingThread::start(lock_state.clone(), worker.clone())?;
        let wallet = Arc::new(Self { worker, reading, events, lock_state });
        let done = wallet.worker.call(cancellation, move |thread| {
            let deadline = device_key_deadline.unwrap_or(DEVICE_KEY_DEADLINE);
            work(thread, Path::new(&home), Box::new(AppDeviceKey::new(device_key, deadline)?))
        });
        let done = done.await?;
        Ok((wallet, done))
    }

    /// Cancels every call that waits or runs.
    pub(crate) fn cancel_all(&self) {
        self.worker.cancel_all();
        self.reading.cancel_all();
    }

    #[cfg(feature = "testing")]
    pub(crate) fn events(&self) -> &EventQueue {
        &self.events
    }
}

const DEVICE_KEY_DEADLINE: Duration = Duration::from_secs(60);
