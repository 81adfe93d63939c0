// The first launch, done by the library.

import Foundation
import Keepwell
import KeepwellKit

/// Makes the wallet of this phone, or brings one back.
public final class RustStart: StartService, Sendable {
    private let config: WalletConfig
    private let connection: BuiltInConnection

    init(config: WalletConfig, connection: BuiltInConnection) {
        self.config = config
        self.connection = connection
    }

    public func builtInConnection() async throws(Problem) -> KeepwellKit.ConnectionOffer? { try connection.read() }

    public func readConnection(_ text: String) async throws(Problem) -> KeepwellKit.ConnectionOffer {
        try BuiltInConnection.read(Data(text.utf8))
    }

    public func drawWords() async throws(Problem) -> any DrawnWords {
        try await call { [config, connection] in
            LibraryDrawnWords(drawn: try RecoveryWords.generate(), config: config, connection: connection)
        }
    }

    public func readWords(_ text: SecretBytes) async throws(Problem) -> any WordsToRestore {
        try await text.withData { text throws(Problem) in
            try await call { [config, connection] in
                LibraryWordsToRestore(read: try RecoveryWords.parse(text: text), config: config, connection: connection)
            }
        }
    }

    public func judgeWords(_ text: SecretBytes) async throws(Problem) -> [Int: KeepwellKit.TypedWord] {
        try await text.withData { text throws(Problem) in
            try await call {
                let words = try readTypedWords(text: text).words
                return Dictionary(words.map { (Int($0.position), KeepwellKit.TypedWord($0.state)) }) { first, _ in first }
            }
        }
    }

    public func checkNewPIN(_ pin: SecretBytes) async throws(Problem) {
        try await pin.withData { pin throws(Problem) in try await call { try Pin(digits: pin).checkChoice() } }
    }
}

/// Where the app was built to connect: the content of its connection file, if it has one.
struct BuiltInConnection: Sendable {
    let file: Data?

    func read() throws(Problem) -> KeepwellKit.ConnectionOffer? {
        guard let file else { return nil }
        return try Self.read(file)
    }

    static func read(_ text: Data) throws(Problem) -> KeepwellKit.ConnectionOffer {
        guard !text.starts(with: KeepwellKit.ConnectionOffer.clinicCodePrefix.utf8) else { throw .clinicCode }
        do {
            return KeepwellKit.ConnectionOffer(try KeepwellCore.readConnection(text: text))
        } catch {
            throw Problem(error)
        }
    }
}

/// Words in the library's memory, which overwrites them when it lets go of them.
private final class LibraryDrawnWords: DrawnWords, Sendable {
    private let drawn: RecoveryWords
    private let config: WalletConfig
    private let connection: BuiltInConnection

    init(drawn: RecoveryWords, config: WalletConfig, connection: BuiltInConnection) {
        self.drawn = drawn
        self.config = config
        self.connection = connection
    }

    func words() throws(Problem) -> [String] {
        try told {
            var phrase = try drawn.text()
            return takeWords(of: &phrase)
        }
    }

    func quiz() throws(Problem) -> [Int] { try told { try drawn.quiz().map(Int.init) } }

    func check(_ answers: [Int: SecretBytes]) throws(Problem) {
        try told { try drawn.checkQuiz(answers: answers.asQuizAnswers) }
    }

    func create(pin: SecretBytes, answers: [Int: SecretBytes]) async throws(Problem) -> any MadeWallet {
        try await pin.withData { pin throws(Problem) in
            try await call { [config, connection, drawn] in
                let made = try await Wallet.create(config: config, words: drawn, pin: Pin(digits: pin))
                if !answers.isEmpty {
                    // They were checked against these words; were it to fail all the same, the app asks again.
                    try? await made.wallet.confirmWords(authentication: made.authentication, answers: answers.asQuizAnswers)
                }
                return LibraryMadeWallet(made.wallet, made.authentication, connection: connection)
            }
        }
    }

    private func told<Result>(_ body: () throws -> Result) throws(Problem) -> Result {
        do {
            return try body()
        } catch {
            throw Problem(error)
        }
    }
}

extension KeepwellKit.TypedWord {
    fileprivate init(_ state: TypedWordState) {
        switch state {
        case .known: self = .known
        case .begun(let completions): self = .begun(completions)
        case .unknown(let suggestions): self = .unknown(suggestions)
        }
    }
}

extension [Int: SecretBytes] {
    var asQuizAnswers: [QuizAnswer] {
        map { place, word in QuizAnswer(position: UInt32(clamping: place), word: word.read { Data($0) }) }
    }
}

/// A wallet that was just made or brought back; its proof is void when this goes.
private final class LibraryMadeWallet: MadeWallet, Sendable {
    let services: any WalletServices
    private let wallet: Wallet
    private let authentication: Authentication

    init(_ wallet: Wallet, _ authentication: Authentication, connection: BuiltInConnection) {
        self.wallet = wallet
        self.authentication = authentication
        services = RustWallet(wallet, connection: connection)
    }

    deinit {
        // It can only be void already.
        try? authentication.void()
    }

    func connect(to offer: KeepwellKit.ConnectionOffer) async throws(Problem) {
        try await call { [wallet, authentication] in
            _ = try await wallet.connect(authentication, to: offer.servers, invite: offer.invite)
        }
    }

    func enableBiometrics() async throws(Problem) {
        try await call { [wallet, authentication] in try await wallet.enableBiometrics(authentication: authentication) }
    }
}

/// Words in the library's memory, which overwrites them when it lets go of them.
private final class LibraryWordsToRestore: WordsToRestore, Sendable {
    private let read: RecoveryWords
    private let config: WalletConfig
    private let connection: BuiltInConnection

    init(read: RecoveryWords, config: WalletConfig, connection: BuiltInConnection) {
        self.read = read
        self.config = config
        self.connection = connection
    }

    func restore(
        passphrase: SecretBytes, pin: SecretBytes, from offer: KeepwellKit.ConnectionOffer,
        progress: @escaping @Sendable (KeepwellKit.RestoreProgress) -> Void
    ) async throws(Problem) -> KeepwellKit.RestoredWallet {
        try await passphrase.withData { passphrase throws(Problem) in
            try await pin.withData { pin throws(Problem) in
                try await call { [config, connection, read] in
                    let told = LastProgress(progress)
                    let restored = try await Wallet.restore(
                        config: config, words: read, pin: Pin(digits: pin), servers: offer.servers,
                        passphrase: Passphrase(text: passphrase),
                        observer: EventFilter { KeepwellKit.RestoreProgress($0).map(told.tell) })
                    told.finish()
                    return KeepwellKit.RestoredWallet(
                        wallet: LibraryMadeWallet(restored.wallet, restored.authentication, connection: connection),
                        report: KeepwellKit.RestoreReport(restored.report))
                }
            }
        }
    }
}

/// Passes on how far it is. The library tells that on a thread of its own, and whoever is done may not have been told of the end.
private final class LastProgress: @unchecked Sendable {
    private let lock = NSLock()
    private var total = 1
    private let progress: @Sendable (KeepwellKit.RestoreProgress) -> Void

    init(_ progress: @escaping @Sendable (KeepwellKit.RestoreProgress) -> Void) {
        self.progress = progress
    }

    func tell(_ told: KeepwellKit.RestoreProgress) {
        if told.total > 0 { lock.withLock { total = told.total } }
        progress(told)
    }

    func finish() {
        let total = lock.withLock { self.total }
        progress(KeepwellKit.RestoreProgress(bytes: total, total: total))
    }
}

/// Passes on what it is told, event by event.
final class EventFilter: Observer {
    private let take: @Sendable (Event) -> Void

    init(_ take: @escaping @Sendable (Event) -> Void) {
        self.take = take
    }

    func onEvents(events: [Event]) throws { events.forEach(take) }
}
