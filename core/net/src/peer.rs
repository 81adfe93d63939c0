//! Signed requests (RFC 9421): each is signed at its own time, and a clock that is off is found out.

use jiff::fmt::rfc2822::DateTimeParser;
use keepwell_protocol::crypto::{Rng, SigningKey};
use keepwell_protocol::domain::Timestamp;
use keepwell_protocol::formats::http::{Request, RequestSignatureError, Response, sign_request};

use crate::{Clock, Limits, NetError, ServerError, Transport};

/// Why a signed request came to nothing.
#[derive(Debug, thiserror::Error)]
pub enum PeerError {
    /// There was no whole answer.
    #[error(transparent)]
    Net(#[from] NetError),
    /// The request could not be signed.
    #[error(transparent)]
    Unsigned(#[from] RequestSignatureError),
    /// The server does not take what this device signs now, nor what it signed at the server's own time.
    #[error("this device's clock and the server's differ")]
    ClockSuspect,
}

/// Signs requests by one key and sends them.
#[derive(Clone, Copy)]
pub struct Peer<'a> {
    /// Carries the requests.
    pub transport: &'a dyn Transport,
    /// Dates each signature.
    pub clock: &'a dyn Clock,
    /// The key by which the server knows the sender.
    pub key: &'a SigningKey,
}

impl Peer<'_> {
    /// Sends a request, signed now, and gives the answer whatever its status.
    ///
    /// A server to which now is another time tells its own with the refusal; the request is then sent
    /// once more, signed at that time. It dates this one signature and nothing else (`flows.md` §7).
    ///
    /// # Errors
    /// [`PeerError`]; [`PeerError::ClockSuspect`] if the second signature is not taken either.
    pub fn send(&self, request: Request, limits: Limits, rng: &mut Rng) -> Result<Response, PeerError> {
        let answer = self.send_at(self.clock.now(), request.clone(), limits, rng)?;
        if !is_not_now(&answer) {
            return Ok(answer);
        }
        let server_time = server_time(&answer).ok_or(PeerError::ClockSuspect)?;
        let answer = self.send_at(server_time, request, limits, rng)?;
        if is_not_now(&answer) { Err(PeerError::ClockSuspect) } else { Ok(answer) }
    }

    fn send_at(
        &self,
        time: Timestamp,
        mut request: Request,
        limits: Limits,
        rng: &mut Rng,
    ) -> Result<Response, PeerError> {
        sign_request(&mut request, self.key, time, rng)?;
        Ok(self.transport.send(request, limits)?)
    }
}

/// Whether a server refuses a signature for its time.
fn is_not_now(answer: &Response) -> bool {
    answer.status == 401
        && ServerError::check(answer.clone())
            .is_err_and(|refused| refused.code() == RequestSignatureError::NotNow.code())
}

/// What time it is for a server, by the `date` header of its answer (RFC 9110 §6.6.1).
fn server_time(answer: &Response) -> Option<Timestamp> {
    let (_, date) = answer.headers.iter().find(|(name, _)| name == "date")?;
    let time = DateTimeParser::new().relaxed_weekday(true).parse_timestamp(date).ok()?;
    u64::try_from(time.as_second()).ok().map(Timestamp)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use keepwell_protocol::domain::Object;
    use keepwell_protocol::formats::http::{Method, verify_request};
    use keepwell_protocol::vault::ErrorBody;

    use super::*;

    const NOW: Timestamp = Timestamp(1_800_000_000);

    /// A server whose clock stands at a time, and which says so or not.
    struct Server {
        time: Timestamp,
        date: Option<&'static str>,
        asked: Mutex<u32>,
    }

    impl Transport for Server {
        fn send(&self, request: Request, _: Limits) -> Result<Response, NetError> {
            *self.asked.lock().unwrap() += 1;
            let mut answer = Response { status: 204, headers: Vec::new(), body: Vec::new() };
            answer.headers.extend(self.date.map(|date| ("date".to_owned(), date.to_owned())));
            if let Err(error) = verify_request(&request, self.time) {
                let (code, sentence) = (error.code().to_owned(), error.to_string());
                answer.status = 401;
                answer.body = ErrorBody { code, sentence, bundle: None, version: None }.to_cbor();
            }
            Ok(answer)
        }
    }

    fn ask(time: Timestamp, date: Option<&'static str>) -> (Result<u16, &'static str>, u32) {
        let server = Server { time, date, asked: Mutex::new(0) };
        let key = SigningKey::from_seed(&[1; 32]);
        let peer = Peer { transport: &server, clock: &NOW, key: &key };
        let request = Request::new(Method::Get, "https://host.example/v1/space".to_owned());
        let answer = match peer.send(request, Limits::CONFIGURED, &mut Rng::seeded(1)) {
            Ok(answer) => Ok(answer.status),
            Err(PeerError::ClockSuspect) => Err("suspect"),
            Err(_) => Err("other"),
        };
        (answer, *server.asked.lock().unwrap())
    }

    #[test]
    fn a_clock_that_is_off_costs_one_more_request_and_no_more() {
        assert_eq!(ask(NOW, None), (Ok(204), 1));
        let later = Timestamp(1_800_000_070);
        assert_eq!(ask(later, Some("Fri, 15 Jan 2027 08:01:10 GMT")), (Ok(204), 2));
        // A server that does not say its time, that says another than it goes by, or no time.
        assert_eq!(ask(later, None), (Err("suspect"), 1));
        assert_eq!(ask(later, Some("Fri, 15 Jan 2027 08:03:10 GMT")), (Err("suspect"), 2));
        assert_eq!(ask(later, Some("soon")), (Err("suspect"), 1));
    }
}
