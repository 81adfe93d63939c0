// The few names of HealthKit that our code uses; as SwiftUI.swift says.

import Foundation

public final class HKHealthStore: NSObject, Sendable {
    public class func isHealthDataAvailable() -> Bool { shim }
    public func supportsHealthRecords() -> Bool { shim }
    public func requestAuthorization(toShare typesToShare: Set<HKSampleType>, read typesToRead: Set<HKObjectType>) async throws {}
    public func preferredUnits(for quantityTypes: Set<HKQuantityType>) async throws -> [HKQuantityType: HKUnit] { shim }
}

open class HKObjectType: NSObject, @unchecked Sendable {}
open class HKSampleType: HKObjectType, @unchecked Sendable {}

public final class HKQuantityType: HKSampleType, @unchecked Sendable {
    public init(_ identifier: HKQuantityTypeIdentifier) {}
}

public final class HKCorrelationType: HKSampleType, @unchecked Sendable {
    public init(_ identifier: HKCorrelationTypeIdentifier) {}
}

public final class HKClinicalType: HKSampleType, @unchecked Sendable {
    public init(_ identifier: HKClinicalTypeIdentifier) {}
}

public struct HKQuantityTypeIdentifier: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public static let bloodPressureSystolic = Self(rawValue: "HKQuantityTypeIdentifierBloodPressureSystolic")
    public static let bloodPressureDiastolic = Self(rawValue: "HKQuantityTypeIdentifierBloodPressureDiastolic")
    public static let restingHeartRate = Self(rawValue: "HKQuantityTypeIdentifierRestingHeartRate")
    public static let bodyMass = Self(rawValue: "HKQuantityTypeIdentifierBodyMass")
    public static let height = Self(rawValue: "HKQuantityTypeIdentifierHeight")
    public static let bloodGlucose = Self(rawValue: "HKQuantityTypeIdentifierBloodGlucose")
    public static let oxygenSaturation = Self(rawValue: "HKQuantityTypeIdentifierOxygenSaturation")
    public static let bodyTemperature = Self(rawValue: "HKQuantityTypeIdentifierBodyTemperature")
}

public struct HKCorrelationTypeIdentifier: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public static let bloodPressure = Self(rawValue: "HKCorrelationTypeIdentifierBloodPressure")
}

public struct HKClinicalTypeIdentifier: RawRepresentable, Hashable, Sendable {
    public let rawValue: String
    public init(rawValue: String) { self.rawValue = rawValue }
    public static let allergyRecord = Self(rawValue: "HKClinicalTypeIdentifierAllergyRecord")
    public static let clinicalNoteRecord = Self(rawValue: "HKClinicalTypeIdentifierClinicalNoteRecord")
    public static let conditionRecord = Self(rawValue: "HKClinicalTypeIdentifierConditionRecord")
    public static let coverageRecord = Self(rawValue: "HKClinicalTypeIdentifierCoverageRecord")
    public static let immunizationRecord = Self(rawValue: "HKClinicalTypeIdentifierImmunizationRecord")
    public static let labResultRecord = Self(rawValue: "HKClinicalTypeIdentifierLabResultRecord")
    public static let medicationRecord = Self(rawValue: "HKClinicalTypeIdentifierMedicationRecord")
    public static let procedureRecord = Self(rawValue: "HKClinicalTypeIdentifierProcedureRecord")
    public static let vitalSignRecord = Self(rawValue: "HKClinicalTypeIdentifierVitalSignRecord")
}

open class HKObject: NSObject, @unchecked Sendable {
    open var uuid: UUID { shim }
    open var sourceRevision: HKSourceRevision { shim }
    open var metadata: [String: Any]? { shim }
}

open class HKSample: HKObject, @unchecked Sendable {
    open var startDate: Date { shim }
}

public final class HKQuantitySample: HKSample, @unchecked Sendable {
    public var quantity: HKQuantity { shim }
}

public final class HKCorrelation: HKSample, @unchecked Sendable {
    public func objects(for objectType: HKObjectType) -> Set<HKSample> { shim }
}

public final class HKClinicalRecord: HKSample, @unchecked Sendable {
    public var fhirResource: HKFHIRResource? { shim }
}

public final class HKFHIRResource: NSObject, Sendable {
    public var data: Data { shim }
    public var sourceURL: URL? { shim }
    public var fhirVersion: HKFHIRVersion { shim }
}

public final class HKFHIRVersion: NSObject, Sendable {
    public var stringRepresentation: String { shim }
}

public final class HKSourceRevision: NSObject, Sendable {
    public var productType: String? { shim }
}

// swift-format-ignore: AlwaysUseLowerCamelCase
public let HKMetadataKeyTimeZone = "HKTimeZone"
// swift-format-ignore: AlwaysUseLowerCamelCase
public let HKMetadataKeyWasUserEntered = "HKWasUserEntered"

public final class HKQuantity: NSObject, Sendable {
    public func doubleValue(for unit: HKUnit) -> Double { shim }
}

public enum HKMetricPrefix: Sendable { case milli }
// swift-format-ignore: AlwaysUseLowerCamelCase
public let HKUnitMolarMassBloodGlucose = 180.15588

public final class HKUnit: NSObject, Sendable {
    public convenience init(from string: String) { self.init() }
    public static func moleUnit(with prefix: HKMetricPrefix, molarMass gramsPerMole: Double) -> HKUnit { shim }
    public static func liter() -> HKUnit { shim }
    public func unitDivided(by unit: HKUnit) -> HKUnit { shim }
}

public struct HKSamplePredicate<Sample: HKSample>: Sendable {
    public static func quantitySample(
        type: HKQuantityType, predicate: NSPredicate? = nil
    ) -> HKSamplePredicate<HKQuantitySample> where Sample == HKQuantitySample { shim }
    public static func correlation(
        type: HKCorrelationType, predicate: NSPredicate? = nil
    ) -> HKSamplePredicate<HKCorrelation> where Sample == HKCorrelation { shim }
    public static func clinicalRecord(
        type: HKClinicalType, predicate: NSPredicate? = nil
    ) -> HKSamplePredicate<HKClinicalRecord> where Sample == HKClinicalRecord { shim }
}

public struct HKSampleQueryDescriptor<Sample: HKSample> {
    public init(predicates: [HKSamplePredicate<Sample>], sortDescriptors: [SortDescriptor<Sample>], limit: Int? = nil) {}
    public func result(for healthStore: HKHealthStore) async throws -> [Sample] { shim }
}

public struct HKError: Error {
    public enum Code: Int, Sendable {
        case unknownError = 0
        case noError
        case errorHealthDataUnavailable
        case errorHealthDataRestricted
        case errorInvalidArgument
        case errorAuthorizationDenied
        case errorAuthorizationNotDetermined
        case errorDatabaseInaccessible
        case errorUserCanceled
    }

    public var code: Code { shim }
}

private var shim: Never { preconditionFailure("the shim is for type-checking only") }
