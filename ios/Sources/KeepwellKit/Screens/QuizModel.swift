// Three of the words typed again, to be sure that all of them were written down.

import Foundation
import Observation

/// Asks for three of the recovery words.
@MainActor @Observable
public final class QuizModel: CustomReflectable {
    /// The places that are asked for, from 1.
    public private(set) var places: [Int] = []
    /// What is typed for each place.
    private var typed: [Int: String] = [:]

    public nonisolated var customMirror: Mirror { Mirror(self, children: [:]) }

    /// Whether each place has an answer.
    public var isComplete: Bool { !places.isEmpty && places.allSatisfy { !answer(at: $0).isEmpty } }

    /// What was typed for a place.
    public func answer(at place: Int) -> String { typed[place, default: ""] }

    /// Takes what is in the field of a place now.
    public func type(_ text: String, at place: Int) {
        guard places.contains(place) else { return }
        typed[place] = String(text.prefix(64))
    }

    func ask(for places: [Int]) {
        self.places = places
        typed = [:]
    }

    func answers() -> [Int: SecretBytes] {
        Dictionary(uniqueKeysWithValues: places.map { ($0, SecretBytes(answer(at: $0))) })
    }

    func clear() {
        places = []
        typed = [:]
    }
}
