// What the phone's health app gives, and how it is written as FHIR for the ordinary way in.

import Foundation

/// What was read of the phone's health app.
public struct HealthData: Equatable, Sendable {
    /// Records that clinics put there.
    public let documents: [HealthDocument]
    /// What the person or their devices measured, in any order.
    public let samples: [HealthSample]
    /// What could not be read, or not whole, and why. What the person lets nobody read is not among it: the phone does not say.
    public let unread: [HealthPart: Problem]

    public init(documents: [HealthDocument] = [], samples: [HealthSample] = [], unread: [HealthPart: Problem] = [:]) {
        self.documents = documents
        self.samples = samples
        self.unread = unread
    }

    public var isEmpty: Bool { documents.isEmpty && samples.isEmpty }

    /// How many of a part came.
    public func count(of part: HealthPart) -> Int {
        switch part {
        case .clinics: documents.count
        case .measure(let measure): samples.count { $0.measure == measure }
        }
    }
}

/// What is read for itself: where one can't be, the others are.
public enum HealthPart: Hashable, Sendable {
    /// The records of clinics.
    case clinics
    case measure(HealthMeasure)

    /// Every part, in the order in which they are shown.
    public static let all = [HealthPart.clinics] + HealthMeasure.allCases.map(HealthPart.measure)
}

/// A record that a clinic put into the health app: a FHIR resource, byte for byte.
public struct HealthDocument: Equatable, Sendable {
    public let json: Data
    /// Where it lies on the clinic's server; none where it has no such place.
    public let address: URL?
    /// The version of FHIR that it is written in, as the phone names it: they don't mix in one file.
    public let version: String

    public init(json: Data, address: URL?, version: String) {
        self.json = json
        self.address = address
        self.version = version
    }
}

/// What is measured that a clinic asks about.
public enum HealthMeasure: String, CaseIterable, Hashable, Sendable {
    case bloodPressure, restingHeartRate, weight, height, glucose, oxygen, temperature
}

/// Something that was measured.
public struct HealthSample: Equatable, Sendable {
    /// The health app's own name of it: read again, it is the same record.
    public let id: UUID
    public let measure: HealthMeasure
    /// In the measure's unit; of a blood pressure the upper, then the lower.
    public let values: [Double]
    /// Whether a glucose is in mmol/L, which the person reads it in, and not in mg/dL.
    public let isMolar: Bool
    public let time: Date
    /// Where the clock stood then: the day is that of the person's calendar.
    public let zone: TimeZone
    /// What kind of device measured it, where that is known. Never what its owner calls it, which may be their name.
    public let device: String?
    /// Whether a person typed it.
    public let isTyped: Bool

    public init(
        id: UUID, measure: HealthMeasure, values: [Double], isMolar: Bool = false, time: Date, zone: TimeZone,
        device: String?, isTyped: Bool
    ) {
        self.id = id
        self.measure = measure
        self.values = values
        self.isMolar = isMolar
        self.time = time
        self.zone = zone
        self.device = device
        self.isTyped = isTyped
    }

    /// What a device of this model is called by everybody. None of any but a watch: scales and cuffs are read by an app on the phone,
    /// which measured nothing itself.
    public static func device(ofModel model: String?) -> String? {
        model?.hasPrefix("Watch") == true ? "Apple Watch" : nil
    }
}

/// Where the phone's clock stood, as far as that was seen while its health app was read. A sample without a zone of its own has the
/// same one each time, so that reading it again after a journey makes no other record of it.
public struct HealthZones: Codable, Equatable, Sendable {
    private struct Span: Codable, Equatable {
        /// A sample of later than this has this zone.
        let start: Date
        let zone: String
    }

    /// Oldest first.
    private var spans: [Span] = []
    private var lastRead: Date?

    public init() {}

    /// It is read now, and the clock stands in this zone: so it did for what was measured since the last time.
    public mutating func note(_ zone: TimeZone, at now: Date) {
        if spans.last?.zone != zone.identifier {
            spans.append(Span(start: lastRead ?? .distantPast, zone: zone.identifier))
        }
        lastRead = max(lastRead ?? now, now)
    }

    /// The zone of what was measured then.
    public func zone(at time: Date) -> TimeZone {
        (spans.last { $0.start < time } ?? spans.first).flatMap { TimeZone(identifier: $0.zone) } ?? .gmt
    }
}

/// A file of FHIR to be taken in.
public struct HealthFile: Equatable, Sendable {
    public let name: String
    public let content: Data

    public init(name: String, content: Data) {
        self.name = name
        self.content = content
    }
}

extension HealthData {
    /// The records of clinics as they came: a Bundle for each version of FHIR, in which each has its address. What is no resource
    /// is a file of its own, which is set aside rather than lost.
    public var documentFiles: [HealthFile] {
        let (good, bad) = (documents.filter(\.isResource), documents.filter { !$0.isResource })
        let bundles = Dictionary(grouping: good, by: \.version).sorted { $0.key < $1.key }.map { version, documents in
            HealthFile(name: "health-records-\(Self.named(version)).json", content: Self.bundle(documents))
        }
        return bundles
            + bad.enumerated().map { HealthFile(name: "health-record-\($0.offset + 1).json", content: $0.element.json) }
    }

    /// What was measured, a FHIR Observation on each line, the oldest first; none where nothing was.
    public var sampleFiles: [HealthFile] {
        let encoder = JSONEncoder()
        // The same sample is the same bytes each time.
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let sorted = samples.sorted { ($0.time, $0.id.uuidString) < ($1.time, $1.id.uuidString) }
        let lines = sorted.compactMap { Observation($0) }.compactMap { try? encoder.encode($0) }
        return lines.isEmpty
            ? [] : [HealthFile(name: "health-measurements.ndjson", content: Data(lines.joined(separator: [0x0A])))]
    }

    private static func bundle(_ documents: [HealthDocument]) -> Data {
        var content = Data(#"{"resourceType":"Bundle","type":"collection","entry":["#.utf8)
        for (number, document) in documents.enumerated() {
            content.append(Data((number > 0 ? ",{" : "{").utf8))
            let address = document.address.flatMap { try? JSONEncoder().encode([$0.absoluteString]) }
            if let address {
                content.append(Data(#""fullUrl":"#.utf8) + address.dropFirst().dropLast() + Data(",".utf8))
            }
            content.append(Data(#""resource":"#.utf8) + document.json + Data("}".utf8))
        }
        return content + Data("]}".utf8)
    }

    /// A version as a part of a file's name.
    private static func named(_ version: String) -> String {
        version.filter { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == ".") }
    }
}

extension HealthDocument {
    fileprivate var isResource: Bool {
        guard let object = try? JSONSerialization.jsonObject(with: json) as? [String: Any] else { return false }
        return object["resourceType"] is String
    }
}

extension HealthMeasure {
    /// What FHIR calls a measure, by LOINC and UCUM.
    private struct Names {
        let code: String
        /// LOINC's own name.
        let display: String
        /// A wider code that FHIR asks for beside it.
        var wider: Concept.Coding?
        /// As people call it.
        let name: String
        let unit: String
        /// As people write the unit, where that is something else.
        var written: String?
        /// Behind the point: more than the device knows would be a false precision.
        let digits: Int
    }

    private func names(isMolar: Bool) -> [Names] {
        switch self {
        case .bloodPressure:
            [
                Names(
                    code: "8480-6", display: "Systolic blood pressure", name: "Systolic blood pressure", unit: "mm[Hg]",
                    written: "mmHg", digits: 0),
                Names(
                    code: "8462-4", display: "Diastolic blood pressure", name: "Diastolic blood pressure", unit: "mm[Hg]",
                    written: "mmHg", digits: 0),
            ]
        case .restingHeartRate:
            [
                Names(
                    code: "40443-4", display: "Heart rate --resting", wider: .loinc("8867-4", "Heart rate"),
                    name: "Resting heart rate", unit: "/min", written: "beats/min", digits: 0)
            ]
        case .weight: [Names(code: "29463-7", display: "Body weight", name: "Body weight", unit: "kg", digits: 2)]
        case .height: [Names(code: "8302-2", display: "Body height", name: "Body height", unit: "cm", digits: 1)]
        case .glucose where isMolar:
            [
                Names(
                    code: "15074-8", display: "Glucose [Moles/volume] in Blood", name: "Blood glucose", unit: "mmol/L",
                    digits: 1)
            ]
        case .glucose:
            [
                Names(
                    code: "2339-0", display: "Glucose [Mass/volume] in Blood", name: "Blood glucose", unit: "mg/dL", digits: 1)
            ]
        case .oxygen:
            [
                Names(
                    code: "59408-5", display: "Oxygen saturation in Arterial blood by Pulse oximetry",
                    wider: .loinc("2708-6", "Oxygen saturation in Arterial blood"),
                    name: "Oxygen saturation by pulse oximetry", unit: "%", digits: 1)
            ]
        case .temperature:
            [
                Names(
                    code: "8310-5", display: "Body temperature", name: "Body temperature", unit: "Cel", written: "°C", digits: 2)
            ]
        }
    }

    /// The FHIR code of the whole measure.
    fileprivate func concept(isMolar: Bool) -> Concept {
        self == .bloodPressure
            ? Concept([.loinc("85354-9", "Blood pressure panel with all children optional")], text: "Blood pressure")
            : Self.concept(names(isMolar: isMolar)[0])
    }

    private static func concept(_ names: Names) -> Concept {
        Concept([.loinc(names.code, names.display)] + (names.wider.map { [$0] } ?? []), text: names.name)
    }

    fileprivate var category: Concept {
        let (code, display) = self == .glucose ? ("laboratory", "Laboratory") : ("vital-signs", "Vital Signs")
        let system = "http://terminology.hl7.org/CodeSystem/observation-category"
        return Concept([Concept.Coding(system: system, code: code, display: display)], text: display)
    }

    /// The values with their codes; none where they are no numbers, or not as many as the measure has.
    fileprivate func quantities(_ values: [Double], isMolar: Bool) -> [(Concept, Quantity)]? {
        let names = names(isMolar: isMolar)
        guard values.count == names.count else { return nil }
        var found: [(Concept, Quantity)] = []
        for (value, names) in zip(values, names) {
            guard value.isFinite, let number = Decimal(string: String(format: "%.\(names.digits)f", value)) else { return nil }
            let quantity = Quantity(value: number, unit: names.written ?? names.unit, code: names.unit)
            found.append((Self.concept(names), quantity))
        }
        return found
    }
}

/// A sample as FHIR writes it. It says nothing of whom it is about: it is of whoever has the phone, and taken only as the owner's.
private struct Observation: Encodable {
    struct Component: Encodable {
        let code: Concept
        let valueQuantity: Quantity
    }
    struct Named: Encodable {
        let display: String
    }
    struct Note: Encodable {
        let text: String
    }

    let resourceType = "Observation"
    let id: String
    let status = "final"
    let category: [Concept]
    let code: Concept
    let effectiveDateTime: String
    let valueQuantity: Quantity?
    let component: [Component]?
    let device: Named?
    let note: [Note]?

    init?(_ sample: HealthSample) {
        guard let quantities = sample.measure.quantities(sample.values, isMolar: sample.isMolar) else { return nil }
        id = sample.id.uuidString.lowercased()
        category = [sample.measure.category]
        code = sample.measure.concept(isMolar: sample.isMolar)
        let format = ISO8601DateFormatter()
        format.timeZone = sample.zone
        effectiveDateTime = format.string(from: sample.time)
        valueQuantity = quantities.count == 1 ? quantities[0].1 : nil
        component = quantities.count > 1 ? quantities.map { Component(code: $0, valueQuantity: $1) } : nil
        device = sample.device.map { Named(display: $0) }
        note = sample.isTyped ? [Note(text: "Entered by hand")] : nil
    }
}

private struct Concept: Encodable {
    struct Coding: Encodable {
        let system: String
        let code: String
        let display: String

        static func loinc(_ code: String, _ display: String) -> Coding {
            Coding(system: "http://loinc.org", code: code, display: display)
        }
    }

    /// What says most comes first: by that results are put together.
    let coding: [Coding]
    let text: String

    init(_ coding: [Coding], text: String) {
        self.coding = coding
        self.text = text
    }
}

private struct Quantity: Encodable {
    let value: Decimal
    let unit: String
    let system = "http://unitsofmeasure.org"
    let code: String
}
