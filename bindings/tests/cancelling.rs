//! Row 108 of the threats: each long call broken off in the middle, by its cancellation and by letting go of it.

mod setup;

use std::pin::pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use keepwell::{
    Authentication, Cancellation, Event, GrantRequest, ImportSource, Observer, ObserverError,
    ProviderSelection, ShareRequest, Wallet, WalletConfig, WalletError, restore_wallet,
};
use keepwell_protocol::consent::GrantState;
use keepwell_protocol::domain::{Category, Duration as TimeSpan, GrantId, LinkId, ProviderId, Scope};
use keepwell_protocol::vault::LinkAction;
use keepwell_wallet::{ImportOptions, ShareState, SyncOptions};

use setup::{Gate, Place, ServerProcesses, eventually, import, sample_patient, typed_pin, wait};

/// The calls that wait for a server and decide nothing before.
const CALLS: [&str; 9] = [
    "sync",
    "activity",
    "providers",
    "provider",
    "verify_grant",
    "share",
    "share_log",
    "open_share",
    "change_share",
];

/// A connected wallet behind a gate, with a grant and a share.
struct Scene {
    place: Place,
    gate: Arc<Gate>,
    processes: ServerProcesses,
    wallet: Arc<Wallet>,
    authentication: Arc<Authentication>,
    provider: ProviderId,
    grant: GrantId,
    share: LinkId,
    link: String,
}

impl Scene {
    fn new() -> Self {
        let (place, gate, processes) = (Place::new(), Gate::new(), ServerProcesses::start());
        let (wallet, authentication) = place.create_with(config(&place, &gate));
        import(&wallet, PATIENT);
        wait(wallet.connect(authentication.clone(), processes.servers(), None, None)).unwrap();
        let provider = ProviderId::parse(processes.names()["provider"].as_str().unwrap()).unwrap();
        eventually(|| wait(wallet.provider(ProviderSelection::ById { provider }, None)).is_ok());
        let granted = wait(wallet.grant(authentication.clone(), request(provider), None)).unwrap();
        wait(wallet.sync(sync(), None)).unwrap();
        let shared = wait(wallet.share(to_share(), None)).unwrap();
        let (grant, share, link) = (granted.grant, shared.share.id, shared.link);
        Self { place, gate, processes, wallet, authentication, provider, grant, share, link }
    }

    /// Makes one of the [`CALLS`].
    async fn call(&self, name: &str, cancellation: Option<Arc<Cancellation>>) -> Result<(), WalletError> {
        let (wallet, provider) = (&self.wallet, ProviderSelection::ById { provider: self.provider });
        match name {
            "sync" => wallet.sync(sync(), cancellation).await.map(drop),
            "activity" => wallet.activity(cancellation).await.map(drop),
            "providers" => wallet.providers(cancellation).await.map(drop),
            "provider" => wallet.provider(provider, cancellation).await.map(drop),
            "verify_grant" => wallet.verify_grant(self.grant, cancellation).await.map(drop),
            "share" => wallet.share(to_share(), cancellation).await.map(drop),
            "share_log" => wallet.share_log(self.share, cancellation).await.map(drop),
            "open_share" => {
                wallet.open_share(self.link.clone(), "Klinik".to_owned(), None, cancellation).await.map(drop)
            }
            // What closes a share is decided before the network takes it; what opens it waits for the host.
            "change_share" => {
                wallet.change_share(self.share, LinkAction::Resume, cancellation).await.map(drop)
            }
            other => panic!("there is no call {other}"),
        }
    }

    /// What must be as before when a call was broken off.
    fn state(&self) -> impl PartialEq + std::fmt::Debug + use<> {
        let (grants, shares) = (wait(self.wallet.grants()).unwrap(), wait(self.wallet.shares()).unwrap());
        (grants, shares, wait(self.wallet.status()).unwrap().records)
    }
}

#[test]
fn each_call_that_waits_for_a_server_is_broken_off_and_leaves_everything_as_it_was() {
    let scene = Scene::new();
    for name in CALLS {
        let before = scene.state();
        for by_letting_go in [false, true] {
            scene.gate.is_shut.store(true, Ordering::SeqCst);
            let waiting = scene.gate.waiting.load(Ordering::SeqCst);
            let cancellation = Cancellation::new();
            let given = (!by_letting_go).then(|| cancellation.clone());
            let outcome = wait(async {
                let mut call = pin!(scene.call(name, given));
                let at_the_gate = async {
                    while scene.gate.waiting.load(Ordering::SeqCst) == waiting {
                        tokio::time::sleep(Duration::from_millis(5)).await;
                    }
                };
                tokio::select! {
                    outcome = &mut call => return Some(outcome),
                    () = at_the_gate => {}
                }
                cancellation.cancel().unwrap();
                if by_letting_go { None } else { Some(call.await) }
            });
            let expected = (!by_letting_go).then_some(Err(WalletError::Cancelled));
            assert_eq!(outcome, expected, "{name}");
            scene.gate.is_shut.store(false, Ordering::SeqCst);
            assert_eq!(scene.state(), before, "{name}");
        }
    }
    // And each does its work when it is left alone.
    for name in CALLS {
        assert_eq!(wait(scene.call(name, Some(Cancellation::new()))), Ok(()), "{name}");
    }
}

#[test]
fn a_grant_is_decided_before_the_network_takes_it_and_cancelling_only_ends_the_wait() {
    let scene = Scene::new();
    scene.gate.is_shut.store(true, Ordering::SeqCst);
    let cancellation = Cancellation::new();
    let (granted, ()) = wait(async {
        let grant = scene.wallet.grant(
            scene.authentication.clone(),
            request(scene.provider),
            Some(cancellation.clone()),
        );
        tokio::join!(grant, async {
            while scene.gate.waiting.load(Ordering::SeqCst) == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            cancellation.cancel().unwrap();
        })
    });
    let granted = granted.unwrap();
    assert_eq!(granted.state, GrantState::Pending);
    assert!(wait(scene.wallet.queued()).unwrap() > 0);
    scene.gate.is_shut.store(false, Ordering::SeqCst);
    wait(scene.wallet.sync(sync(), None)).unwrap();
    assert_eq!(wait(scene.wallet.grant_by_id(granted.grant)).unwrap().state, GrantState::Active);
}

#[test]
fn a_share_is_paused_before_the_network_takes_it_and_cancelling_only_ends_the_wait() {
    let scene = Scene::new();
    scene.gate.is_shut.store(true, Ordering::SeqCst);
    let waiting = scene.gate.waiting.load(Ordering::SeqCst);
    let cancellation = Cancellation::new();
    let (paused, ()) = wait(async {
        let pause = scene.wallet.change_share(scene.share, LinkAction::Pause, Some(cancellation.clone()));
        tokio::join!(pause, async {
            while scene.gate.waiting.load(Ordering::SeqCst) == waiting {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            cancellation.cancel().unwrap();
        })
    });
    let paused = paused.unwrap();
    assert_eq!((paused.state, paused.is_told), (ShareState::Paused, false));
    scene.gate.is_shut.store(false, Ordering::SeqCst);
    // Nobody told the host, so it opens, as the summary says.
    wait(scene.call("open_share", None)).unwrap();
    wait(scene.wallet.sync(sync(), None)).unwrap();
    let told =
        wait(scene.wallet.shares()).unwrap().into_iter().find(|share| share.id == scene.share).unwrap();
    assert_eq!((told.state, told.is_told), (ShareState::Paused, true));
    assert!(wait(scene.call("open_share", None)).is_err());
}

/// What is done while a sync waits at the gate, which is cancelled then.
async fn while_syncing(scene: &Scene, work: impl AsyncFnOnce()) {
    scene.gate.is_shut.store(true, Ordering::SeqCst);
    let waiting = scene.gate.waiting.load(Ordering::SeqCst);
    let cancellation = Cancellation::new();
    let (synced, ()) = tokio::join!(scene.wallet.sync(sync(), Some(cancellation.clone())), async {
        while scene.gate.waiting.load(Ordering::SeqCst) == waiting {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        work().await;
        cancellation.cancel().unwrap();
    });
    assert_eq!(synced.map(drop), Err(WalletError::Cancelled));
    scene.gate.is_shut.store(false, Ordering::SeqCst);
}

#[test]
fn an_end_of_a_grant_is_done_though_who_asked_lets_go_of_it_or_the_wallet_locks() {
    let scene = Scene::new();
    let other =
        wait(scene.wallet.grant(scene.authentication.clone(), request(scene.provider), None)).unwrap();
    wait(while_syncing(&scene, async || {
        let mut revoke = pin!(scene.wallet.revoke(scene.grant));
        tokio::select! {
            biased;
            done = &mut revoke => panic!("the sync has its turn: {done:?}"),
            () = tokio::time::sleep(Duration::from_millis(20)) => {}
        }
    }));
    let ended = |id| wait(scene.wallet.grant_by_id(id)).unwrap().state != GrantState::Active;
    eventually(|| ended(scene.grant));

    let before = wait(scene.wallet.grant_by_id(other.grant)).unwrap().state;
    assert!(before.is_entitled());
    scene.gate.is_shut.store(true, Ordering::SeqCst);
    let waiting = scene.gate.waiting.load(Ordering::SeqCst);
    let (synced, revoked) = wait(async {
        tokio::join!(scene.wallet.sync(sync(), None), async {
            while scene.gate.waiting.load(Ordering::SeqCst) == waiting {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            // Locking cancels what waits, but for this.
            let (revoked, locked) = tokio::join!(scene.wallet.revoke(other.grant), scene.wallet.lock());
            locked.unwrap();
            revoked
        })
    });
    assert_eq!(synced.map(drop), Err(WalletError::Cancelled));
    assert_eq!(revoked, Ok(GrantState::Revoking));
    scene.gate.is_shut.store(false, Ordering::SeqCst);
    assert!(!scene.wallet.is_unlocked().unwrap());
    setup::unlock(&scene.wallet).unwrap();
    assert_eq!(wait(scene.wallet.grant_by_id(other.grant)).unwrap().state, GrantState::Revoking);
}

#[test]
fn that_the_app_went_to_the_background_counts_from_the_call_though_something_is_running() {
    let scene = Scene::new();
    wait(scene.wallet.set_auto_lock(None, Some(Duration::from_secs(1)))).unwrap();
    wait(while_syncing(&scene, async || {
        let begun = Instant::now();
        scene.wallet.set_in_background(true).await.unwrap();
        assert!(begun.elapsed() < Duration::from_secs(1), "it waits for no turn");
        tokio::time::sleep(Duration::from_millis(1_100)).await;
    }));
    // What ran is over, and the time was over before.
    assert_eq!(wait(scene.wallet.status()).map(drop), Err(WalletError::Locked));
}

#[test]
fn a_connect_that_is_broken_off_leaves_a_wallet_on_its_own_and_can_be_done_again() {
    let (place, gate, processes) = (Place::new(), Gate::new(), ServerProcesses::start());
    let (wallet, fresh) = place.create_with(config(&place, &gate));
    gate.is_shut.store(true, Ordering::SeqCst);
    let cancellation = Cancellation::new();
    let (connected, ()) = wait(async {
        tokio::join!(
            wallet.connect(fresh.clone(), processes.servers(), Some(cancellation.clone()), None),
            async {
                while gate.waiting.load(Ordering::SeqCst) == 0 {
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                cancellation.cancel().unwrap();
            }
        )
    });
    assert_eq!(connected.map(drop), Err(WalletError::Cancelled));
    assert_eq!(wait(wallet.ledger_status()).unwrap(), None);
    gate.is_shut.store(false, Ordering::SeqCst);
    assert!(wait(wallet.connect(fresh, processes.servers(), None, None)).unwrap().is_embedded);
}

/// Passes on what it hears.
struct Collects(Mutex<std::sync::mpsc::Sender<Event>>);

impl Observer for Collects {
    fn on_events(&self, events: Vec<Event>) -> Result<(), ObserverError> {
        let sender = self.0.lock().unwrap();
        events.into_iter().try_for_each(|event| sender.send(event)).map_err(|_| ObserverError::Failed)
    }
}

#[test]
fn a_restore_that_is_broken_off_leaves_no_wallet_and_can_be_done_again() {
    let scene = Scene::new();
    wait(scene.wallet.sync(SyncOptions { anchor: true, wait: Duration::from_secs(60), heal: false }, None))
        .unwrap();
    let (new_phone, gate) = (Place::new(), Gate::new());
    gate.is_shut.store(true, Ordering::SeqCst);
    let restore = |cancellation, observer| {
        let (config, words) = (config(&new_phone, &gate), scene.place.words.clone());
        let servers = scene.processes.servers();
        restore_wallet(config, words, typed_pin(b"719364"), servers, None, cancellation, observer)
    };
    let cancellation = Cancellation::new();
    let (restored, ()) = wait(async {
        tokio::join!(restore(Some(cancellation.clone()), None), async {
            while gate.waiting.load(Ordering::SeqCst) == 0 {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            cancellation.cancel().unwrap();
        })
    });
    assert_eq!(restored.map(drop), Err(WalletError::Cancelled));
    gate.is_shut.store(false, Ordering::SeqCst);
    eventually(|| wait(Wallet::open(config(&new_phone, &gate))).map(drop) == Err(WalletError::NoWallet));
    let (sender, told) = std::sync::mpsc::channel();
    let observer: Arc<dyn Observer> = Arc::new(Collects(Mutex::new(sender)));
    assert_eq!(wait(restore(None, Some(observer))).unwrap().report.grants, 1);
    let Ok(Event::RestoreProgress { bytes: 0, total }) = told.recv() else { panic!("no progress") };
    assert!(total > 0);
}

#[test]
fn an_import_that_is_broken_off_keeps_nothing() {
    let place = Place::new();
    let (wallet, _) = place.create();
    let path = sample_patient().to_str().unwrap().to_owned();
    let import = |cancellation| {
        let source = ImportSource::File { path: path.clone() };
        wallet.import_records(source, ImportOptions::default(), cancellation)
    };
    let cancellation = Cancellation::new();
    let began = Instant::now();
    let (imported, ()) = wait(async {
        tokio::join!(import(Some(cancellation.clone())), async {
            tokio::time::sleep(Duration::from_millis(30)).await;
            cancellation.cancel().unwrap();
        })
    });
    assert_eq!(imported.map(drop), Err(WalletError::Cancelled), "after {:?}", began.elapsed());
    assert_eq!(wait(wallet.status()).unwrap().records, 0);

    // Locking cancels, too.
    let (imported, locked) = wait(async {
        tokio::join!(import(None), async {
            tokio::time::sleep(Duration::from_millis(30)).await;
            wallet.lock().await
        })
    });
    assert_eq!(imported.map(drop), Err(WalletError::Cancelled));
    locked.unwrap();
    setup::unlock(&wallet).unwrap();
    assert_eq!(wait(wallet.status()).unwrap().records, 0);
    wait(import(None)).unwrap();
    assert_eq!(wait(wallet.status()).unwrap().records, 1005);
}

#[test]
fn a_call_that_was_cancelled_before_its_turn_is_not_done_at_all() {
    let place = Place::new();
    let (wallet, _) = place.create();
    let cancellation = Cancellation::new();
    cancellation.cancel().unwrap();
    let source = ImportSource::Bytes { bytes: PATIENT.as_bytes().to_vec() };
    let imported = wait(wallet.import_records(source, ImportOptions::default(), Some(cancellation)));
    assert_eq!(imported.map(drop), Err(WalletError::Cancelled));
    assert_eq!(wait(wallet.status()).unwrap().records, 0);
}

fn config(place: &Place, gate: &Arc<Gate>) -> WalletConfig {
    WalletConfig { http_client: Some(gate.clone()), ..place.config() }
}

fn request(provider: ProviderId) -> GrantRequest {
    GrantRequest {
        provider: ProviderSelection::ById { provider },
        scope: Scope { categories: vec![Category::Allergies], ..Scope::default() },
        duration: TimeSpan::days(1),
        purpose: None,
        anonymous: false,
    }
}

fn to_share() -> ShareRequest {
    let scopes = vec![Scope { categories: vec![Category::Allergies], ..Scope::default() }];
    ShareRequest {
        scopes,
        label: None,
        life: TimeSpan(3_600),
        opens: None,
        format: None,
        leave_out: Vec::new(),
        with_numbers: false,
        manifest: None,
        story: None,
        cards: Vec::new(),
    }
}

fn sync() -> SyncOptions {
    SyncOptions { anchor: false, wait: Duration::from_secs(60), heal: false }
}

const PATIENT: &str = r#"{"resourceType":"Patient","id":"p1","name":[{"given":["Ana"],"family":"Ruiz"}]}
{"resourceType":"AllergyIntolerance","id":"a1","patient":{"reference":"Patient/p1"},"code":{"text":"Latex"}}"#;
