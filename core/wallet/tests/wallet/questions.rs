//! Who asks what stays unknown (flows.md §0, "Who is asked"): what host and gateway get to see, from outside.

use std::collections::BTreeSet;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use keepwell_host::SealedGateway;
use keepwell_net::{Limits, NetError, Transport};
use keepwell_protocol::crypto::words::Passphrase;
use keepwell_protocol::crypto::{self, Seed, base64url};
use keepwell_protocol::domain::{Category, GatewayId, Object as _, ProviderId};
use keepwell_protocol::formats::http::{Request, Response};
use keepwell_protocol::ledger::StateKey;
use keepwell_protocol::vault::ErrorBody;
use keepwell_wallet::{
    FreshAuthentication, LedgerQuestions, Network, ProviderName, ProviderState, Servers, SyncOptions, Wallet,
};

use crate::parties::wire::Wire;
use crate::parties::{self, PATIENT, Parties, Provider, Tap, categories, create, record, state};
use crate::setup;

const DAY: u64 = 86_400;

/// One message to a server, and its answer.
struct Heard {
    request: Request,
    answer: Option<Response>,
}

/// Carries what one phone says, and keeps all of it.
struct Recorder<'a> {
    wire: &'a Wire,
    heard: Mutex<Vec<Heard>>,
}

impl<'a> Recorder<'a> {
    fn new(parties: &'a Parties) -> Self {
        Self { wire: &parties.wire, heard: Mutex::default() }
    }

    /// The addresses that were asked since the last time.
    fn take_urls(&self) -> Vec<String> {
        std::mem::take(&mut *self.heard.lock().unwrap()).into_iter().map(|heard| heard.request.url).collect()
    }
}

impl Transport for Recorder<'_> {
    fn send(&self, request: Request, limits: Limits) -> Result<Response, NetError> {
        let answer = self.wire.send(request.clone(), limits);
        self.heard.lock().unwrap().push(Heard { request, answer: answer.clone().ok() });
        answer
    }
}

fn network<'a>(recorder: &'a Recorder<'a>, parties: &'a Parties) -> Network<'a> {
    Network { transport: recorder, envelopes: &parties.wire, ..parties.network() }
}

fn connect(parties: &Parties, (wallet, fresh): &mut (Wallet, FreshAuthentication), network: Network<'_>) {
    let anchor = parties.anchor();
    let (ledger_url, host_url) = (&parties.ledger_url, &parties.host_url);
    wallet.connect(fresh, Servers { ledger_url, host_url, anchor: &anchor }, None, network).unwrap();
}

fn grant(
    (wallet, fresh): &mut (Wallet, FreshAuthentication),
    provider: &Provider,
    network: Network<'_>,
) -> Result<keepwell_protocol::domain::GrantId, keepwell_wallet::WalletError> {
    let request = keepwell_wallet::GrantRequest {
        provider: ProviderName::Id(provider.id()),
        scope: categories(&[Category::Medications]),
        purpose: keepwell_protocol::domain::Purpose::Treat,
        duration: keepwell_protocol::domain::Duration::days(60),
        about: None,
        request: None,
    };
    Ok(wallet.grant(fresh, request, network)?.grant)
}

/// Everything that this process logs, of every server in it.
fn logs() -> &'static Arc<Mutex<Vec<u8>>> {
    static LOGS: OnceLock<Arc<Mutex<Vec<u8>>>> = OnceLock::new();
    LOGS.get_or_init(|| {
        let logs = Arc::new(Mutex::new(Vec::new()));
        let all = Arc::clone(&logs);
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_writer(move || Log(Arc::clone(&all)))
            .finish();
        tracing::subscriber::set_global_default(subscriber).unwrap();
        logs
    })
}

struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

/// Asserts that nothing in here says who these are, in whatever form ids are written.
fn assert_silent_about(bytes: &[u8], ids: &[[u8; 32]], what: &str) {
    for id in ids {
        let forms = [id.to_vec(), hex::encode(id).into_bytes(), base64url::encode(id).into_bytes()];
        for form in forms {
            assert!(!contains(bytes, &form), "{what} tells of {}", hex::encode(id));
        }
    }
}

/// All bytes of all files below a folder.
fn files(folder: &Path) -> Vec<u8> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        all.extend(if path.is_dir() { files(&path) } else { std::fs::read(&path).unwrap() });
    }
    all
}

#[test]
fn in_a_month_neither_host_nor_gateway_sees_a_phone_beside_a_provider() {
    let logs = logs();
    let (parties, tap) = Parties::start_sealed();
    // A phone that asked a gateway itself would do it here.
    let direct = Tap::to(parties.ledger.as_ref().unwrap().address());
    let (_inboxes, inbox) = parties.host_in("inboxes", "http://127.0.0.1:0");
    let providers: Vec<Provider> =
        (20..32).map(|of| parties.provider_at(of, &format!("Clinic {of}"), &inbox)).collect();
    let ids: Vec<ProviderId> = providers.iter().map(Provider::id).collect();

    let recorders = [(); 2].map(|()| Recorder::new(&parties));
    let mut phones: Vec<(Wallet, FreshAuthentication)> =
        (1..=2).map(|of| create(&parties.path(&format!("phone-{of}")), &parties.clock, of)).collect();
    let mut grants = Vec::new();
    for (at, phone) in phones.iter_mut().enumerate() {
        let network = network(&recorders[at], &parties);
        let anchor = parties.anchor();
        let (ledger_url, host_url) = (direct.url(), parties.host_url.clone());
        let servers = Servers { ledger_url: &ledger_url, host_url: &host_url, anchor: &anchor };
        phone.0.connect(&phone.1, servers, None, network).unwrap();
        let records = [PATIENT.to_vec(), record("MedicationRequest", "a")].join(&b'\n');
        let mut file = [keepwell_wallet::ImportFile::from_bytes("", &records)];
        phone.0.import(&mut file, &Default::default(), &mut |_| ControlFlow::Continue(())).unwrap();
        for provider in &providers[at * 2..at * 2 + 3] {
            grants.push((at, provider.id(), grant(phone, provider, network).unwrap()));
        }
    }
    let suspended = ids[2];
    for day in 1..=30 {
        parties.clock.forward(DAY - 1_800);
        parties.await_block_time();
        if day == 20 {
            parties.suspend(suspended);
        }
        for (at, (wallet, _)) in phones.iter_mut().enumerate() {
            parties.clock.forward(300);
            parties.await_block_time();
            let options =
                SyncOptions { wait: std::time::Duration::from_secs(15), anchor: day % 7 == 0, heal: false };
            let report = wallet.sync(options, network(&recorders[at], &parties)).unwrap();
            assert_eq!(report.offline, None, "day {day}");
        }
    }
    // It went on all the while: what is known of each provider is of the last day.
    for (at, provider, grant) in &grants {
        let wallet = &phones[*at].0;
        assert_eq!(state(wallet, *grant), "active");
        assert!(matches!(wallet.ledger_questions().unwrap(), Some(LedgerQuestions::Oblivious { .. })));
        let known = wallet.known_providers().unwrap();
        let known = known.iter().find(|known| known.provider == *provider).unwrap();
        let expected = if *provider == suspended { ProviderState::Suspended } else { ProviderState::Active };
        assert_eq!(known.state, expected);
    }

    // The host: every request and every answer, its disk.
    let own: Vec<[u8; 32]> = (1..=2).map(|of| own_account(&parties, &seed(of))).collect();
    let secret: Vec<[u8; 32]> = ids.iter().map(|id| *id.as_bytes()).chain(own).collect();
    let mut sealed = [0; 2];
    for (at, recorder) in recorders.iter().enumerate() {
        for Heard { request, answer } in recorder.heard.lock().unwrap().iter() {
            assert!(request.url.starts_with(&parties.host_url), "a phone asked another server");
            let head = format!("{:?}", (&request.url, &request.headers));
            let answer = answer.as_ref().unwrap();
            let said =
                [head.as_bytes(), &request.body, format!("{:?}", answer.headers).as_bytes(), &answer.body]
                    .concat();
            assert_silent_about(&said, &secret, "what the host hears");
            if request.url.contains("/v1/oblivious/") {
                sealed[at] += 1;
                assert!([512, 4_096].contains(&request.body.len()));
                assert!([4_096, 16_384].contains(&answer.body.len()));
            }
        }
    }
    // Three providers and eight others each day, but for what was asked less than half a day before.
    assert!(sealed.iter().all(|count| (300..600).contains(count)), "{sealed:?}");
    assert_silent_about(&files(&parties.path("host")), &secret, "the host's disk");

    // The gateway: every connection that brought a sealed question brought one, and nothing of a phone.
    let keys: Vec<String> = (1..=2).map(|of| owner_key(&seed(of))).collect();
    let connections = tap.heard();
    assert_eq!(connections.len(), sealed.iter().sum::<usize>());
    for bytes in &connections {
        let text = String::from_utf8_lossy(bytes);
        assert_eq!(text.matches("POST /v1/oblivious HTTP/1.1").count(), 1);
        assert_silent_about(bytes, &secret, "the line to the gateway");
        for trace in keys.iter().map(String::as_str).chain(["signature", "forwarded", "user-agent", "cookie"])
        {
            assert!(!text.to_lowercase().contains(&trace.to_lowercase()), "{trace}");
        }
    }
    assert!(direct.heard().is_empty(), "a phone asked a gateway itself");

    // What both log.
    let logs = logs.lock().unwrap().clone();
    assert_silent_about(&logs, &secret, "a log");
}

fn seed(of: u8) -> Seed {
    setup::words(of).seed(&Passphrase::none())
}

/// The account by which the ledger knows a wallet itself.
fn own_account(parties: &Parties, seed: &Seed) -> [u8; 32] {
    let root = seed.root_key(&crypto::self_provider_id(), 0).public_key();
    *crypto::account_id(&parties.governance().origin(), &root).as_bytes()
}

/// The key by which the host knows a wallet, as signatures name it.
fn owner_key(seed: &Seed) -> String {
    base64url::encode(seed.owner_key().public_key().as_bytes())
}

#[test]
fn a_gateway_that_is_down_is_not_asked_directly_and_nothing_is_lost() {
    let (parties, tap) = Parties::start_sealed();
    let (first, second) = (parties.provider(40, "First"), parties.provider(41, "Second"));
    let recorder = Recorder::new(&parties);
    let network = network(&recorder, &parties);
    let mut phone = create(&parties.path("phone"), &parties.clock, 1);
    connect(&parties, &mut phone, network);
    let granted = grant(&mut phone, &first, network).unwrap();
    let sync = SyncOptions { wait: std::time::Duration::from_secs(15), ..SyncOptions::default() };
    phone.0.sync(sync, network).unwrap();
    assert_eq!(state(&phone.0, granted), "active");

    tap.cut(true);
    recorder.take_urls();
    let refused = grant(&mut phone, &second, network).unwrap_err();
    assert_eq!((refused.code(), refused.is_temporary()), ("LedgerUnreachable", true));
    parties.clock.forward(DAY);
    parties.await_block_time();
    let report = phone.0.sync(sync, network).unwrap();
    assert_eq!(report.offline.as_ref().map(|obstacle| obstacle.code()), Some("LedgerUnreachable"));
    let asked = recorder.take_urls();
    assert!(asked.iter().any(|url| url.contains("/v1/oblivious/")));
    assert!(asked.iter().all(|url| url.starts_with(&parties.host_url)), "asked directly: {asked:?}");
    // What ends something takes whatever way there is.
    parties.wire.intrude(|request| {
        let is_relayed = request.url.contains("/v1/ledger/") || request.url.contains("/v1/oblivious");
        is_relayed.then_some(Err(NetError::Timeout))
    });
    phone.0.revoke(granted).unwrap();
    let report = phone.0.sync(SyncOptions::default(), network).unwrap();
    assert!(report.sent >= 1);
    let direct = format!("{}/v1/tx", parties.ledger_url);
    let asked: Vec<String> =
        recorder.take_urls().into_iter().filter(|url| url.starts_with(&parties.ledger_url)).collect();
    assert!(asked.contains(&direct) && asked.iter().all(|url| *url == direct), "{asked:?}");

    parties.wire.leave();
    tap.cut(false);
    phone.0.sync(sync, network).unwrap();
    assert_eq!(state(&phone.0, granted), "revoked");
    grant(&mut phone, &second, network).unwrap();
}

#[test]
fn after_a_gateway_that_is_gone_another_one_is_asked() {
    let (mut parties, tap) = Parties::start_sealed();
    let (first, second) = (parties.provider(46, "First"), parties.provider(47, "Second"));
    let mut phone = create(&parties.path("phone"), &parties.clock, 1);
    connect(&parties, &mut phone, parties.network());
    grant(&mut phone, &first, parties.network()).unwrap();
    let questions = |phone: &(Wallet, FreshAuthentication)| match phone.0.ledger_questions().unwrap() {
        Some(LedgerQuestions::Oblivious { gateway }) => gateway,
        other => panic!("{other:?}"),
    };
    let gone = questions(&phone);
    // Its keys are valid for days, and nobody answers there.
    std::fs::remove_file(parties.path("ledger/gateway.key")).unwrap();
    parties.restart_ledger();
    let next = parties.admit_gateway(2);
    tap.cut(true);
    let left = parties.gateways[0].clone();
    let url = parties.ledger_url.parse().unwrap();
    parties.pass_sealed_on(vec![left.clone(), SealedGateway { id: next, url }]);

    let refused = grant(&mut phone, &second, parties.network()).unwrap_err();
    assert_eq!((refused.code(), refused.is_temporary()), ("LedgerUnreachable", true));
    grant(&mut phone, &second, parties.network()).unwrap();
    assert_eq!((left.id, questions(&phone)), (gone, next));
}

#[test]
fn a_wallet_that_slept_past_the_gateways_keys_has_the_new_one_proved() {
    let (parties, _tap) = Parties::start_sealed();
    let provider = parties.provider(42, "Clinic");
    let recorder = Recorder::new(&parties);
    let network = network(&recorder, &parties);
    let mut phone = create(&parties.path("phone"), &parties.clock, 1);
    connect(&parties, &mut phone, network);
    parties.clock.forward(4 * DAY);
    parties.await_block_time();
    grant(&mut phone, &provider, network).unwrap();
    assert!(recorder.take_urls().iter().all(|url| url.starts_with(&parties.host_url)));
}

#[test]
fn a_key_that_its_gateway_does_not_open_any_more_is_looked_for_anew_and_another_is_not() {
    let (parties, _tap) = Parties::start_sealed();
    let providers = [44, 45].map(|seed| parties.provider(seed, "Clinic"));
    let recorder = Recorder::new(&parties);
    let network = network(&recorder, &parties);
    let mut phone = create(&parties.path("phone"), &parties.clock, 1);
    connect(&parties, &mut phone, network);
    let list = format!("{}/v1/oblivious", parties.host_url);
    let refusals = [("RateLimited", false), ("ObliviousKeyUnknown", true)];
    for (provider, (code, is_looked_for)) in providers.iter().zip(refusals) {
        parties.wire.intrude(move |request| {
            let why = ErrorBody {
                code: code.into(),
                sentence: "It is refused.".into(),
                bundle: None,
                version: None,
            };
            let refused = Response { status: 400, headers: Vec::new(), body: why.to_cbor() };
            request.url.contains("/v1/oblivious/").then_some(Ok(refused))
        });
        let refused = grant(&mut phone, provider, network).unwrap_err();
        assert_eq!(refused.code(), code);
        parties.wire.leave();
        recorder.take_urls();
        grant(&mut phone, provider, network).unwrap();
        assert_eq!(recorder.take_urls().contains(&list), is_looked_for, "{code}");
    }
}

#[test]
fn where_the_host_passes_nothing_on_a_gateway_is_asked_directly_and_that_is_said() {
    let (mut parties, _tap) = Parties::start_sealed();
    let provider = parties.provider(43, "Clinic");
    let admitted = parties.gateways.clone();
    let stranger = SealedGateway { id: GatewayId::from_bytes([7; 32]), ..admitted[0].clone() };
    // None; and one that the ledger does not know, whose key nobody could prove.
    for (at, gateways) in [Vec::new(), vec![stranger]].into_iter().enumerate() {
        parties.pass_sealed_on(gateways);
        let recorder = Recorder::new(&parties);
        let network = network(&recorder, &parties);
        let mut phone =
            create(&parties.path(&format!("phone-{at}")), &parties.clock, u8::try_from(at).unwrap() + 1);
        assert_eq!(phone.0.ledger_questions().unwrap(), None);
        connect(&parties, &mut phone, network);
        grant(&mut phone, &provider, network).unwrap();
        assert_eq!(phone.0.ledger_questions().unwrap(), Some(LedgerQuestions::Direct));
        let heard = recorder.heard.lock().unwrap();
        let direct: Vec<_> =
            heard.iter().filter(|heard| heard.request.url.starts_with(&parties.ledger_url)).collect();
        assert!(!direct.is_empty());
        for Heard { request, .. } in direct {
            assert_eq!(request.header("connection"), Some("close"), "two questions by one connection");
        }
    }
    // Once the host does, they are sealed.
    parties.pass_sealed_on(admitted);
    let recorder = Recorder::new(&parties);
    let (wallet, _) = &mut parties::open(&parties.path("phone-0"), &parties.clock);
    parties.clock.forward(DAY);
    parties.await_block_time();
    wallet.sync(SyncOptions::default(), network(&recorder, &parties)).unwrap();
    assert!(matches!(wallet.ledger_questions().unwrap(), Some(LedgerQuestions::Oblivious { .. })));
    assert!(recorder.take_urls().iter().all(|url| !url.starts_with(&parties.ledger_url)));
}

/// The providers about whom a gateway was asked directly, in the order asked.
fn asked_about(recorder: &Recorder<'_>, providers: &[Provider]) -> Vec<ProviderId> {
    let key = |id: ProviderId| StateKey::Provider(id).to_hex();
    let urls = recorder.take_urls();
    let asked = urls.iter().filter_map(|url| {
        let asked = url.rsplit_once("/v1/proof/")?.1;
        providers.iter().map(Provider::id).find(|id| key(*id) == asked)
    });
    let mut order = Vec::new();
    asked.for_each(|id| {
        if !order.contains(&id) {
            order.push(id);
        }
    });
    order
}

#[test]
fn a_new_provider_is_asked_about_among_eight_others_and_all_of_them_again_within_a_day() {
    let parties = Parties::start();
    let providers: Vec<Provider> = (50..64).map(|of| parties.provider(of, &format!("Clinic {of}"))).collect();
    let recorder = Recorder::new(&parties);
    let network = network(&recorder, &parties);
    let mut phone = create(&parties.path("phone"), &parties.clock, 1);
    connect(&parties, &mut phone, network);
    recorder.take_urls();

    let mut places = BTreeSet::new();
    let mut others = BTreeSet::new();
    for provider in &providers[..5] {
        grant(&mut phone, provider, network).unwrap();
        let order = asked_about(&recorder, &providers);
        assert_eq!(order.len(), 9);
        places.insert(order.iter().position(|id| *id == provider.id()).unwrap());
        others = order.into_iter().collect();
    }
    assert!(places.len() > 1, "the one that matters is asked at the same place each time");

    let after = |hours: u64, phone: &mut (Wallet, FreshAuthentication)| {
        parties.clock.forward(hours * 3_600);
        parties.await_block_time();
        phone.0.sync(SyncOptions::default(), network).unwrap();
        asked_about(&recorder, &providers).into_iter().collect::<BTreeSet<_>>()
    };
    assert_eq!(after(11, &mut phone), BTreeSet::new(), "nothing is older than twelve hours");
    let known: BTreeSet<ProviderId> = providers[..5].iter().map(Provider::id).collect();
    assert_eq!(after(10, &mut phone), known.union(&others).copied().collect());
    // One that was asked about is not new.
    recorder.take_urls();
    grant(&mut phone, &providers[0], network).unwrap();
    assert_eq!(asked_about(&recorder, &providers), [providers[0].id()]);
}
