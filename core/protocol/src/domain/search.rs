//! What a text is found by: the beginnings of its words, and in scripts without blanks any part.

use super::fold::{fold, is_in_word};

/// One thing that a person looks for, folded.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum SearchTerm {
    /// A word of a script with blanks; its beginning finds it. Arabic words also without their article.
    Word {
        /// The word as written, and what is left of it without an article.
        forms: Vec<String>,
    },
    /// Letters that stand together in a script without blanks; any part finds them.
    Run {
        /// Its letters by two, each beginning with the second of the one before; behind these the last
        /// letter alone.
        pieces: Vec<String>,
    },
}

/// The terms of a text, in its order.
pub fn search_terms(text: &str) -> Vec<SearchTerm> {
    let folded = fold(text);
    let mut terms = Vec::new();
    let mut rest = folded.as_ref();
    while let Some(character) = rest.chars().next() {
        let of_run = is_without_blanks(character);
        let is_in_term = |c: char| if of_run { is_without_blanks(c) } else { is_word_letter(c) };
        let end = rest.find(|c| !is_in_term(c)).unwrap_or(rest.len());
        let (term, behind) = rest.split_at(end);
        if !term.is_empty() {
            terms.push(if of_run { run(term) } else { word(term) });
            rest = behind;
        } else {
            rest = rest.get(character.len_utf8()..).unwrap_or_default();
        }
    }
    terms
}

impl SearchTerm {
    /// What an index holds of it, in this order.
    pub fn indexed(&self) -> &[String] {
        match self {
            Self::Word { forms } => forms,
            Self::Run { pieces } => pieces,
        }
    }

    /// Whether a text that has these terms is found by this one.
    pub fn finds(&self, terms: &[Self]) -> bool {
        let respelled = self.respelled();
        terms.iter().any(|term| match (self, term) {
            // What has a word with its article has it without, too.
            (Self::Word { forms: wanted }, Self::Word { forms }) => {
                let wanted: Vec<_> = wanted.last().into_iter().chain(&respelled).collect();
                forms.iter().any(|form| wanted.iter().any(|wanted| form.starts_with(wanted.as_str())))
            }
            (Self::Run { pieces: wanted }, Self::Run { pieces }) => {
                letters(pieces).contains(&letters(wanted))
            }
            _ => false,
        })
    }

    /// What else to look for where nothing is found: words in which `ä`, `ö`, `ü`, `å` and `ø` are written
    /// with two letters, as keyboards without them do.
    pub fn respelled(&self) -> Vec<String> {
        let Self::Word { forms } = self else { return Vec::new() };
        let single = |word: &String| {
            [("ae", "a"), ("oe", "o"), ("ue", "u"), ("aa", "a")]
                .iter()
                .fold(word.clone(), |word, (two, one)| word.replace(two, one))
        };
        let respelled = forms.iter().filter(|word| word.len() >= SHORTEST_RESPELLED);
        respelled
            .map(|word| (word, single(word)))
            .filter(|(word, other)| *word != other)
            .map(|(_, other)| other)
            .collect()
    }
}

/// Whether an index takes the text as it is, and splits it where anything but ASCII letters and digits
/// stands.
pub fn is_indexed_as_written(text: &str) -> bool {
    text.is_ascii() && text.split(|c: char| !c.is_ascii_alphanumeric()).all(|word| word.len() <= LONGEST_WORD)
}

fn word(letters: &str) -> SearchTerm {
    let mut written = String::new();
    for letter in letters.chars().take(LONGEST_WORD) {
        written.push(modern(letter));
    }
    let bare = without_article(&written).map(str::to_owned);
    SearchTerm::Word { forms: std::iter::once(written).chain(bare).collect() }
}

/// The letters of a run of which these are the pieces.
fn letters(pieces: &[String]) -> String {
    pieces.iter().filter_map(|piece| piece.chars().next()).collect()
}

fn run(letters: &str) -> SearchTerm {
    let letters: Vec<char> = letters.chars().map(modern).collect();
    let pieces = letters.windows(2).chain(letters.chunks(1).last()).map(|piece| piece.iter().collect());
    SearchTerm::Run { pieces: pieces.collect() }
}

/// One letter for those that are read as the same: kana of both sets, digits of all scripts, the Hebrew
/// letters that look otherwise at the end of a word.
fn modern(letter: char) -> char {
    let code = u32::from(letter);
    let same = match code {
        // Hiragana as Katakana.
        0x3041..=0x3096 => code + 0x60,
        0x05da | 0x05dd | 0x05df | 0x05e3 | 0x05e5 => code + 1,
        _ => match DIGITS.iter().find(|zero| (**zero..**zero + 10).contains(&code)) {
            Some(zero) => u32::from(b'0') + code - zero,
            None => code,
        },
    };
    char::from_u32(same).unwrap_or(letter)
}

/// An Arabic word without the article, and without the letter joined to it before the article.
fn without_article(word: &str) -> Option<&str> {
    ["وال", "بال", "كال", "فال", "لل", "ال"]
        .iter()
        .find_map(|article| word.strip_prefix(article))
        .filter(|bare| bare.chars().count() >= 2)
}

fn is_word_letter(character: char) -> bool {
    is_in_word(character) && !is_without_blanks(character)
}

/// Letters of scripts that put no blanks between words, of Korean, which joins words as it likes, and signs
/// that stand for a word each.
fn is_without_blanks(character: char) -> bool {
    let is_of_such_script = matches!(
        character,
        // Thai and Lao, Tibetan has marks between syllables; Myanmar; Khmer, New Tai Lue, Tai Tham.
        '\u{e00}'..='\u{e4f}' | '\u{e5a}'..='\u{ecf}' | '\u{eda}'..='\u{eff}'
            | '\u{1000}'..='\u{103f}' | '\u{104a}'..='\u{108f}' | '\u{109a}'..='\u{109f}'
            | '\u{1780}'..='\u{17df}' | '\u{1980}'..='\u{19df}' | '\u{1a20}'..='\u{1aaf}'
            | '\u{a9e0}'..='\u{a9fe}' | '\u{aa60}'..='\u{aa7f}'
            // Hangul.
            | '\u{1100}'..='\u{11ff}' | '\u{3130}'..='\u{318f}' | '\u{a960}'..='\u{a97f}'
            | '\u{ac00}'..='\u{d7ff}'
            // Kana, Bopomofo, Han.
            | '\u{3005}'..='\u{3007}' | '\u{3041}'..='\u{312f}' | '\u{31a0}'..='\u{31ff}'
            | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}'
            | '\u{20000}'..='\u{3ffff}'
    );
    let is_picture = matches!(character, '\u{2600}'..='\u{27bf}' | '\u{1f000}'..='\u{1faff}');
    is_picture || (is_of_such_script && is_in_word(character))
}

/// The digit zero of scripts that count with their own.
const DIGITS: &[u32] = &[
    0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xe50, 0xed0, 0xf20,
    0x1040, 0x1090, 0x17e0, 0x1810,
];
/// Bytes of the shortest word that may be spelled otherwise: of a shorter one too little is left.
const SHORTEST_RESPELLED: usize = 5;
/// Letters of a word that count; what follows tells no words of any language apart.
const LONGEST_WORD: usize = 64;

#[cfg(test)]
mod tests {
    use super::*;

    fn indexed(text: &str) -> Vec<String> {
        search_terms(text).iter().flat_map(SearchTerm::indexed).cloned().collect()
    }

    #[test]
    fn words_are_folded_and_scripts_without_blanks_come_in_pieces() {
        for (text, terms) in [
            ("Beta-blocker 5.5", &["beta", "blocker", "5", "5"][..]),
            ("Ødem Łuszczyca Straße", &["odem", "luszczyca", "strasse"]),
            ("2型糖尿病", &["2", "型糖", "糖尿", "尿病", "病"]),
            ("病", &["病"]),
            ("ｱﾚﾙｷﾞｰ", &["アレ", "レル", "ルギ", "ギー", "ー"]),
            ("あれるぎー", &["アレ", "レル", "ルギ", "ギー", "ー"]),
            ("고혈압 병", &["고혈", "혈압", "압", "병"]),
            ("เบา", &["เบ", "บา", "า"]),
            ("البنسلين", &["البنسلين", "بنسلين"]),
            ("والسل", &["والسل", "سل"]),
            ("ألم", &["الم"]),
            ("٢٫٥ ३", &["2", "5", "3"]),
            ("मधुमेह", &["मधुमेह"]),
            ("שלום", &["שלומ"]),
            ("😀pain", &["😀", "pain"]),
            ("、・ -\u{0}\u{7}", &[]),
        ] {
            assert_eq!(indexed(text), terms, "{text}");
        }
    }

    #[test]
    fn two_letters_stand_for_one_that_a_keyboard_lacks() {
        let respelled =
            |text: &str| search_terms(text).iter().flat_map(SearchTerm::respelled).collect::<Vec<_>>();
        assert_eq!(respelled("Groesse Aarhus"), ["grosse", "arhus"]);
        assert_eq!(respelled("glue grosse 糖尿病"), [""; 0]);
    }

    #[test]
    fn what_is_indexed_as_written_has_the_same_terms() {
        for text in ["Blood pressure 120/80", "a\u{7}b c"] {
            assert!(is_indexed_as_written(text));
            let split: Vec<String> = text
                .split(|c: char| !c.is_ascii_alphanumeric())
                .filter(|word| !word.is_empty())
                .map(str::to_ascii_lowercase)
                .collect();
            assert_eq!(indexed(text), split);
        }
        for text in ["naïve", &"a".repeat(LONGEST_WORD + 1)] {
            assert!(!is_indexed_as_written(text));
        }
    }

    #[test]
    fn a_term_finds_the_beginning_of_a_word_or_any_part_of_a_run() {
        let finds = |wanted: &str, text: &str| {
            let terms = search_terms(text);
            search_terms(wanted).iter().all(|term| term.finds(&terms))
        };
        let text = "Kinderspital Zürich, Notfall · 東京医科大学";
        for wanted in
            ["", "kinder", "ZURICH", "zürich kinder", "zuerich", "not", "医科", "学", "東京医科大学"]
        {
            assert!(finds(wanted, text), "{wanted}");
        }
        for wanted in ["spital", "zurichs", "kinder bern", "科医", "大阪", "kindér-x"] {
            assert!(!finds(wanted, text), "{wanted}");
        }
        assert!(finds("البنسلين", "بنسلين") && finds("بنسلين", "البنسلين"));
    }

    #[test]
    fn a_word_of_any_length_is_bounded() {
        assert_eq!(indexed(&"é".repeat(100_000)), ["e".repeat(LONGEST_WORD)]);
        assert_eq!(indexed(&"病".repeat(1_000)).len(), 1_000);
    }
}
