// What the phone's health app gives, and how it is written as FHIR for the ordinary way in.

import Foundation

/// What was read of the phone's health app.
public struct HealthData: Equatable, Sendable {
    /// Records that clinics put there.
    public let documents: [HealthDocument]
    /// What the person or their devices measured, in any order.
    public let samples: [HealthSample]

    public init(documents: [HealthDocument] = [], samples: [HealthSample] = []) {
        self.documents = documents
        self.samples = samples
    }

    public var isEmpty: Bool { documents.isEmpty && samples.isEmpty }
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
    public let time: Date
    /// Where the clock stood then: the day is that of the person's calendar.
    public let zone: TimeZone
    /// What kind of device measured it, where that is known. Never what its owner calls it, which may be their name.
    public let device: String?
    /// Whether a person typed it.
    public let isTyped: Bool

    public init(
        id: UUID, measure: HealthMeasure, values: [Double], time: Date, zone: TimeZone, device: String?, isTyped: Bool
    ) {
        self.id = id
        self.measure = measure
        self.values = values
        self.time = time
        self.zone = zone
        self.device = device
        self.isTyped = isTyped
    }

    /// What a device of this model is called by everybody; none of a model that is not known.
    public static func device(ofModel model: String?) -> String? {
        let names = ["Watch": "Apple Watch", "iPhone": "iPhone", "iPad": "iPad", "iPod": "iPod"]
        return names.first { model?.hasPrefix($0.key) == true }?.value
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
        let name: String
        let unit: String
        /// As people write the unit, where that is something else.
        var written: String?
        /// Behind the point: more than the device knows would be a false precision.
        let digits: Int
    }

    private var names: [Names] {
        switch self {
        case .bloodPressure:
            [
                Names(code: "8480-6", name: "Systolic blood pressure", unit: "mm[Hg]", written: "mmHg", digits: 0),
                Names(code: "8462-4", name: "Diastolic blood pressure", unit: "mm[Hg]", written: "mmHg", digits: 0),
            ]
        case .restingHeartRate: [Names(code: "40443-4", name: "Resting heart rate", unit: "/min", digits: 0)]
        case .weight: [Names(code: "29463-7", name: "Body weight", unit: "kg", digits: 2)]
        case .height: [Names(code: "8302-2", name: "Body height", unit: "cm", digits: 1)]
        case .glucose: [Names(code: "2339-0", name: "Glucose [Mass/volume] in Blood", unit: "mg/dL", digits: 1)]
        case .oxygen: [Names(code: "59408-5", name: "Oxygen saturation by pulse oximetry", unit: "%", digits: 1)]
        case .temperature: [Names(code: "8310-5", name: "Body temperature", unit: "Cel", written: "°C", digits: 2)]
        }
    }

    /// The FHIR code of the whole measure.
    fileprivate var concept: Concept {
        self == .bloodPressure
            ? Concept(code: "85354-9", name: "Blood pressure") : Concept(code: names[0].code, name: names[0].name)
    }

    fileprivate var category: Concept {
        let kind = self == .glucose ? "laboratory" : "vital-signs"
        return Concept(system: "http://terminology.hl7.org/CodeSystem/observation-category", code: kind, name: kind)
    }

    /// The values with their codes; none where they are no numbers, or not as many as the measure has.
    fileprivate func quantities(_ values: [Double]) -> [(Concept, Quantity)]? {
        guard values.count == names.count else { return nil }
        var found: [(Concept, Quantity)] = []
        for (value, names) in zip(values, names) {
            guard value.isFinite, let number = Decimal(string: String(format: "%.\(names.digits)f", value)) else { return nil }
            let quantity = Quantity(value: number, unit: names.written ?? names.unit, code: names.unit)
            found.append((Concept(code: names.code, name: names.name), quantity))
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
        guard let quantities = sample.measure.quantities(sample.values) else { return nil }
        id = sample.id.uuidString.lowercased()
        category = [sample.measure.category]
        code = sample.measure.concept
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
    }

    let coding: [Coding]
    let text: String

    init(system: String = "http://loinc.org", code: String, name: String) {
        coding = [Coding(system: system, code: code, display: name)]
        text = name
    }
}

private struct Quantity: Encodable {
    let value: Decimal
    let unit: String
    let system = "http://unitsofmeasure.org"
    let code: String
}
