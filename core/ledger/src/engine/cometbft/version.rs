//! Which CometBFT this application goes with.

use std::fmt;
use std::str::FromStr;

/// A version as CometBFT tells it.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CometbftVersion {
    series: CometbftSeries,
    patch: u32,
}

/// The first two numbers of a version. Those of other series count votes otherwise, so that an authority with another
/// one leaves its network: 0.40 takes no vote for nothing into the time of a block, 0.38 does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct CometbftSeries {
    major: u32,
    minor: u32,
}

/// The text is not of the form `0.38`.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("a series is the first two numbers of a version, such as 0.38")]
pub struct BadSeries;

impl CometbftVersion {
    /// Parses what `cometbft version` prints and what CometBFT says of itself: three numbers, and what was built after
    /// a `+` or `-`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let numbers = text.trim().split(['+', '-']).next()?;
        let (series, patch) = numbers.rsplit_once('.')?;
        Some(Self { series: series.parse().ok()?, patch: patch.parse().ok()? })
    }
}

impl CometbftSeries {
    /// The one that networks are made for.
    pub const OURS: Self = Self { major: 0, minor: 38 };

    pub(super) fn contains(self, version: CometbftVersion) -> bool {
        version.series == self
    }
}

impl FromStr for CometbftSeries {
    type Err = BadSeries;

    fn from_str(text: &str) -> Result<Self, BadSeries> {
        let (major, minor) = text.split_once('.').ok_or(BadSeries)?;
        let number = |text: &str| text.parse().map_err(|_| BadSeries);
        Ok(Self { major: number(major)?, minor: number(minor)? })
    }
}

impl fmt::Display for CometbftSeries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl fmt::Display for CometbftVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.series, self.patch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_versions_of_its_own_series_are_in_it() {
        for ours in ["0.38.25", "0.38.0\n", "0.38.26+4fd8bd2", "0.38.1-rc1"] {
            assert!(CometbftSeries::OURS.contains(CometbftVersion::parse(ours).unwrap()), "{ours}");
        }
        for other in ["0.37.38", "0.39.0", "0.380.1", "1.0.38", "38.0.38"] {
            assert!(!CometbftSeries::OURS.contains(CometbftVersion::parse(other).unwrap()), "{other}");
        }
        for none in ["", "0.38", "v0.38.25", "0.38.25.1", "0.38.x", "-0.38.1", "usage: true"] {
            assert_eq!(CometbftVersion::parse(none), None, "{none}");
        }
        assert_eq!("0.39".parse::<CometbftSeries>().unwrap().to_string(), "0.39");
        assert_eq!("0.39.4".parse::<CometbftSeries>(), Err(BadSeries));
    }
}
