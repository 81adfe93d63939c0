//! What a FHIR server says that it can do, at `/metadata`.

use std::collections::BTreeMap;

use serde::Deserialize;

/// As much of a CapabilityStatement as is looked at.
#[derive(Debug, Default, Deserialize)]
pub(crate) struct CapabilityStatement {
    #[serde(default)]
    rest: Vec<Rest>,
}

#[derive(Debug, Deserialize)]
struct Rest {
    security: Option<Security>,
    #[serde(default)]
    resource: Vec<Resource>,
}

#[derive(Debug, Deserialize)]
struct Security {
    #[serde(default)]
    extension: Vec<Extension>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Extension {
    url: String,
    value_uri: Option<String>,
    #[serde(default)]
    extension: Vec<Extension>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    #[serde(rename = "type")]
    resource_type: String,
    #[serde(default)]
    search_param: Vec<SearchParameter>,
}

#[derive(Debug, Deserialize)]
struct SearchParameter {
    name: String,
}

/// Which types a server has, and which of them it searches by the time of their last change.
#[derive(Debug, Eq, PartialEq)]
pub(crate) struct Offered(BTreeMap<String, bool>);

impl CapabilityStatement {
    /// One of the addresses of SMART 1 (`authorize`, `token`, `revoke`).
    pub(crate) fn oauth_uri(&self, name: &str) -> Option<&str> {
        let securities = self.rest.iter().filter_map(|rest| rest.security.as_ref());
        let outer = securities.flat_map(|security| &security.extension);
        let inner = outer.filter(|extension| extension.url == OAUTH_URIS).flat_map(|outer| &outer.extension);
        let mut named = inner.filter(|extension| extension.url == name);
        named.next()?.value_uri.as_deref()
    }

    pub(crate) fn offered(&self) -> Offered {
        let resources = self.rest.iter().flat_map(|rest| &rest.resource);
        let is_dated = |resource: &Resource| {
            resource.search_param.iter().any(|parameter| parameter.name == "_lastUpdated")
        };
        let offered = resources.map(|resource| (resource.resource_type.clone(), is_dated(resource)));
        Offered(offered.collect())
    }
}

impl Offered {
    /// Whether the server has this type; who lists none is asked for each.
    pub(crate) fn has(&self, resource_type: &str) -> bool {
        self.0.is_empty() || self.0.contains_key(resource_type)
    }

    /// Whether this type is searched by the time of its last change.
    pub(crate) fn is_dated(&self, resource_type: &str) -> bool {
        self.0.get(resource_type).is_some_and(|is_dated| *is_dated)
    }
}

const OAUTH_URIS: &str = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris";
