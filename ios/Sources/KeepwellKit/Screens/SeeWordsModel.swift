// The recovery words again, by the PIN and six at a time.

import Foundation
import Observation

/// What the screen of the words shows; no word is in it.
public struct SeeWordsState: Equatable, Sendable {
    public internal(set) var isBusy = false
    public internal(set) var problem: Problem?
    /// Which words are shown, from 0; none while the PIN is asked for.
    public internal(set) var page: Int?
}

/// Shows the recovery words until they are out of sight.
@MainActor @Observable
public final class SeeWordsModel: CustomReflectable {
    public private(set) var state = SeeWordsState()
    public let pin = PINEntry()
    private var words: [String] = []
    /// Grows when the words are forgotten: what is still on its way is not shown then.
    @ObservationIgnored private var generation = 0
    private let service: any SafetyService
    /// As many as one writes down without losing one's place.
    private static let onPage = 6

    public init(service: any SafetyService) {
        self.service = service
    }

    public nonisolated var customMirror: Mirror { Mirror(self, children: [:]) }

    /// How many words there are, while they are shown.
    public var count: Int { words.count }
    /// The words of this page; for the screen only.
    public var shown: [NumberedWord] {
        guard let page = state.page else { return [] }
        return NumberedWord.all(words).dropFirst(page * Self.onPage).prefix(Self.onPage).map { $0 }
    }
    public var canShow: Bool { state.page == nil && pin.isComplete && !state.isBusy }
    public var hasNext: Bool { (state.page.map { ($0 + 1) * Self.onPage } ?? .max) < words.count }
    public var hasPrevious: Bool { state.page ?? 0 > 0 }

    /// Shows the first words, since the PIN was typed.
    public func show() async {
        guard canShow else { return }
        let asked = generation
        state.isBusy = true
        state.problem = nil
        defer { state.isBusy = false }
        do throws(Problem) {
            let proof = try await pin.spend { [service] pin throws(Problem) in try await service.authenticate(pin: pin) }
            guard asked == generation else { return }
            words = try proof.words()
            state.page = 0
        } catch {
            if asked == generation { state.problem = error.worthShowing }
        }
    }

    public func next() {
        guard hasNext, let page = state.page else { return }
        turn(to: page + 1)
    }

    public func previous() {
        guard hasPrevious, let page = state.page else { return }
        turn(to: page - 1)
    }

    /// Whoever turns a page is there: writing 24 words down takes longer than the wallet stays open by itself.
    private func turn(to page: Int) {
        state.page = page
        Task { [service] in await service.noteUse() }
    }

    /// Forgets the words and what was typed: out of sight, or when the screen is left.
    public func clear() {
        generation += 1
        pin.clear()
        words = []
        state.page = nil
        state.problem = nil
    }
}

/// A recovery word and its place, from 1.
public struct NumberedWord: Identifiable, Sendable, CustomStringConvertible, CustomReflectable {
    public let place: Int
    public let word: String
    public var id: Int { place }

    /// The words with their places.
    public static func all(_ words: [String]) -> [NumberedWord] {
        words.enumerated().map { NumberedWord(place: $0 + 1, word: $1) }
    }

    public var description: String { "NumberedWord(\(place), ..)" }
    public var customMirror: Mirror { Mirror(self, children: ["place": place]) }
}
