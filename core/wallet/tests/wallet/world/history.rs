//! One wallet's history on the shared servers, step by step.

use std::path::PathBuf;
use std::time::Duration as Wait;

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::crypto::Rng;
use keepwell_protocol::crypto::words::{Language, Passphrase, RecoveryWords};
use keepwell_protocol::domain::{Category, Duration, ProviderId, Purpose};
use keepwell_protocol::ledger::TrustPolicy;
use keepwell_protocol::vault::{About, LinkAction};
use keepwell_wallet::{
    FreshAuthentication, GrantRequest, Missing, Network, NewWallet, ProviderName, RestoreFrom, RestoreReport,
    Servers as Addresses, ShareRequest, ShareState, SyncOptions, SyncReport, Wallet, WalletError,
};

use super::model::{Acknowledged, Added, During, Elsewhere, Granted, Model, Shared, scope};
use super::network::{FaultyNetwork, Server, Weather};
use super::observer::Observer;
use super::servers::{Providers, Servers};
use super::step::{Drawn, INSIDERS, Step, What};
use crate::parties::{PATIENT, SharedClock, categories};
use crate::setup::{self, import};

/// Everybody in one history.
pub(super) struct History<'a> {
    pub(super) servers: &'a Servers,
    pub(super) network: FaultyNetwork<'a>,
    pub(super) providers: Providers,
    pub(super) observer: Observer,
    pub(super) model: Model,
    pub(super) phone: Option<Phone>,
    /// The phone before, where somebody goes on using it.
    pub(super) former: Option<Phone>,
    pub(super) clock: SharedClock,
    words: [u8; 32],
    has_early_ends: bool,
    has_misdated_grants: bool,
    has_early_restores: bool,
    pub(super) is_connected: bool,
    is_synced: bool,
    /// Whether the clock was right when the phone was restored.
    is_dated: bool,
    imported: usize,
    restored: usize,
}

/// A phone with its wallet.
pub(super) struct Phone {
    pub(super) wallet: Wallet,
    pub(super) fresh: FreshAuthentication,
    home: PathBuf,
}

impl<'a> History<'a> {
    pub(super) fn begin(servers: &'a Servers, drawn: &Drawn) -> Self {
        let providers = servers.providers();
        *servers.parties.wire.seen.lock().unwrap() = Default::default();
        let clock = servers.parties.clock.clone();
        clock.set_ahead(0);
        let words: [u8; 32] = Rng::system().array().unwrap();
        let home = servers.path("phone");
        let (wallet, fresh) = Wallet::create(NewWallet {
            home: &home,
            words: &RecoveryWords::from_entropy(&words, Language::English).unwrap(),
            passphrase: &Passphrase::none(),
            pin: &setup::pin(),
            device: setup::device(&home),
            clock: Box::new(clock.clone()),
            rng: Rng::system(),
        })
        .unwrap();
        let mut history = Self {
            servers,
            network: FaultyNetwork::new(servers),
            providers,
            observer: Observer::new(INSIDERS),
            model: Model::default(),
            phone: Some(Phone { wallet, fresh, home }),
            former: None,
            clock,
            words,
            has_early_ends: drawn.has_early_ends,
            has_misdated_grants: drawn.has_misdated_grants,
            has_early_restores: drawn.has_early_restores,
            is_connected: false,
            is_synced: false,
            is_dated: true,
            imported: 0,
            restored: 0,
        };
        import(&mut history.phone_mut().wallet, PATIENT).unwrap();
        history
    }

    pub(super) fn phone(&self) -> &Phone {
        self.phone.as_ref().unwrap()
    }

    pub(super) fn phone_mut(&mut self) -> &mut Phone {
        self.phone.as_mut().unwrap()
    }

    pub(super) fn next_record(&mut self, kind: usize) -> Added {
        self.imported += 1;
        Added::new(kind, self.imported)
    }

    pub(super) fn provider(&self, number: usize) -> ProviderId {
        match self.providers.insiders.get(number) {
            Some(insider) => insider.id(),
            None => self.providers.clinic.card().unwrap().card.provider,
        }
    }

    /// Does one thing and checks everything that can be checked after it.
    pub(super) fn take(&mut self, step: &Step) {
        let Step { what, weather } = step;
        let is_former = matches!(what, What::Former { .. });
        let error = self.clock.ahead().unsigned_abs();
        let during = During { begin: self.servers.now(), error, is_former };
        if !self.is_connected {
            self.connect(weather);
            // What it publishes is held to what was decided by then.
            self.check_what_was_published(during);
        }
        self.network.begin(weather);
        self.perform(what, weather);
        self.absorb();
        self.check_what_was_published(during);
        self.check_nothing_is_lost();
    }

    pub(super) fn connect(&mut self, weather: &Weather) {
        self.network.begin(weather);
        let anchor = self.servers.parties.anchor();
        let (servers, network) = (self.servers, &self.network);
        let addresses = Addresses {
            ledger_url: &servers.parties.ledger_url,
            host_url: &servers.parties.host_url,
            anchor: &anchor,
        };
        let Phone { wallet, fresh, .. } = self.phone.as_mut().unwrap();
        let connected = wallet.connect(fresh, addresses, None, through(network));
        self.is_connected = connected.is_ok();
        let is_in_time = self.clock.ahead().unsigned_abs() < 30;
        assert!(self.is_connected || !weather.is_clear() || !is_in_time, "{connected:?}");
    }

    fn perform(&mut self, what: &What, weather: &Weather) {
        match *what {
            What::Import { kind } => {
                let added = self.next_record(kind);
                import(&mut self.phone_mut().wallet, &added.bytes).unwrap();
                self.model.records.push(added);
            }
            What::Grant { .. } if self.clock.ahead() != 0 && !self.has_misdated_grants => {}
            What::Grant { provider, scope } => self.grant(provider, scope, weather),
            What::Revoke { grant, is_told } => {
                self.revoke(grant);
                if is_told {
                    self.sync(false, weather);
                }
            }
            What::Sync { anchor } => drop(self.sync(anchor, weather)),
            What::Share => self.share(),
            What::Pause { share } => self.change(share, LinkAction::Pause),
            What::Resume { share } => self.change(share, LinkAction::Resume),
            What::EndShare { share } => self.change(share, LinkAction::Revoke),
            What::Suspend { provider } => {
                if !self.model.suspended.contains_key(&provider) {
                    let suspended = self.servers.parties.governance().suspend(self.provider(provider), 1);
                    self.servers.parties.submit(&suspended.unwrap());
                    self.servers.settle();
                    self.model.suspended.insert(provider, self.servers.now());
                }
            }
            What::Update { provider } => {
                match self.providers.insiders.get_mut(provider) {
                    _ if self.model.suspended.contains_key(&provider) => {}
                    Some(insider) => insider.update(self.servers),
                    None => self.servers.update_clinic(&mut self.providers.clinic),
                }
                self.servers.settle();
            }
            What::Hours(_) | What::SetClock(_) if self.would_end_early() => {}
            What::Hours(hours) => {
                self.servers.parties.clock.forward(hours * 3_600);
                self.servers.keep_ledger_in_time();
            }
            What::SetClock(error) => self.clock.set_ahead(error),
            What::Reopen => self.reopen(),
            What::Lock => {
                let Phone { wallet, fresh, .. } = self.phone_mut();
                wallet.lock();
                *fresh = wallet.unlock(&setup::pin()).unwrap();
            }
            What::Restore { is_kept } => self.lose_phone(is_kept, weather),
            What::Former { ref deed } => self.use_former(deed),
            What::Read => self.check_readers(),
        }
    }

    /// Whether time could end a grant that the ledger does not have yet, and that is not to happen.
    fn would_end_early(&self) -> bool {
        let views = self.phone().wallet.grants().unwrap();
        !self.has_early_ends && views.iter().any(|view| view.state == GrantState::Pending)
    }

    fn grant(&mut self, provider: usize, number: usize, weather: &Weather) {
        let id = self.provider(provider);
        let request = GrantRequest {
            provider: ProviderName::Id(id),
            scope: scope(number),
            purpose: Purpose::Treat,
            duration: Duration::days(3),
            about: Some(About { name: "Vivien Nolan".into(), birth_date: "1950-01-01".into() }),
            request: None,
        };
        // What the phone before had granted may be taken over meanwhile.
        let elsewhere: Vec<_> = self.model.elsewhere.grants.iter().map(|grant| grant.id).collect();
        let own = |wallet: &Wallet| -> Vec<_> {
            let all = wallet.grants().unwrap().into_iter().map(|view| view.grant);
            all.filter(|grant| !elsewhere.contains(grant)).collect()
        };
        let before = own(&self.phone().wallet);
        let network = &self.network;
        let Phone { wallet, fresh, .. } = self.phone.as_mut().unwrap();
        match wallet.grant(fresh, request, through(network)) {
            Ok(view) => {
                self.model.grants.push(Granted {
                    id: view.grant,
                    provider,
                    scope: scope(number),
                    not_after: view.not_after,
                    revoked: None,
                    is_revoked_everywhere: false,
                    is_unproved: false,
                    is_ended_elsewhere: false,
                    is_published: false,
                });
            }
            Err(error) => {
                assert_eq!(own(wallet), before, "an error changes nothing");
                let is_right = self.model.suspended.contains_key(&provider)
                    || !self.is_connected
                    || self.clock.ahead() != 0
                    || !weather.is_clear();
                assert!(is_right, "grant: {error} [{}]", error.code());
            }
        }
    }

    fn revoke(&mut self, number: usize) {
        let views = self.phone().wallet.grants().unwrap();
        let standing: Vec<_> = views
            .iter()
            .filter(|view| {
                view.state == GrantState::Active || view.state == GrantState::Pending && self.has_early_ends
            })
            .map(|view| view.grant)
            .collect();
        let Some(id) = standing.get(number).or(standing.last()).copied() else { return };
        self.phone_mut().wallet.revoke(id).unwrap();
        let now = self.servers.now();
        if let Some(grant) = self.model.grant_mut(id) {
            grant.revoked.get_or_insert(now);
        }
    }

    pub(super) fn sync(&mut self, anchor: bool, weather: &Weather) -> Option<SyncReport> {
        let options = SyncOptions { wait: Wait::from_secs(15), anchor, heal: false };
        let network = &self.network;
        let synced = self.phone.as_mut().unwrap().wallet.sync(options, through(network));
        if !self.is_connected {
            return None;
        }
        let is_in_time = self.clock.ahead() == 0;
        let is_reached = |server| is_in_time && weather.is_clear_to(server);
        let reached = weather.is_clear() || is_reached(Server::Host) || is_reached(Server::Ledger);
        if reached {
            self.model
                .grants
                .iter_mut()
                .filter(|grant| grant.revoked.is_some())
                .for_each(|grant| grant.is_revoked_everywhere = true);
            self.check_revocations();
        }
        match synced {
            Ok(report) => {
                if weather.is_clear() && is_in_time {
                    self.model.grants.iter_mut().for_each(|grant| {
                        (grant.is_unproved, grant.is_ended_elsewhere) = (false, false);
                    });
                }
                if report.queued == 0 && weather.is_clear() {
                    self.model.note_published();
                    self.is_synced = true;
                }
                Some(report)
            }
            Err(error) => {
                assert!(!weather.is_clear() || !is_in_time, "sync: {error} [{}]", error.code());
                None
            }
        }
    }

    fn share(&mut self) {
        let network = &self.network;
        let made = self.phone.as_mut().unwrap().wallet.share(through(network), share());
        if let Ok(new) = made {
            self.model.shares.push(Shared {
                id: new.share.id,
                link: new.link,
                state: Acknowledged::Active,
                is_unsure: false,
                expires: new.share.expires,
            });
        }
    }

    fn change(&mut self, number: usize, action: LinkAction) {
        let network = &self.network;
        let Some(shared) = self.model.shares.get_mut(number) else { return };
        match self.phone.as_mut().unwrap().wallet.change_share(through(network), shared.id, action) {
            Ok(summary) => {
                shared.state = match summary.state {
                    ShareState::Active => Acknowledged::Active,
                    ShareState::Paused => Acknowledged::Paused,
                    ShareState::Revoked => Acknowledged::Revoked,
                    ShareState::Expired => return,
                };
                // Until the host has it the link does what it did, and the wallet says so.
                shared.is_unsure = !summary.is_told;
            }
            Err(WalletError::ShareEnded) => assert_eq!(shared.state, Acknowledged::Revoked),
            Err(_) => shared.is_unsure = true,
        }
    }

    fn reopen(&mut self) {
        let Phone { wallet, fresh, home } = self.phone.take().unwrap();
        drop(wallet);
        let clock = Box::new(self.clock.clone());
        let mut wallet = Wallet::open(&home, setup::device(&home), clock, Rng::system()).unwrap();
        let fresh = wallet.unlock_again(fresh).unwrap();
        self.phone = Some(Phone { wallet, fresh, home });
    }

    /// Restores into a new home; the other phone is not used again if that succeeds.
    pub(super) fn restore(&mut self) -> Result<(Phone, RestoreReport), WalletError> {
        self.restored += 1;
        let home = self.servers.path("restored");
        let anchor = self.servers.parties.anchor();
        let from = RestoreFrom {
            servers: Addresses {
                ledger_url: &self.servers.parties.ledger_url,
                host_url: &self.servers.parties.host_url,
                anchor: &anchor,
            },
            network: through(&self.network),
            progress: &|_| {},
        };
        let (wallet, fresh, report) = Wallet::restore(
            NewWallet {
                home: &home,
                words: &RecoveryWords::from_entropy(&self.words, Language::English).unwrap(),
                passphrase: &Passphrase::none(),
                pin: &setup::pin(),
                device: setup::device(&home),
                clock: Box::new(self.clock.clone()),
                rng: Rng::system(),
            },
            from,
        )?;
        Ok((Phone { wallet, fresh, home }, report))
    }

    fn lose_phone(&mut self, is_kept: bool, weather: &Weather) {
        self.servers.parties.clock.forward(1);
        if !self.is_connected || !(self.is_synced || self.has_early_restores) {
            return;
        }
        let is_right = !weather.is_clear() || self.clock.ahead() != 0;
        let restored = match self.restore() {
            Ok((_, report)) if report.missing.iter().any(names_a_loss) => {
                assert!(is_right, "restore: {report:?}");
                None
            }
            Ok(restored) => Some(restored),
            Err(error) => {
                assert!(is_right, "restore: {error} [{}]", error.code());
                None
            }
        };
        // What did not come back on a bad day does on a better one.
        let (phone, report) = restored.unwrap_or_else(|| {
            self.clock.set_ahead(0);
            self.network.begin(&Weather::default());
            self.restore().unwrap()
        });
        let before = self.phone.replace(phone);
        self.absorb();
        self.check_nothing_is_elsewhere();
        self.model.elsewhere = Elsewhere::default();
        // Who goes on is told by the time of each restore, where the one before was never published.
        let is_dated = self.clock.ahead() == 0;
        self.former = before.filter(|_| is_kept && is_dated && self.is_dated);
        self.is_dated = is_dated;
        self.check_restored(&report);
    }
}

/// Whether something is not back; that it could not be proved is another thing.
fn names_a_loss(missing: &Missing) -> bool {
    !matches!(missing, Missing::Anchor { .. } | Missing::UnprovedGrants { .. })
}

pub(super) fn through<'a>(network: &'a FaultyNetwork<'_>) -> Network<'a> {
    Network { transport: network, envelopes: network, policy: TrustPolicy::DEMONSTRATION }
}

/// A share of everything that there may be; of nothing there is none.
pub(super) fn share() -> ShareRequest {
    let all = [Category::Patient, Category::Allergies, Category::Conditions, Category::Procedures];
    ShareRequest {
        scopes: vec![categories(&all)],
        label: None,
        life: Duration::hours(24),
        opens: None,
        ..ShareRequest::default()
    }
}
