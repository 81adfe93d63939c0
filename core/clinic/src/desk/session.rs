//! Who may use the desk page: the login code, sessions, and the tokens of forms.

use std::fmt;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use keepwell_protocol::crypto::{self, CryptoError, Rng};
use keepwell_protocol::domain::{Duration, Timestamp};

use super::browsers::Browsers;
use super::wrong_codes::WrongCodes;

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
    /// Too many wrong codes came from there; none of it is looked at for so many seconds.
    Wait(u64),
    /// The system gives no randomness.
    Entropy,
}

/// Everybody who is logged in.
pub(super) struct Sessions {
    code: [u8; 32],
    state: Mutex<State>,
}

struct State {
    open: Vec<Session>,
    browsers: Browsers,
    wrong_codes: WrongCodes,
}

/// Where a code comes from.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sender<'a> {
    /// By which wrong codes are counted.
    pub(super) address: IpAddr,
    /// What the browser kept of an earlier login.
    pub(super) browser: Option<&'a str>,
    /// Whether its session still lives.
    pub(super) is_logged_in: bool,
}

/// What a browser that was let in keeps.
#[derive(Debug, Eq, PartialEq)]
pub(super) struct Admitted {
    /// The value of the session's cookie.
    pub(super) session: String,
    /// The value of the cookie by which the browser is known; absent if it has one.
    pub(super) browser: Option<String>,
}

/// Who makes a request.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Use {
    /// Somebody who clicked.
    Person,
    /// The page by itself.
    Page,
}

struct Session {
    token: [u8; 32],
    csrf: String,
    opened: Timestamp,
    used: Timestamp,
}

impl Sessions {
    pub(super) fn new(code: &LoginCode, browsers: Browsers) -> Self {
        let state = State { open: Vec::new(), browsers, wrong_codes: WrongCodes::default() };
        Self { code: LoginCode::digest(&code.0), state: Mutex::new(state) }
    }

    /// Opens a session for whoever has the code.
    ///
    /// An address that sends wrong codes has to wait. A browser that had the right one once
    /// never waits: on one machine all addresses may be the same, and somebody else's guesses keep nobody out.
    pub(super) fn log_in(
        &self,
        typed: &str,
        from: Sender<'_>,
        now: Timestamp,
        rng: &mut Rng,
    ) -> Result<Admitted, LoginRefused> {
        let mut state = self.lock();
        let has_token = from.browser.is_some_and(|token| state.browsers.knows(token));
        let is_known = has_token || from.is_logged_in;
        if let Some(seconds) = state.wrong_codes.seconds_to_wait(from.address, now).filter(|_| !is_known) {
            return Err(LoginRefused::Wait(seconds));
        }
        // Digests are compared, so the time that takes says nothing about the code.
        if LoginCode::digest(typed) != self.code {
            if !is_known {
                state.wrong_codes.count(from.address, now);
            }
            return Err(LoginRefused::Wrong);
        }
        if !is_known {
            state.wrong_codes.forget(from.address);
        }
        let mut new_token = || token(rng).map_err(|_| LoginRefused::Entropy);
        let (cookie, csrf) = (new_token()?, new_token()?);
        let browser = if has_token { None } else { Some(new_token()?) };
        if let Some(token) = &browser
            && let Err(error) = state.browsers.remember(token)
        {
            tracing::warn!(code = error.code(), "a browser is known only until this desk ends");
        }
        state.open.retain(|session| session.is_live(now));
        if state.open.len() >= MOST_SESSIONS {
            state.open.remove(0);
        }
        state.open.push(Session { token: crypto::sha256(cookie.as_bytes()), csrf, opened: now, used: now });
        Ok(Admitted { session: cookie, browser })
    }

    /// The form token of the session that this cookie belongs to; `None` if nobody is logged in by it. A page that asks by itself is no
    /// use of the session.
    pub(super) fn csrf(&self, cookie: &str, by: Use, now: Timestamp) -> Option<String> {
        let token = crypto::sha256(cookie.as_bytes());
        let mut state = self.lock();
        let session = state.open.iter_mut().find(|session| session.token == token && session.is_live(now))?;
        if by == Use::Person {
            session.used = now;
        }
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

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::super::wrong_codes::{WAIT, WRONG_CODES};
    use super::*;

    const NOW: Timestamp = Timestamp(1_000_000);

    const HERE: Sender<'static> =
        Sender { address: IpAddr::V4(Ipv4Addr::LOCALHOST), browser: None, is_logged_in: false };

    fn sessions(code: &LoginCode) -> Sessions {
        Sessions::new(code, Browsers::read("".into()))
    }

    fn later(duration: Duration) -> Timestamp {
        NOW.saturating_add(duration)
    }

    #[test]
    fn the_code_opens_a_session_however_it_is_typed_and_another_does_not() {
        let mut rng = Rng::seeded(1);
        let code = LoginCode::generate(&mut rng).unwrap();
        let shown = code.to_string();
        assert_eq!((shown.len(), shown.find('-')), (11, Some(5)));
        let sessions = sessions(&code);
        for typed in [shown.clone(), shown.to_lowercase(), format!(" {} ", shown.replace('-', " "))] {
            let cookie = sessions.log_in(&typed, HERE, NOW, &mut rng).unwrap().session;
            assert!(sessions.csrf(&cookie, Use::Person, NOW).is_some());
        }
        for typed in ["", "AAAAA-AAAAA", shown.trim_end_matches(char::is_alphanumeric)] {
            assert_eq!(sessions.log_in(typed, HERE, NOW, &mut rng), Err(LoginRefused::Wrong));
        }
        assert_eq!(sessions.csrf("", Use::Person, NOW), None);
        assert_eq!(format!("{code:?}"), "LoginCode(..)");
    }

    #[test]
    fn wrong_codes_close_the_door_for_a_minute_and_for_their_address_alone() {
        let mut rng = Rng::seeded(2);
        let code = LoginCode::generate(&mut rng).unwrap();
        let sessions = sessions(&code);
        let right = code.to_string();
        let Admitted { session, browser } = sessions.log_in(&right, HERE, NOW, &mut rng).unwrap();
        for _ in 0..WRONG_CODES {
            assert_eq!(sessions.log_in("wrong", HERE, NOW, &mut rng), Err(LoginRefused::Wrong));
        }
        assert_eq!(sessions.log_in(&right, HERE, NOW, &mut rng), Err(LoginRefused::Wait(60)));
        let elsewhere = Sender { address: IpAddr::V4(Ipv4Addr::new(127, 0, 0, 2)), ..HERE };
        assert!(sessions.log_in(&right, elsewhere, NOW, &mut rng).is_ok());
        // A browser that was here before passes, and so does one that is; neither ends the wait of others.
        let known = Sender { browser: browser.as_deref(), ..HERE };
        assert_eq!(sessions.log_in(&right, known, NOW, &mut rng).unwrap().browser, None);
        let logged_in = Sender { is_logged_in: true, ..HERE };
        assert!(sessions.log_in(&right, logged_in, NOW, &mut rng).is_ok());
        let forged = Sender { browser: Some(&session), ..HERE };
        assert_eq!(sessions.log_in(&right, forged, NOW, &mut rng), Err(LoginRefused::Wait(60)));
        // Its own wrong codes close nothing.
        for _ in 0..WRONG_CODES {
            assert_eq!(sessions.log_in("wrong", known, later(WAIT), &mut rng), Err(LoginRefused::Wrong));
        }
        assert!(sessions.log_in(&right, HERE, later(WAIT), &mut rng).is_ok());
    }

    #[test]
    fn a_session_ends_by_itself_and_by_logging_out() {
        let mut rng = Rng::seeded(3);
        let code = LoginCode::generate(&mut rng).unwrap();
        let sessions = sessions(&code);
        let cookie = sessions.log_in(&code.to_string(), HERE, NOW, &mut rng).unwrap().session;
        let mut now = NOW;
        while now < later(LONGEST) {
            assert!(sessions.csrf(&cookie, Use::Person, now).is_some());
            now = now.saturating_add(Duration::minutes(29));
        }
        assert_eq!(sessions.csrf(&cookie, Use::Person, later(LONGEST)), None);
        let idle = sessions.log_in(&code.to_string(), HERE, NOW, &mut rng).unwrap().session;
        assert_eq!(sessions.csrf(&idle, Use::Person, later(LONGEST_IDLE)), None);
        let watched = sessions.log_in(&code.to_string(), HERE, NOW, &mut rng).unwrap().session;
        assert!(sessions.csrf(&watched, Use::Page, later(Duration::minutes(29))).is_some());
        assert_eq!(
            sessions.csrf(&watched, Use::Page, later(LONGEST_IDLE)),
            None,
            "a page alone keeps nobody logged in"
        );
        let left = sessions.log_in(&code.to_string(), HERE, NOW, &mut rng).unwrap().session;
        sessions.log_out(&left);
        assert_eq!(sessions.csrf(&left, Use::Person, NOW), None);
    }
}
