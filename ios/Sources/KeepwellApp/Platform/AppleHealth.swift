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
            // Of one, where a clinic writes it of a hundred.
            (.oxygen, .oxygenSaturation, "%", 100),
            (.temperature, .bodyTemperature, "degC", 1),
        ]
        private static let zonesName = "healthZones"
        private static let pressure = "mmHg"
        private static let glucose = HKQuantityType(.bloodGlucose)
        private static let molar = HKUnit.moleUnit(with: .milli, molarMass: HKUnitMolarMassBloodGlucose)
            .unitDivided(by: .liter())
        private static let upper = HKQuantityType(.bloodPressureSystolic)
        private static let lower = HKQuantityType(.bloodPressureDiastolic)
        private static let clinical: [HKClinicalTypeIdentifier] = [
            .allergyRecord, .clinicalNoteRecord, .conditionRecord, .coverageRecord, .immunizationRecord, .labResultRecord,
            .medicationRecord, .procedureRecord, .vitalSignRecord,
        ]

        var isThere: Bool { HKHealthStore.isHealthDataAvailable() }

        func ask() async throws(Problem) {
            let store = HKHealthStore()
            var types: Set<HKObjectType> = [Self.upper, Self.lower, Self.glucose]
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
            let reader = Reader(store: HKHealthStore(), zones: Self.notedZones())
            var documents: [HealthDocument] = []
            var samples: [HealthSample] = []
            var unread: [HealthPart: Problem] = [:]
            // What can't be read keeps nothing else away.
            func attempt(_ part: HealthPart, _ read: () async throws -> Void) async throws(Problem) {
                do {
                    try await read()
                } catch {
                    let problem = Self.problem(error)
                    guard problem != .cancelled else { throw problem }
                    unread[part] = problem
                }
            }
            if reader.store.supportsHealthRecords() {
                for type in Self.clinical {
                    try await attempt(.clinics) { documents += try await reader.records(HKClinicalType(type)) }
                }
            }
            try await attempt(.measure(.bloodPressure)) { samples += try await reader.pressures() }
            try await attempt(.measure(.glucose)) { samples += try await reader.glucose() }
            for (measure, type, unit, scale) in Self.quantities {
                try await attempt(.measure(measure)) {
                    samples += try await reader.samples(measure, HKQuantityType(type), HKUnit(from: unit), scale)
                }
            }
            return HealthData(documents: documents, samples: samples, unread: unread)
        }

        func forget() {
            UserDefaults.standard.removeObject(forKey: Self.zonesName)
        }

        /// Where the clock stood when it was read before, and where it stands now.
        private static func notedZones() -> HealthZones {
            let kept = UserDefaults.standard.data(forKey: zonesName)
            var zones = kept.flatMap { try? JSONDecoder().decode(HealthZones.self, from: $0) } ?? HealthZones()
            zones.note(.current, at: Date())
            // Should it not be kept, what is read after a journey counts as changed, and nothing is lost.
            if let data = try? JSONEncoder().encode(zones) { UserDefaults.standard.set(data, forKey: zonesName) }
            return zones
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

        /// Reads one thing after the other.
        private struct Reader {
            let store: HKHealthStore
            let zones: HealthZones

            func records(_ type: HKClinicalType) async throws -> [HealthDocument] {
                let query = HKSampleQueryDescriptor(predicates: [.clinicalRecord(type: type)], sortDescriptors: [])
                return try await query.result(for: store).compactMap(\.fhirResource).map { resource in
                    HealthDocument(
                        json: resource.data, address: resource.sourceURL, version: resource.fhirVersion.stringRepresentation)
                }
            }

            /// In the unit that the person reads it in: who measures 5.4 does not know their 97.3.
            func glucose() async throws -> [HealthSample] {
                let isMolar = try await store.preferredUnits(for: [AppleHealth.glucose])[AppleHealth.glucose] == molar
                return try await samples(
                    .glucose, AppleHealth.glucose, isMolar ? molar : HKUnit(from: "mg/dL"), 1, isMolar: isMolar)
            }

            func samples(
                _ measure: HealthMeasure, _ type: HKQuantityType, _ unit: HKUnit, _ scale: Double, isMolar: Bool = false
            ) async throws -> [HealthSample] {
                let query = HKSampleQueryDescriptor(
                    predicates: [.quantitySample(type: type)], sortDescriptors: [SortDescriptor(\.startDate, order: .reverse)],
                    limit: most)
                return try await query.result(for: store).map { sample in
                    self.sample(sample, measure, [sample.quantity.doubleValue(for: unit) * scale], isMolar: isMolar)
                }
            }

            /// Upper and lower belong together; one without the other is not read.
            func pressures() async throws -> [HealthSample] {
                let query = HKSampleQueryDescriptor(
                    predicates: [.correlation(type: HKCorrelationType(.bloodPressure))],
                    sortDescriptors: [SortDescriptor(\.startDate, order: .reverse)], limit: most)
                return try await query.result(for: store).compactMap { both in
                    let values = [upper, lower].compactMap { type in
                        (both.objects(for: type).first as? HKQuantitySample)?.quantity.doubleValue(for: HKUnit(from: pressure))
                    }
                    return values.count == 2 ? sample(both, .bloodPressure, values) : nil
                }
            }

            /// With the model of its device and not what the source is called: a watch is called by its owner's name, and a clinic
            /// may not know that.
            private func sample(
                _ sample: HKSample, _ measure: HealthMeasure, _ values: [Double], isMolar: Bool = false
            ) -> HealthSample {
                let own = (sample.metadata?[HKMetadataKeyTimeZone] as? String).flatMap { TimeZone(identifier: $0) }
                return HealthSample(
                    id: sample.uuid, measure: measure, values: values, isMolar: isMolar, time: sample.startDate,
                    zone: own ?? zones.zone(at: sample.startDate),
                    device: HealthSample.device(ofModel: sample.sourceRevision.productType),
                    isTyped: sample.metadata?[HKMetadataKeyWasUserEntered] as? Bool ?? false)
            }
        }
    }
#endif
