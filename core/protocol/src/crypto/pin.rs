//! PINs: digits of any script, the guessable ones refused, stretched by Argon2id (RFC 9106).
//!
//! Six digits are 20 bits, days of work for one computer. So a PIN never opens anything alone:
//! what opens a slot is derived from the stretched PIN under the device's own secret.

use std::fmt;

use argon2::{Algorithm, Argon2, Params, Version};
use minicbor::{Decode, Encode};
use zeroize::Zeroizing;

use super::{CryptoError, DeviceSecret, Label, Rng, SealKey, derive};

/// Why a text cannot be a PIN, or a PIN cannot be used.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
pub enum PinError {
    /// Something else than digits.
    #[error("a PIN consists of digits only")]
    NotDigits,
    /// Too few digits or too many.
    #[error("a PIN has {least} to {most} digits", least = Pin::LEAST, most = Pin::MOST)]
    WrongLength,
    /// A PIN that a thief tries first: a run, a repetition, a pattern of the keypad, a date.
    #[error("this PIN is too easy to guess")]
    Guessable,
    /// Stored parameters below the floor or above what this program will spend.
    #[error("PIN parameters are out of range")]
    ParametersOutOfRange,
    /// There is not enough memory to stretch the PIN.
    #[error("not enough memory to check the PIN")]
    OutOfMemory,
}

impl PinError {
    /// The stable name of this error.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NotDigits => "PinNotDigits",
            Self::WrongLength => "PinWrongLength",
            Self::Guessable => "PinGuessable",
            Self::ParametersOutOfRange => "PinParametersOutOfRange",
            Self::OutOfMemory => "PinOutOfMemory",
        }
    }
}

/// A PIN as ASCII digits, cleared when dropped.
pub struct Pin(Zeroizing<Vec<u8>>);

impl Pin {
    /// The fewest digits that a PIN may have.
    pub const LEAST: u8 = 6;
    /// The most digits that a PIN may have.
    pub const MOST: u8 = 64;

    /// Takes what a person typed to unlock; decimal digits of every script count as digits.
    ///
    /// # Errors
    /// [`PinError::NotDigits`] or [`PinError::WrongLength`].
    pub fn parse(text: &str) -> Result<Self, PinError> {
        // More room than any PIN needs: growing would leave copies behind.
        let (least, most) = (usize::from(Self::LEAST), usize::from(Self::MOST));
        let mut digits = Zeroizing::new(Vec::with_capacity(most));
        for character in text.chars() {
            let digit = decimal_digit(character).ok_or(PinError::NotDigits)?;
            if digits.len() == most {
                return Err(PinError::WrongLength);
            }
            digits.push(digit);
        }
        if digits.len() < least { Err(PinError::WrongLength) } else { Ok(Self(digits)) }
    }

    /// Takes what a person wants as their new PIN.
    ///
    /// # Errors
    /// As [`Pin::parse`], and [`PinError::Guessable`].
    ///
    /// ```
    /// use keepwell_protocol::crypto::{Pin, PinError};
    ///
    /// assert!(Pin::choose("271828").is_ok());
    /// assert_eq!(Pin::choose("123456").unwrap_err(), PinError::Guessable);
    /// assert_eq!(Pin::choose("27182").unwrap_err(), PinError::WrongLength);
    /// ```
    pub fn choose(text: &str) -> Result<Self, PinError> {
        let pin = Self::parse(text)?;
        pin.check_choice()?;
        Ok(pin)
    }

    /// Says whether it may be set as a new PIN.
    ///
    /// # Errors
    /// [`PinError::Guessable`].
    pub fn check_choice(&self) -> Result<(), PinError> {
        if is_guessable(&self.0) { Err(PinError::Guessable) } else { Ok(()) }
    }
}

impl fmt::Debug for Pin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pin(..)")
    }
}

/// How a PIN is stretched, stored beside what it opens: CBOR [memory, passes, lanes, salt].
#[derive(Clone, Debug, Decode, Encode, Eq, PartialEq)]
#[cbor(array)]
pub struct PinParameters {
    /// Argon2id's memory in KiB.
    #[n(0)]
    memory_kib: u32,
    /// How often Argon2id passes over its memory.
    #[n(1)]
    passes: u32,
    /// Lanes, computed one after the other.
    #[n(2)]
    lanes: u32,
    /// The salt, 16 bytes.
    #[cbor(n(3), with = "minicbor::bytes")]
    salt: [u8; 16],
}

impl PinParameters {
    /// 64 MiB, three passes, one lane and a fresh salt: a third of a second on a laptop.
    ///
    /// # Errors
    /// [`CryptoError::EntropyFailure`] if the source gives no randomness.
    pub fn generate(rng: &mut Rng) -> Result<Self, CryptoError> {
        #[cfg(any(test, feature = "testing"))]
        if LEAST_COST.get() || std::env::var_os(Self::LEAST_COST_IN_PROCESS).is_some() {
            return Self::least(rng);
        }
        Ok(Self { memory_kib: 64 * 1024, passes: 3, lanes: 1, salt: rng.array()? })
    }

    /// The least that a slot may have, 19 MiB and two passes.
    #[cfg(any(test, feature = "testing"))]
    fn least(rng: &mut Rng) -> Result<Self, CryptoError> {
        Ok(Self { memory_kib: LEAST_MEMORY_KIB, passes: LEAST_PASSES, lanes: 1, salt: rng.array()? })
    }

    /// The environment variable that does the same for a whole process, for tests of the command line. What was built
    /// without tests does not look at it.
    #[cfg(any(test, feature = "testing"))]
    pub const LEAST_COST_IN_PROCESS: &str = "KEEPWELL_TESTING_LEAST_PIN_COST";

    /// Lets this thread make only parameters of the least cost from now on, for tests that make
    /// hundreds of wallets.
    #[cfg(any(test, feature = "testing"))]
    pub fn cost_least_in_this_thread() {
        LEAST_COST.set(true);
    }
}

#[cfg(any(test, feature = "testing"))]
thread_local! {
    static LEAST_COST: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Derives what opens a slot from the PIN and the secret of the device.
///
/// # Errors
/// [`PinError::ParametersOutOfRange`] if stored parameters were weakened, or made to exhaust the
/// device; [`PinError::OutOfMemory`].
pub fn pin_slot_key(
    pin: &Pin,
    parameters: &PinParameters,
    device: &DeviceSecret,
) -> Result<SealKey, PinError> {
    let &PinParameters { memory_kib, passes, lanes, ref salt } = parameters;
    let in_range = (LEAST_MEMORY_KIB..=MOST_MEMORY_KIB).contains(&memory_kib)
        && (LEAST_PASSES..=MOST_PASSES).contains(&passes)
        && (1..=MOST_LANES).contains(&lanes);
    if !in_range {
        return Err(PinError::ParametersOutOfRange);
    }
    let stretched = stretch(&pin.0, salt, memory_kib, passes, lanes)?;
    Ok(derive(device.expose(), Label::Pin, stretched.as_slice()).into())
}

pub(super) fn stretch(
    secret: &[u8],
    salt: &[u8],
    memory_kib: u32,
    passes: u32,
    lanes: u32,
) -> Result<Zeroizing<[u8; 32]>, PinError> {
    let parameters = Params::new(memory_kib, passes, lanes, Some(32));
    let parameters = parameters.map_err(|_| PinError::ParametersOutOfRange)?;
    let mut stretched = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
        .hash_password_into(secret, salt, stretched.as_mut())
        .map_err(|_| PinError::OutOfMemory)?;
    Ok(stretched)
}

/// The ASCII digit that a character means, for the decimal digits (Unicode category Nd) of the
/// Basic Multilingual Plane, which is where keyboards take theirs from.
fn decimal_digit(character: char) -> Option<u8> {
    let code = u32::from(character);
    let zero = ZEROS.iter().rev().find(|zero| **zero <= code)?;
    u8::try_from(code - zero).ok().filter(|value| *value < 10).map(|value| b'0' + value)
}

pub(super) fn is_guessable(digits: &[u8]) -> bool {
    let mut distinct = digits.to_vec();
    distinct.sort_unstable();
    distinct.dedup();
    let repeats = |period: usize| digits.chunks(period).all(|chunk| digits.starts_with(chunk));
    // 111222, 121212 · 123123 · 123456, 975310 · 112233 · 123654, 147258 · a day
    distinct.len() < 3
        || (3..=digits.len() / 2).any(repeats)
        || has_constant_step(digits)
        || is_run_of_doubles(digits)
        || is_keypad_lines(digits)
        || is_day(digits)
}

fn has_constant_step(digits: &[u8]) -> bool {
    let mut steps = digits.windows(2).map(|pair| match pair {
        [a, b] => (10 + b - a) % 10,
        _ => 0,
    });
    let first = steps.next();
    steps.all(|step| Some(step) == first)
}

fn is_run_of_doubles(digits: &[u8]) -> bool {
    let (pairs, rest) = digits.as_chunks::<2>();
    let firsts: Vec<u8> = pairs.iter().map(|[first, _]| *first).collect();
    rest.is_empty() && pairs.iter().all(|[a, b]| a == b) && has_constant_step(&firsts)
}

fn is_keypad_lines(digits: &[u8]) -> bool {
    const LINES: [&[u8; 3]; 8] = [b"123", b"456", b"789", b"147", b"258", b"369", b"159", b"357"];
    let (triples, rest) = digits.as_chunks::<3>();
    let is_line = |[a, b, c]: &[u8; 3]| LINES.contains(&&[*a, *b, *c]) || LINES.contains(&&[*c, *b, *a]);
    rest.is_empty() && triples.iter().all(is_line)
}

/// Six digits that can be read as a date of birth in any of the three usual orders, or eight.
fn is_day(digits: &[u8]) -> bool {
    let number = |range: std::ops::Range<usize>| {
        digits
            .get(range)
            .unwrap_or_default()
            .iter()
            .fold(0_u32, |sum, digit| sum * 10 + u32::from(digit - b'0'))
    };
    let is_date = |day: u32, month: u32| (1..=31).contains(&day) && (1..=12).contains(&month);
    let is_year = |year: u32| (1900..2100).contains(&year);
    let (first, second, third) = (number(0..2), number(2..4), number(4..6));
    match digits.len() {
        6 => is_date(first, second) || is_date(second, first) || is_date(third, second),
        8 => {
            let fourth = number(6..8);
            is_year(number(4..8)) && (is_date(first, second) || is_date(second, first))
                || is_year(number(0..4)) && is_date(fourth, third)
        }
        _ => false,
    }
}

const LEAST_MEMORY_KIB: u32 = 19 * 1024;
const MOST_MEMORY_KIB: u32 = 1024 * 1024;
const LEAST_PASSES: u32 = 2;
const MOST_PASSES: u32 = 16;
const MOST_LANES: u32 = 4;

/// The zero of each run of ten decimal digits, ascending.
const ZEROS: [u32; 37] = [
    0x0030, 0x0660, 0x06f0, 0x07c0, 0x0966, 0x09e6, 0x0a66, 0x0ae6, 0x0b66, 0x0be6, 0x0c66, 0x0ce6, 0x0d66,
    0x0de6, 0x0e50, 0x0ed0, 0x0f20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1a80, 0x1a90, 0x1b50,
    0x1bb0, 0x1c40, 0x1c50, 0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0xff10,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stretches_as_the_published_examples() {
        // pyca/cryptography vectors KDF/argon2id.txt, counts 1 and 2.
        for (secret, expected) in [
            (&[][..], "0a34f1abde67086c82e785eaf17c68382259a264f4e61b91cd2763cb75ac189a"),
            (&[1; 32], "03aab965c12001c9d7d0d2de33192c0494b684bb148196d73c1df1acaf6d0c2e"),
        ] {
            assert_eq!(hex::encode(*stretch(secret, &[2; 16], 32, 3, 4).unwrap()), expected);
        }
    }

    #[test]
    fn digits_of_every_script_are_digits() {
        for text in ["305814", "٣٠٥٨١٤", "۳۰۵۸۱۴", "३०५८१४", "３０５８１４", "๓๐๕๘๑๔", "3٠5８१4"]
        {
            assert_eq!(*Pin::parse(text).unwrap().0, *b"305814", "{text}");
        }
        for text in
            ["30581a", "30581 4", "30581-4", "30581²", "30581Ⅳ", "30581四", "305814\n", "30581\u{200d}4"]
        {
            assert_eq!(Pin::parse(text).unwrap_err(), PinError::NotDigits, "{text}");
        }
        assert!(ZEROS.is_sorted());
        for zero in ZEROS {
            assert!((zero..zero + 10).all(|code| char::from_u32(code).unwrap().is_numeric()), "{zero:04x}");
        }
    }

    #[test]
    fn has_six_to_sixty_four_digits() {
        let digits = "3058149276".repeat(7);
        for (length, allowed) in [(0, false), (5, false), (6, true), (64, true), (65, false)] {
            assert_eq!(Pin::parse(digits.split_at(length).0).is_ok(), allowed, "{length}");
        }
        assert_eq!(Pin::parse(&"7".repeat(1 << 20)).unwrap_err(), PinError::WrongLength);
    }

    #[test]
    fn what_a_thief_tries_first_is_refused() {
        for text in [
            "000000",
            "777777",
            "121212",
            "111222",
            "122212",
            "123123",
            "123412341234",
            "123456",
            "234567",
            "890123",
            "654321",
            "135791",
            "975319",
            "112233",
            "998877",
            "0011223344",
            "123654",
            "321654",
            "147258",
            "159753",
            "789456123",
            "111111111",
            "241285",
            "122485",
            "851224",
            "24121985",
            "12241985",
            "19851224",
            "310199",
            "٢٤١٢٨٥",
        ] {
            assert_eq!(Pin::choose(text).unwrap_err(), PinError::Guessable, "{text}");
            assert!(Pin::parse(text).is_ok(), "unlocks where it was chosen before: {text}");
        }
        for text in
            ["305814", "719364", "908172", "123457", "335579", "147259", "321399", "19851324", "2713859"]
        {
            assert!(Pin::choose(text).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_slot_opens_with_the_same_pin_parameters_and_device_only() {
        let rng = &mut Rng::seeded(1);
        let (pin, device) = (Pin::parse("305814").unwrap(), DeviceSecret::from_bytes(&[1; 32]));
        let parameters = PinParameters::least(rng).unwrap();
        let key = |pin: &Pin, parameters: &PinParameters, device: &DeviceSecret| {
            *pin_slot_key(pin, parameters, device).unwrap().expose()
        };
        let good = key(&pin, &parameters, &device);
        assert_eq!(good, key(&Pin::parse("３０５８１４").unwrap(), &parameters, &device));
        assert_ne!(good, key(&Pin::parse("305815").unwrap(), &parameters, &device));
        assert_ne!(good, key(&pin, &parameters, &DeviceSecret::from_bytes(&[2; 32])));
        assert_ne!(good, key(&pin, &PinParameters::least(rng).unwrap(), &device));
        assert_ne!(good, key(&pin, &PinParameters { passes: 3, ..parameters.clone() }, &device));
        let usual = PinParameters::generate(rng).unwrap();
        assert_eq!((usual.memory_kib, usual.passes, usual.lanes), (65_536, 3, 1));
        for weakened in [
            PinParameters { memory_kib: LEAST_MEMORY_KIB - 1, ..parameters.clone() },
            PinParameters { memory_kib: MOST_MEMORY_KIB + 1, ..parameters.clone() },
            PinParameters { passes: 1, ..parameters.clone() },
            PinParameters { passes: u32::MAX, ..parameters.clone() },
            PinParameters { lanes: 0, ..parameters.clone() },
            PinParameters { lanes: 5, ..parameters.clone() },
        ] {
            let refused = pin_slot_key(&pin, &weakened, &device).unwrap_err();
            assert_eq!(refused, PinError::ParametersOutOfRange, "{weakened:?}");
        }
    }

    #[test]
    fn only_a_thread_that_asked_for_it_makes_cheap_parameters() {
        let cost = || {
            let made = PinParameters::generate(&mut Rng::seeded(1)).unwrap();
            (made.memory_kib, made.passes, made.lanes)
        };
        let cheap = std::thread::spawn(move || {
            PinParameters::cost_least_in_this_thread();
            cost()
        });
        assert_eq!((cheap.join().unwrap(), cost()), ((19_456, 2, 1), (65_536, 3, 1)));
    }

    #[test]
    fn debug_output_shows_no_digit() {
        assert_eq!(format!("{:?}", Pin::parse("305814").unwrap()), "Pin(..)");
    }
}
