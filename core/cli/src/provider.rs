//! `keepwell provider`, and how a provider is named: by its id, the text of its QR code, its exact name, or its card file.

use std::path::Path;

use keepwell_protocol::domain::{IdPrefix, ProviderId, shortest_prefixes};
use keepwell_protocol::ledger::{Directory, DirectoryEntry, ProviderCode, SignedCard};
use keepwell_wallet::{ProviderName, ProviderSummary, Wallet, find_providers};
use serde_json::{Value, json};

use crate::caller::Caller;
use crate::failure::{CommandError, Failure};
use crate::naming;
use crate::network::Connection;
use crate::output::Answer;
use crate::report::Report;
use crate::secrets::PinSource;
use crate::unlock::unlock;

/// What a patient asks about providers.
#[derive(clap::Subcommand, Debug)]
pub(crate) enum ProviderCommand {
    /// List the providers of the ledger's directory, and those granted to before
    List {
        /// Only those with all of these in their name or place: the beginnings of words
        #[arg(long, value_name = "T", default_value = "", hide_default_value = true)]
        text: String,
        #[command(flatten)]
        pin: PinSource,
    },
    /// Show one provider, proved by the ledger now
    Show {
        /// Its id or the beginning of it, the text of its QR code, its exact name, or its card file
        #[arg(value_name = "P")]
        provider: String,
        #[command(flatten)]
        pin: PinSource,
    },
}

/// Runs `keepwell provider …`.
pub(crate) fn run(command: ProviderCommand, caller: &Caller) -> Result<Answer, Failure> {
    match command {
        ProviderCommand::List { text, pin } => {
            let connection = Connection::open()?;
            let (mut wallet, _) = unlock(caller, &pin)?;
            Ok(list(&find_providers(wallet.providers(connection.network())?, &text)).into())
        }
        ProviderCommand::Show { provider, pin } => show(&provider, &pin, caller),
    }
}

fn list(providers: &[ProviderSummary]) -> Report {
    let listed: Vec<Value> = providers
        .iter()
        .map(|it| json!({ "provider": it.provider, "name": it.name, "place": it.place, "state": it.state.as_str() }))
        .collect();
    let ids: Vec<ProviderId> = providers.iter().map(|it| it.provider).collect();
    let rows: Vec<Vec<String>> = providers
        .iter()
        .zip(shortest_prefixes(&ids))
        .map(|(it, id)| vec![it.name.clone(), it.place.clone(), it.state.as_str().to_owned(), id])
        .collect();
    Report::new(json!({ "providers": listed })).table(&["name", "place", "state", "provider"], &rows)
}

fn show(provider: &str, pin: &PinSource, caller: &Caller) -> Result<Answer, Failure> {
    let named = Named::parse(provider)?;
    let connection = Connection::open()?;
    let (mut wallet, _) = unlock(caller, pin)?;
    let named = named.resolve(&mut wallet, &connection)?;
    let view = wallet.provider(named.as_provider_name(), connection.network())?;
    let card = &view.card.card;
    Ok(Report::new(json!({ "providers": [{
        "provider": view.provider,
        "name": card.name,
        "state": view.state.as_str(),
        "place": card.place,
        "version": card.version,
    }] }))
    .facts(&[
        ("provider", view.provider.to_string()),
        ("name", card.name.clone()),
        ("place", card.place.clone()),
        ("card", format!("version {}, proved by the ledger now", card.version)),
        ("state", view.state.as_str().to_owned()),
    ])
    .into())
}

/// A provider as it was named.
pub(crate) enum Named {
    /// A whole id, 64 hex characters.
    Id(ProviderId),
    /// By its card file.
    Card(Box<SignedCard>),
    /// A name, to be looked up in the directory.
    Name(String),
}

impl Named {
    /// Takes 64 hexadecimal digits or that of a provider's QR code for an id, the path of a file for a card, anything else for a name.
    ///
    /// # Errors
    /// That the file can't be read or is no card.
    pub(crate) fn parse(text: &str) -> Result<Self, Failure> {
        if let Ok(id) = ProviderId::parse(text) {
            return Ok(Self::Id(id));
        }
        if let Some(ProviderCode(id)) = ProviderCode::parse(text) {
            return Ok(Self::Id(id));
        }
        if Path::new(text).is_file() {
            let json = std::fs::read(text).map_err(|error| CommandError::unreadable(text, &error))?;
            return Ok(Self::Card(Box::new(SignedCard::parse_json(&json)?)));
        }
        Ok(Self::Name(text.to_owned()))
    }

    /// As the wallet takes it.
    pub(crate) fn as_provider_name(&self) -> ProviderName<'_> {
        match self {
            Self::Id(id) => ProviderName::Id(*id),
            Self::Card(card) => ProviderName::Card(card),
            Self::Name(name) => ProviderName::Name(name),
        }
    }

    /// The id, unless a name has to be looked up for it.
    pub(crate) fn id(&self) -> Option<ProviderId> {
        match self {
            Self::Id(id) => Some(*id),
            Self::Card(card) => Some(card.card.provider),
            Self::Name(_) => None,
        }
    }

    /// The same by its id or card, a name or the beginning of an id looked up among the providers that the
    /// wallet knows and the ledger lists.
    ///
    /// # Errors
    /// `UnknownProvider` with the nearest, `AmbiguousProvider` or `AmbiguousId` with all of them; that
    /// neither the wallet knows any provider nor the ledger is reached.
    pub(crate) fn resolve(self, wallet: &mut Wallet, connection: &Connection) -> Result<Self, Failure> {
        let Self::Name(name) = &self else { return Ok(self) };
        let all = wallet.providers(connection.network())?;
        let all: Vec<(ProviderId, String)> = all.into_iter().map(|it| (it.provider, it.name)).collect();
        chosen(name, &all).map(Self::Id)
    }

    /// The id, names looked up in the directory.
    ///
    /// # Errors
    /// [`CommandError::UnknownProvider`], or [`CommandError::AmbiguousProvider`] if several have this name.
    pub(crate) fn find(
        &self,
        page: impl FnMut(Option<ProviderId>) -> Result<Directory, Failure>,
    ) -> Result<ProviderId, Failure> {
        let Self::Name(name) = self else { return self.id().ok_or(CommandError::UnknownProvider.into()) };
        let all: Vec<(ProviderId, String)> =
            listed(page)?.into_iter().map(|entry| (entry.provider, entry.name)).collect();
        chosen(name, &all)
    }
}

/// The provider with exactly this name, or whose id begins so.
fn chosen(name: &str, all: &[(ProviderId, String)]) -> Result<ProviderId, Failure> {
    let named: Vec<&(ProviderId, String)> = all.iter().filter(|(_, other)| other == name).collect();
    match (named.as_slice(), IdPrefix::parse(name)) {
        ([(one, _)], _) => Ok(*one),
        ([], Ok(prefix)) => naming::pick(&prefix, all, CommandError::UnknownProvider),
        ([], Err(_)) => Err(naming::with_nearest(CommandError::UnknownProvider.into(), name, all)),
        (several, _) => {
            let ids: Vec<String> = several.iter().map(|(id, _)| id.to_string()).collect();
            let noted = ids.iter().fold(CommandError::AmbiguousProvider.into(), |failure: Failure, id| {
                failure.with_note(format!("{id}  {name}"))
            });
            Err(noted.with_field("ids", ids.into()))
        }
    }
}

/// More pages than any directory has; a gateway that lists without end is not followed.
const MOST_PAGES: usize = 1_000;

/// The whole directory, page by page.
pub(crate) fn listed(
    mut page: impl FnMut(Option<ProviderId>) -> Result<Directory, Failure>,
) -> Result<Vec<DirectoryEntry>, Failure> {
    let mut all: Vec<DirectoryEntry> = Vec::new();
    for _ in 0..MOST_PAGES {
        let next = page(all.last().map(|entry| entry.provider))?.providers;
        let is_last = next.len() < Directory::MOST;
        all.extend(next);
        if is_last {
            break;
        }
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directory(names: &[&str]) -> impl FnMut(Option<ProviderId>) -> Result<Directory, Failure> {
        let entries: Vec<DirectoryEntry> = names
            .iter()
            .zip(1_u32..)
            .map(|(name, at)| DirectoryEntry {
                provider: id(at),
                name: (*name).to_owned(),
                place: "Bern".to_owned(),
            })
            .collect();
        move |after| {
            let behind = entries.iter().filter(|entry| after.is_none_or(|after| entry.provider > after));
            Ok(Directory { providers: behind.take(Directory::MOST).cloned().collect() })
        }
    }

    fn find(
        text: &str,
        page: impl FnMut(Option<ProviderId>) -> Result<Directory, Failure>,
    ) -> Result<ProviderId, Failure> {
        Named::parse(text)?.find(page)
    }

    fn id(at: u32) -> ProviderId {
        let mut bytes = [0; 32];
        bytes[..4].copy_from_slice(&at.to_be_bytes());
        ProviderId::from_bytes(bytes)
    }

    #[test]
    fn an_id_needs_no_directory_and_a_name_must_be_exact_and_unique() {
        let nobody = |_| -> Result<Directory, Failure> { panic!("the directory was asked") };
        assert_eq!(find(&id(7).to_string(), nobody), Ok(id(7)));
        let names = ["Clinic A", "Clinic B", "Clinic B"];
        assert_eq!(find("Clinic A", directory(&names)), Ok(id(1)));
        assert!(find("clinic a", directory(&names)).unwrap_err().is("UnknownProvider"));
        assert_eq!(find("00000002", directory(&names)), Ok(id(2)));
        assert!(find("00000009", directory(&names)).unwrap_err().is("UnknownProvider"));
        let several = find("Clinic B", directory(&names)).unwrap_err();
        assert!(several.is("AmbiguousProvider"));
        assert_eq!(several.field("ids"), Some(&vec![id(2).to_string(), id(3).to_string()].into()));
    }

    #[test]
    fn every_page_is_looked_at() {
        let names: Vec<String> = (0..250).map(|at| format!("Clinic {at}")).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        assert_eq!(find("Clinic 249", directory(&names)), Ok(id(250)));
    }
}
