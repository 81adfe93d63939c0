//! The C interface: SQLCipher's table of functions, each a thin shell around `schedule`.
//!
//! Layout: `struct sqlcipher_provider` of SQLCipher 4.19 and 4.20, eighteen pointers. A null
//! pointer or a length that makes no sense is answered with an error, never read or written.

#![expect(unsafe_code, reason = "SQLCipher is C: it calls these functions with raw pointers")]

use crate::schedule::{BLOCK_LEN, Direction, Hash, Refused, Schedules, derive};
use std::ffi::{c_char, c_int, c_void};
use std::{ptr, slice};

/// The table of functions through which SQLCipher calls a cipher: its `struct sqlcipher_provider`.
#[repr(C)]
#[derive(Debug)]
pub struct Provider {
    init: Option<extern "C" fn() -> c_int>,
    shutdown: Option<extern "C" fn()>,
    provider_name: extern "C" fn(*mut c_void) -> *const c_char,
    add_random: extern "C" fn(*mut c_void, *const c_void, c_int) -> c_int,
    random: unsafe extern "C" fn(*mut c_void, *mut c_void, c_int) -> c_int,
    hmac: Authenticate,
    kdf: Derive,
    cipher: Apply,
    cipher_name: extern "C" fn(*mut c_void) -> *const c_char,
    key_size: extern "C" fn(*mut c_void) -> c_int,
    iv_size: extern "C" fn(*mut c_void) -> c_int,
    block_size: extern "C" fn(*mut c_void) -> c_int,
    hmac_size: extern "C" fn(*mut c_void, c_int) -> c_int,
    context_init: unsafe extern "C" fn(*mut *mut c_void) -> c_int,
    context_free: unsafe extern "C" fn(*mut *mut c_void) -> c_int,
    fips_status: extern "C" fn(*mut c_void) -> c_int,
    provider_version: extern "C" fn(*mut c_void) -> *const c_char,
    next: *mut Provider,
}

type Bytes = *const u8;
/// (context, algorithm, key, its length, first part, its length, second part, its length, tag)
type Authenticate =
    unsafe extern "C" fn(*mut c_void, c_int, Bytes, c_int, Bytes, c_int, Bytes, c_int, *mut u8) -> c_int;
/// (context, algorithm, passphrase, its length, salt, its length, rounds, length of the key, key)
type Derive =
    unsafe extern "C" fn(*mut c_void, c_int, Bytes, c_int, Bytes, c_int, c_int, c_int, *mut u8) -> c_int;
/// (context, direction, key, its length, initial vector, input, its length, output)
type Apply = unsafe extern "C" fn(*mut c_void, c_int, Bytes, c_int, Bytes, Bytes, c_int, *mut u8) -> c_int;

/// Hands SQLCipher the provider.
///
/// SQLCipher calls it when SQLite is initialised; nothing else needs to.
///
/// # Safety
/// `provider` is null or points to writable memory of the size of `struct sqlcipher_provider`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn keepwell_sqlcipher_setup(provider: *mut Provider) -> c_int {
    if provider.is_null() {
        return SQLITE_ERROR;
    }
    // SAFETY: not null, and the caller vouches for its size. `write` drops nothing, so the memory
    // may be uninitialised.
    unsafe {
        provider.write(Provider {
            init: None,
            shutdown: None,
            provider_name,
            add_random,
            random,
            hmac,
            kdf,
            cipher,
            cipher_name,
            key_size,
            iv_size: block_size,
            block_size,
            hmac_size,
            context_init,
            context_free,
            fips_status,
            provider_version,
            next: ptr::null_mut(),
        });
    }
    SQLITE_OK
}

/// Takes what SQLCipher would have called when the process ends, and never calls it; answers 0, as `atexit`.
///
/// It is compiled with this name for `atexit` (see `.cargo/config.toml`). Its handler frees what threads in
/// the middle of a database are using, and nothing tells them to stop: SQLite has to be kept as it is until
/// the process is gone, which loses nothing, because whatever was committed is on the disk.
#[unsafe(no_mangle)]
pub extern "C" fn keepwell_sqlcipher_at_exit(_: Option<extern "C" fn()>) -> c_int {
    SQLITE_OK
}

extern "C" fn provider_name(_: *mut c_void) -> *const c_char {
    c"keepwell-rust".as_ptr()
}

extern "C" fn provider_version(_: *mut c_void) -> *const c_char {
    c"1".as_ptr()
}

extern "C" fn cipher_name(_: *mut c_void) -> *const c_char {
    c"aes-256-cbc".as_ptr()
}

extern "C" fn key_size(_: *mut c_void) -> c_int {
    32
}

extern "C" fn block_size(_: *mut c_void) -> c_int {
    16
}

extern "C" fn hmac_size(_: *mut c_void, algorithm: c_int) -> c_int {
    // SQLCipher sizes the reserved bytes of a page by this before it ever computes a tag.
    match algorithm {
        0 => 20,
        1 => 32,
        2 => 64,
        _ => 0,
    }
}

extern "C" fn fips_status(_: *mut c_void) -> c_int {
    0
}

/// Takes no notice: the operating system's generator needs no help.
extern "C" fn add_random(_: *mut c_void, _: *const c_void, _: c_int) -> c_int {
    SQLITE_OK
}

/// # Safety
/// `out` is null or points to `len` writable bytes.
unsafe extern "C" fn random(_: *mut c_void, out: *mut c_void, len: c_int) -> c_int {
    let Some(len) = length(len).filter(|_| !out.is_null()) else { return SQLITE_ERROR };
    // The memory may be uninitialised, so it is zeroed before a reference to it is made.
    // SAFETY: not null, and the caller vouches for `len` writable bytes that nobody else holds.
    let out = unsafe {
        out.cast::<u8>().write_bytes(0, len);
        slice::from_raw_parts_mut(out.cast::<u8>(), len)
    };
    if getrandom::fill(out).is_ok() { SQLITE_OK } else { SQLITE_ERROR }
}

/// # Safety
/// `context` is null or from `context_init` and not in use elsewhere; each input is null or points
/// to as many readable bytes as the length behind it; `out` points to as many writable bytes as the
/// algorithm's tag has.
unsafe extern "C" fn hmac(
    context: *mut c_void,
    algorithm: c_int,
    key: Bytes,
    key_len: c_int,
    first: Bytes,
    first_len: c_int,
    second: Bytes,
    second_len: c_int,
    out: *mut u8,
) -> c_int {
    let Some(hash) = hash(algorithm).filter(|_| !out.is_null()) else { return SQLITE_ERROR };
    // SAFETY: the caller vouches for the three inputs.
    let (key, parts) = unsafe { (read(key, key_len), [read(first, first_len), read(second, second_len)]) };
    // SAFETY: the caller vouches for the context.
    match unsafe { with_context(context, |schedules| schedules.authenticate(hash, key, parts)) } {
        Ok(tag) => {
            // SAFETY: `tag` has 64 bytes, at least `hash.len()`; `out` has as many, not in `tag`,
            // which is on this stack frame.
            unsafe { ptr::copy_nonoverlapping(tag.as_ptr(), out, hash.len()) };
            SQLITE_OK
        }
        Err(Refused) => SQLITE_ERROR,
    }
}

/// # Safety
/// Passphrase and salt are null or point to as many readable bytes as the length behind them; `out`
/// is null or points to `out_len` writable bytes that overlap neither.
unsafe extern "C" fn kdf(
    _: *mut c_void,
    algorithm: c_int,
    passphrase: Bytes,
    passphrase_len: c_int,
    salt: Bytes,
    salt_len: c_int,
    rounds: c_int,
    out_len: c_int,
    out: *mut u8,
) -> c_int {
    let (Some(hash), Ok(rounds), Some(out_len), false) =
        (hash(algorithm), u32::try_from(rounds), length(out_len), out.is_null())
    else {
        return SQLITE_ERROR;
    };
    // SAFETY: the caller vouches for both inputs.
    let (passphrase, salt) = unsafe { (read(passphrase, passphrase_len), read(salt, salt_len)) };
    // SAFETY: not null, and the caller vouches for `out_len` bytes apart from the inputs; zeroed
    // first, because they may be uninitialised.
    let out = unsafe {
        out.write_bytes(0, out_len);
        slice::from_raw_parts_mut(out, out_len)
    };
    derive(hash, passphrase, salt, rounds, out);
    SQLITE_OK
}

/// # Safety
/// `context` is null or from `context_init` and not in use elsewhere; `key` is null or points to
/// `key_len` readable bytes, `iv` is null or points to 16, `input` to `len`; `out` points to `len`
/// writable bytes, which may be the input's but not the key's or the vector's.
unsafe extern "C" fn cipher(
    context: *mut c_void,
    direction: c_int,
    key: Bytes,
    key_len: c_int,
    iv: Bytes,
    input: Bytes,
    len: c_int,
    out: *mut u8,
) -> c_int {
    let Some(len) = length(len).filter(|len| len % BLOCK_LEN == 0) else { return SQLITE_ERROR };
    if iv.is_null() || input.is_null() || out.is_null() {
        return SQLITE_ERROR;
    }
    let direction = match direction {
        0 => Direction::Decrypt,
        1 => Direction::Encrypt,
        _ => return SQLITE_ERROR,
    };
    // SAFETY: the caller vouches for the key.
    let key = unsafe { read(key, key_len) };
    // SAFETY: not null, the caller vouches for 16 bytes, and an array of bytes has no alignment.
    let iv = unsafe { iv.cast::<[u8; BLOCK_LEN]>().read() };
    // SAFETY: `copy` allows that input and output are the same memory; no reference to the input is
    // made, so the one to the output is the only one. A block is an array of 16 bytes without
    // alignment, and `len` is a multiple of 16, so the slice covers exactly `len` bytes.
    let blocks = unsafe {
        ptr::copy(input, out, len);
        slice::from_raw_parts_mut(out.cast::<aes::Block>(), len / BLOCK_LEN)
    };
    // SAFETY: the caller vouches for the context.
    match unsafe { with_context(context, |schedules| schedules.apply(direction, key, &iv, blocks)) } {
        Ok(()) => SQLITE_OK,
        Err(Refused) => SQLITE_ERROR,
    }
}

/// # Safety
/// `context` is null or points to a writable pointer.
unsafe extern "C" fn context_init(context: *mut *mut c_void) -> c_int {
    if context.is_null() {
        return SQLITE_ERROR;
    }
    // SAFETY: not null, and the caller vouches that it may be written.
    unsafe { context.write(Box::into_raw(Box::<Schedules>::default()).cast()) };
    SQLITE_OK
}

/// # Safety
/// `context` is null or points to null or to what `context_init` wrote, which is not used again.
unsafe extern "C" fn context_free(context: *mut *mut c_void) -> c_int {
    // SAFETY: the caller vouches that it is null or a valid place.
    let Some(place) = (unsafe { context.as_mut() }) else { return SQLITE_OK };
    let schedules = std::mem::replace(place, ptr::null_mut()).cast::<Schedules>();
    if !schedules.is_null() {
        // SAFETY: `context_init` made it with `Box::into_raw`, and the place is null from now on,
        // so it is freed once.
        drop(unsafe { Box::from_raw(schedules) });
    }
    SQLITE_OK
}

/// Runs `work` on the schedules of a connection, or on new ones where SQLCipher has no connection.
///
/// # Safety
/// `context` is null or from `context_init`, and nobody else uses it during the call (SQLCipher
/// calls a provider under the connection's mutex).
unsafe fn with_context<T>(context: *mut c_void, work: impl FnOnce(&mut Schedules) -> T) -> T {
    // SAFETY: see above.
    match unsafe { context.cast::<Schedules>().as_mut() } {
        Some(schedules) => work(schedules),
        None => work(&mut Schedules::default()),
    }
}

/// # Safety
/// `bytes` is null or points to `len` readable bytes that stay as they are while the slice is used.
unsafe fn read<'a>(bytes: Bytes, len: c_int) -> &'a [u8] {
    match length(len) {
        // SAFETY: not null, and the caller vouches for the length.
        Some(len) if !bytes.is_null() => unsafe { slice::from_raw_parts(bytes, len) },
        _ => &[],
    }
}

fn length(len: c_int) -> Option<usize> {
    usize::try_from(len).ok()
}

/// `SQLCIPHER_HMAC_SHA256` and `SQLCIPHER_PBKDF2_HMAC_SHA256` are both 1, those of SHA-512 both 2.
fn hash(algorithm: c_int) -> Option<Hash> {
    match algorithm {
        1 => Some(Hash::Sha256),
        2 => Some(Hash::Sha512),
        _ => None,
    }
}

const SQLITE_OK: c_int = 0;
const SQLITE_ERROR: c_int = 1;

#[cfg(test)]
mod tests {
    use super::*;
    use std::mem::MaybeUninit;

    fn provider() -> Provider {
        let mut place = MaybeUninit::uninit();
        // SAFETY: the place has the size of a provider, and the function has written it.
        unsafe {
            assert_eq!(keepwell_sqlcipher_setup(place.as_mut_ptr()), SQLITE_OK);
            place.assume_init()
        }
    }

    #[test]
    fn the_table_is_eighteen_pointers_and_names_the_sizes_of_aes_256() {
        assert_eq!(size_of::<Provider>(), 18 * size_of::<usize>());
        let provider = provider();
        assert_eq!((provider.key_size)(ptr::null_mut()), 32);
        assert_eq!((provider.iv_size)(ptr::null_mut()), 16);
        assert_eq!((provider.block_size)(ptr::null_mut()), 16);
        assert_eq!((provider.hmac_size)(ptr::null_mut(), 1), 32);
        assert!(provider.next.is_null());
    }

    #[test]
    fn encrypts_in_place_and_into_another_buffer_alike() {
        let provider = provider();
        let (key, iv, plain) = ([3_u8; 32], [4_u8; 16], [5_u8; 4096]);
        let mut context = ptr::null_mut();
        let (mut apart, mut in_place) = ([0_u8; 4096], plain);
        // SAFETY: every pointer is to an array of the length said.
        unsafe {
            assert_eq!((provider.context_init)(&raw mut context), SQLITE_OK);
            let run = |direction, input: *const u8, out: *mut u8| {
                (provider.cipher)(context, direction, key.as_ptr(), 32, iv.as_ptr(), input, 4096, out)
            };
            assert_eq!(run(1, plain.as_ptr(), apart.as_mut_ptr()), SQLITE_OK);
            let pointer = in_place.as_mut_ptr();
            assert_eq!(run(1, pointer, pointer), SQLITE_OK);
            assert_eq!(apart, in_place);
            assert_ne!(apart, plain);
            assert_eq!(run(0, pointer, pointer), SQLITE_OK);
            assert_eq!((provider.context_free)(&raw mut context), SQLITE_OK);
            assert!(context.is_null());
            assert_eq!((provider.context_free)(&raw mut context), SQLITE_OK);
        }
        assert_eq!(in_place, plain);
    }

    #[test]
    fn refuses_what_it_cannot_do_without_touching_the_output() {
        let provider = provider();
        let (key, iv) = ([3_u8; 32], [4_u8; 16]);
        let mut out = [9_u8; 64];
        let (key_at, iv_at, out_at) = (key.as_ptr(), iv.as_ptr(), out.as_mut_ptr());
        let none = ptr::null_mut();
        // SAFETY: every pointer is null or to an array of at least the length said.
        unsafe {
            for (direction, iv, len) in
                [(1, iv_at, 15), (1, iv_at, -16), (2, iv_at, 16), (1, ptr::null(), 16)]
            {
                let answer = (provider.cipher)(none, direction, key_at, 32, iv, out_at, len, out_at);
                assert_eq!(answer, SQLITE_ERROR);
            }
            for algorithm in [0, 3, -1] {
                let answer = (provider.hmac)(none, algorithm, key_at, 32, key_at, 32, ptr::null(), 0, out_at);
                assert_eq!(answer, SQLITE_ERROR);
                let answer = (provider.kdf)(none, algorithm, key_at, 32, key_at, 16, 2, 32, out_at);
                assert_eq!(answer, SQLITE_ERROR);
            }
            assert_eq!((provider.random)(none, ptr::null_mut(), 16), SQLITE_ERROR);
            assert_eq!((provider.random)(none, out_at.cast(), -1), SQLITE_ERROR);
            assert_eq!(keepwell_sqlcipher_setup(ptr::null_mut()), SQLITE_ERROR);
        }
        assert_eq!(out, [9; 64]);
        // SAFETY: 64 writable bytes.
        assert_eq!(unsafe { (provider.random)(none, out.as_mut_ptr().cast(), 64) }, SQLITE_OK);
        assert_ne!(out, [9; 64]);
    }
}
