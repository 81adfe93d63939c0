// Words for people, in their language. The tables are plain `.strings`, so that tests read them on Linux too; both are
// generated from `fixtures/texts`.

import Foundation

/// The texts of one language.
public struct Texts: Sendable {
    /// The languages that have a table.
    public static let languages = ["en", "es"]

    /// The texts in the language that the person prefers among those there are.
    public static let preferred = Texts(
        language: Bundle.preferredLocalizations(from: languages, forPreferences: Locale.preferredLanguages).first ?? "en")

    /// The language's code.
    public let language: String
    private let table: [String: String]

    /// The texts of a language; English where there is no table.
    public init(language: String) {
        self.language = Self.languages.contains(language) ? language : "en"
        let url = Bundle.module.url(
            forResource: "Localizable", withExtension: "strings", subdirectory: nil, localization: self.language)
        let list = url.flatMap { try? Data(contentsOf: $0) }.flatMap { data in
            try? PropertyListSerialization.propertyList(from: data, format: nil)
        }
        table = list as? [String: String] ?? [:]
    }

    /// The locale for dates and numbers.
    public var locale: Locale { Locale(identifier: language) }

    /// A text with its placeholders filled in their order.
    public func callAsFunction(_ key: TextKey, _ arguments: any CustomStringConvertible...) -> String {
        filled(raw(key.rawValue), arguments)
    }

    /// A text in the form that belongs to a number, which fills the first placeholder.
    public func callAsFunction(_ key: PluralKey, _ number: Int, _ others: any CustomStringConvertible...) -> String {
        filled(raw("\(key.rawValue).\(category(of: number))"), [number] + others)
    }

    /// A category's name.
    public func label(_ category: RecordCategory) -> String { named("category", category.rawValue) }

    /// A purpose's name.
    public func label(_ purpose: Purpose) -> String { named("purpose", purpose.rawValue) }

    /// The text of an enum's value: that of `category` and `family-history` is `categoryFamilyHistory`.
    func named(_ kind: String, _ value: String) -> String { raw(name(kind, value)) }

    /// The text of one of a source's own values; none of one that the table does not know.
    func named(_ kind: String, ifKnown value: String) -> String? { table[name(kind, value)] }

    private func name(_ kind: String, _ value: String) -> String {
        kind + value.split(separator: "-").map { $0.prefix(1).uppercased() + $0.dropFirst() }.joined()
    }

    /// The text as the table has it; its key where it has none.
    func raw(_ key: String) -> String { table[key] ?? key }

    /// The plural category of a whole number, as Unicode CLDR has it.
    private func category(of number: Int) -> String {
        if number == 1 { return "one" }
        return language == "es" && number != 0 && number % 1_000_000 == 0 ? "many" : "other"
    }

    /// Fills `%1$@`, `%2$@`…; what is filled in is not looked through again.
    private func filled(_ text: String, _ arguments: [any CustomStringConvertible]) -> String {
        var (result, rest) = ("", text[...])
        while let found = rest.range(of: "%[1-9]\\$@", options: .regularExpression) {
            let position = rest[found].dropFirst().first?.wholeNumberValue ?? 0
            result += rest[..<found.lowerBound]
            result += arguments.indices.contains(position - 1) ? arguments[position - 1].description : String(rest[found])
            rest = rest[found.upperBound...]
        }
        return result + rest
    }

    /// The keys that the table has.
    var keys: Set<String> { Set(table.keys) }
}
