// The recovery words again, by the PIN and six at a time; and asked for where that was put off at the first launch.

import Foundation
import Observation

/// Where seeing or checking the words stands. No word and no PIN is in it.
public struct CheckWordsState: BusyState, Equatable, Sendable {
    /// The steps, in their order.
    public enum Step: CaseIterable, Equatable, Sendable {
        case pin, show, quiz, done
    }

    public internal(set) var step = Step.pin
    /// Which words are shown, from 0.
    public internal(set) var page = 0
    public internal(set) var isBusy = false
    public internal(set) var problem: Problem?
}

/// Shows the words to whoever knows the PIN, until they are out of sight, and may ask for three of them.
@MainActor @Observable
public final class CheckWordsModel: BusyModel, CustomReflectable, Identifiable {
    public internal(set) var state = CheckWordsState()
    public let quiz = QuizModel()
    public let pin = PINEntry()
    /// Whether three of the words are asked for after the last page.
    public let isQuiz: Bool
    private var words: [String] = []
    private let service: any SafetyService
    @ObservationIgnored private var proof: (any ShownWords)?
    /// Grows when everything is forgotten: what is still on its way is not shown then.
    @ObservationIgnored private(set) var generation = 0
    /// As many as one writes down without losing one's place.
    private static let onPage = 6

    public init(service: any SafetyService, isQuiz: Bool) {
        self.service = service
        self.isQuiz = isQuiz
    }

    public nonisolated var customMirror: Mirror { Mirror(self, children: [:]) }

    /// How many words there are, while they are shown.
    public var count: Int { words.count }
    /// The words of this page; for the screen only.
    public var shown: [NumberedWord] {
        NumberedWord.all(words).dropFirst(state.page * Self.onPage).prefix(Self.onPage).map { $0 }
    }
    public var hasNext: Bool { state.step == .show && (state.page + 1) * Self.onPage < words.count }
    public var hasPrevious: Bool { state.step == .show && state.page > 0 }

    /// Whether the step can be left for the next.
    public var canContinue: Bool {
        guard !state.isBusy else { return false }
        return switch state.step {
        case .pin: pin.isComplete
        case .show: hasNext || isQuiz
        case .quiz: quiz.isComplete
        case .done: false
        }
    }

    /// Goes on from this step, or to the next page of it.
    public func next() async {
        guard canContinue else { return }
        switch state.step {
        case .pin: await show()
        case .show: if hasNext { await turn(to: state.page + 1) } else { await ask() }
        case .quiz: await check()
        case .done: break
        }
    }

    /// Goes back to the page before.
    public func previous() async {
        guard hasPrevious, !state.isBusy else { return }
        await turn(to: state.page - 1)
    }

    /// Goes back from the quiz to the words; anything else is left by closing it.
    public func lookAgain() async {
        guard state.step == .quiz, !state.isBusy else { return }
        quiz.clear()
        await work { [service] () throws(Problem) in
            self.words = try self.proof?.words() ?? []
            self.state.page = 0
            self.state.step = .show
            await service.noteUse()
        }
    }

    /// Out of sight it forgets everything and begins anew at the PIN, but where all is done.
    public func hide() {
        guard state.step != .done else { return }
        close()
    }

    /// Forgets everything; what is still on its way is forgotten when it comes.
    public func close() {
        generation += 1
        forget()
        state = CheckWordsState(isBusy: state.isBusy)
    }

    private func show() async {
        let asked = generation
        await work { [service, pin] () throws(Problem) in
            let proof = try await pin.prove(to: service)
            guard asked == self.generation else { return }
            self.words = try proof.words()
            // Nobody needs it any more who only looks.
            self.proof = self.isQuiz ? proof : nil
            self.state.step = .show
        }
    }

    /// Whoever turns a page is there: writing 24 words down takes longer than the wallet stays open by itself.
    private func turn(to page: Int) async {
        state.page = page
        await service.noteUse()
    }

    private func ask() async {
        await work { [service] () throws(Problem) in
            self.quiz.ask(for: try self.proof?.quiz() ?? [])
            self.words = []
            self.state.page = 0
            self.state.step = .quiz
            await service.noteUse()
        }
    }

    private func check() async {
        let answers = quiz.answers()
        defer { answers.values.forEach { $0.erase() } }
        await work { () throws(Problem) in
            guard let proof = self.proof else { throw .internalError }
            try await proof.check(answers)
            // Also out of sight: it is noted, and no word is shown by it.
            self.forget()
            self.state.step = .done
        }
    }

    private func forget() {
        pin.clear()
        quiz.clear()
        words = []
        proof = nil
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
