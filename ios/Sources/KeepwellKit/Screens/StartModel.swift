// The first launch: a new wallet with its words, or an old one back by them.

import Foundation
import Observation

/// What the first launch shows. No word, PIN or passphrase is in it.
public struct StartState: BusyState, Equatable, Sendable {
    /// The steps. What is new goes from ``showWords`` to ``connection``, what comes back from ``typeWords`` to ``report``.
    public enum Step: CaseIterable, Equatable, Sendable {
        case welcome, aboutWords
        case showWords, quiz
        case typeWords, passphrase
        case newPIN, repeatPIN
        case connection, restoring, report, done
    }

    public internal(set) var step = Step.welcome
    /// Whether everything was erased from this phone just now.
    public internal(set) var isErased = false
    /// Whether words bring an old wallet back.
    public internal(set) var isRestoring = false
    public internal(set) var isBusy = false
    public internal(set) var problem: Problem?
    /// Where it would be connected, if the person agrees.
    public internal(set) var offer: ConnectionOffer?
    /// Whether a code named the servers, not the app's maker.
    public internal(set) var isOfferFromCode = false
    public internal(set) var progress: RestoreProgress?
    public internal(set) var report: RestoreReport?
    /// Whether the quiz was answered.
    public internal(set) var areWordsChecked = false
    /// Whether the new wallet is connected.
    public internal(set) var isConnected = false
    /// Whether a face or a finger opens the wallet.
    public internal(set) var hasBiometrics = false
    /// The phone knows no face and no finger, or does not let the app ask.
    public internal(set) var areBiometricsUnavailable = false
}

/// Leads through the first launch. Nothing is on the phone before the PIN was typed twice; then all of it is.
@MainActor @Observable
public final class StartModel: BusyModel, CustomReflectable {
    public internal(set) var state = StartState() {
        didSet {
            guard oldValue.isBusy, !state.isBusy, let code = waitingCode else { return }
            waitingCode = nil
            Task { await offer(code: code) }
        }
    }
    /// The words to write down; for the screen only.
    public internal(set) var words: [String] = []
    public let quiz = QuizModel()
    public let fields: WordFields
    /// What was typed of the passphrase.
    public internal(set) var passphrase = ""
    public let pin: NewPIN
    /// The wallet, once it is made; ``finish()`` hands it over.
    public internal(set) var services: (any WalletServices)?

    let service: any StartService
    private let ready: @MainActor (any WalletServices) -> Void
    @ObservationIgnored var drawn: (any DrawnWords)?
    @ObservationIgnored var made: (any MadeWallet)?
    @ObservationIgnored var read: (any WordsToRestore)?
    @ObservationIgnored var chosenPIN: SecretBytes?
    @ObservationIgnored var restoring: Task<Void, Never>?
    /// A code that came while something was being done, which is not broken off for it.
    @ObservationIgnored private var waitingCode: String?
    /// Far more than a passphrase can be, whatever stands in the pasteboard.
    private static let longest = 4096

    /// `ready` takes the wallet when the journey is over.
    public init(
        service: any StartService, isErased: Bool = false, ready: @escaping @MainActor (any WalletServices) -> Void
    ) {
        self.service = service
        self.ready = ready
        fields = WordFields { [service] text in (try? await service.judgeWords(text)) ?? [:] }
        pin = NewPIN { [service] pin throws(Problem) in try await service.checkNewPIN(pin) }
        state.isErased = isErased
    }

    public nonisolated var customMirror: Mirror { Mirror(self, children: [:]) }

    /// Whether the passphrase begins or ends with a blank, which counts and is easily overlooked.
    public var hasOuterBlank: Bool { passphrase.first?.isWhitespace == true || passphrase.last?.isWhitespace == true }

    /// Whether the step can be left for the next.
    public var canContinue: Bool {
        guard !state.isBusy else { return false }
        return switch state.step {
        case .welcome, .showWords, .passphrase, .report, .done: true
        case .aboutWords, .restoring: false
        case .quiz: quiz.isComplete
        case .typeWords: fields.isContinuous
        case .newPIN, .repeatPIN: pin.entry.isComplete
        case .connection: state.offer != nil
        }
    }

    /// Takes what is in the field of the passphrase now.
    public func type(passphrase text: String) {
        guard !state.isBusy, text != passphrase else { return }
        passphrase = String(text.prefix(Self.longest))
        state.problem = nil
    }

    /// Draws new words and shows them.
    public func startNew() async {
        await work { [service] () throws(Problem) in
            let drawn = try await service.drawWords()
            self.words = try drawn.words()
            self.drawn = drawn
            self.state.isRestoring = false
            self.state.step = .showWords
        }
    }

    /// Asks for the words that the person has.
    public func haveWords() {
        guard !state.isBusy else { return }
        state.problem = nil
        state.isRestoring = true
        state.step = .typeWords
    }

    /// Goes on from this step.
    public func next() async {
        guard canContinue else { return }
        switch state.step {
        case .welcome: state.step = .aboutWords
        case .showWords: await askQuiz()
        case .quiz: await checkQuiz()
        case .typeWords: await readWords()
        case .passphrase: state.step = .newPIN
        case .newPIN, .repeatPIN: await takePIN()
        case .connection: await connect()
        case .report, .done: finish()
        case .aboutWords, .restoring: break
        }
    }

    /// Goes back a step; false where there is none: at the first, and once there is a wallet.
    public func back() -> Bool {
        guard !state.isBusy, services == nil else { return false }
        pin.clear()
        state.problem = nil
        switch state.step {
        case .welcome, .restoring, .report, .done: return false
        case .aboutWords: state.step = .welcome
        case .showWords: forget(to: .aboutWords)
        case .quiz: state.step = .showWords
        case .typeWords: forget(to: .aboutWords)
        case .passphrase:
            read = nil
            passphrase = ""
            state.step = .typeWords
        case .newPIN: state.step = state.isRestoring ? .passphrase : quiz.places.isEmpty ? .showWords : .quiz
        case .repeatPIN, .connection:
            chosenPIN = nil
            state.step = .newPIN
        }
        return true
    }

    /// A code or a link names servers. It only asks.
    public func offer(code text: String) async {
        guard state.step != .restoring else { return }
        guard !state.isBusy else {
            waitingCode = text
            return
        }
        do {
            state.offer = try await service.readConnection(text)
            state.isOfferFromCode = true
            state.problem = nil
            if state.step == .done, made != nil, !state.isConnected { state.step = .connection }
        } catch {
            state.problem = error.worthShowing
        }
    }

    /// Out of sight for long: words that were typed go. Words that were drawn stay, since their owner may be writing them down.
    public func leaveTypedWords() {
        guard state.isRestoring, services == nil, !state.isBusy, state.step != .restoring else { return }
        forget(to: .aboutWords)
    }

    /// Out of sight the journey ends where all is done: what a new wallet's words hold would stay as long as its last screen. What was
    /// offered there is in the settings, too. A report stays to be read.
    func hide() {
        guard !state.isBusy else { return }
        switch state.step {
        case .done: finish()
        case .report: made = nil
        default: break
        }
    }

    /// Hands the wallet over.
    func finish() {
        guard let services else { return }
        forget(to: .done)
        ready(services)
    }

    /// Forgets every secret, and shows `step`.
    func forget(to step: StartState.Step) {
        words = []
        drawn = nil
        made = nil
        read = nil
        chosenPIN = nil
        quiz.clear()
        fields.clear()
        passphrase = ""
        pin.clear()
        state.step = step
    }
}
