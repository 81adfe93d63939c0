//! The promise behind everything: nobody ever holds a key to a record that was added when they were
//! not entitled, over random histories against real servers.

use std::collections::BTreeSet;

use keepwell_protocol::domain::{Category, GrantId, Scope};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

use crate::parties::{PATIENT, Parties, Provider, categories, record, state};
use crate::setup::import;

/// One thing that happens.
#[derive(Clone, Debug)]
enum Step {
    /// The patient grants to one of the providers.
    Grant { provider: usize, scope: usize },
    /// The patient ends one of the grants that stand.
    Revoke { grant: usize },
    /// A record comes in.
    Add { resource_type: usize },
    /// Time passes.
    Days(u64),
    /// Governance suspends one of the providers.
    Suspend { provider: usize },
    /// A sync in which the wallet is killed after so many requests; the last may have arrived.
    Crash { requests: i64, lose_answer: bool },
    /// A whole sync.
    Sync,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..PROVIDERS, 0..4_usize).prop_map(|(provider, scope)| Step::Grant { provider, scope }),
        3 => (0..8_usize).prop_map(|grant| Step::Revoke { grant }),
        5 => (0..TYPES.len()).prop_map(|resource_type| Step::Add { resource_type }),
        2 => (5..25_u64).prop_map(Step::Days),
        1 => (0..PROVIDERS).prop_map(|provider| Step::Suspend { provider }),
        3 => (0..9_i64, any::<bool>()).prop_map(|(requests, lose_answer)| Step::Crash { requests, lose_answer }),
        3 => Just(Step::Sync),
    ]
}

const PROVIDERS: usize = 3;
const TYPES: [(&str, Category); 3] = [
    ("AllergyIntolerance", Category::Allergies),
    ("Condition", Category::Conditions),
    ("Procedure", Category::Procedures),
];
const DAYS: u64 = 30;

/// What the test knows to be true.
struct Model {
    day: u64,
    grants: Vec<Granted>,
    records: Vec<Added>,
    suspended: BTreeSet<usize>,
}

struct Granted {
    id: GrantId,
    provider: usize,
    scope: Scope,
    until: u64,
    /// How many records there were when it ended.
    ended: Option<usize>,
}

struct Added {
    bytes: Vec<u8>,
    category: Category,
    /// What finer scopes ask for.
    resource_type: &'static str,
}

impl Model {
    /// Ends, in the model, what time or governance has ended.
    fn end_what_is_over(&mut self) {
        let count = self.records.len();
        for grant in &mut self.grants {
            if self.day >= grant.until || self.suspended.contains(&grant.provider) {
                grant.ended.get_or_insert(count);
            }
        }
    }

    /// What a provider may be able to open: what its grants covered before they ended.
    fn allowed(&self, provider: usize) -> BTreeSet<Vec<u8>> {
        self.covered(provider, |_| true)
    }

    fn covered(&self, provider: usize, counts: impl Fn(&Granted) -> bool) -> BTreeSet<Vec<u8>> {
        let mut allowed = BTreeSet::new();
        for grant in self.grants.iter().filter(|grant| grant.provider == provider && counts(grant)) {
            let before_end = self.records.iter().take(grant.ended.unwrap_or(usize::MAX));
            allowed.extend(
                before_end
                    .filter(|record| grant.scope.categories.contains(&record.category))
                    .filter(|record| grant.scope.types.iter().all(|name| name == record.resource_type))
                    .map(|record| record.bytes.clone()),
            );
        }
        allowed
    }
}

fn scope(of: usize) -> Scope {
    match of {
        0 => categories(&[Category::Allergies]),
        1 => categories(&[Category::Allergies, Category::Conditions]),
        2 => Scope {
            types: vec!["Condition".into()],
            ..categories(&[Category::Conditions, Category::Procedures])
        },
        _ => categories(&[Category::Procedures]),
    }
}

fn run(steps: Vec<Step>) {
    let parties = Parties::start();
    let providers: Vec<Provider> = (0..PROVIDERS)
        .map(|of| parties.provider(200 + u8::try_from(of).unwrap(), &format!("P{of}")))
        .collect();
    let (mut wallet, mut fresh) = parties.wallet();
    import(&mut wallet, PATIENT).unwrap();
    let mut model = Model { day: 0, grants: Vec::new(), records: Vec::new(), suspended: BTreeSet::new() };
    for step in steps {
        match step {
            Step::Grant { provider, scope: of } => {
                match parties.grant(&mut wallet, &fresh, &providers[provider], scope(of)) {
                    Ok(granted) => {
                        assert!(!model.suspended.contains(&provider));
                        let until = model.day + DAYS;
                        model.grants.push(Granted {
                            id: granted.grant,
                            provider,
                            scope: scope(of),
                            until,
                            ended: None,
                        });
                    }
                    Err(error) => assert_eq!(error.code(), "ProviderSuspended"),
                }
            }
            Step::Revoke { grant } => {
                let count = model.records.len();
                let mut standing: Vec<&mut Granted> =
                    model.grants.iter_mut().filter(|grant| state(&wallet, grant.id) == "active").collect();
                if let Some(grant) = standing.get_mut(grant) {
                    wallet.revoke(grant.id).unwrap();
                    grant.ended.get_or_insert(count);
                }
            }
            Step::Add { resource_type } => {
                let (name, category) = TYPES[resource_type];
                let bytes = record(name, &format!("r{}", model.records.len()));
                import(&mut wallet, &bytes).unwrap();
                model.records.push(Added { bytes, category, resource_type: name });
            }
            Step::Days(days) => {
                model.day += days;
                parties.clock.forward(days * 86_400);
                // The ledger's next headers carry the new time.
                std::thread::sleep(std::time::Duration::from_millis(700));
            }
            Step::Suspend { provider } => {
                if model.suspended.insert(provider) {
                    parties.suspend(providers[provider].id());
                    // Within a day the wallet asks about each provider again (flows.md §0).
                    model.day += 1;
                    parties.clock.forward(86_400);
                    std::thread::sleep(std::time::Duration::from_millis(700));
                }
            }
            Step::Crash { requests, lose_answer } => {
                parties.wire.cut_after(requests, lose_answer);
                parties.try_sync(&mut wallet).unwrap();
                drop((wallet, fresh));
                parties.wire.mend();
                (wallet, fresh) = parties.reopen();
            }
            Step::Sync => {
                parties.sync(&mut wallet);
            }
        }
        model.end_what_is_over();
        for (of, provider) in providers.iter().enumerate() {
            let (held, allowed) = (parties.openable(provider), model.allowed(of));
            assert!(held.is_subset(&allowed), "P{of} holds what it was never entitled to");
        }
    }
    // And nobody is kept from what is theirs.
    parties.clock.forward(60);
    std::thread::sleep(std::time::Duration::from_millis(700));
    parties.sync(&mut wallet);
    for (of, provider) in providers.iter().enumerate() {
        let standing = |grant: &Granted| grant.ended.is_none() && state(&wallet, grant.id) == "active";
        assert!(
            model.covered(of, standing).is_subset(&parties.openable(provider)),
            "P{of} lacks what is granted"
        );
    }
}

/// Random histories, each with servers of its own. Most of a history is waiting for blocks, so several go on
/// at once; `./dev soak` runs many more.
#[test]
fn nobody_ever_holds_a_key_to_what_was_added_when_they_were_not_entitled() {
    let cases = if std::env::var_os("KEEPWELL_SOAK").is_some() { 40 } else { 2 };
    let config = Config { cases, max_shrink_iters: 24, failure_persistence: None, ..Config::default() };
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            scope.spawn(|| {
                TestRunner::new(config.clone())
                    .run(&prop::collection::vec(step(), 12..28), |steps| {
                        run(steps);
                        Ok(())
                    })
                    .unwrap();
            });
        }
    });
}

const AT_ONCE: usize = 3;
