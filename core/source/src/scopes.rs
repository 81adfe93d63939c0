//! SMART scopes: which are asked for, and which types of records those that were granted open.

use std::fmt;

use crate::resource_types::{PATIENT, SEARCHED};

/// Scopes, as one text with spaces between them (RFC 6749 §3.3).
///
/// Only what reads the patient's own records counts: `patient/TYPE.rs` (SMART 2) and `patient/TYPE.read` (SMART 1), with
/// `*` for every type. What a server grants beyond, or for a whole clinic, opens nothing here.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Scopes(String);

/// How a server writes what may be read.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum ScopeForm {
    /// `patient/Observation.read`.
    V1,
    /// `patient/Observation.rs`.
    V2,
}

impl Scopes {
    /// Takes the text of an answer or of the store.
    pub fn parse(text: &str) -> Self {
        Self(text.split_ascii_whitespace().collect::<Vec<_>>().join(" "))
    }

    /// What is asked of a server that supports these, or does not say which.
    pub(crate) fn asked(form: ScopeForm, supported: Option<&[String]>) -> Self {
        let suffix = match form {
            ScopeForm::V1 => "read",
            ScopeForm::V2 => "rs",
        };
        let is_supported = |scope: &String| supported.is_none_or(|all| all.contains(scope));
        let every = format!("patient/*.{suffix}");
        let types = || {
            let all = [PATIENT].iter().chain(SEARCHED).map(|name| format!("patient/{name}.{suffix}"));
            all.filter(is_supported).collect::<Vec<_>>()
        };
        let mut asked = vec!["launch/patient".to_owned()];
        asked.extend(Some("offline_access".to_owned()).filter(is_supported));
        match Some(types()).filter(|types| !types.is_empty() && !is_supported(&every)) {
            Some(types) => asked.extend(types),
            None => asked.push(every),
        }
        Self(asked.join(" "))
    }

    /// Whether the records of this type may be read and searched for.
    pub fn opens(&self, resource_type: &str) -> bool {
        self.0.split(' ').filter_map(readable_type).any(|name| name == resource_type || name == "*")
    }

    /// The types of records that these scopes open, the patient's own first, then sorted.
    pub fn types(&self) -> Vec<&'static str> {
        [PATIENT].iter().chain(SEARCHED).copied().filter(|name| self.opens(name)).collect()
    }

    /// The types of records that these scopes open and `granted` does not.
    pub fn refused(&self, granted: &Self) -> Vec<&'static str> {
        self.types().into_iter().filter(|name| !granted.opens(name)).collect()
    }
}

impl fmt::Display for Scopes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The type that a scope opens for reading and searching; what it is limited to stands behind a `?` and is the server's
/// to hold to.
fn readable_type(scope: &str) -> Option<&str> {
    let (resource_type, permission) = scope.strip_prefix("patient/")?.split_once('.')?;
    let permission = permission.split('?').next()?;
    let is_v2 = || {
        let mut rest = "cruds".chars();
        let is_in_order = permission.chars().all(|letter| rest.any(|next| next == letter));
        is_in_order && permission.contains('r') && permission.contains('s')
    };
    let opens = matches!(permission, "read" | "*") || is_v2();
    opens.then_some(resource_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_reads_and_searches_the_patients_own_counts_and_nothing_else() {
        for (scope, opened) in [
            ("patient/Observation.rs", Some("Observation")),
            ("patient/Observation.cruds", Some("Observation")),
            ("patient/*.rs", Some("*")),
            ("patient/*.read", Some("*")),
            ("patient/Condition.*", Some("Condition")),
            ("patient/Observation.rs?category=laboratory", Some("Observation")),
            ("patient/Observation.r", None),
            ("patient/Observation.s", None),
            ("patient/Observation.sr", None),
            ("patient/Observation.rsx", None),
            ("patient/Observation.write", None),
            ("patient/Observation", None),
            ("user/Observation.rs", None),
            ("system/*.rs", None),
            ("launch/patient", None),
            ("", None),
        ] {
            assert_eq!(readable_type(scope), opened, "{scope}");
        }
    }

    #[test]
    fn what_is_asked_is_what_the_server_supports() {
        let asked = |form, supported: &[&str]| {
            let supported: Vec<String> = supported.iter().map(|scope| (*scope).to_owned()).collect();
            Scopes::asked(form, Some(&supported)).to_string()
        };
        assert_eq!(
            Scopes::asked(ScopeForm::V1, None).to_string(),
            "launch/patient offline_access patient/*.read"
        );
        assert_eq!(
            asked(
                ScopeForm::V2,
                &["patient/Patient.rs", "patient/Goal.rs", "user/Flag.rs", "offline_access"]
            ),
            "launch/patient offline_access patient/Patient.rs patient/Goal.rs"
        );
        assert_eq!(
            asked(ScopeForm::V2, &["openid", "patient/*.rs", "patient/Goal.rs"]),
            "launch/patient patient/*.rs"
        );
        assert_eq!(asked(ScopeForm::V2, &["openid"]), "launch/patient patient/*.rs");
    }

    #[test]
    fn what_was_not_granted_is_named() {
        let asked = Scopes::parse("patient/*.rs");
        let granted = Scopes::parse(" patient/Patient.rs   patient/Goal.read system/*.rs ");
        assert_eq!(granted.types(), ["Patient", "Goal"]);
        let refused = asked.refused(&granted);
        assert_eq!(refused.len(), SEARCHED.len() - 1);
        assert!(!refused.contains(&"Goal") && refused.contains(&"Observation"));
    }
}
