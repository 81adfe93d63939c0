//! What a record says about whether it holds: a table of cases, and beside each the nearest that says nothing
//! of it.

use keepwell_protocol::formats::fhir::{Validities, Validity};

/// The members of a resource of a type, and all that holds of it.
type Case = (&'static str, &'static str, &'static [&'static str]);

const CASES: &[Case] = &[
    // FHIR R4.
    (
        "AllergyIntolerance",
        r#""verificationStatus":{"coding":[{"code":"entered-in-error"}]}"#,
        &["entered-in-error"],
    ),
    ("AllergyIntolerance", r#""verificationStatus":{"coding":[{"code":"refuted"}]}"#, &["refuted"]),
    ("AllergyIntolerance", r#""verificationStatus":{"coding":[{"code":"unconfirmed"}]}"#, &["unconfirmed"]),
    ("AllergyIntolerance", r#""verificationStatus":{"coding":[{"code":"confirmed"}]}"#, &["valid"]),
    ("AllergyIntolerance", r#""verificationStatus":{"text":"Entered in Error"}"#, &["entered-in-error"]),
    ("AllergyIntolerance", r#""verificationStatus":{"text":"Never entered in error"}"#, &["valid"]),
    ("AllergyIntolerance", r#""clinicalStatus":{"coding":[{"code":"resolved"}]}"#, &["inactive"]),
    ("AllergyIntolerance", r#""clinicalStatus":{"coding":[{"code":"active"}]}"#, &["valid"]),
    ("AllergyIntolerance", r#""code":{"coding":[{"code":"refuted"}],"text":"inactive"}"#, &["valid"]),
    (
        "Condition",
        r#""clinicalStatus":{"coding":[{"code":"remission"}]},"verificationStatus":{"coding":[{"code":"differential"}]}"#,
        &["inactive", "unconfirmed"],
    ),
    ("Condition", r#""clinicalStatus":{"coding":[{"code":"recurrence"}]}"#, &["valid"]),
    ("Condition", r#""abatementDateTime":"2020-01-01""#, &["inactive"]),
    ("Condition", r#""abatementPeriod":{"end":"2020"}"#, &["inactive"]),
    ("Condition", r#""abatementBoolean":true"#, &["inactive"]),
    ("Condition", r#""abatementBoolean":false"#, &["valid"]),
    ("Condition", r#""onsetDateTime":"2020-01-01""#, &["valid"]),
    ("Condition", r#""clinicalStatus":{"coding":[{"code":"active"}]},"abatementString":"soon""#, &["valid"]),
    ("Observation", r#""status":"entered-in-error""#, &["entered-in-error"]),
    ("Observation", r#""status":"preliminary""#, &["preliminary"]),
    ("Observation", r#""status":"registered""#, &["preliminary"]),
    ("Observation", r#""status":"cancelled""#, &["cancelled"]),
    ("Observation", r#""status":"final""#, &["valid"]),
    ("Observation", r#""status":"corrected""#, &["valid"]),
    (
        "Observation",
        r#""status":"final","component":[{"modifierExtension":[{"url":"http://x.example"}]}]"#,
        &["modified"],
    ),
    (
        "Observation",
        r#""status":"final","component":[{"extension":[{"url":"http://x.example"}]}]"#,
        &["valid"],
    ),
    ("DiagnosticReport", r#""status":"partial""#, &["preliminary"]),
    ("FamilyMemberHistory", r#""status":"partial""#, &["valid"]),
    ("MedicationRequest", r#""status":"active","doNotPerform":true"#, &["do-not-perform"]),
    ("MedicationRequest", r#""status":"active","doNotPerform":false"#, &["valid"]),
    ("MedicationRequest", r#""status":"stopped","doNotPerform":true"#, &["do-not-perform", "stopped"]),
    ("MedicationRequest", r#""status":"on-hold""#, &["inactive"]),
    ("MedicationRequest", r#""status":"completed""#, &["valid"]),
    ("MedicationRequest", r#""statusReason":{"coding":[{"code":"stopped"}]}"#, &["valid"]),
    ("MedicationStatement", r#""status":"not-taken""#, &["not-done"]),
    ("MedicationStatement", r#""status":"intended""#, &["valid"]),
    ("MedicationAdministration", r#""status":"not-done""#, &["not-done"]),
    ("MedicationDispense", r#""status":"declined""#, &["not-done"]),
    ("ServiceRequest", r#""doNotPerform":true,"status":"revoked""#, &["do-not-perform", "cancelled"]),
    (
        "ServiceRequest",
        r#""modifierExtension":[{"url":"http://hl7.org/fhir/StructureDefinition/request-doNotPerform","valueBoolean":true}]"#,
        &["do-not-perform"],
    ),
    (
        "ServiceRequest",
        r#""modifierExtension":[{"valueBoolean":false,"url":"http://hl7.org/fhir/StructureDefinition/request-doNotPerform"}]"#,
        &["valid"],
    ),
    (
        "ServiceRequest",
        r#""modifierExtension":[{"url":"http://hl7.org/fhir/StructureDefinition/request-doNotPerform"}]"#,
        &["modified"],
    ),
    ("CarePlan", r#""activity":[{"detail":{"doNotPerform":true,"status":"not-started"}}]"#, &["valid"]),
    (
        "CarePlan",
        r#""activity":[{"modifierExtension":[{"url":"http://hl7.org/fhir/StructureDefinition/request-doNotPerform","valueBoolean":true}]}]"#,
        &["modified"],
    ),
    ("Procedure", r#""status":"not-done""#, &["not-done"]),
    ("Procedure", r#""status":"stopped""#, &["stopped"]),
    ("Procedure", r#""status":"in-progress""#, &["valid"]),
    ("Immunization", r#""status":"not-done""#, &["not-done"]),
    ("Immunization", r#""status":"completed""#, &["valid"]),
    ("Appointment", r#""status":"noshow""#, &["not-done"]),
    ("Appointment", r#""status":"cancelled""#, &["cancelled"]),
    ("Appointment", r#""status":"fulfilled""#, &["valid"]),
    ("Goal", r#""lifecycleStatus":"cancelled""#, &["cancelled"]),
    ("Goal", r#""lifecycleStatus":"completed""#, &["valid"]),
    ("DocumentReference", r#""status":"current","docStatus":"preliminary""#, &["preliminary"]),
    (
        "DocumentReference",
        r#""status":"superseded","docStatus":"entered-in-error""#,
        &["entered-in-error", "inactive"],
    ),
    ("DocumentReference", r#""status":"current","docStatus":"final""#, &["valid"]),
    ("Patient", r#""active":false"#, &["inactive"]),
    ("Patient", r#""active":true"#, &["valid"]),
    ("Patient", r#""maritalStatus":{"text":"stopped"}"#, &["valid"]),
    ("Encounter", r#""statusHistory":[{"status":"cancelled"}],"status":"finished""#, &["valid"]),
    // Modifiers wherever they stand; an empty list says nothing.
    (
        "Basic",
        r#""modifierExtension":[{"url":"http://x.example/negated","valueBoolean":true}]"#,
        &["modified"],
    ),
    ("Basic", r#""modifierExtension":[]"#, &["valid"]),
    ("Basic", r#""modifierExtension":null"#, &["valid"]),
    ("Basic", r#""modifierExtension":[null]"#, &["valid"]),
    ("Basic", r#""modifierExtension":{"url":"http://x.example"}"#, &["modified"]),
    ("Basic", r#""\u006dodifierExtension":[{"url":"http://x.example"}]"#, &["modified"]),
    ("Basic", r#""note":"modifierExtension""#, &["valid"]),
    (
        "Basic",
        r#""contained":[{"resourceType":"Medication","modifierExtension":[{"url":"x"}]}]"#,
        &["modified"],
    ),
    ("Basic", r#""contained":[{"resourceType":"Medication","status":"inactive"}]"#, &["valid"]),
    ("Basic", r#""implicitRules":"http://x.example/rules""#, &["modified"]),
    ("Basic", r#""implicitRules":"""#, &["valid"]),
    ("Basic", r#""contained":[{"implicitRules":"http://x.example/rules"}]"#, &["modified"]),
    // FHIR R5.
    (
        "MedicationStatement",
        r#""status":"recorded","adherence":{"code":{"coding":[{"code":"not-taking"}]}}"#,
        &["not-done"],
    ),
    (
        "MedicationStatement",
        r#""status":"recorded","adherence":{"code":{"coding":[{"code":"taking"}]}}"#,
        &["valid"],
    ),
    ("AllergyIntolerance", r#""verificationStatus":{"coding":[{"code":"presumed"}]}"#, &["unconfirmed"]),
    ("Encounter", r#""status":"discontinued""#, &["stopped"]),
    // FHIR STU3.
    (
        "AllergyIntolerance",
        r#""clinicalStatus":"inactive","verificationStatus":"refuted""#,
        &["refuted", "inactive"],
    ),
    ("AllergyIntolerance", r#""clinicalStatus":"active","verificationStatus":"confirmed""#, &["valid"]),
    ("Immunization", r#""status":"completed","notGiven":true"#, &["not-done"]),
    ("Immunization", r#""status":"completed","notGiven":false"#, &["valid"]),
    ("MedicationAdministration", r#""notGiven":true"#, &["not-done"]),
    ("Procedure", r#""notDone":true,"status":"aborted""#, &["not-done", "stopped"]),
    ("MedicationStatement", r#""status":"active","taken":"n""#, &["not-done"]),
    ("MedicationStatement", r#""status":"active","taken":"unk""#, &["valid"]),
    ("ProcedureRequest", r#""status":"active","doNotPerform":true"#, &["do-not-perform"]),
    // FHIR DSTU2.
    ("AllergyIntolerance", r#""status":"entered-in-error""#, &["entered-in-error"]),
    ("AllergyIntolerance", r#""status":"unconfirmed""#, &["unconfirmed"]),
    ("AllergyIntolerance", r#""status":"resolved""#, &["inactive"]),
    ("AllergyIntolerance", r#""status":"active""#, &["valid"]),
    ("Condition", r#""clinicalStatus":"active","verificationStatus":"provisional""#, &["unconfirmed"]),
    ("Immunization", r#""wasNotGiven":true"#, &["not-done"]),
    ("Immunization", r#""wasNotGiven":false"#, &["valid"]),
    ("MedicationAdministration", r#""wasNotGiven":true"#, &["not-done"]),
    ("MedicationStatement", r#""wasNotTaken":true"#, &["not-done"]),
    ("MedicationStatement", r#""wasNotTaken":false"#, &["valid"]),
    ("Procedure", r#""notPerformed":true"#, &["not-done"]),
    ("MedicationOrder", r#""status":"stopped""#, &["stopped"]),
    ("DiagnosticOrder", r#""status":"rejected""#, &["cancelled"]),
    // As sources write it that break FHIR's rules.
    ("Observation", r#""status":"Entered-In-Error""#, &["entered-in-error"]),
    ("Observation", r#""status":["final","entered-in-error"]"#, &["entered-in-error"]),
    ("Observation", r#""status":"final","status":"entered-in-error""#, &["entered-in-error"]),
    (
        "Observation",
        r#""status":{"coding":[{"system":"refuted","extension":[{"valueCode":"refuted"}]}]}"#,
        &["valid"],
    ),
    ("MedicationRequest", r#""doNotPerform":"true""#, &["do-not-perform"]),
    ("MedicationRequest", r#""doNotPerform":[{"x":true}]"#, &["valid"]),
];

#[test]
fn each_resource_says_what_holds_of_it() {
    for (resource_type, members, expected) in CASES {
        for json in [
            format!(r#"{{"resourceType":"{resource_type}",{members}}}"#),
            format!(r#"{{{members},"resourceType":"{resource_type}"}}"#),
        ] {
            let found = Validities::read(json.as_bytes());
            assert_eq!(found.iter().map(Validity::name).collect::<Vec<_>>(), *expected, "{json}");
            assert_eq!(found.first().name(), expected[0], "{json}");
            assert_eq!(Validities::from_bits(found.to_bits()), found);
        }
    }
}

#[test]
fn what_the_store_knows_takes_its_place_in_the_order() {
    let stopped = Validities::read(br#"{"resourceType":"MedicationRequest","status":"stopped"}"#);
    let names = |validities: Validities| validities.iter().map(Validity::name).collect::<Vec<_>>();
    assert_eq!(names(stopped.with(Validity::NotSeenSince)), ["stopped", "not-seen-since"]);
    assert_eq!(names(stopped.with(Validity::RemovedAtSource)), ["removed-at-source", "stopped"]);
    assert_eq!(names(stopped.with(Validity::Valid)), ["stopped"]);
    assert!(stopped.contains(Validity::Stopped) && !stopped.contains(Validity::Valid));
    assert_eq!(names(Validities::default()), ["valid"]);
    assert_eq!(names(Validities::from_bits(u16::MAX)).len(), Validity::ALL.len() - 1);
    for validity in Validity::ALL {
        assert_eq!(validity.name().parse(), Ok(validity));
    }
    assert!("Valid".parse::<Validity>().is_err());
}

#[test]
fn what_is_no_resource_says_nothing_and_ends() {
    let deep = format!(r#"{{"a":{}{}}}"#, "[".repeat(1_000_000), "]".repeat(1_000_000));
    for json in ["", "{", "[]", "null", r#"{"status"#, r#"{"modifierExtension":[{"url""#, "\u{0}", &deep] {
        let found = Validities::read(json.as_bytes());
        assert!(matches!(found.first(), Validity::Valid | Validity::Modified), "{json:.40}");
    }
}
