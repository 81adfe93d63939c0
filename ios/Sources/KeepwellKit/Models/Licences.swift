// The work of others that the library is built of; `./dev licences` writes what is read here.

import Foundation

/// What is built in, and under which terms it may be used.
public struct Licences: Decodable, Sendable {
    /// The work of somebody.
    public struct Part: Decodable, Hashable, Identifiable, Sendable {
        public let name: String
        /// None where it has no version of its own.
        public let version: String
        /// The licences as SPDX writes them.
        public let licence: String
        /// Where its source is.
        public let source: String
        fileprivate let texts: [Int]

        public var id: String { title }
        public var title: String { version.isEmpty ? name : "\(name) \(version)" }
    }

    /// By their names.
    public let parts: [Part]
    private let texts: [String]

    /// The notices that belong to a part; none where its source brings none.
    public func texts(of part: Part) -> [String] {
        part.texts.compactMap { texts.indices.contains($0) ? texts[$0] : nil }
    }

    /// What is built into this app; nothing only where its file is missing, which a test rules out.
    public static func builtIn() -> Licences {
        let data = Bundle.module.url(forResource: "licences", withExtension: "json").flatMap { try? Data(contentsOf: $0) }
        return data.flatMap { try? JSONDecoder().decode(Licences.self, from: $0) } ?? Licences(parts: [], texts: [])
    }
}
