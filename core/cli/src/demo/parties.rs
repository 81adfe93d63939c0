//! Ledger, host and clinic of the story, on loopback ports of this process.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use keepwell_clinic::{Clinic, Profile};
use keepwell_host::{Host, HostConfig, Registration, SealedGateway};
use keepwell_net::{Gateway, HttpTransport, Limits, Transport as _};
use keepwell_protocol::crypto::{Rng, SigningKey, gateway_id};
use keepwell_protocol::formats::http::{Method, Request, sign_request};
use keepwell_protocol::ledger::TrustPolicy;
use keepwell_wallet::{Clock as _, Servers, SystemClock};
use url::Url;

use super::ledger::{StoryEngine, StoryLedger};
use super::tape::Tape;
use crate::failure::{CommandError, Failure};
use crate::network::Connection;

/// Everybody but the patient.
pub(super) struct Parties {
    pub(super) ledger: StoryLedger,
    pub(super) host: Option<Host>,
    pub(super) clinic: Clinic,
    /// All that the clinic was ever answered.
    pub(super) tape: Arc<Tape>,
    pub(super) connection: Connection,
    pub(super) host_address: SocketAddr,
    host_home: PathBuf,
}

/// The clinic of the story.
pub(super) const CLINIC: &str = "Bern Allergy Clinic";

impl Parties {
    pub(super) fn start(folder: &Path, engine: &StoryEngine) -> Result<Self, Failure> {
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        let ledger = StoryLedger::start(&folder.join("ledger"), engine)?;
        let host_home = folder.join("host");
        let host = start_host(&host_home, any, &ledger)?;
        let host_address = host.address();
        let profile = Profile {
            name: CLINIC.to_owned(),
            place: Some("Bern".to_owned()),
            ledger: format!("http://{}", ledger.address()),
            host: format!("http://{host_address}"),
            anchor: ledger.anchor().clone(),
        };
        let (tape, policy) = (Arc::new(Tape::new()?), TrustPolicy::DEMONSTRATION);
        let transport = Arc::<Tape>::clone(&tape);
        let clinic = Clinic::init(&folder.join("clinic"), &profile, transport, policy, &mut Rng::system())?;
        let connection = Connection::open()?;
        Ok(Self { ledger, host: Some(host), clinic, tape, connection, host_address, host_home })
    }

    pub(super) fn ledger_url(&self) -> String {
        format!("http://{}", self.ledger.address())
    }

    pub(super) fn host_url(&self) -> String {
        format!("http://{}", self.host_address)
    }

    /// Asks the host with somebody's signature: status and body of the answer.
    pub(super) fn ask_host(
        &self,
        method: Method,
        path: &str,
        body: Vec<u8>,
        key: &SigningKey,
    ) -> Result<(u16, Vec<u8>), Failure> {
        let mut request = Request::new(method, format!("{}{path}", self.host_url())).with_body(body);
        sign_request(&mut request, key, SystemClock.now(), &mut Rng::system())
            .map_err(|_| CommandError::DemoCheck("a request can be signed"))?;
        let answer = HttpTransport::new()?.send(request, Limits::CONFIGURED)?;
        Ok((answer.status, answer.body))
    }

    pub(super) fn gateway(&self) -> Result<Gateway<HttpTransport>, Failure> {
        let url =
            Url::parse(&self.ledger_url()).map_err(|_| CommandError::DemoCheck("addresses are addresses"))?;
        Ok(Gateway::direct(HttpTransport::new()?, &url))
    }

    /// Calls `work` with where the wallet is connected.
    pub(super) fn with_servers<T>(
        &self,
        work: impl FnOnce(Servers<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let anchor = self.ledger.anchor().to_json();
        let (ledger_url, host_url) = (self.ledger_url(), self.host_url());
        work(Servers { ledger_url: &ledger_url, host_url: &host_url, anchor: anchor.as_bytes() })
    }

    /// Puts the host's folder back as `folder` has it, and starts the host again on its port.
    pub(super) fn host_with_folder(&mut self, folder: &Path) -> Result<(), Failure> {
        self.stop_host()?;
        let failed = |error: std::io::Error| CommandError::unwritable(folder, &error);
        std::fs::remove_dir_all(&self.host_home).map_err(failed)?;
        copy(folder, &self.host_home).map_err(failed)?;
        self.start_host()
    }

    /// Copies the host's folder while the host is stopped.
    pub(super) fn copy_host(&mut self, to: &Path) -> Result<(), Failure> {
        self.stop_host()?;
        copy(&self.host_home, to).map_err(|error| CommandError::unwritable(to, &error))?;
        self.start_host()
    }

    fn stop_host(&mut self) -> Result<(), Failure> {
        self.host.take().map_or(Ok(()), |host| Ok(host.stop()?))
    }

    fn start_host(&mut self) -> Result<(), Failure> {
        self.host = Some(start_host(&self.host_home, self.host_address, &self.ledger)?);
        Ok(())
    }
}

fn start_host(home: &Path, listen: SocketAddr, ledger: &StoryLedger) -> Result<Host, Failure> {
    let ledger_url = Url::parse(&format!("http://{}", ledger.address()))
        .map_err(|_| CommandError::DemoCheck("addresses are addresses"))?;
    let config = HostConfig {
        home: home.to_owned(),
        listen: listen.into(),
        public_url: None,
        gateways: vec![SealedGateway { id: gateway_id(&ledger.gateway_key()), url: ledger_url.clone() }],
        ledger_url,
        anchor: ledger.anchor().clone(),
        policy: TrustPolicy::DEMONSTRATION,
        blobs_url: None,
        registration: Registration::Open,
    };
    Ok(Host::start(config, Arc::new(|| SystemClock.now()))?)
}

fn copy(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
