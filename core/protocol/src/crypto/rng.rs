//! Where randomness comes from: the operating system, or in tests a given sequence.

use super::CryptoError;

/// A source of randomness. There is no fallback: what fails here fails the operation.
pub struct Rng {
    source: Source,
}

enum Source {
    System,
    #[cfg(any(test, feature = "testing"))]
    Scripted(Box<Script>),
}

#[cfg(any(test, feature = "testing"))]
type Script = dyn FnMut(&mut [u8]) -> Result<(), CryptoError> + Send;

impl Rng {
    /// The operating system's generator.
    pub const fn system() -> Self {
        Self { source: Source::System }
    }

    /// A source for another thread: the system's own, or a sequence that follows from this one.
    ///
    /// # Errors
    /// As [`Rng::fill`].
    pub fn fork(&mut self) -> Result<Self, CryptoError> {
        match &mut self.source {
            Source::System => Ok(Self::system()),
            #[cfg(any(test, feature = "testing"))]
            Source::Scripted(_) => Ok(Self::seeded(u64::from_be_bytes(self.array()?))),
        }
    }

    /// The same bytes for the same seed: SHA-256 of seed and counter. Never for real keys.
    #[cfg(any(test, feature = "testing"))]
    pub fn seeded(seed: u64) -> Self {
        let mut counter = 0_u64;
        let mut block: Vec<u8> = Vec::new();
        Self::scripted(move |bytes| {
            for byte in bytes {
                *byte = match block.pop() {
                    Some(byte) => byte,
                    None => {
                        counter += 1;
                        let next = super::sha256_parts(&[&seed.to_be_bytes(), &counter.to_be_bytes()]);
                        block.extend(&next[1..]);
                        next[0]
                    }
                };
            }
            Ok(())
        })
    }

    /// Whatever `source` fills in: broken generators, published examples.
    #[cfg(any(test, feature = "testing"))]
    pub fn scripted(source: impl FnMut(&mut [u8]) -> Result<(), CryptoError> + Send + 'static) -> Self {
        Self { source: Source::Scripted(Box::new(source)) }
    }

    /// Fills `bytes` with randomness.
    ///
    /// # Errors
    /// [`CryptoError::EntropyFailure`] if the source fails, or if 16 bytes or more come out all the
    /// same, as broken sources give and sound ones give once in 2¹²⁰ times.
    pub fn fill(&mut self, bytes: &mut [u8]) -> Result<(), CryptoError> {
        match &mut self.source {
            Source::System => getrandom::fill(bytes).map_err(|_| CryptoError::EntropyFailure)?,
            #[cfg(any(test, feature = "testing"))]
            Source::Scripted(source) => source(bytes)?,
        }
        let constant = bytes.windows(2).all(|pair| matches!(pair, [a, b] if a == b));
        if bytes.len() >= 16 && constant { Err(CryptoError::EntropyFailure) } else { Ok(()) }
    }

    /// A fresh array of random bytes.
    ///
    /// # Errors
    /// As [`Rng::fill`].
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], CryptoError> {
        let mut bytes = [0; N];
        self.fill(&mut bytes)?;
        Ok(bytes)
    }
}

impl std::fmt::Debug for Rng {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Rng(..)")
    }
}
