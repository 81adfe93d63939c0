//! The HTTP client of every party: limits, timeouts, bundled roots.
