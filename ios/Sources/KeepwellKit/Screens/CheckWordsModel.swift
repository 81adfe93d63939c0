// The recovery words shown again against the PIN and asked for, which was put off at the first launch.

import Foundation
import Observation

/// Where checking the words stands. No word and no PIN is in it.
public struct CheckWordsState: Equatable, Sendable {
    /// The steps, in their order.
    public enum Step: CaseIterable, Equatable, Sendable {
        case pin, show, quiz, done
    }

    public internal(set) var step = Step.pin
    public internal(set) var isBusy = false
    public internal(set) var problem: Problem?
}

/// Shows the words to whoever knows the PIN, and asks for three of them.
@MainActor @Observable
public final class CheckWordsModel: CustomReflectable, Identifiable {
    public private(set) var state = CheckWordsState()
    /// The words; for the screen only, and only while they are on it.
    public private(set) var words: [String] = []
    public let quiz = QuizModel()
    public let pin = PINEntry()
    private let service: any SafetyService
    @ObservationIgnored private var shown: (any ShownWords)?
    /// Grows when everything is forgotten: what is still on its way is not shown then.
    @ObservationIgnored private var generation = 0

    public init(service: any SafetyService) {
        self.service = service
    }

    public nonisolated var customMirror: Mirror { Mirror(self, children: [:]) }

    /// Whether the step can be left for the next.
    public var canContinue: Bool {
        guard !state.isBusy else { return false }
        return switch state.step {
        case .pin: pin.isComplete
        case .show: true
        case .quiz: quiz.isComplete
        case .done: false
        }
    }

    /// Goes on from this step.
    public func next() async {
        guard canContinue else { return }
        switch state.step {
        case .pin: await show()
        case .show: await ask()
        case .quiz: await check()
        case .done: break
        }
    }

    /// Goes back from the quiz to the words; anything else is left by closing it.
    public func lookAgain() async {
        guard state.step == .quiz, !state.isBusy else { return }
        quiz.clear()
        await work { [service] () throws(Problem) in
            self.words = try self.shown?.words() ?? []
            self.state.step = .show
            await service.noteUse()
        }
    }

    /// Out of sight it forgets everything and begins anew at the PIN, but where all is done.
    public func hide() {
        guard state.step != .done else { return }
        generation += 1
        forget()
        state.step = .pin
        state.problem = nil
    }

    /// Forgets everything; what is still on its way is forgotten when it comes.
    public func close() {
        generation += 1
        forget()
        state = CheckWordsState()
    }

    private func show() async {
        let asked = generation
        await work { [service, pin] () throws(Problem) in
            let shown = try await pin.spend { pin throws(Problem) in try await service.authenticate(pin: pin) }
            guard asked == self.generation else { return }
            self.words = try shown.words()
            self.shown = shown
            self.state.step = .show
        }
    }

    private func ask() async {
        await work { [service] () throws(Problem) in
            self.quiz.ask(for: try self.shown?.quiz() ?? [])
            self.words = []
            self.state.step = .quiz
            // Whoever goes on is there: comparing 24 words takes longer than the wallet stays open by itself.
            await service.noteUse()
        }
    }

    private func check() async {
        let answers = quiz.answers()
        defer { answers.values.forEach { $0.erase() } }
        await work { () throws(Problem) in
            guard let shown = self.shown else { throw .internalError }
            try await shown.check(answers)
            // Also out of sight: it is noted, and no word is shown by it.
            self.forget()
            self.state.step = .done
        }
    }

    private func forget() {
        pin.clear()
        quiz.clear()
        words = []
        shown = nil
    }

    private func work(_ body: @MainActor () async throws(Problem) -> Void) async {
        guard !state.isBusy else { return }
        let asked = generation
        state.isBusy = true
        state.problem = nil
        defer { state.isBusy = false }
        do {
            try await body()
        } catch {
            if asked == generation { state.problem = error.worthShowing }
        }
    }
}
