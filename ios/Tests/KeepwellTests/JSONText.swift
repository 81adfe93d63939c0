// JSON as scenarios compare it: the order of members and each number's own digits are kept.

import Foundation

/// A JSON value. Numbers are text, members are in the order of the source.
public indirect enum JSONText: Equatable, Sendable {
    case object([Member])
    case array([JSONText])
    case string(String)
    /// The digits as written.
    case number(String)
    case boolean(Bool)
    case null

    /// A member of an object.
    public struct Member: Equatable, Sendable {
        public let name: String
        public let value: JSONText

        public init(name: String, value: JSONText) {
            self.name = name
            self.value = value
        }
    }

    /// How deep values may be nested.
    public static let deepest = 64

    /// Reads RFC 8259 JSON; none if it is anything else, or nested more than ``deepest``.
    public init?(_ data: Data) {
        var reader = Reader(bytes: [UInt8](data))
        guard let value = reader.value(depth: 0) else { return nil }
        reader.skipBlanks()
        guard reader.isAtEnd else { return nil }
        self = value
    }

    /// The member of this name, of an object.
    public subscript(name: String) -> JSONText? {
        guard case .object(let members) = self else { return nil }
        return members.first { $0.name == name }?.value
    }
}

private struct Reader {
    let bytes: [UInt8]
    var at = 0

    init(bytes: [UInt8]) { self.bytes = bytes }

    var isAtEnd: Bool { at == bytes.count }
    var next: UInt8? { at < bytes.count ? bytes[at] : nil }

    mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || (0x09...0x0A).contains(byte) || byte == 0x0D { at += 1 }
    }

    mutating func take(_ text: StaticString) -> Bool {
        let wanted = text.withUTF8Buffer { Array($0) }
        guard bytes[at...].starts(with: wanted) else { return false }
        at += wanted.count
        return true
    }

    mutating func value(depth: Int) -> JSONText? {
        guard depth <= JSONText.deepest else { return nil }
        skipBlanks()
        switch next {
        case UInt8(ascii: "{"): return object(depth: depth)
        case UInt8(ascii: "["): return array(depth: depth)
        case UInt8(ascii: "\""): return string().map(JSONText.string)
        case UInt8(ascii: "t"): return take("true") ? .boolean(true) : nil
        case UInt8(ascii: "f"): return take("false") ? .boolean(false) : nil
        case UInt8(ascii: "n"): return take("null") ? .null : nil
        default: return number()
        }
    }

    mutating func object(depth: Int) -> JSONText? {
        var members: [JSONText.Member] = []
        at += 1
        skipBlanks()
        if take("}") { return .object(members) }
        repeat {
            skipBlanks()
            guard let name = string() else { return nil }
            skipBlanks()
            guard take(":"), let value = value(depth: depth + 1) else { return nil }
            members.append(.init(name: name, value: value))
            skipBlanks()
        } while take(",")
        return take("}") ? .object(members) : nil
    }

    mutating func array(depth: Int) -> JSONText? {
        var values: [JSONText] = []
        at += 1
        skipBlanks()
        if take("]") { return .array(values) }
        repeat {
            guard let value = value(depth: depth + 1) else { return nil }
            values.append(value)
            skipBlanks()
        } while take(",")
        return take("]") ? .array(values) : nil
    }

    /// Finds where the string ends and leaves escapes and UTF-8 to Foundation.
    mutating func string() -> String? {
        let start = at
        guard take("\"") else { return nil }
        while let byte = next, byte != UInt8(ascii: "\"") {
            at += byte == UInt8(ascii: "\\") ? 2 : 1
        }
        guard at < bytes.count, take("\"") else { return nil }
        return try? JSONDecoder().decode(String.self, from: Data(bytes[start..<at]))
    }

    mutating func number() -> JSONText? {
        let start = at
        _ = take("-")
        if !take("0") { guard digits() else { return nil } }
        if take(".") { guard digits() else { return nil } }
        if take("e") || take("E") {
            if !take("+") { _ = take("-") }
            guard digits() else { return nil }
        }
        return .number(String(decoding: bytes[start..<at], as: UTF8.self))
    }

    mutating func digits() -> Bool {
        let start = at
        while let byte = next, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) { at += 1 }
        return at > start
    }
}
