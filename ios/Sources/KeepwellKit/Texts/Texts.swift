// Words for people, in their language. The tables are plain `.strings`, so that tests read them on Linux too.

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

    /// A text that has no placeholder.
    public func callAsFunction(_ key: TextKey) -> String { raw(key.rawValue) }

    /// A text with its one placeholder, `%@`, filled.
    public func callAsFunction(_ key: TextKey, _ argument: some CustomStringConvertible) -> String {
        raw(key.rawValue).replacingOccurrences(of: "%@", with: argument.description)
    }

    /// A category's name.
    public func label(_ category: RecordCategory) -> String { raw("category.\(category.rawValue)") }

    /// A purpose's name.
    public func label(_ purpose: Purpose) -> String { raw("purpose.\(purpose.rawValue)") }

    /// The text as the table has it; its key where it has none.
    func raw(_ key: String) -> String { table[key] ?? key }

    /// The keys that the table has.
    var keys: Set<String> { Set(table.keys) }
}
