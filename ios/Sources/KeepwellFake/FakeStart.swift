// A phone without a wallet, in memory: for tests of the first launch and for its previews.

import Foundation
import KeepwellKit

/// A phone on which a wallet can be made or brought back. What it finds when it starts again is what was left on it.
public final class FakeStart: StartService, @unchecked Sendable {
    /// What tests and previews can set.
    public struct World: Sendable {
        /// The wallet on the phone, if there is one.
        public var wallet: FakeWallet?
        public var builtIn: ConnectionOffer?
        /// Whether the network is there.
        public var isOnline = true
        /// Wallets at the host, by their words and passphrase.
        public var kept: [String: FakeWallet.World] = [:]
        /// What the report of a restore names as missing.
        public var missing: [RestoreReport.Missing] = []
        /// Whether fetching goes on until it is stopped.
        public var isSlow = false
        /// Thrown by the next call, once.
        public var nextProblem: Problem?

        public init() {}
    }

    /// The words that it draws. They are no secret.
    public static let words = [
        "legal", "winner", "thank", "year", "wave", "sausage", "worth", "useful", "letter", "advice", "cage", "absurd", "amount",
        "doctor", "acoustic", "avoid", "lemon", "green", "river", "cabin", "silver", "window", "garden", "bread",
    ]
    /// An offer as a demonstration makes it.
    public static let demonstration = ConnectionOffer(
        hostName: "records.example.org", ledgerName: "ledger.example.org", anchorFingerprint: "5d1e 09af 7c33 b0e2 41f8",
        isDemonstration: true, ledgerURL: "https://ledger.example.org", hostURL: "https://records.example.org",
        anchor: Data("{}".utf8))

    private let lock = NSLock()
    private var world: World

    public init(_ world: World = World()) {
        self.world = world
    }

    /// Looks at or changes the world under its lock.
    @discardableResult
    public func change<Result>(_ body: (inout World) -> Result) -> Result {
        lock.withLock { body(&world) }
    }

    /// What the app finds when it starts.
    public func find() async throws(Problem) -> FoundWallet {
        try await act { world in
            if world.wallet?.change({ $0.isErased }) == true { world.wallet = nil }
            return world.wallet.map { .wallet($0) } ?? .none(self)
        }
    }

    public func builtInConnection() async throws(Problem) -> ConnectionOffer? { try await act { $0.builtIn } }

    public func readConnection(_ text: String) async throws(Problem) -> ConnectionOffer {
        try await act { _ throws(Problem) in try Self.read(text) }
    }

    public func drawWords() async throws(Problem) -> any DrawnWords {
        try await act { _ in FakeDrawnWords(phone: self) }
    }

    public func readWords(_ text: SecretBytes) async throws(Problem) -> any WordsToRestore {
        try await act { _ throws(Problem) in
            let typed = text.words
            guard typed.count == Self.words.count else { throw .wordsUnreadable(.wordCount, position: nil) }
            if let unknown = typed.firstIndex(where: { !Self.words.contains($0) }) {
                throw .wordsUnreadable(.unknownWord, position: unknown + 1)
            }
            return FakeWordsToRestore(phone: self, words: typed)
        }
    }

    public func judgeWords(_ text: SecretBytes) async throws(Problem) -> [Int: TypedWord] {
        try await act { _ in
            let pairs = text.text.split(separator: " ").map(String.init)
            return stride(from: 0, to: pairs.count - 1, by: 2).reduce(into: [:]) { judged, at in
                judged[Int(pairs[at].dropLast()) ?? 0] = Self.judge(pairs[at + 1])
            }
        }
    }

    private static func judge(_ word: String) -> TypedWord {
        if words.contains(word) { return .known }
        let completions = words.filter { $0.hasPrefix(word) }
        return completions.isEmpty ? .unknown(words.filter { $0.first == word.first }) : .begun(Array(completions.prefix(3)))
    }

    public func checkNewPIN(_ pin: SecretBytes) async throws(Problem) {
        try await act { _ throws(Problem) in
            guard pin.isSuitable else { throw .pinUnsuitable }
        }
    }

    /// Reads a code of the fake's: the prefix and the host's name.
    static func read(_ text: String) throws(Problem) -> ConnectionOffer {
        guard !text.hasPrefix(ConnectionOffer.clinicCodePrefix) else { throw .clinicCode }
        guard text.hasPrefix(ConnectionOffer.codePrefix) else { throw .connectionUnreadable }
        let name = String(text.dropFirst(ConnectionOffer.codePrefix.count))
        guard !name.isEmpty else { throw .connectionUnreadable }
        return ConnectionOffer(
            hostName: name, ledgerName: "ledger.\(name)", anchorFingerprint: "5d1e 09af 7c33 b0e2 41f8",
            isDemonstration: false, ledgerURL: "https://ledger.\(name)", hostURL: "https://\(name)", anchor: Data("{}".utf8))
    }

    func act<Result>(
        needsNetwork: Bool = false, _ body: (inout World) throws(Problem) -> Result
    ) async throws(Problem) -> Result {
        await Task.yield()
        let result: Swift.Result<Result, Problem> = lock.withLock {
            if let problem = world.nextProblem {
                world.nextProblem = nil
                return .failure(problem)
            }
            if needsNetwork, !world.isOnline { return .failure(.offline) }
            do throws(Problem) {
                return .success(try body(&world))
            } catch {
                return .failure(error)
            }
        }
        return try result.get()
    }
}

private struct FakeDrawnWords: DrawnWords {
    let phone: FakeStart

    func words() throws(Problem) -> [String] { FakeStart.words }
    func quiz() throws(Problem) -> [Int] { [3, 11, 20] }

    func check(_ answers: [Int: SecretBytes]) throws(Problem) {
        let isRight = answers.allSatisfy { place, word in word.words == [FakeStart.words[place - 1]] }
        guard answers.count >= 3, isRight else { throw .quizFailed }
    }

    func create(pin: SecretBytes, answers: [Int: SecretBytes]) async throws(Problem) -> any MadeWallet {
        let wallet = try await phone.act { world throws(Problem) in
            guard world.wallet == nil else { throw .refused(code: "WalletExists") }
            guard pin.isSuitable else { throw .pinUnsuitable }
            var made = FakeWallet.World()
            made.words = FakeStart.words
            made.pin = pin.text
            made.isUnlocked = true
            made.areWordsVerified = !answers.isEmpty
            made.isConnected = false
            made.builtIn = world.builtIn
            let wallet = FakeWallet(made)
            world.wallet = wallet
            return wallet
        }
        return FakeMadeWallet(phone: phone, wallet: wallet)
    }
}

private struct FakeMadeWallet: MadeWallet {
    let phone: FakeStart
    let wallet: FakeWallet

    var services: any WalletServices { wallet }

    func connect(to offer: ConnectionOffer) async throws(Problem) {
        try await phone.act(needsNetwork: true) { _ throws(Problem) in
            guard wallet.isUnlocked else { throw .locked }
            wallet.change { $0.isConnected = true }
        }
    }

    func enableBiometrics() async throws(Problem) {
        try await phone.act { _ throws(Problem) in
            guard wallet.isUnlocked else { throw .locked }
            guard wallet.change({ $0.knowsFinger }) else { throw .deviceKeyUnavailable }
            wallet.change { $0.hasBiometrics = true }
        }
    }
}

private struct FakeWordsToRestore: WordsToRestore {
    let phone: FakeStart
    let words: [String]

    func restore(
        passphrase: SecretBytes, pin: SecretBytes, from offer: ConnectionOffer,
        progress: @escaping @Sendable (RestoreProgress) -> Void
    ) async throws(Problem) -> RestoredWallet {
        guard pin.isSuitable else { throw .pinUnsuitable }
        progress(RestoreProgress(bytes: 40, total: 100))
        while phone.change({ $0.isSlow }) {
            guard (try? await Task.sleep(nanoseconds: 1_000_000)) != nil else { throw .cancelled }
        }
        return try await phone.act(needsNetwork: true) { world throws(Problem) in
            let key = words.joined(separator: " ") + passphrase.text
            guard var kept = world.kept[key] else { throw .nothingToRestore }
            kept.words = words
            kept.passphrase = passphrase.text
            kept.pin = pin.text
            kept.isUnlocked = true
            kept.areWordsVerified = true
            kept.isConnected = true
            let wallet = FakeWallet(kept)
            world.wallet = wallet
            let report = RestoreReport(
                records: kept.records.count, grants: kept.grants.count, shares: kept.shares.count, time: kept.now,
                missing: world.missing)
            return RestoredWallet(wallet: FakeMadeWallet(phone: phone, wallet: wallet), report: report)
        }
    }
}
