//! Who may use the desk page: the login code, sessions, and the tokens of forms.

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keepwell_protocol::crypto::{self, CryptoError, Rng};
use keepwell_protocol::domain::{Duration, Timestamp};

/// The code that opens the desk page: 50 random bits, made anew at each start.
pub struct LoginCode(String);

impl LoginCode {
    /// Makes a new code.
    ///
    /// # Errors
    /// [`CryptoError::EntropyFailure`] if the system gives no randomness.
    pub fn generate(rng: &mut Rng) -> Result<Self, CryptoError> {
        // Crockford's alphabet: no letter that looks like another or like a digit.
        const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
        let bytes: [u8; 16] = rng.array()?;
        let letters = bytes.iter().filter_map(|byte| ALPHABET.get(usize::from(byte % 32)));
        Ok(Self(letters.take(Self::LENGTH).copied().map(char::from).collect()))
    }

    /// Letters of the code, without the hyphen that is shown in their middle.
    const LENGTH: usize = 10;

    /// A hash that says nothing about the code, equal for however the code is typed.
    fn digest(typed: &str) -> [u8; 32] {
        let letters: String = typed
            .chars()
            .filter(char::is_ascii_alphanumeric)
            .map(|c| match c.to_ascii_uppercase() {
                'I' | 'L' => '1',
                'O' => '0',
                c => c,
            })
            .collect();
        crypto::sha256(letters.as_bytes())
    }
}

/// As it is shown to the person who started the server: `AB12C-DE34F`.
impl fmt::Display for LoginCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.split_at_checked(Self::LENGTH / 2) {
            Some((first, second)) => write!(f, "{first}-{second}"),
            None => f.write_str(&self.0),
        }
    }
}

impl fmt::Debug for LoginCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginCode(..)")
    }
}

/// Why nobody was logged in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum LoginRefused {
    /// The code is another.
    Wrong,
    /// Too many wrong codes; no code is looked at for so many seconds.
    Wait(u64),
    /// The system gives no randomness.
    Entropy,
}

/// Everybody who is logged in.
pub(super) struct Sessions {
    code: [u8; 32],
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: Vec<Session>,
    wrong_codes: u32,
    closed_until: Timestamp,
}

struct Session {
    token: [u8; 32],
    csrf: String,
    opened: Timestamp,
    used: Timestamp,
}

impl Sessions {
    pub(super) fn new(code: &LoginCode) -> Self {
        Self { code: LoginCode::digest(&code.0), state: Mutex::default() }
    }

    /// Opens a session for whoever has the code: the value of its cookie.
    pub(super) fn log_in(&self, typed: &str, now: Timestamp, rng: &mut Rng) -> Result<String, LoginRefused> {
        let mut state = self.lock();
        if now < state.closed_until {
            return Err(LoginRefused::Wait(state.closed_until.since(now).0));
        }
        // Digests are compared, so the time that takes says nothing about the code.
        if LoginCode::digest(typed) != self.code {
            state.wrong_codes += 1;
            if state.wrong_codes.is_multiple_of(WRONG_CODES) {
                state.closed_until = now.saturating_add(WAIT);
            }
            return Err(LoginRefused::Wrong);
        }
        state.wrong_codes = 0;
        let cookie = token(rng).map_err(|_| LoginRefused::Entropy)?;
        let csrf = token(rng).map_err(|_| LoginRefused::Entropy)?;
        state.open.retain(|session| session.is_live(now));
        if state.open.len() >= MOST_SESSIONS {
            state.open.remove(0);
        }
        state.open.push(Session { token: crypto::sha256(cookie.as_bytes()), csrf, opened: now, used: now });
        Ok(cookie)
    }

    /// The form token of the session that this cookie belongs to; `None` if nobody is logged in by it.
    pub(super) fn csrf(&self, cookie: &str, now: Timestamp) -> Option<String> {
        let token = crypto::sha256(cookie.as_bytes());
        let mut state = self.lock();
        let session = state.open.iter_mut().find(|session| session.token == token && session.is_live(now))?;
        session.used = now;
        Some(session.csrf.clone())
    }

    /// Ends the session that this cookie belongs to.
    pub(super) fn log_out(&self, cookie: &str) {
        let token = crypto::sha256(cookie.as_bytes());
        self.lock().open.retain(|session| session.token != token);
    }

    /// What a panic left behind is still a list of sessions.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Session {
    fn is_live(&self, now: Timestamp) -> bool {
        now.since(self.opened) < LONGEST && now.since(self.used) < LONGEST_IDLE
    }
}

fn token(rng: &mut Rng) -> Result<String, CryptoError> {
    Ok(URL_SAFE_NO_PAD.encode(rng.array::<32>()?))
}

/// A session ends after a working day, or after half an hour without a click.
const LONGEST: Duration = Duration::hours(10);
const LONGEST_IDLE: Duration = Duration::minutes(30);
const MOST_SESSIONS: usize = 16;

/// After so many wrong codes in a row none is looked at for a minute: 50 bits outlast that by far.
const WRONG_CODES: u32 = 5;
const WAIT: Duration = Duration::minutes(1);

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    fn later(duration: Duration) -> Timestamp {
        NOW.saturating_add(duration)
    }

    #[test]
    fn the_code_opens_a_session_however_it_is_typed_and_another_does_not() {
        let mut rng = Rng::seeded(1);
        let code = LoginCode::generate(&mut rng).unwrap();
        let shown = code.to_string();
        assert_eq!((shown.len(), shown.find('-')), (11, Some(5)));
        let sessions = Sessions::new(&code);
        for typed in [shown.clone(), shown.to_lowercase(), format!(" {} ", shown.replace('-', " "))] {
            let cookie = sessions.log_in(&typed, NOW, &mut rng).unwrap();
            assert!(sessions.csrf(&cookie, NOW).is_some());
        }
        for typed in ["", "AAAAA-AAAAA", shown.trim_end_matches(char::is_alphanumeric)] {
            assert_eq!(sessions.log_in(typed, NOW, &mut rng), Err(LoginRefused::Wrong));
        }
        assert_eq!(sessions.csrf("", NOW), None);
        assert_eq!(format!("{code:?}"), "LoginCode(..)");
    }

    #[test]
    fn wrong_codes_close_the_door_for_a_minute_even_for_the_right_one() {
        let mut rng = Rng::seeded(2);
        let code = LoginCode::generate(&mut rng).unwrap();
        let sessions = Sessions::new(&code);
        for _ in 0..WRONG_CODES {
            assert_eq!(sessions.log_in("wrong", NOW, &mut rng), Err(LoginRefused::Wrong));
        }
        assert_eq!(sessions.log_in(&code.to_string(), NOW, &mut rng), Err(LoginRefused::Wait(60)));
        assert!(sessions.log_in(&code.to_string(), later(WAIT), &mut rng).is_ok());
    }

    #[test]
    fn a_session_ends_by_itself_and_by_logging_out() {
        let mut rng = Rng::seeded(3);
        let code = LoginCode::generate(&mut rng).unwrap();
        let sessions = Sessions::new(&code);
        let cookie = sessions.log_in(&code.to_string(), NOW, &mut rng).unwrap();
        let mut now = NOW;
        while now < later(LONGEST) {
            assert!(sessions.csrf(&cookie, now).is_some());
            now = now.saturating_add(Duration::minutes(29));
        }
        assert_eq!(sessions.csrf(&cookie, later(LONGEST)), None);
        let idle = sessions.log_in(&code.to_string(), NOW, &mut rng).unwrap();
        assert_eq!(sessions.csrf(&idle, later(LONGEST_IDLE)), None);
        let left = sessions.log_in(&code.to_string(), NOW, &mut rng).unwrap();
        sessions.log_out(&left);
        assert_eq!(sessions.csrf(&left, NOW), None);
    }
}
