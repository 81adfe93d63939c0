//! SQLCipher's crypto provider over aes, cbc, hmac, sha2, pbkdf2, getrandom. Layout: `struct sqlcipher_provider`
//! of SQLCipher 4.19 and 4.20 (18 pointers). Chosen at build time by
//! `LIBSQLITE3_FLAGS=-DSQLCIPHER_CRYPTO_CUSTOM=keepwell_sqlcipher_setup`.
//! Only HMAC-SHA256 and -SHA512: SHA-1 (old files) is refused.
#![allow(unsafe_code, missing_docs, reason = "skeleton")]
#![deny(unsafe_op_in_unsafe_fn)]

use aes::cipher::{BlockModeDecrypt, BlockModeEncrypt, InnerIvInit, KeyInit};
use hmac::{Hmac, Mac};
use std::ffi::{c_char, c_int, c_void};
use std::{ptr, slice};
use zeroize::Zeroizing;

const OK: c_int = 0;
const ERROR: c_int = 1;
const SHA256: c_int = 1; // SQLCIPHER_HMAC_SHA256 and SQLCIPHER_PBKDF2_HMAC_SHA256
const SHA512: c_int = 2;
const ENCRYPT: c_int = 1; // CIPHER_ENCRYPT; CIPHER_DECRYPT is 0

type In = *const u8;

#[repr(C)]
pub struct Provider {
    init: Option<extern "C" fn() -> c_int>,
    shutdown: Option<extern "C" fn()>,
    name: extern "C" fn(*mut c_void) -> *const c_char,
    add_random: extern "C" fn(*mut c_void, *const c_void, c_int) -> c_int,
    random: unsafe extern "C" fn(*mut c_void, *mut c_void, c_int) -> c_int,
    hmac: unsafe extern "C" fn(*mut c_void, c_int, In, c_int, In, c_int, In, c_int, *mut u8) -> c_int,
    kdf: unsafe extern "C" fn(*mut c_void, c_int, In, c_int, In, c_int, c_int, c_int, *mut u8) -> c_int,
    cipher: unsafe extern "C" fn(*mut c_void, c_int, In, c_int, In, In, c_int, *mut u8) -> c_int,
    cipher_name: extern "C" fn(*mut c_void) -> *const c_char,
    key_size: extern "C" fn(*mut c_void) -> c_int,
    iv_size: extern "C" fn(*mut c_void) -> c_int,
    block_size: extern "C" fn(*mut c_void) -> c_int,
    hmac_size: extern "C" fn(*mut c_void, c_int) -> c_int,
    ctx_init: unsafe extern "C" fn(*mut *mut c_void) -> c_int,
    ctx_free: unsafe extern "C" fn(*mut *mut c_void) -> c_int,
    fips_status: extern "C" fn(*mut c_void) -> c_int,
    version: extern "C" fn(*mut c_void) -> *const c_char,
    next: *mut Provider,
}

/// Key schedules kept between calls: every page uses the same two keys.
#[derive(Default)]
struct Ctx {
    mac_key: Zeroizing<Vec<u8>>,
    mac: Option<Keyed>,
    aes_key: Zeroizing<Vec<u8>>,
    aes: Option<(aes::Aes256Enc, aes::Aes256Dec)>,
}

#[derive(Clone)]
enum Keyed {
    S256(Hmac<sha2::Sha256>),
    S512(Hmac<sha2::Sha512>),
}

/// # Safety: `p` is null or points to `n` readable bytes.
unsafe fn bytes<'a>(p: In, n: c_int) -> &'a [u8] {
    if p.is_null() || n <= 0 { &[] } else { unsafe { slice::from_raw_parts(p, n as usize) } }
}

/// # Safety: `ctx` is null or came from `ctx_init`.
unsafe fn with_ctx<T>(ctx: *mut c_void, f: impl FnOnce(&mut Ctx) -> T) -> T {
    match unsafe { (ctx as *mut Ctx).as_mut() } {
        Some(c) => f(c),
        None => f(&mut Ctx::default()),
    }
}

extern "C" fn name(_: *mut c_void) -> *const c_char {
    c"keepwell-rust".as_ptr()
}
extern "C" fn version(_: *mut c_void) -> *const c_char {
    c"1".as_ptr()
}
extern "C" fn add_random(_: *mut c_void, _: *const c_void, _: c_int) -> c_int {
    OK
}

unsafe extern "C" fn random(_: *mut c_void, buf: *mut c_void, n: c_int) -> c_int {
    let out = unsafe { slice::from_raw_parts_mut(buf as *mut u8, n.max(0) as usize) };
    if getrandom::fill(out).is_ok() { OK } else { ERROR }
}

unsafe extern "C" fn hmac(
    ctx: *mut c_void,
    alg: c_int,
    key: In,
    kn: c_int,
    a: In,
    an: c_int,
    b: In,
    bn: c_int,
    out: *mut u8,
) -> c_int {
    let (key, a, b) = unsafe { (bytes(key, kn), bytes(a, an), bytes(b, bn)) };
    unsafe {
        with_ctx(ctx, |c| {
            let same = *c.mac_key == key
                && matches!((&c.mac, alg), (Some(Keyed::S256(_)), SHA256) | (Some(Keyed::S512(_)), SHA512));
            if !same {
                c.mac_key = Zeroizing::new(key.to_vec());
                c.mac = match alg {
                    SHA256 => Hmac::new_from_slice(key).ok().map(Keyed::S256),
                    SHA512 => Hmac::new_from_slice(key).ok().map(Keyed::S512),
                    _ => None,
                };
            }
            match c.mac.clone() {
                Some(Keyed::S256(mut m)) => {
                    m.update(a);
                    m.update(b);
                    ptr::copy_nonoverlapping(m.finalize().into_bytes().as_ptr(), out, 32);
                    OK
                }
                Some(Keyed::S512(mut m)) => {
                    m.update(a);
                    m.update(b);
                    ptr::copy_nonoverlapping(m.finalize().into_bytes().as_ptr(), out, 64);
                    OK
                }
                None => ERROR,
            }
        })
    }
}

unsafe extern "C" fn kdf(
    _: *mut c_void,
    alg: c_int,
    pass: In,
    pn: c_int,
    salt: In,
    sn: c_int,
    rounds: c_int,
    kn: c_int,
    out: *mut u8,
) -> c_int {
    let (pass, salt) = unsafe { (bytes(pass, pn), bytes(salt, sn)) };
    let out = unsafe { slice::from_raw_parts_mut(out, kn.max(0) as usize) };
    match (alg, u32::try_from(rounds)) {
        (SHA256, Ok(r)) => pbkdf2::pbkdf2_hmac::<sha2::Sha256>(pass, salt, r, out),
        (SHA512, Ok(r)) => pbkdf2::pbkdf2_hmac::<sha2::Sha512>(pass, salt, r, out),
        _ => return ERROR,
    }
    OK
}

unsafe extern "C" fn cipher(
    ctx: *mut c_void,
    mode: c_int,
    key: In,
    kn: c_int,
    iv: In,
    input: In,
    n: c_int,
    out: *mut u8,
) -> c_int {
    let key = unsafe { bytes(key, kn) };
    if kn != 32 || n < 0 || n % 16 != 0 || iv.is_null() {
        return ERROR;
    }
    unsafe {
        with_ctx(ctx, |c| {
            if *c.aes_key != key || c.aes.is_none() {
                c.aes_key = Zeroizing::new(key.to_vec());
                c.aes =
                    aes::Aes256Enc::new_from_slice(key).ok().zip(aes::Aes256Dec::new_from_slice(key).ok());
            }
            let Some((enc, dec)) = &c.aes else { return ERROR };
            let iv: [u8; 16] = *(iv as *const [u8; 16]);
            ptr::copy(input, out, n as usize); // may be the same buffer
            let blocks = slice::from_raw_parts_mut(out as *mut aes::Block, n as usize / 16);
            if mode == ENCRYPT {
                cbc::Encryptor::inner_iv_init(enc.clone(), &iv.into()).encrypt_blocks(blocks)
            } else {
                cbc::Decryptor::inner_iv_init(dec.clone(), &iv.into()).decrypt_blocks(blocks)
            }
            OK
        })
    }
}

extern "C" fn cipher_name(_: *mut c_void) -> *const c_char {
    c"aes-256-cbc".as_ptr()
}
extern "C" fn key_size(_: *mut c_void) -> c_int {
    32
}
extern "C" fn block(_: *mut c_void) -> c_int {
    16
}
extern "C" fn hmac_size(_: *mut c_void, alg: c_int) -> c_int {
    match alg {
        0 => 20,
        SHA256 => 32,
        SHA512 => 64,
        _ => 0,
    }
}
extern "C" fn fips_status(_: *mut c_void) -> c_int {
    0
}

unsafe extern "C" fn ctx_init(ctx: *mut *mut c_void) -> c_int {
    unsafe { *ctx = Box::into_raw(Box::<Ctx>::default()) as *mut c_void };
    OK
}

unsafe extern "C" fn ctx_free(ctx: *mut *mut c_void) -> c_int {
    unsafe {
        if !(*ctx).is_null() {
            drop(Box::from_raw(*ctx as *mut Ctx));
            *ctx = ptr::null_mut();
        }
    }
    OK
}

/// Called by SQLCipher's start-up with memory for one provider.
///
/// # Safety
/// `p` points to writable memory of the size of `struct sqlcipher_provider`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn keepwell_sqlcipher_setup(p: *mut Provider) -> c_int {
    let provider = Provider {
        init: None,
        shutdown: None,
        name,
        add_random,
        random,
        hmac,
        kdf,
        cipher,
        cipher_name,
        key_size,
        iv_size: block,
        block_size: block,
        hmac_size,
        ctx_init,
        ctx_free,
        fips_status,
        version,
        next: ptr::null_mut(),
    };
    unsafe { p.write(provider) };
    OK
}
