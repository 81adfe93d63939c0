//! What may happen in a history, drawn at random.

use std::fmt;

use proptest::prelude::*;

use super::network::{Fault, Server, Trouble, Weather};

/// One thing that happens, and what the network does meanwhile.
#[derive(Clone)]
pub(super) struct Step {
    pub(super) what: What,
    pub(super) weather: Weather,
}

/// On one line, as a failure is read.
impl fmt::Debug for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Weather { there, back, troubles } = &self.weather;
        write!(f, "{:?}", self.what)?;
        if *there + *back > 0 {
            write!(f, ", {there} s there, {back} s back")?;
        }
        for Trouble { server, first, count, fault } in troubles {
            let count = if *count == usize::MAX { "all".to_owned() } else { count.to_string() };
            write!(f, ", {fault:?} {server:?} from {first}, {count}")?;
        }
        Ok(())
    }
}

#[derive(Clone, Debug)]
pub(super) enum What {
    /// A record comes in.
    Import {
        kind: usize,
    },
    /// The patient grants to one of the providers, for three days.
    Grant {
        provider: usize,
        scope: usize,
    },
    /// The patient ends one of the grants that stand, and perhaps lets the wallet say so at once.
    Revoke {
        grant: usize,
        is_told: bool,
    },
    Sync {
        anchor: bool,
    },
    Share,
    Pause {
        share: usize,
    },
    Resume {
        share: usize,
    },
    EndShare {
        share: usize,
    },
    /// Governance suspends a provider.
    Suspend {
        provider: usize,
    },
    /// A provider takes new keys.
    Update {
        provider: usize,
    },
    Hours(u64),
    /// The phone's clock is set wrong by so many seconds; 0: right.
    SetClock(i64),
    /// The process is killed between two commands; the next one opens the wallet again.
    Reopen,
    /// Locked, and unlocked by PIN.
    Lock,
    /// A new phone restores from the words; the one before is lost, or somebody goes on using it.
    Restore {
        is_kept: bool,
    },
    /// Somebody uses the phone before, which says so at once.
    Former {
        deed: Deed,
    },
    /// The clinics look at what they may see.
    Read,
}

/// What is done on the phone before.
#[derive(Clone, Debug)]
pub(super) enum Deed {
    Nothing,
    Import { kind: usize },
    Grant { provider: usize, scope: usize },
    Revoke { grant: usize },
    Share,
}

/// What of all this is drawn.
#[derive(Clone, Debug, Default)]
pub(super) struct Drawn {
    pub(super) faults: Vec<Fault>,
    pub(super) is_slow: bool,
    pub(super) has_wrong_clocks: bool,
    pub(super) has_restores: bool,
    /// Whether a phone is used on after another was restored.
    pub(super) has_formers: bool,
    pub(super) has_updates: bool,
    pub(super) has_suspensions: bool,
    pub(super) has_shares: bool,
    /// Whether a grant may end before the ledger has it.
    pub(super) has_early_ends: bool,
    /// Whether grants are made while the clock is wrong.
    pub(super) has_misdated_grants: bool,
    /// Whether a phone may be lost before its first sync.
    pub(super) has_early_restores: bool,
}

pub(super) const INSIDERS: usize = 2;
pub(super) const PROVIDERS: usize = INSIDERS + 1;
pub(super) const KINDS: usize = 3;
pub(super) const SCOPES: usize = 4;

pub(super) fn histories(drawn: Drawn) -> impl Strategy<Value = Vec<Step>> {
    let clear = |what: What| Step { what, weather: Weather::default() };
    // Half of them begin with somebody who can read, which by chance alone is rare.
    let begun = (0..PROVIDERS, 0..SCOPES, 0..KINDS).prop_map(move |(provider, scope, kind)| {
        vec![
            clear(What::Import { kind }),
            clear(What::Grant { provider, scope }),
            clear(What::Sync { anchor: false }),
        ]
    });
    // And some with two phones of which neither has heard of what the other one did.
    let forked = (begun.clone(), undone(), deed(), deed()).prop_map(move |(begun, undone, first, second)| {
        let forked = [
            What::Restore { is_kept: true },
            undone,
            What::Former { deed: first },
            What::Former { deed: second },
        ];
        begun.into_iter().chain(forked.map(clear)).collect::<Vec<_>>()
    });
    let begun = if drawn.has_formers {
        prop_oneof![3 => Just(Vec::new()), 3 => begun, 2 => forked].boxed()
    } else {
        prop_oneof![Just(Vec::new()), begun].boxed()
    };
    (begun, prop::collection::vec(step(drawn), 1..12)).prop_map(|(mut begun, then)| {
        begun.extend(then);
        begun
    })
}

/// What is done on the phone before.
fn deed() -> impl Strategy<Value = Deed> + Clone {
    prop_oneof![
        1 => Just(Deed::Nothing),
        3 => (0..KINDS).prop_map(|kind| Deed::Import { kind }),
        2 => (0..PROVIDERS, 0..SCOPES).prop_map(|(provider, scope)| Deed::Grant { provider, scope }),
        2 => (0..3_usize).prop_map(|grant| Deed::Revoke { grant }),
        1 => Just(Deed::Share),
    ]
}

/// What is decided on a phone and told nobody yet.
fn undone() -> impl Strategy<Value = What> + Clone {
    prop_oneof![
        2 => (0..KINDS).prop_map(|kind| What::Import { kind }),
        2 => (0..PROVIDERS, 0..SCOPES).prop_map(|(provider, scope)| What::Grant { provider, scope }),
        2 => (0..3_usize).prop_map(|grant| What::Revoke { grant, is_told: false }),
    ]
}

fn step(drawn: Drawn) -> impl Strategy<Value = Step> {
    (what(&drawn), weather(drawn)).prop_map(|(what, weather)| Step { what, weather })
}

fn what(drawn: &Drawn) -> impl Strategy<Value = What> + use<> {
    let when = |yes: bool, weight: u32| if yes { weight } else { 0 };
    let wrong = prop_oneof![
        Just(0),
        Just(70),
        Just(-70),
        Just(7_200),
        Just(-7_200),
        Just(40 * 86_400),
        Just(-40 * 86_400)
    ];
    let has_formers = drawn.has_formers;
    let share = when(drawn.has_shares, 2);
    let clock = when(drawn.has_wrong_clocks, 2);
    let restore = when(drawn.has_restores, 1);
    let (suspension, update) = (when(drawn.has_suspensions, 1), when(drawn.has_updates, 1));
    let mut all: Vec<(u32, BoxedStrategy<What>)> = vec![
        (5, (0..KINDS).prop_map(|kind| What::Import { kind }).boxed()),
        (5, (0..PROVIDERS, 0..SCOPES).prop_map(|(provider, scope)| What::Grant { provider, scope }).boxed()),
        (5, (0..3_usize, any::<bool>()).prop_map(|(grant, is_told)| What::Revoke { grant, is_told }).boxed()),
        (8, any::<bool>().prop_map(|anchor| What::Sync { anchor }).boxed()),
        (share, Just(What::Share).boxed()),
        (share, (0..2_usize).prop_map(|share| What::Pause { share }).boxed()),
        (share, (0..2_usize).prop_map(|share| What::Resume { share }).boxed()),
        (share, (0..2_usize).prop_map(|share| What::EndShare { share }).boxed()),
        (suspension, (0..PROVIDERS).prop_map(|provider| What::Suspend { provider }).boxed()),
        (update, (0..PROVIDERS).prop_map(|provider| What::Update { provider }).boxed()),
        (2, (1..50_u64).prop_map(What::Hours).boxed()),
        (clock, wrong.prop_map(What::SetClock).boxed()),
        (2, Just(What::Reopen).boxed()),
        (1, Just(What::Lock).boxed()),
        (
            restore,
            if has_formers { any::<bool>().boxed() } else { Just(false).boxed() }
                .prop_map(|is_kept| What::Restore { is_kept })
                .boxed(),
        ),
        (when(has_formers, 4), deed().prop_map(|deed| What::Former { deed }).boxed()),
        (2, Just(What::Read).boxed()),
    ];
    all.retain(|(weight, _)| *weight > 0);
    proptest::strategy::Union::new_weighted(all)
}

fn weather(drawn: Drawn) -> BoxedStrategy<Weather> {
    let slow = if drawn.is_slow {
        prop_oneof![
            6 => Just((0, 0)),
            1 => (1..50_u64, 0..20_u64),
            1 => (0..30_u64, 60..400_u64),
        ]
        .boxed()
    } else {
        Just((0, 0)).boxed()
    };
    if drawn.faults.is_empty() {
        return slow.prop_map(|(there, back)| Weather { there, back, troubles: Vec::new() }).boxed();
    }
    let server = prop_oneof![3 => Just(Server::Host), 1 => Just(Server::Ledger)];
    let first = prop_oneof![3 => 0..4_usize, 1 => 0..12_usize];
    let count = prop_oneof![3 => Just(1_usize), 1 => 2..5_usize, 2 => Just(usize::MAX)];
    let trouble = (server, first, count, prop::sample::select(drawn.faults))
        .prop_map(|(server, first, count, fault)| Trouble { server, first, count, fault });
    // A server that is away for the whole command.
    let outage = trouble.clone().prop_map(|trouble| vec![Trouble { first: 0, count: usize::MAX, ..trouble }]);
    let troubles = prop_oneof![
        5 => Just(Vec::new()),
        2 => outage,
        3 => prop::collection::vec(trouble.clone(), 1..2),
        2 => prop::collection::vec(trouble, 1..4),
    ];
    (slow, troubles).prop_map(|((there, back), troubles)| Weather { there, back, troubles }).boxed()
}
