// The way back in without the PIN: the recovery words, their passphrase, and a new PIN.

import Foundation
import Observation

/// Where recovery stands; what was typed is not in it.
public struct RecoveryState: Equatable, Sendable {
    /// What the person is asked for.
    public enum Step: Equatable, Sendable {
        case words, passphrase, newPIN, repeatPIN
    }

    public internal(set) var step = Step.words
    public internal(set) var isBusy = false
    public internal(set) var problem: Problem?
}

/// Opens the wallet with its recovery words and sets a new PIN.
///
/// SwiftUI edits text as a `String`, which can't be overwritten: it is dropped as soon as its step is done, and the words are then
/// only where the wallet keeps them.
@MainActor @Observable
public final class RecoveryModel: CustomReflectable {
    public private(set) var state = RecoveryState()
    /// What was typed of the words.
    public private(set) var words = ""
    /// What may have been meant by the word that is none; for the screen only.
    public private(set) var suggestions: [String] = []
    /// What was typed of the passphrase.
    public private(set) var passphrase = ""
    /// The new PIN, and then the same again.
    public let pin = PINEntry()
    private let service: any LockService
    @ObservationIgnored private var read: (any ReadWords)?
    @ObservationIgnored private var chosen: SecretBytes?
    /// Far more than 24 words or a passphrase can be, whatever stands in the pasteboard.
    private static let longest = 4096

    public init(service: any LockService) {
        self.service = service
    }

    public nonisolated var customMirror: Mirror { Mirror(self, children: [:]) }

    /// How many words were typed; numbers before them do not count.
    public var count: Int { Written.words(in: words).count }

    /// Whether the passphrase begins or ends with a blank, which counts and is easily overlooked.
    public var hasOuterBlank: Bool { passphrase.first?.isWhitespace == true || passphrase.last?.isWhitespace == true }

    /// Whether the step can be left for the next.
    public var canContinue: Bool {
        guard !state.isBusy else { return false }
        return switch state.step {
        case .words: count > 0
        case .passphrase: true
        case .newPIN, .repeatPIN: pin.isComplete
        }
    }

    /// Takes what is in the field of words now.
    public func type(words text: String) {
        guard !state.isBusy, text != words else { return }
        words = String(text.prefix(Self.longest))
        suggestions = []
        state.problem = nil
    }

    /// Takes what is in the field of the passphrase now.
    public func type(passphrase text: String) {
        guard !state.isBusy, text != passphrase else { return }
        passphrase = String(text.prefix(Self.longest))
        state.problem = nil
    }

    /// Puts a suggestion in the place of the word that is none.
    public func take(_ suggestion: String) {
        guard case .wordsUnreadable(_, let position?)? = state.problem else { return }
        let written = Written.words(in: words)
        guard written.indices.contains(position - 1) else { return }
        words.replaceSubrange(written[position - 1], with: suggestion)
        suggestions = []
        state.problem = nil
    }

    /// Goes on from this step; after the last one the wallet is open.
    public func next() async {
        guard canContinue else { return }
        state.isBusy = true
        state.problem = nil
        defer { state.isBusy = false }
        switch state.step {
        case .words: await readWords()
        case .passphrase: state.step = .newPIN
        case .newPIN: await choosePIN()
        case .repeatPIN: await unlock()
        }
    }

    /// Goes back a step; false at the first, which is left by leaving the screen.
    public func back() -> Bool {
        guard !state.isBusy else { return true }
        pin.clear()
        state.problem = nil
        switch state.step {
        case .words: return false
        case .passphrase: clear()
        case .newPIN: state.step = .passphrase
        case .repeatPIN:
            chosen = nil
            state.step = .newPIN
        }
        return true
    }

    /// Forgets everything.
    public func clear() {
        pin.clear()
        chosen = nil
        read = nil
        words = ""
        suggestions = []
        passphrase = ""
        state = RecoveryState()
    }

    private func readWords() async {
        let text = SecretBytes(words)
        defer { text.erase() }
        do throws(Problem) {
            read = try await service.readWords(text)
            words = ""
            state.step = .passphrase
        } catch {
            state.problem = error.worthShowing
            // Without suggestions the position alone must do.
            suggestions = (try? await service.suggestWords(text)) ?? []
        }
    }

    private func choosePIN() async {
        chosen = await copiedPIN()
        state.step = .repeatPIN
    }

    private func unlock() async {
        let first = chosen
        chosen = nil
        let second = await copiedPIN()
        guard let first, first.isSame(as: second) else { return chooseAgain(.pinsDiffer) }
        guard let read else { return chooseAgain(.internalError) }
        let typed = SecretBytes(passphrase)
        defer {
            typed.erase()
            first.erase()
            second.erase()
        }
        do throws(Problem) {
            try await read.unlock(passphrase: typed, newPIN: second)
        } catch {
            switch error {
            case .wrongWords, .passphraseTooLong:
                state.step = .passphrase
                state.problem = error
            // The words are here: what asks for them would lead in a circle.
            case .wordsNeeded: chooseAgain(.deviceKeyUnavailable)
            default: chooseAgain(error)
            }
        }
    }

    private func copiedPIN() async -> SecretBytes {
        let copy = SecretBytes(capacity: PINEntry.lengths.upperBound)
        try? await pin.spend { digits throws(Problem) in digits.read { bytes in bytes.forEach { copy.append($0) } } }
        return copy
    }

    private func chooseAgain(_ problem: Problem) {
        state.step = .newPIN
        state.problem = problem.worthShowing
    }
}

/// Words as they stand in the text, without the numbers before them.
private enum Written {
    static func words(in text: String) -> [Range<String.Index>] {
        var found: [Range<String.Index>] = []
        var start: String.Index?
        for index in text.indices {
            let character = text[index]
            if character.isWhitespace || commas.contains(character) {
                if let begun = start { found.append(begun..<index) }
                start = nil
            } else if start == nil, character.isLetter {
                start = index
            }
        }
        if let begun = start { found.append(begun..<text.endIndex) }
        return found
    }

    private static let commas: Set<Character> = [",", ";", "、", "，"]
}
