// What the page of a record says: read by the library, the same on every screen. Words are in the tables.

import Foundation

/// One reason to read a record with care, or that there is none; in the order in which they are told.
public enum Validity: String, CaseIterable, Hashable, Sendable {
    case enteredInError, removedAtSource, modified, refuted, notDone, doNotPerform, cancelled, stopped
    case inactive, unconfirmed, preliminary, notSeenSince
    case valid
}

/// What kind of record it is, whatever its type is called in its version of FHIR.
public enum RecordKind: String, CaseIterable, Hashable, Sendable {
    case patient, allergy, problem, prescription, medicineTaken, medicineGiven, medicineDispensed, vaccination
    case observation, report, procedure, order, visit, document, unreadable
    /// A type that has no kind of its own; its FHIR name is all there is to say.
    case other
}

/// What its source says about a value.
public enum ValueFlag: String, CaseIterable, Hashable, Sendable {
    case critical, high, low, abnormal
}

/// What a line of a record is about.
public enum PictureLabel: String, CaseIterable, Hashable, Sendable {
    case title, code, date, began, ended, status, value, interpretation, referenceRange, criticality, severity
    case reaction, dosage, asNeeded, maximumDose, amount, lot, doseNumber, performer, place, bodySite, reason
    case method, content, results, conclusion, note, description, intent, birthDate, gender, address, contact
    case deceased, narrative
}

/// When something was, in the zone in which it was recorded: a time, or from one to another, of which either may be open.
public struct PictureTime: Equatable, Hashable, Sendable {
    public let start: String?
    public let end: String?
    public let lasts: Bool

    public init(start: String?, end: String? = nil, lasts: Bool = false) {
        self.start = start
        self.end = end
        self.lasts = lasts
    }
}

/// A value as it is shown.
public enum PictureValue: Equatable, Hashable, Sendable {
    /// Words, or digits with their unit, as received.
    case text(String)
    case truth(Bool)
    case time(PictureTime)
    /// A curve, such as that of a heart, which is not drawn.
    case curve
    /// There is no value, and this is why.
    case absent(reason: String)
}

/// A measured number, and between which numbers it is normal.
public struct PictureMeasure: Equatable, Hashable, Sendable {
    public let number: Double
    public let unit: String?
    /// From which number on it is normal, in the same unit.
    public let low: Double?
    /// Up to which number it is normal, in the same unit; not below ``low``.
    public let high: Double?

    public init(number: Double, unit: String? = nil, low: Double? = nil, high: Double? = nil) {
        self.number = number
        self.unit = unit
        self.low = low
        self.high = high
    }
}

/// What a list says of a record.
public struct PictureRow: Equatable, Hashable, Sendable {
    public let kind: RecordKind
    /// FHIR's name of its type.
    public let resourceType: String
    public let title: String?
    public let time: PictureTime?
    public let value: PictureValue?
    /// The same as a number, where it is one.
    public let measure: PictureMeasure?
    public let flag: ValueFlag?
    public let referenceRange: String?
    /// Never empty.
    public let validities: [Validity]

    public init(
        kind: RecordKind, resourceType: String, title: String?, time: PictureTime? = nil, value: PictureValue? = nil,
        measure: PictureMeasure? = nil, flag: ValueFlag? = nil, referenceRange: String? = nil, validities: [Validity] = [.valid]
    ) {
        self.kind = kind
        self.resourceType = resourceType
        self.title = title
        self.time = time
        self.value = value
        self.measure = measure
        self.flag = flag
        self.referenceRange = referenceRange
        self.validities = validities
    }
}

/// What is said under a label.
public struct PictureFact: Equatable, Hashable, Sendable {
    public let label: PictureLabel
    public let values: [PictureValue]

    public init(label: PictureLabel, values: [PictureValue]) {
        self.label = label
        self.values = values
    }
}

/// A part of a measurement, as the upper of two blood pressures, with what its source says of this part.
public struct PicturePart: Equatable, Hashable, Sendable {
    public let title: String?
    public let value: PictureValue?
    /// The same as a number, where it is one.
    public let measure: PictureMeasure?
    public let flag: ValueFlag?
    /// What its source says of it that no flag says, in its own words.
    public let interpretation: [String]
    public let referenceRange: String?

    public init(
        title: String?, value: PictureValue?, measure: PictureMeasure? = nil, flag: ValueFlag? = nil,
        interpretation: [String] = [], referenceRange: String? = nil
    ) {
        self.title = title
        self.value = value
        self.measure = measure
        self.flag = flag
        self.interpretation = interpretation
        self.referenceRange = referenceRange
    }
}

/// A text of some length: a note, a letter.
public struct PicturePassage: Equatable, Hashable, Sendable {
    public let label: PictureLabel
    public let title: String?
    public let text: String

    public init(label: PictureLabel, title: String?, text: String) {
        self.label = label
        self.title = title
        self.text = text
    }

    /// What is shown among the rest of the record.
    public var beginning: String { isLong ? text.prefix(Self.short) + "…" : text }

    /// Whether there is more than that.
    public var isLong: Bool { text.count > Self.short }

    /// Two screens at most, in usual type.
    private static let short = 1_200
}

/// A file in a record or one that it points to; an address is never followed.
public struct PictureAttachment: Equatable, Hashable, Sendable {
    public let title: String?
    public let contentType: String?
    /// How many bytes it has, as far as that is known.
    public let bytes: Int?
    public let address: String?
    /// Whether its bytes are in the wallet.
    public let isHere: Bool
    /// What a person reads of it, where it is text.
    public let text: String?

    public init(
        title: String?, contentType: String?, bytes: Int? = nil, address: String? = nil, isHere: Bool = false,
        text: String? = nil
    ) {
        self.title = title
        self.contentType = contentType
        self.bytes = bytes
        self.address = address
        self.isHere = isHere
        self.text = text
    }

    /// What can be shown of a file.
    public enum Readable: Equatable, Sendable {
        case pages, picture
    }

    /// What can be shown of it; none of what is not here, or of a kind that is not shown.
    public var readable: Readable? {
        guard isHere, let mediaType else { return nil }
        if mediaType == "application/pdf" { return .pages }
        return Self.pictures.contains(mediaType) ? .picture : nil
    }

    private static let pictures: Set = ["image/jpeg", "image/jpg", "image/png", "image/tiff", "image/heic", "image/gif"]

    private var mediaType: String? {
        contentType?.split(separator: ";").first.map { $0.trimmingCharacters(in: .whitespaces).lowercased() }
    }
}

/// A field under FHIR's name.
public struct PictureField: Equatable, Hashable, Sendable {
    public let name: String
    public let value: PictureValue

    public init(name: String, value: PictureValue) {
        self.name = name
        self.value = value
    }
}

/// Everything that the page of a record says.
public struct RecordPicture: Equatable, Sendable {
    public let row: PictureRow
    public let facts: [PictureFact]
    public let parts: [PicturePart]
    public let results: [PictureRow]
    public let passages: [PicturePassage]
    public let attachments: [PictureAttachment]
    public let fields: [PictureField]
    /// The name of where its present version came from.
    public let source: String
    public let received: Date?

    public init(
        row: PictureRow, facts: [PictureFact] = [], parts: [PicturePart] = [], results: [PictureRow] = [],
        passages: [PicturePassage] = [], attachments: [PictureAttachment] = [], fields: [PictureField] = [],
        source: String = "", received: Date? = nil
    ) {
        self.row = row
        self.source = source
        self.received = received
        self.facts = facts
        self.parts = parts
        self.results = results
        self.passages = passages
        self.attachments = attachments
        self.fields = fields
    }
}

/// A version of a record, as it came.
public struct RecordVersion: Equatable, Hashable, Identifiable, Sendable {
    /// What became of it.
    public enum Standing: String, CaseIterable, Hashable, Sendable {
        /// It is the one that is shown.
        case present
        /// Another version is shown.
        case superseded
        /// It would be shown, but its source removed the record.
        case removedAtSource
        /// No import that stands carries it.
        case takenBack
    }

    /// Which one, from 1, in the order in which they came.
    public let id: Int
    public let standing: Standing
    public let source: String
    public let received: Date

    public init(id: Int, standing: Standing, source: String, received: Date) {
        self.id = id
        self.standing = standing
        self.source = source
        self.received = received
    }
}

/// A result of the same code as another.
public struct SeriesResult: Equatable, Hashable, Identifiable, Sendable {
    public let id: RecordSummary.ID
    public let row: PictureRow

    public init(id: RecordSummary.ID, row: PictureRow) {
        self.id = id
        self.row = row
    }
}
