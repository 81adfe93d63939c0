// The library's identifiers: text, as types of their own, so that none is taken for another. The other files here are generated.

/// An identifier of the library's.
///
/// Any text makes one, for what an app keeps of them (saved state, notifications, links) is text; the call that gets one which
/// is none throws `WalletError.InvalidArgument`. Two are equal if they are written the same. They are coded as their text.
public protocol Identifier: Hashable, Sendable, Codable, CustomStringConvertible {
    /// As the library writes it, or as it was given.
    var text: String { get }

    /// The identifier that is written so.
    init(_ text: String)
}

extension Identifier {
    public var description: String { text }

    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(String.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// A grant: 64 lowercase hexadecimal digits.
public struct GrantId: Identifier {
    public let text: String

    public init(_ text: String) { self.text = text }
}

/// A provider: 64 lowercase hexadecimal digits.
public struct ProviderId: Identifier {
    public let text: String

    public init(_ text: String) { self.text = text }
}

/// A record over all its versions: 64 lowercase hexadecimal digits.
public struct RecordId: Identifier {
    public let text: String

    public init(_ text: String) { self.text = text }
}

/// What one import brought: 32 lowercase hexadecimal digits.
public struct DeliveryId: Identifier {
    public let text: String

    public init(_ text: String) { self.text = text }
}

/// An item in quarantine: 64 lowercase hexadecimal digits.
public struct QuarantineId: Identifier {
    public let text: String

    public init(_ text: String) { self.text = text }
}

/// A share: 32 lowercase hexadecimal digits.
public struct LinkId: Identifier {
    public let text: String

    public init(_ text: String) { self.text = text }
}

/// What a clinic asks for: 32 lowercase hexadecimal digits.
public struct RequestId: Identifier {
    public let text: String

    public init(_ text: String) { self.text = text }
}

/// A clinic's server that records come from: 32 lowercase hexadecimal digits.
public struct SourceId: Identifier {
    public let text: String

    public init(_ text: String) { self.text = text }
}

/// Where a page of records ended: opaque, good for queries in the same order.
public struct Cursor: Identifier {
    public let text: String

    public init(_ text: String) { self.text = text }
}

/// A trust anchor as people compare it: 20 hexadecimal digits, in groups of four where the library writes it;
/// any grouping and case is read.
public struct AnchorFingerprint: Identifier {
    public let text: String

    public init(_ text: String) { self.text = text }
}
