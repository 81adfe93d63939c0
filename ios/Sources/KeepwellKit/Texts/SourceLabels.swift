// What clinics' records online are called.

import Foundation

extension Texts {
    /// What there is to know of a clinic at a glance.
    public func detail(_ source: Source) -> String {
        if source.needsSignIn { return self(.problemSignedOut) }
        return source.last.map { self(.sourceLast, day($0)) } ?? self(.sourceNever)
    }

    /// What a patient calls these kinds of records, each once; what few have is told as one, and last.
    public func kinds(_ resourceTypes: [String]) -> [String] {
        var kinds: [TextKey] = []
        for type in resourceTypes {
            let kind = Self.kinds[type] ?? .recordsOther
            if !kinds.contains(kind) { kinds.append(kind) }
        }
        return (kinds.filter { $0 != .recordsOther } + kinds.filter { $0 == .recordsOther }).map { self($0) }
    }

    /// The kinds that a clinic does not give; where it gives some of a kind, the kind is among what it gives.
    public func withheld(_ source: Source) -> [String] {
        let given = kinds(source.given)
        return kinds(source.withheld).filter { !given.contains($0) }
    }

    /// What did not come for this reason, if there is any.
    public func line(_ reason: MissingRecords.Reason, of missing: [MissingRecords]) -> String? {
        let types = missing.filter { $0.reason == reason }.map(\.type)
        guard !types.isEmpty else { return nil }
        let names = kinds(types).joined(separator: ", ")
        return switch reason {
        case .refused: self(.sourceMissingRefused, names)
        case .later: self(.sourceMissingLater, names)
        case .unusable: self(.sourceMissingUnusable, names)
        case .inParts: self(.sourceMissingInParts, names)
        case .signedOut: self(.sourceMissingSignedOut, names)
        }
    }

    private static let kinds: [String: TextKey] = [
        "Patient": .typePatient, "AllergyIntolerance": .typeAllergyIntolerance, "Condition": .typeCondition,
        "MedicationRequest": .typeMedicationRequest, "MedicationStatement": .typeMedicationStatement,
        "Immunization": .typeImmunization, "Observation": .typeObservation, "Procedure": .typeProcedure,
        "DocumentReference": .typeDocumentReference, "Encounter": .typeEncounter,
        "DiagnosticReport": .typeDiagnosticReport, "Coverage": .typeCoverage, "Appointment": .typeAppointment,
        "CarePlan": .typeCarePlan, "ClinicalImpression": .typeDiagnosticReport, "Device": .typeDevice,
        "DeviceRequest": .typeDevice, "EpisodeOfCare": .typeEncounter, "ExplanationOfBenefit": .typeCoverage,
        "FamilyMemberHistory": .typeFamilyMemberHistory, "Goal": .typeCarePlan, "ImagingStudy": .typeImagingStudy,
        "ImmunizationRecommendation": .typeImmunization, "Media": .typeImagingStudy,
        "MedicationAdministration": .typeMedicationStatement, "MedicationDispense": .typeMedicationStatement,
        "NutritionOrder": .typeCarePlan, "RiskAssessment": .typeDiagnosticReport, "ServiceRequest": .typeServiceRequest,
        "Specimen": .typeObservation, "VisionPrescription": .typeMedicationRequest,
    ]
}
