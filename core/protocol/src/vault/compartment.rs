//! Which compartments there are, by label.

use std::fmt;

use crate::domain::{Category, GrantId};

/// A set of records readable with one epoch key.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Compartment {
    /// Everything of one category, and what it refers to that is about no patient.
    Category(Category),
    /// What one grant with a finer scope covers.
    Grant(GrantId),
    /// The wallet's own state; nobody else ever holds its key.
    Own,
}

impl Compartment {
    /// Reads a label back.
    ///
    /// ```
    /// use keepwell_protocol::domain::Category;
    /// use keepwell_protocol::vault::Compartment;
    ///
    /// let allergies = Compartment::Category(Category::Allergies);
    /// assert_eq!(Compartment::parse("category/allergies"), Some(allergies));
    /// assert_eq!(Compartment::parse("category/unknown"), None);
    /// ```
    pub fn parse(label: &str) -> Option<Self> {
        if label == "self" {
            return Some(Self::Own);
        }
        if let Some(name) = label.strip_prefix("category/") {
            return Category::parse(name).ok().map(Self::Category);
        }
        GrantId::parse(label.strip_prefix("grant/")?).ok().map(Self::Grant)
    }
}

/// The label from which its id and signing key are derived: `category/<name>`, `grant/<hex>`, `self`.
impl fmt::Display for Compartment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Category(category) => write!(f, "category/{category}"),
            Self::Grant(grant) => write!(f, "grant/{grant}"),
            Self::Own => f.write_str("self"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_read_back() {
        for compartment in [
            Compartment::Own,
            Compartment::Category(Category::FamilyHistory),
            Compartment::Grant(GrantId::from_bytes([7; 32])),
        ] {
            assert_eq!(Compartment::parse(&compartment.to_string()), Some(compartment));
        }
        for bad in ["", "self/", "category/", "category/all", "grant/00", "emergency/x"] {
            assert_eq!(Compartment::parse(bad), None, "{bad}");
        }
    }
}
