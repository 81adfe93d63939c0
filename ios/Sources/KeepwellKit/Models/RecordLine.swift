// A FHIR resource as lines of name and text, for a person to read.

import Foundation

/// One line of a record's page.
public struct RecordLine: Equatable, Hashable, Sendable {
    /// The element's FHIR name in words: `onsetDateTime` is "onset date time".
    public let name: String
    public let text: String

    public init(name: String, text: String) {
        self.name = name
        self.text = text
    }

    /// What a resource says, in its own order. Left out is what machines use: `resourceType`, `id`, `meta`, the narrative,
    /// extensions, and contained resources.
    public static func lines(of resource: JSONText) -> [RecordLine] {
        guard case .object(let members) = resource else { return [] }
        return members.compactMap { member in
            guard !forMachines.contains(member.name), !member.name.hasPrefix("_") else { return nil }
            let text = words(member.value)
            return text.isEmpty ? nil : RecordLine(name: inWords(member.name), text: text)
        }
    }

    private static let forMachines: Set = [
        "resourceType", "id", "meta", "text", "extension", "modifierExtension", "contained", "implicitRules",
    ]

    /// A value in words: what a person wrote if there is any, else its parts.
    private static func words(_ value: JSONText) -> String {
        switch value {
        case .string(let text): return text
        case .number(let digits): return digits
        case .boolean(let value): return value ? "✓" : "✗"
        case .null: return ""
        case .array(let values): return values.map(words).filter { !$0.isEmpty }.joined(separator: "\n")
        case .object(let members):
            if case .string(let text)? = value["text"] { return text }
            if case .array(let codings)? = value["coding"] {
                return codings.map { words($0["display"] ?? $0["code"] ?? .null) }.filter { !$0.isEmpty }.joined(separator: ", ")
            }
            if let number = value["value"], let unit = value["unit"] ?? value["code"] {
                return [value["comparator"], number, unit].compactMap { $0 }.map(words).joined(separator: " ")
            }
            if let display = value["display"] ?? value["reference"] { return words(display) }
            return members.filter { !forMachines.contains($0.name) && $0.name != "system" && !$0.name.hasPrefix("_") }
                .map { words($0.value) }.filter { !$0.isEmpty }.joined(separator: ", ")
        }
    }

    private static func inWords(_ name: String) -> String {
        name.reduce(into: "") { words, letter in
            if letter.isUppercase { words += " " }
            words += letter.lowercased()
        }
    }
}
