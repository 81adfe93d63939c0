// Recovery words typed into numbered fields.

import Foundation
import Observation

/// What is typed of recovery words: a field for each, and what may complete the one that is being typed.
///
/// SwiftUI edits text as a `String`, which can't be overwritten: it is dropped as soon as the words are read.
@MainActor @Observable
public final class WordFields: CustomReflectable {
    /// As many as Keepwell draws; who has fewer leaves the last ones empty.
    public nonisolated static let count = 24
    /// What stands in each field.
    public private(set) var fields = Array(repeating: "", count: WordFields.count)
    /// What each word is, by its field, as far as it was looked at.
    private var judged: [Int: TypedWord] = [:]
    /// The field that is being typed in, from 0.
    public private(set) var current = 0
    /// Says what each word of a text is, by its number.
    private let judge: @Sendable (SecretBytes) async -> [Int: TypedWord]
    /// Longer than any word of the ten languages.
    private static let longest = 32

    public init(judge: @escaping @Sendable (SecretBytes) async -> [Int: TypedWord]) {
        self.judge = judge
    }

    public nonisolated var customMirror: Mirror { Mirror(self, children: [:]) }

    /// How many fields have something in them.
    public var typed: Int { fields.count { !$0.isEmpty } }

    /// Whether nothing is missing in between.
    public var isContinuous: Bool { typed > 0 && fields.prefix(typed).allSatisfy { !$0.isEmpty } }

    /// What may be meant in the field that is being typed in; for the screen only.
    public var suggestions: [String] {
        switch judged[current] {
        case .begun(let words) where fields[current].count >= 2, .unknown(let words): words
        case .begun, .known, nil: []
        }
    }

    /// Whether what stands in a field is no recovery word; what is being typed may still become one.
    public func isWrong(at index: Int) -> Bool {
        switch judged[index] {
        case .unknown: true
        case .begun: index != current
        case .known, nil: false
        }
    }

    /// Takes what is in a field now. Several words at once, as when pasted, fill the fields after it; a blank goes on to the next.
    public func type(_ text: String, at index: Int) {
        guard fields.indices.contains(index), text != fields[index] else { return }
        current = index
        judged[index] = nil
        let words = Self.words(in: text.prefix(Self.longest * 2 * Self.count))
        guard words.count > 1 || text.last?.isWhitespace == true else {
            fields[index] = words.first ?? ""
            return
        }
        for (offset, word) in words.enumerated() where fields.indices.contains(index + offset) {
            fields[index + offset] = word
            judged[index + offset] = nil
        }
        go(to: index + words.count)
    }

    /// The person went to a field.
    public func go(to index: Int) {
        current = min(max(index, 0), fields.count - 1)
    }

    /// Puts a suggestion in the field that is being typed in, and goes on to the next.
    public func take(_ suggestion: String) {
        fields[current] = suggestion
        judged[current] = .known
        go(to: current + 1)
    }

    /// Looks at what was typed. What was typed on meanwhile is not judged by it.
    public func look() async {
        let looked = fields
        let text = Self.secret(looked.enumerated().map { $1.isEmpty ? "" : "\($0 + 1). \($1)" })
        defer { text.erase() }
        let found = await judge(text)
        guard looked == fields else { return }
        judged = Dictionary(uniqueKeysWithValues: found.map { ($0 - 1, $1) })
    }

    /// All of it, for reading.
    func text() -> SecretBytes { Self.secret(fields) }

    /// What is not empty, with blanks between.
    private static func secret(_ words: [String]) -> SecretBytes {
        let text = SecretBytes(capacity: words.reduce(0) { $0 + $1.utf8.count + 1 })
        for word in words where !word.isEmpty {
            if text.count > 0 { text.append(UInt8(ascii: " ")) }
            for byte in word.utf8 { text.append(byte) }
        }
        return text
    }

    /// Forgets everything.
    func clear() {
        fields = Array(repeating: "", count: Self.count)
        judged = [:]
        current = 0
    }

    /// The words of a text without numbers and marks around them.
    private static func words(in text: Substring) -> [String] {
        text.split { $0.isWhitespace || ",;.:)、，".contains($0) }
            .filter { !$0.allSatisfy(\.isNumber) }
            .map { String($0.prefix(longest)) }
    }
}
