//! The health cards that come along with a share.

use keepwell_chart::{Banner, Chart};
use keepwell_page::Shared;
use keepwell_protocol::domain::Category;
use keepwell_protocol::formats::shc::{CardState, HealthCard, HealthCardError, read_file};

/// A health card that came along with a share.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SharedCard {
    /// Who it is about, as it says.
    pub holder: Option<Banner>,
    /// The address of who issued it.
    pub issuer: String,
    /// What can be said of it, its issuer having been asked.
    pub state: CardState,
    /// Whether it does not seem to be about whom the share is about ([`Banner::is_like`]).
    pub is_of_somebody_else: bool,
}

impl SharedCard {
    /// Whether its records are shown: neither those that nobody vouches for though they say so, nor somebody else's.
    pub fn is_shown(&self) -> bool {
        let is_void = matches!(self.state, CardState::Broken | CardState::Revoked);
        !is_void && !self.is_of_somebody_else
    }
}

/// Adds the records of the cards in a file to what is shown, of those that may be shown.
///
/// # Errors
/// A [`HealthCardError`] of a file that lists none. A card that can't be read counts among what is unreadable.
pub(crate) fn add_cards(
    content: &mut Shared,
    file: &[u8],
    mut state: impl FnMut(&HealthCard<'_>) -> CardState,
) -> Result<Vec<SharedCard>, HealthCardError> {
    let mut told = Vec::new();
    for text in read_file(file)? {
        let (Ok(card), Ok(mut records)) = (HealthCard::read(&text), Shared::read_card(&text)) else {
            content.unreadable += 1;
            continue;
        };
        let holder = Chart::new(&records.entries()).patient;
        let shared = Chart::new(&content.entries());
        let is_of_somebody_else = match (&holder, &shared.patient) {
            (Some(holder), Some(patient)) => !holder.is_like(patient),
            // What is about nobody, or about several, is not put together; a card alone is.
            _ => !shared.sections.is_empty(),
        };
        let issuer = card.claims().issuer().to_owned();
        let card = SharedCard { holder, issuer, state: state(&card), is_of_somebody_else };
        if card.is_shown() {
            // The page says once who it is about.
            records.resources.retain(|it| shared.patient.is_none() || it.category != Category::Patient);
            content.resources.append(&mut records.resources);
            content.unreadable += records.unreadable;
        }
        told.push(card);
    }
    Ok(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &[u8] = include_bytes!("../../../fixtures/fhir/example-00-e-file.smart-health-card");

    fn shown(content: &str, state: CardState) -> (SharedCard, Vec<Category>) {
        let mut content =
            if content.is_empty() { Shared::default() } else { Shared::read(content.as_bytes()).unwrap() };
        let mut cards = add_cards(&mut content, FILE, |_| state).unwrap();
        (cards.remove(0), content.resources.iter().map(|resource| resource.category).collect())
    }

    #[test]
    fn the_records_of_a_card_are_shown_unless_it_is_void_or_somebody_elses() {
        use Category::{Immunizations, Patient};
        let (card, alone) = shown("", CardState::Verified);
        assert_eq!(card.holder.as_ref().unwrap().name, "John B. Anyperson");
        assert_eq!(
            (card.is_shown(), alone),
            (true, vec![Patient, Immunizations, Immunizations, Immunizations])
        );
        let of = |name: &str, born: &str| {
            format!(r#"{{"resourceType":"Patient","name":[{{"text":"{name}"}}],"birthDate":"{born}"}}"#)
        };
        for state in [CardState::Verified, CardState::UnknownIssuer, CardState::Expired] {
            let (_, categories) = shown(&of("Anyperson, John", "1951-01-20"), state);
            assert_eq!(
                categories,
                [Patient, Immunizations, Immunizations, Immunizations],
                "its Patient is there already"
            );
        }
        for state in [CardState::Broken, CardState::Revoked] {
            let (card, categories) = shown(&of("Anyperson, John", "1951-01-20"), state);
            assert_eq!((card.is_shown(), categories), (false, vec![Patient]));
        }
        // Born on another day, a twin, and somebody of whom nothing is said.
        for other in [of("Anyperson, John", "1951-01-21"), of("Jane Anyperson", "1951-01-20"), of("", "")] {
            let (card, categories) = shown(&other, CardState::Verified);
            assert_eq!((card.is_shown(), card.is_of_somebody_else, categories), (false, true, vec![Patient]));
        }
    }

    #[test]
    fn what_is_no_card_is_counted_and_costs_no_other() {
        let mut content = Shared::default();
        assert!(add_cards(&mut content, b"{}", |_| CardState::Verified).is_err());
        let good = read_file(FILE).unwrap().remove(0);
        let file = keepwell_protocol::formats::shc::write_file(&["a.b.c".into(), good]);
        assert_eq!(add_cards(&mut content, &file, |_| CardState::Verified).unwrap().len(), 1);
        assert_eq!((content.unreadable, content.resources.len()), (1, 4));
    }
}
