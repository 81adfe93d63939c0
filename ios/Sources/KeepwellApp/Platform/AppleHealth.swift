// What the person keeps in Apple's Health: clinics' records as they came, and a few things that are measured. Read, never written.

#if canImport(HealthKit)
    import Foundation
    import HealthKit
    import KeepwellKit

    struct AppleHealth: HealthSource {
        /// Of a measure, the newest so many: more than a clinic looks at, and no more than the memory holds.
        private static let most = 5_000

        /// Also of what is asked for one by one: the parts of a blood pressure.
        private static let quantities: [(HealthMeasure, HKQuantityTypeIdentifier, unit: String, scale: Double)] = [
            (.restingHeartRate, .restingHeartRate, "count/min", 1),
            (.weight, .bodyMass, "kg", 1),
            (.height, .height, "cm", 1),
            (.glucose, .bloodGlucose, "mg/dL", 1),
            // Of one, where a clinic writes it of a hundred.
            (.oxygen, .oxygenSaturation, "%", 100),
            (.temperature, .bodyTemperature, "degC", 1),
        ]
        private static let pressure = "mmHg"
        private static let upper = HKQuantityType(.bloodPressureSystolic)
        private static let lower = HKQuantityType(.bloodPressureDiastolic)
        private static let clinical: [HKClinicalTypeIdentifier] = [
            .allergyRecord, .clinicalNoteRecord, .conditionRecord, .coverageRecord, .immunizationRecord, .labResultRecord,
            .medicationRecord, .procedureRecord, .vitalSignRecord,
        ]

        var isThere: Bool { HKHealthStore.isHealthDataAvailable() }

        func ask() async throws(Problem) {
            let store = HKHealthStore()
            var types: Set<HKObjectType> = [Self.upper, Self.lower]
            types.formUnion(Self.quantities.map { HKQuantityType($0.1) })
            // Where Health keeps no clinics' records, asking for them is refused as a whole.
            if store.supportsHealthRecords() { types.formUnion(Self.clinical.map { HKClinicalType($0) }) }
            do {
                try await store.requestAuthorization(toShare: [], read: types)
            } catch {
                throw Self.problem(error)
            }
        }

        func read() async throws(Problem) -> HealthData {
            let store = HKHealthStore()
            do {
                var documents: [HealthDocument] = []
                if store.supportsHealthRecords() {
                    for type in Self.clinical { documents += try await Self.records(HKClinicalType(type), in: store) }
                }
                var samples = try await Self.pressures(in: store)
                for (measure, type, unit, scale) in Self.quantities {
                    samples += try await Self.samples(measure, HKQuantityType(type), HKUnit(from: unit), scale, in: store)
                }
                return HealthData(documents: documents, samples: samples)
            } catch {
                throw Self.problem(error)
            }
        }

        private static func records(_ type: HKClinicalType, in store: HKHealthStore) async throws -> [HealthDocument] {
            let query = HKSampleQueryDescriptor(predicates: [.clinicalRecord(type: type)], sortDescriptors: [])
            return try await query.result(for: store).compactMap(\.fhirResource).map { resource in
                HealthDocument(
                    json: resource.data, address: resource.sourceURL, version: resource.fhirVersion.stringRepresentation)
            }
        }

        private static func samples(
            _ measure: HealthMeasure, _ type: HKQuantityType, _ unit: HKUnit, _ scale: Double, in store: HKHealthStore
        ) async throws -> [HealthSample] {
            let query = HKSampleQueryDescriptor(
                predicates: [.quantitySample(type: type)], sortDescriptors: [SortDescriptor(\.startDate, order: .reverse)],
                limit: most)
            return try await query.result(for: store).map { sample in
                HealthSample(
                    id: sample.uuid, measure: measure, values: [sample.quantity.doubleValue(for: unit) * scale],
                    time: sample.startDate, zone: zone(of: sample), device: device(of: sample), isTyped: isTyped(sample))
            }
        }

        /// Upper and lower belong together; one without the other is not read.
        private static func pressures(in store: HKHealthStore) async throws -> [HealthSample] {
            let query = HKSampleQueryDescriptor(
                predicates: [.correlation(type: HKCorrelationType(.bloodPressure))],
                sortDescriptors: [SortDescriptor(\.startDate, order: .reverse)], limit: most)
            return try await query.result(for: store).compactMap { both in
                let values = [upper, lower].compactMap { type in
                    (both.objects(for: type).first as? HKQuantitySample)?.quantity.doubleValue(for: HKUnit(from: pressure))
                }
                guard values.count == 2 else { return nil }
                return HealthSample(
                    id: both.uuid, measure: .bloodPressure, values: values, time: both.startDate, zone: zone(of: both),
                    device: device(of: both), isTyped: isTyped(both))
            }
        }

        /// Not what the source is called: a watch is called by its owner's name, and a clinic may not know that.
        private static func device(of sample: HKSample) -> String? {
            HealthSample.device(ofModel: sample.sourceRevision.productType)
        }

        private static func isTyped(_ sample: HKSample) -> Bool {
            sample.metadata?[HKMetadataKeyWasUserEntered] as? Bool ?? false
        }

        /// Its own, else that of the phone when Health was read first: read again elsewhere it is the same record.
        private static func zone(of sample: HKSample) -> TimeZone {
            let own = (sample.metadata?[HKMetadataKeyTimeZone] as? String).flatMap { TimeZone(identifier: $0) }
            if let own { return own }
            let kept = UserDefaults.standard.string(forKey: "healthZone").flatMap { TimeZone(identifier: $0) }
            if let kept { return kept }
            UserDefaults.standard.set(TimeZone.current.identifier, forKey: "healthZone")
            return .current
        }

        private static func problem(_ error: any Error) -> Problem {
            if error is CancellationError { return .cancelled }
            switch (error as? HKError)?.code {
            case .errorUserCanceled: return .cancelled
            case .errorAuthorizationDenied, .errorAuthorizationNotDetermined, .errorHealthDataRestricted: return .healthRefused
            // The phone was locked meanwhile, or Health is at something else.
            default: return .healthUnavailable
            }
        }
    }
#endif
