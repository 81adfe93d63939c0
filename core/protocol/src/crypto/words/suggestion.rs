//! What may have been meant by a word that is in no list.

use std::fmt;

use super::Language;

/// Up to three words, the likeliest first. For the screen of the person who types: not for logs.
#[derive(Clone, Copy, Eq, PartialEq)]
pub struct Suggestions([Option<&'static str>; 3]);

impl Suggestions {
    /// The suggested words, the likeliest first.
    pub fn iter(&self) -> impl Iterator<Item = &'static str> {
        self.0.into_iter().flatten()
    }

    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.0[0].is_none()
    }

    fn first(mut words: impl Iterator<Item = &'static str>) -> Self {
        Self([words.next(), words.next(), words.next()])
    }
}

impl fmt::Debug for Suggestions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Suggestions(..)")
    }
}

/// Completions of an abbreviation first, then the words nearest by edits, two at most and fewer in
/// short words. A word that differs only in letters of other scripts comes alone, and is told.
pub(super) fn suggest(word: &str, language: Language) -> (Suggestions, bool) {
    let typed: Vec<char> = word.chars().map(latin).collect();
    let mut near: Vec<(usize, &'static str)> = language
        .list()
        .word_list()
        .iter()
        .filter_map(|candidate| {
            let listed: Vec<char> = candidate.chars().collect();
            let rank = if typed.len() >= SHORTEST_PREFIX && listed.starts_with(&typed) {
                usize::from(listed != typed)
            } else {
                1 + edits(&typed, &listed)
            };
            (rank <= 1 + MOST_EDITS.min(typed.len() / 3)).then_some((rank, *candidate))
        })
        .collect();
    near.sort_by_key(|(rank, _)| *rank);
    let looks_alike = near.first().is_some_and(|(rank, _)| *rank == 0);
    let words = near.into_iter().filter(|(rank, _)| *rank == 0 || !looks_alike).map(|(_, word)| word);
    (Suggestions::first(words), looks_alike)
}

/// The first words of a list that begin so.
pub(super) fn beginning_with(beginning: &str, language: Language) -> Suggestions {
    let words = language.list().word_list().iter().copied();
    Suggestions::first(words.filter(|word| word.starts_with(beginning)))
}

/// How many letters must be added, dropped, exchanged or swapped with their neighbour.
fn edits(from: &[char], to: &[char]) -> usize {
    if from.len().abs_diff(to.len()) > MOST_EDITS {
        return MOST_EDITS + 1;
    }
    // Rows of the optimal string alignment table; each begins with the cost of dropping all.
    let mut before: Vec<usize> = Vec::new();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    let mut last = None;
    for (dropped, letter) in from.iter().enumerate() {
        let mut next = vec![dropped + 1];
        let mut last_target = None;
        for (at, target) in to.iter().enumerate() {
            let cell = |row: &[usize], at: usize| row.get(at).copied().unwrap_or(usize::MAX / 2);
            let swapped = last == Some(target) && last_target == Some(letter) && at > 0;
            let costs = [
                cell(&row, at) + usize::from(letter != target),
                cell(&row, at + 1) + 1,
                cell(&next, at) + 1,
                if swapped { cell(&before, at - 1) + 1 } else { usize::MAX },
            ];
            next.push(costs.into_iter().min().unwrap_or(usize::MAX));
            last_target = Some(target);
        }
        before = std::mem::replace(&mut row, next);
        last = Some(letter);
    }
    row.last().copied().unwrap_or(usize::MAX)
}

/// The Latin letter that a Cyrillic or Greek one looks like.
const fn latin(letter: char) -> char {
    match letter {
        'а' | 'А' | 'α' | 'Α' => 'a',
        'в' | 'В' | 'Β' | 'ь' => 'b',
        'с' | 'С' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'Е' | 'Ε' | 'ε' => 'e',
        'ɡ' => 'g',
        'һ' | 'Н' | 'Η' | 'н' => 'h',
        'і' | 'І' | 'ι' | 'Ι' | 'ı' => 'i',
        'ј' | 'Ј' => 'j',
        'к' | 'К' | 'κ' | 'Κ' => 'k',
        'ӏ' | 'Ӏ' => 'l',
        'м' | 'М' | 'Μ' => 'm',
        'Ν' | 'η' => 'n',
        'о' | 'О' | 'ο' | 'Ο' => 'o',
        'р' | 'Р' | 'ρ' | 'Ρ' => 'p',
        'ԛ' => 'q',
        'г' => 'r',
        'ѕ' | 'Ѕ' => 's',
        'т' | 'Т' | 'τ' | 'Τ' => 't',
        'υ' => 'u',
        'ν' => 'v',
        'ԝ' => 'w',
        'х' | 'Х' | 'χ' | 'Χ' => 'x',
        'у' | 'У' | 'γ' | 'Υ' => 'y',
        'Ζ' => 'z',
        other => other,
    }
}

/// The four letters that tell the words of most lists apart, less one that may be missing.
const SHORTEST_PREFIX: usize = 3;
const MOST_EDITS: usize = 2;
