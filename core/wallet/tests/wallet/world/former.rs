//! The phone before, used on after another was restored from the same words.

use std::time::Duration as Wait;

use keepwell_protocol::consent::GrantState;
use keepwell_protocol::domain::{Duration, Purpose};
use keepwell_protocol::vault::About;
use keepwell_wallet::{GrantRequest, ProviderName, SyncOptions, WalletError};

use super::checks::export;
use super::history::{History, Phone, share, through};
use super::model::{Acknowledged, Elsewhere, Granted, Shared, scope};
use super::network::Weather;
use super::step::Deed;
use crate::setup::import;

impl History<'_> {
    /// Does one thing on the phone before and lets it say so, on a clear day; it stops where the new one was faster.
    pub(super) fn use_former(&mut self, deed: &Deed) {
        let Some(mut former) = self.former.take() else { return };
        let ahead = self.clock.ahead();
        self.clock.set_ahead(0);
        self.network.begin(&Weather::default());
        let mut revoked = None;
        let options = SyncOptions { wait: Wait::from_secs(15), anchor: false, heal: false };
        let before = self.model.elsewhere.shares.len();
        let synced = former.wallet.sync(options, through(&self.network));
        let done = synced.and_then(|_| self.do_elsewhere(&mut former, deed, &mut revoked));
        let synced = done.and_then(|()| former.wallet.sync(options, through(&self.network)));
        self.clock.set_ahead(ahead);
        match synced {
            Ok(report) => {
                if report.queued == 0 && report.offline.is_none() {
                    let Elsewhere { records, grants, shares } = &mut self.model.elsewhere;
                    records.iter_mut().for_each(|record| record.is_published = true);
                    grants.iter_mut().for_each(|grant| grant.is_published = true);
                    shares.iter_mut().skip(before).for_each(|share| share.is_unsure = false);
                }
                let now = self.servers.now();
                if let Some(grant) = revoked.and_then(|id| self.model.grant_mut(id)) {
                    grant.revoked.get_or_insert(now);
                    grant.is_ended_elsewhere = true;
                }
                self.former = Some(former);
            }
            Err(WalletError::TakenOver) => {
                self.check_nothing_is_elsewhere();
                self.model.elsewhere = Elsewhere::default();
            }
            Err(error) => panic!("the phone before: {error} [{}]", error.code()),
        }
    }

    fn do_elsewhere(
        &mut self,
        former: &mut Phone,
        deed: &Deed,
        revoked: &mut Option<keepwell_protocol::domain::GrantId>,
    ) -> Result<(), WalletError> {
        let Phone { wallet, fresh, .. } = former;
        match *deed {
            Deed::Nothing => {}
            Deed::Import { kind } => {
                let added = self.next_record(kind);
                import(wallet, &added.bytes)?;
                self.model.elsewhere.records.push(added);
            }
            Deed::Grant { provider, scope: number } => {
                let request = GrantRequest {
                    provider: ProviderName::Id(self.provider(provider)),
                    scope: scope(number),
                    purpose: Purpose::Treat,
                    duration: Duration::days(3),
                    about: Some(About { name: "Vivien Nolan".into(), birth_date: "1950-01-01".into() }),
                    request: None,
                };
                match wallet.grant(fresh, request, through(&self.network)) {
                    Ok(view) => self.model.elsewhere.grants.push(Granted {
                        id: view.grant,
                        provider,
                        scope: scope(number),
                        not_after: view.not_after,
                        revoked: None,
                        is_ended_elsewhere: false,
                        is_revoked_everywhere: false,
                        is_unproved: false,
                        is_published: false,
                    }),
                    Err(WalletError::ProviderSuspended) => {}
                    Err(error) => return Err(error),
                }
            }
            Deed::Revoke { grant } => {
                let views = wallet.grants()?;
                let standing = |state| state == GrantState::Active;
                let standing: Vec<_> = views.iter().filter(|view| standing(view.state)).collect();
                if let Some(view) = standing.get(grant).or(standing.last()) {
                    wallet.revoke(view.grant)?;
                    *revoked = Some(view.grant);
                }
            }
            Deed::Share => {
                let new = match wallet.share(through(&self.network), share()) {
                    Err(error) if error.code() == "NothingToShare" => return Ok(()),
                    made => made?,
                };
                self.model.elsewhere.shares.push(Shared {
                    id: new.share.id,
                    link: new.link,
                    state: Acknowledged::Active,
                    is_unsure: true,
                    expires: new.share.expires,
                });
            }
        }
        Ok(())
    }

    /// What the phone has taken over from the one before is its own from now on.
    pub(super) fn absorb(&mut self) {
        let elsewhere = std::mem::take(&mut self.model.elsewhere);
        if elsewhere.records.is_empty() && elsewhere.grants.is_empty() && elsewhere.shares.is_empty() {
            return;
        }
        let Phone { wallet, fresh, .. } = self.phone.as_ref().unwrap();
        let (records, views, shares) =
            (export(wallet, fresh), wallet.grants().unwrap(), wallet.shares().unwrap());
        for record in elsewhere.records {
            let is_here = records.contains(&record.bytes);
            let list = if is_here { &mut self.model.records } else { &mut self.model.elsewhere.records };
            list.push(record);
        }
        for grant in elsewhere.grants {
            let view = views.iter().find(|view| view.grant == grant.id);
            match view {
                // Both may have granted under one number.
                Some(view) if view.scope == grant.scope.clone().normalized() => {
                    self.model.grants.retain(|known| known.id != grant.id);
                    self.model.grants.push(grant);
                }
                _ => self.model.elsewhere.grants.push(grant),
            }
        }
        for shared in elsewhere.shares {
            let is_here = shares.iter().any(|share| share.id == shared.id);
            let list = if is_here { &mut self.model.shares } else { &mut self.model.elsewhere.shares };
            list.push(shared);
        }
    }

    /// Everything that the phone before was told to be published is here.
    pub(super) fn check_nothing_is_elsewhere(&self) {
        let Elsewhere { records, grants, shares } = &self.model.elsewhere;
        assert!(!records.iter().any(|record| record.is_published), "a record of the phone before is lost");
        assert!(!grants.iter().any(|grant| grant.is_published), "a grant of the phone before is lost");
        assert!(!shares.iter().any(|share| !share.is_unsure), "a share of the phone before is lost");
    }
}
