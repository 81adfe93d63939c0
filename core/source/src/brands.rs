//! Lists of who has a server: bundles of SMART User-access Brands (SMART App Launch 2.2 §8), as large vendors publish them.

use std::collections::BTreeMap;
use std::io::Read;
use std::ops::ControlFlow;

use keepwell_net::Reach;
use keepwell_protocol::formats::fhir::{self, Event, Limits, ReadError};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::address::FhirBase;

/// A clinic, or a place of one, with its server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Brand {
    /// What it is called.
    pub name: String,
    /// What else it is called.
    pub aliases: Vec<String>,
    /// Where it is: city, state, postal code, country, as far as they are written; of each address.
    pub places: Vec<String>,
    /// The base address of its FHIR server.
    pub address: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Head {
    resource_type: String,
    id: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Organization {
    active: Option<bool>,
    name: Option<String>,
    #[serde(default)]
    alias: Vec<String>,
    #[serde(default)]
    address: Vec<Address>,
    #[serde(default)]
    endpoint: Vec<Reference>,
    part_of: Option<Reference>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Address {
    city: Option<String>,
    state: Option<String>,
    postal_code: Option<String>,
    country: Option<String>,
}

#[derive(Deserialize)]
struct Reference {
    reference: Option<String>,
}

#[derive(Deserialize)]
struct Endpoint {
    status: Option<String>,
    address: String,
    #[serde(default)]
    extension: Vec<Extension>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Extension {
    url: String,
    value_code: Option<String>,
    #[serde(flatten)]
    _rest: IgnoredAny,
}

/// A server of a list.
struct Server {
    address: String,
    /// What is said of its versions of FHIR.
    versions: Vec<String>,
}

/// Reads a list. What is no clinic with a server that may be contacted is left out.
///
/// # Errors
/// [`ReadError`] if it can't be read to its end.
pub fn read_brands(source: impl Read) -> Result<Vec<Brand>, ReadError> {
    let mut organizations: BTreeMap<String, Organization> = BTreeMap::new();
    let mut servers: BTreeMap<String, Server> = BTreeMap::new();
    fhir::read(source, Limits::default(), &mut |event| {
        let Event::Resource(resource) = event else { return ControlFlow::Continue(()) };
        let Ok(Head { resource_type, id }) = serde_json::from_slice(resource.bytes) else {
            return ControlFlow::Continue(());
        };
        let key = match (id, resource.full_url) {
            (Some(id), _) => format!("{resource_type}/{id}"),
            (None, Some(full_url)) => full_url.to_owned(),
            (None, None) => return ControlFlow::Continue(()),
        };
        match resource_type.as_str() {
            "Organization" => {
                organizations.extend(serde_json::from_slice(resource.bytes).ok().map(|read| (key, read)));
            }
            "Endpoint" => servers.extend(server(resource.bytes).map(|server| (key, server))),
            _ => {}
        }
        ControlFlow::Continue(())
    })?;
    let named = organizations.values().filter(|organization| organization.active != Some(false));
    let brands = named.flat_map(|organization| {
        let name = organization.name.as_deref().map(str::trim).filter(|name| !name.is_empty());
        let addresses = match name {
            Some(_) => addresses(organization, &organizations, &servers),
            None => Vec::new(),
        };
        addresses.into_iter().map(move |address| Brand {
            name: name.unwrap_or_default().to_owned(),
            aliases: organization.alias.clone(),
            places: organization
                .address
                .iter()
                .map(Address::place)
                .filter(|place| !place.is_empty())
                .collect(),
            address,
        })
    });
    Ok(brands.collect())
}

fn server(bytes: &[u8]) -> Option<Server> {
    let endpoint: Endpoint = serde_json::from_slice(bytes).ok()?;
    if matches!(endpoint.status.as_deref(), Some("off" | "suspended" | "entered-in-error" | "error")) {
        return None;
    }
    // A list is somebody else's word: it leads into no private network.
    Reach::ForeignOrLoopback.check_text(&endpoint.address).ok()?;
    let address = FhirBase::parse(&endpoint.address).ok()?.to_string();
    let of_version = endpoint.extension.into_iter().filter(|extension| extension.url == FHIR_VERSION);
    Some(Server { address, versions: of_version.filter_map(|extension| extension.value_code).collect() })
}

/// The servers of a clinic, else of what it is a part of: those of R4 alone, where it has some of several versions.
fn addresses(
    organization: &Organization,
    organizations: &BTreeMap<String, Organization>,
    servers: &BTreeMap<String, Server>,
) -> Vec<String> {
    let mut of = Some(organization);
    for _ in 0..DEEPEST {
        let Some(organization) = of else { break };
        let references = organization.endpoint.iter().filter_map(|endpoint| endpoint.reference.as_deref());
        let found: Vec<&Server> = references.filter_map(|reference| find(reference, servers)).collect();
        if !found.is_empty() {
            let is_r4 = |server: &Server| server.versions.iter().any(|version| version.starts_with("4."));
            let has_r4 = found.iter().any(|server| is_r4(server));
            let mut addresses: Vec<String> =
                found.iter().filter(|it| is_r4(it) || !has_r4).map(|it| it.address.clone()).collect();
            addresses.sort();
            addresses.dedup();
            return addresses;
        }
        let whole = organization.part_of.as_ref().and_then(|whole| whole.reference.as_deref());
        of = whole.and_then(|reference| find(reference, organizations));
    }
    Vec::new()
}

/// What a reference leads to: as it is written, or by its type and id.
fn find<'m, T>(reference: &str, all: &'m BTreeMap<String, T>) -> Option<&'m T> {
    let by_id = || {
        let mut parts = reference.rsplit('/');
        let (id, resource_type) = (parts.next()?, parts.next()?);
        all.get(&format!("{resource_type}/{id}"))
    };
    all.get(reference).or_else(by_id)
}

impl Address {
    fn place(&self) -> String {
        let parts = [&self.city, &self.state, &self.postal_code, &self.country];
        let parts = parts.into_iter().flatten().map(|part| part.trim()).filter(|part| !part.is_empty());
        parts.collect::<Vec<_>>().join(", ")
    }
}

const FHIR_VERSION: &str = "http://hl7.org/fhir/StructureDefinition/endpoint-fhir-version";
/// How far up a clinic's server is looked for among what it is a part of.
const DEEPEST: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clinic_has_its_own_server_or_that_of_what_it_is_a_part_of() {
        let list = r#"{"resourceType":"Bundle","type":"collection","entry":[
            {"fullUrl":"https://vendor.example/Organization/a","resource":{"resourceType":"Organization","id":"a","name":" St. Mary ",
             "alias":["Marienhospital"],"address":[{"city":"Springfield","state":"IL","postalCode":"62701"},{}],
             "endpoint":[{"reference":"Endpoint/r4"},{"reference":"https://vendor.example/Endpoint/dstu2"},{"reference":"Endpoint/off"}]}},
            {"resource":{"resourceType":"Organization","id":"b","name":"St. Mary, North","partOf":{"reference":"Organization/a"}}},
            {"resource":{"resourceType":"Organization","id":"c","name":"Closed","active":false,"endpoint":[{"reference":"Endpoint/r4"}]}},
            {"resource":{"resourceType":"Organization","id":"d","name":"Nowhere","endpoint":[{"reference":"Endpoint/none"}]}},
            {"resource":{"resourceType":"Organization","id":"e","name":"Circle","partOf":{"reference":"Organization/e"}}},
            {"resource":{"resourceType":"Organization","id":"f","endpoint":[{"reference":"Endpoint/r4"}]}},
            {"resource":{"resourceType":"Organization","id":"g","name":"Plain","endpoint":[{"reference":"Endpoint/http"}]}},
            {"resource":{"resourceType":"Endpoint","id":"r4","status":"active","address":"https://fhir.example/r4/",
             "extension":[{"url":"http://hl7.org/fhir/StructureDefinition/endpoint-fhir-version","valueCode":"4.0.1"}]}},
            {"resource":{"resourceType":"Endpoint","id":"dstu2","status":"active","address":"https://fhir.example/dstu2"}},
            {"resource":{"resourceType":"Endpoint","id":"off","status":"off","address":"https://fhir.example/off"}},
            {"resource":{"resourceType":"Organization","id":"h","name":"Inside","endpoint":[{"reference":"Endpoint/private"}]}},
            {"resource":{"resourceType":"Endpoint","id":"private","status":"active","address":"https://10.0.0.1/r4"}},
            {"resource":{"resourceType":"Endpoint","id":"http","status":"active","address":"http://fhir.example/r4"}}]}"#;
        let brands = read_brands(list.as_bytes()).unwrap();
        let found: Vec<_> =
            brands.iter().map(|brand| (brand.name.as_str(), brand.address.as_str())).collect();
        let server = "https://fhir.example/r4";
        assert_eq!(found, [("St. Mary", server), ("St. Mary, North", server)]);
        assert_eq!(brands[0].places, ["Springfield, IL, 62701"]);
        assert_eq!(brands[0].aliases, ["Marienhospital"]);
        assert!(read_brands(&b"{\"resourceType\":"[..]).is_err());
    }
}
