//! Recovery words on a terminal: shown, cleared, asked for; and `keepwell wallet words`, which shows them again.

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

use keepwell_protocol::crypto::Rng;
use keepwell_wallet::{FreshAuthentication, QuizAnswer, Wallet, WalletError};
use serde_json::json;

use crate::caller::Caller;
use crate::failure::{CommandError, Failure, confirm};
use crate::output::Answer;
use crate::report::Report;
use crate::secrets::PinSource;
use crate::unlock::unlock;

/// Shows the words of the wallet: on a terminal, which is cleared afterwards; elsewhere only where `print` asks
/// for it. Words that were never asked for are asked for then.
pub(crate) fn run(caller: &Caller, pin: &PinSource, print: bool) -> Result<Answer, Failure> {
    if !print && (caller.json || !has_terminal()) {
        return Err(CommandError::WordsHidden.into());
    }
    let (mut wallet, fresh) = unlock(caller, pin)?;
    let status = wallet.status()?;
    if print {
        let report = Report::new(json!({ "words": fresh.words(), "fingerprint": status.fingerprint }));
        return Ok(numbered(report, fresh.words()).into());
    }
    confirm("Whoever sees these words can open this wallet anywhere. Show them now?")?;
    show(fresh.words())?;
    if status.words_verified {
        line()?;
        say(CLEARED)?;
        return Ok(Answer::Said);
    }
    let report =
        if quiz(&mut wallet, &fresh)? { "The words are verified." } else { "The words are not verified." };
    Ok(Report::default().line(report).into())
}

/// The words in the order in which they are to be written down, six to a line.
pub(crate) fn numbered(report: Report, words: &str) -> Report {
    let words: Vec<&str> = words.split(' ').collect();
    words.chunks(6).enumerate().fold(report, |report, (row, line)| {
        let line: Vec<String> =
            line.iter().enumerate().map(|(at, word)| format!("{:2} {word:<8}", row * 6 + at + 1)).collect();
        report.line(line.join("  ").trim_end())
    })
}

/// Whether a person types and reads here.
pub(crate) fn has_terminal() -> bool {
    io::stdin().is_terminal() && io::stdout().is_terminal()
}

/// Shows the words, to be written down.
pub(crate) fn show(words: &str) -> Result<(), Failure> {
    let list = numbered(Report::default(), words);
    say(&format!("{}\nWrite these words down, in order, on paper. Then press Enter.", list.text()))
}

/// Waits until the words on the screen are written down, clears it, asks for three of them, as often as it
/// takes.
///
/// End of input leaves the words unverified.
pub(crate) fn quiz(wallet: &mut Wallet, fresh: &FreshAuthentication) -> Result<bool, Failure> {
    loop {
        if line()?.is_none() {
            return Ok(false);
        }
        say(CLEARED)?;
        let quiz = fresh.quiz(&mut Rng::system())?;
        let mut answers = Vec::new();
        for position in quiz.positions() {
            say(&format!("word {position}: "))?;
            match line()? {
                Some(word) => answers.push(QuizAnswer { position, word: word.into() }),
                None => return Ok(false),
            }
        }
        match wallet.confirm_words(fresh, &answers) {
            Ok(()) => return Ok(true),
            Err(WalletError::QuizFailed) => say("Not all of these are right. Once more.\n")?,
            Err(error) => return Err(error.into()),
        }
        show(fresh.words())?;
    }
}

fn say(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|_| CommandError::OutputClosed.into())
}

fn line() -> Result<Option<String>, Failure> {
    let mut text = String::new();
    let read = io::stdin().lock().read_line(&mut text).map_err(|_| CommandError::WordsMissing)?;
    Ok((read > 0).then_some(text))
}

/// Clears the screen, and what was scrolled out of it.
const CLEARED: &str = "\x1b[2J\x1b[3J\x1b[H";
