//! What happened to a record, as FHIR AuditEvents (R4) that other programs read. Who was shown something is written
//! after IHE's *Basic Audit Log Patterns* 1.1.4, profile *Privacy Disclosure at Source*, or *at Recipient* where it was the
//! recipient that recorded it.

use serde_json::{Map, Value, json};

use crate::domain::{GrantId, LinkId, Purpose, RecordId, Timestamp};

/// One thing that happened.
#[derive(Clone, Debug)]
pub struct AuditEvent<'a> {
    /// When, by the clock of the observer.
    pub recorded: Timestamp,
    /// Who recorded it, by whose clock.
    pub observer: Observer<'a>,
    /// The patient's name, where it is known.
    pub patient: Option<&'a str>,
    /// What it happened under.
    pub basis: Basis,
    /// The other party, as far as it is known; may be empty.
    pub recipient: &'a str,
    /// What the patient or the recipient did, or tried.
    pub deed: Deed<'a>,
    /// What proves it and what does not: names and their values.
    pub evidence: Vec<(&'static str, &'static str)>,
}

/// Who recorded an event.
#[derive(Clone, Copy, Debug)]
pub enum Observer<'a> {
    /// The patient's own device.
    Device,
    /// The host, by its address.
    Host(&'a str),
    /// The recipient, in a log of its own, by its name.
    Recipient(&'a str),
}

/// What something happened under.
#[derive(Clone, Copy, Debug)]
pub enum Basis {
    /// The grant that the provider has.
    Grant(GrantId),
    /// The share whose link it was.
    Share(LinkId),
}

/// What the patient or the recipient did, or tried.
#[derive(Clone, Copy, Debug)]
pub enum Deed<'a> {
    /// The patient gave a grant or made a share.
    Began,
    /// The patient ended it.
    Ended,
    /// The recipient asked which records there are.
    Asked,
    /// The recipient was shown records.
    Disclosed {
        /// What for, where it signed that.
        purpose: Option<Purpose>,
        /// What was shown, where it is known record by record.
        records: &'a [RecordId],
    },
    /// The recipient asked for records and was refused.
    Refused {
        /// Why: a stable name.
        reason: &'a str,
    },
}

impl Deed<'_> {
    const fn is_of_patient(self) -> bool {
        matches!(self, Self::Began | Self::Ended)
    }

    /// Type, subtype and action.
    fn codes(self) -> (Value, Value, &'static str) {
        match self {
            Self::Began => (coding(EVENT_TYPE, "object"), coding(LIFECYCLE, "originate"), "C"),
            Self::Ended => (coding(EVENT_TYPE, "object"), coding(LIFECYCLE, "deprecate"), "U"),
            Self::Asked => (coding(EVENT_TYPE, "rest"), coding(INTERACTION, "read"), "R"),
            // 110106: Export.
            Self::Disclosed { .. } => (coding(DICOM, "110106"), coding(LIFECYCLE, "disclose"), "R"),
            // 110113: Security Alert.
            Self::Refused { .. } => (coding(DICOM, "110113"), coding(LIFECYCLE, "disclose"), "E"),
        }
    }
}

impl AuditEvent<'_> {
    /// Type, subtype and action, by whoever recorded it.
    fn codes(&self) -> (Value, Value, &'static str) {
        match (self.observer, self.deed) {
            // 110107: Import.
            (Observer::Recipient(_), Deed::Disclosed { .. }) => {
                (coding(DICOM, "110107"), coding(LIFECYCLE, "disclose"), "C")
            }
            (_, deed) => deed.codes(),
        }
    }

    /// The resource as JSON on one line, without a line end.
    pub fn to_json(&self) -> String {
        let (kind, subtype, action) = self.codes();
        let mut event = Map::new();
        let mut set = |name: &str, value: Value| event.insert(name.to_owned(), value);
        set("resourceType", "AuditEvent".into());
        set("type", kind);
        set("subtype", json!([subtype]));
        set("action", action.into());
        set("recorded", json!(self.recorded));
        set("outcome", "0".into());
        set("agent", self.agents().into());
        set("source", self.source());
        set("entity", self.entities().into());
        match self.deed {
            Deed::Disclosed { purpose, .. } => {
                let profile = match self.observer {
                    Observer::Recipient(_) => DISCLOSURE_AT_RECIPIENT,
                    Observer::Device | Observer::Host(_) => DISCLOSURE_AT_SOURCE,
                };
                set("meta", json!({ "profile": [profile] }));
                if let Some(purpose) = purpose {
                    set("purposeOfEvent", json!([concept(ACT_REASON, purpose.as_str())]));
                }
            }
            Deed::Refused { reason } => {
                set("outcome", "8".into());
                set("outcomeDesc", reason.into());
            }
            Deed::Began | Deed::Ended | Deed::Asked => {}
        }
        Value::Object(event).to_string()
    }

    fn source(&self) -> Value {
        let kind = match self.observer {
            Observer::Device => "1",
            Observer::Host(_) | Observer::Recipient(_) => "4",
        };
        json!({ "observer": self.observer(), "type": [coding(SOURCE_TYPE, kind)] })
    }

    fn observer(&self) -> Value {
        match self.observer {
            Observer::Device => json!({ "display": "the patient's device" }),
            Observer::Host(name) | Observer::Recipient(name) => json!({ "display": name }),
        }
    }

    fn patient(&self) -> Value {
        json!({ "type": "Patient", "display": self.patient.unwrap_or("the owner of the record") })
    }

    /// The host that gave it out, who got it, and the patient who authorized that.
    fn agents(&self) -> Vec<Value> {
        let mut agents = Vec::new();
        let unknown = json!({ "extension": [{ "url": DATA_ABSENT, "valueCode": "unknown" }] });
        let source = match self.observer {
            Observer::Device => None,
            Observer::Host(address) => Some((self.observer(), json!({ "address": address, "type": "5" }))),
            // It does not say where it read.
            Observer::Recipient(_) => Some((json!({ "display": "not known" }), unknown.clone())),
        };
        agents.extend(source.map(|(who, network)| {
            json!({
                "type": concept(DICOM, "110153"), "who": who, "requestor": false, "network": network,
            })
        }));
        let is_of_patient = self.deed.is_of_patient();
        agents.push(json!({
            "type": concept(DICOM, "110152"),
            "who": { "display": if self.recipient.is_empty() { "not known" } else { self.recipient } },
            "requestor": !is_of_patient,
            // A host shows its patients no addresses of those who read.
            "network": unknown,
        }));
        agents.push(json!({
            "type": concept(SNOMED, "429577009"),
            "who": self.patient(),
            "requestor": is_of_patient,
        }));
        agents
    }

    /// The patient, what it happened under, and what was shown.
    fn entities(&self) -> Vec<Value> {
        let patient = json!({
            "what": self.patient(), "type": coding(ENTITY_TYPE, "1"), "role": coding(OBJECT_ROLE, "1"),
        });
        let (what, kind) = match self.basis {
            Basis::Grant(grant) => (
                json!({ "type": "Consent", "identifier": identifier(GRANT, grant.to_string()) }),
                coding(RESOURCE_TYPES, "Consent"),
            ),
            Basis::Share(share) => {
                (json!({ "identifier": identifier(SHARE, share.to_string()) }), coding(ENTITY_TYPE, "2"))
            }
        };
        let evidence = self.evidence.iter();
        let details: Vec<Value> =
            evidence.map(|(name, value)| json!({ "type": name, "valueString": value })).collect();
        let basis = match details.is_empty() {
            true => json!({ "what": what, "type": kind }),
            false => json!({ "what": what, "type": kind, "detail": details }),
        };
        let records: &[RecordId] = match self.deed {
            Deed::Disclosed { records, .. } => records,
            _ => &[],
        };
        let shown = records.iter().map(|record| {
            json!({
                "what": { "identifier": identifier(RECORD, record.to_string()) },
                "type": coding(ENTITY_TYPE, "2"),
                "role": coding(OBJECT_ROLE, "4"),
            })
        });
        [patient, basis].into_iter().chain(shown).collect()
    }
}

fn coding(system: &str, code: &str) -> Value {
    json!({ "system": system, "code": code })
}

fn identifier(system: &str, value: String) -> Value {
    json!({ "system": system, "value": value })
}

fn concept(system: &str, code: &str) -> Value {
    json!({ "coding": [coding(system, code)] })
}

const DISCLOSURE_AT_SOURCE: &str =
    "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PrivacyDisclosure.Source";
const DISCLOSURE_AT_RECIPIENT: &str =
    "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit.PrivacyDisclosure.Recipient";
const DATA_ABSENT: &str = "http://hl7.org/fhir/StructureDefinition/data-absent-reason";
const DICOM: &str = "http://dicom.nema.org/resources/ontology/DCM";
const SNOMED: &str = "http://snomed.info/sct";
const EVENT_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-event-type";
const LIFECYCLE: &str = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle";
const INTERACTION: &str = "http://hl7.org/fhir/restful-interaction";
const ACT_REASON: &str = "http://terminology.hl7.org/CodeSystem/v3-ActReason";
const SOURCE_TYPE: &str = "http://terminology.hl7.org/CodeSystem/security-source-type";
const ENTITY_TYPE: &str = "http://terminology.hl7.org/CodeSystem/audit-entity-type";
const OBJECT_ROLE: &str = "http://terminology.hl7.org/CodeSystem/object-role";
const RESOURCE_TYPES: &str = "http://hl7.org/fhir/resource-types";

/// What the identifiers are of.
const GRANT: &str = "urn:keepwell:grant";
const SHARE: &str = "urn:keepwell:share";
const RECORD: &str = "urn:keepwell:record";

#[cfg(test)]
mod tests {
    use super::*;

    fn event<'a>(deed: Deed<'a>, observer: Observer<'a>) -> AuditEvent<'a> {
        AuditEvent {
            recorded: Timestamp(1_800_000_000),
            observer,
            patient: Some("Anna \"A\" Meier"),
            basis: Basis::Grant(GrantId::from_bytes([7; 32])),
            recipient: "Clinic",
            deed,
            evidence: vec![("request", "signed")],
        }
    }

    fn json_of(event: &AuditEvent<'_>) -> Value {
        let line = event.to_json();
        assert!(!line.contains('\n'));
        serde_json::from_str(&line).unwrap()
    }

    fn codes<'a>(list: &'a Value, of: &str) -> Vec<&'a Value> {
        list.as_array().unwrap().iter().map(|one| one.pointer(of).unwrap_or(&Value::Null)).collect()
    }

    /// What the profile demands: `input/fsh/Disclose.fsh` of github.com/IHE/ITI.BasicAudit.
    #[test]
    fn a_disclosure_has_what_its_profile_demands() {
        let records = [RecordId::from_bytes([1; 32]), RecordId::from_bytes([2; 32])];
        let deed = Deed::Disclosed { purpose: Some(Purpose::Treat), records: &records };
        let event = json_of(&event(deed, Observer::Host("https://host.example/")));
        assert_eq!(event["meta"]["profile"], json!([DISCLOSURE_AT_SOURCE]));
        assert_eq!(event["type"], coding(DICOM, "110106"));
        assert_eq!(event["subtype"], json!([coding(LIFECYCLE, "disclose")]));
        assert_eq!((&event["action"], &event["outcome"]), (&json!("R"), &json!("0")));
        assert_eq!(event["recorded"], "2027-01-15T08:00:00Z");
        assert_eq!(event["purposeOfEvent"][0]["coding"][0]["code"], "TREAT");
        assert_eq!(codes(&event["agent"], "/type/coding/0/code"), ["110153", "110152", "429577009"]);
        for agent in event["agent"].as_array().unwrap() {
            assert!(agent["who"].is_object() && agent["requestor"].is_boolean(), "{agent}");
        }
        assert!(codes(&event["agent"], "/network").iter().take(2).all(|network| network.is_object()));
        assert_eq!(event["agent"][0]["who"], event["source"]["observer"], "val-audit-source");
        let patient = &event["entity"][0];
        assert_eq!((&patient["type"]["code"], &patient["role"]["code"]), (&json!("1"), &json!("1")));
        assert_eq!(patient["what"], json!({ "type": "Patient", "display": "Anna \"A\" Meier" }));
        assert_eq!(event["entity"][1]["what"]["identifier"]["value"], "07".repeat(32));
        assert_eq!(event["entity"][1]["detail"], json!([{ "type": "request", "valueString": "signed" }]));
        let shown = ["01".repeat(32), "02".repeat(32)];
        let entities = codes(&event["entity"], "/what/identifier/value");
        assert_eq!(entities.into_iter().skip(2).collect::<Vec<_>>(), shown.each_ref());
    }

    /// As above, of a recipient.
    #[test]
    fn a_disclosure_that_its_recipient_recorded_has_what_its_profile_demands() {
        let deed = Deed::Disclosed { purpose: Some(Purpose::Treat), records: &[] };
        let event = json_of(&event(deed, Observer::Recipient("Clinic")));
        assert_eq!(event["meta"]["profile"], json!([DISCLOSURE_AT_RECIPIENT]));
        assert_eq!((&event["type"], &event["action"]), (&coding(DICOM, "110107"), &json!("C")));
        assert_eq!(event["subtype"], json!([coding(LIFECYCLE, "disclose")]));
        assert_eq!(codes(&event["agent"], "/type/coding/0/code"), ["110153", "110152", "429577009"]);
        assert!(codes(&event["agent"], "/network").iter().take(2).all(|network| network.is_object()));
        assert_eq!(event["agent"][1]["who"], event["source"]["observer"], "val-audit-source");
        assert_ne!(event["agent"][0]["who"], event["source"]["observer"]);
        assert_eq!(codes(&event["entity"], "/role/code"), [&json!("1"), &Value::Null]);
    }

    #[test]
    fn what_shows_nothing_is_no_disclosure() {
        let host = Observer::Host("https://host.example/");
        let refused = json_of(&event(Deed::Refused { reason: "expired" }, host));
        assert_eq!((&refused["outcome"], &refused["outcomeDesc"]), (&json!("8"), &json!("expired")));
        let began = json_of(&event(Deed::Began, Observer::Device));
        assert_eq!(codes(&began["agent"], "/requestor"), [&json!(false), &json!(true)]);
        assert_eq!((&began["action"], &began["source"]["type"][0]["code"]), (&json!("C"), &json!("1")));
        let ended = json_of(&event(Deed::Ended, Observer::Device));
        assert_eq!(ended["subtype"][0]["code"], "deprecate");
        let asked = json_of(&event(Deed::Asked, host));
        assert_eq!(asked["type"]["code"], "rest");
        for event in [refused, began, ended, asked] {
            assert_eq!((event.get("meta"), event.get("purposeOfEvent")), (None, None));
            assert_eq!(event["entity"].as_array().unwrap().len(), 2);
        }
        let nobody = AuditEvent { recipient: "", patient: None, ..event(Deed::Asked, host) };
        assert_eq!(json_of(&nobody)["agent"][1]["who"]["display"], "not known");
    }
}
