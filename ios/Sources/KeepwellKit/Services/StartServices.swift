// What the first launch and the way in of records ask for.

import Foundation

/// What is on this phone when the app starts.
public enum FoundWallet: Sendable {
    /// A wallet, locked.
    case wallet(any WalletServices)
    /// None: one is to be made, or made again from its words.
    case none(any StartService)
}

/// Making a wallet on a phone that has none.
public protocol StartService: Sendable {
    /// Where the app was built to connect; none where it was built without.
    func builtInConnection() async throws(Problem) -> ConnectionOffer?
    /// Reads the text of a code; it connects nothing.
    func readConnection(_ text: String) async throws(Problem) -> ConnectionOffer
    /// Draws the words of a new wallet; nothing is kept before ``DrawnWords/create(pin:)``.
    func drawWords() async throws(Problem) -> any DrawnWords
    /// Reads recovery words as people write them.
    func readWords(_ text: SecretBytes) async throws(Problem) -> any WordsToRestore
    /// What each word is as far as it is typed, by its number, which stands before it: `3. pol`; for the screen only.
    func judgeWords(_ text: SecretBytes) async throws(Problem) -> [Int: TypedWord]
    /// Throws ``Problem/pinUnsuitable`` if it can't be a new PIN.
    func checkNewPIN(_ pin: SecretBytes) async throws(Problem)
}

/// What a word is as far as it is typed.
public enum TypedWord: Equatable, Sendable {
    /// A recovery word.
    case known
    /// The beginning of some; at most three.
    case begun([String])
    /// No beginning of any; what may have been meant, at most three.
    case unknown([String])
}

/// Words that were drawn; they are overwritten when the last reference goes.
public protocol DrawnWords: ShownWords {
    /// Makes the wallet, whole or not at all, and leaves it open. `answers` that were checked are noted; empty: not checked.
    func create(pin: SecretBytes, answers: [Int: SecretBytes]) async throws(Problem) -> any MadeWallet
}

/// A wallet that was just made or brought back, with the proof that its owner is here until the last reference goes.
public protocol MadeWallet: Sendable {
    var services: any WalletServices { get }
    /// Connects it; what was broken off goes on when called again.
    func connect(to offer: ConnectionOffer) async throws(Problem)
    /// Lets a face or a finger that the phone knows now open the wallet; the phone may ask for it.
    func enableBiometrics() async throws(Problem)
}

/// Recovery words that were read; they are overwritten when the last reference goes.
public protocol WordsToRestore: Sendable {
    /// Brings the wallet back, whole or not at all, with a new PIN, and leaves it open; ends with its task. No bytes are no
    /// passphrase.
    func restore(
        passphrase: SecretBytes, pin: SecretBytes, from offer: ConnectionOffer,
        progress: @escaping @Sendable (RestoreProgress) -> Void
    ) async throws(Problem) -> RestoredWallet
}

/// A wallet that came back, connected.
public struct RestoredWallet: Sendable {
    public let wallet: any MadeWallet
    public let report: RestoreReport

    public init(wallet: any MadeWallet, report: RestoreReport) {
        self.wallet = wallet
        self.report = report
    }
}

/// How the wallet is, and connecting one that works on its own.
public protocol StatusService: Sendable {
    func status() async throws(Problem) -> WalletStatus
    /// Where the app was built to connect; none where it was built without.
    func builtInConnection() async throws(Problem) -> ConnectionOffer?
    /// Reads the text of a code; it connects nothing.
    func readConnection(_ text: String) async throws(Problem) -> ConnectionOffer
    /// Connects, with the PIN as proof that the owner is here.
    func connect(to offer: ConnectionOffer, pin: SecretBytes) async throws(Problem)
}

/// Taking records in.
public protocol ImportService: Sendable {
    /// Takes the records of files that belong together, about the owner or `person` of ``ImportOutcome/whoIsIt(_:)``; ends with
    /// its task, and nothing is taken then. `source` is what to call where they come from, where that is known; `progress` is told
    /// bytes.
    func importFiles(
        at paths: [String], of person: FoundPerson.ID?, source: String?, progress: @escaping @Sendable (Int) -> Void
    ) async throws(Problem) -> ImportOutcome
    /// Reads what a link to records says of itself; nobody is asked.
    func readLink(_ text: String) throws(Problem) -> LinkPreview
    /// Fetches what is behind a link, at least one file; whoever made it is told that `recipient` opened it. The passcode goes there
    /// only where the link asks for one. Ends with its task.
    func openLink(_ text: String, as recipient: String, passcode: SecretBytes?) async throws(Problem) -> [FetchedFile]
    /// Takes the records of files that were fetched, as ``importFiles(at:of:source:progress:)`` does.
    func importFetched(
        _ files: [FetchedFile], of person: FoundPerson.ID?, progress: @escaping @Sendable (Int) -> Void
    ) async throws(Problem) -> ImportOutcome
    /// Every import, newest first.
    func imports() async throws(Problem) -> [Import]
    /// Who may have seen what would be taken back.
    func reach(of id: Import.ID) async throws(Problem) -> ImportReach
    /// Takes an import back.
    func undo(_ id: Import.ID) async throws(Problem) -> UndoReport
    /// What could not be read, in the order in which it came.
    func setAside() async throws(Problem) -> [SetAsideItem]
    /// Removes an item for good.
    func drop(_ id: SetAsideItem.ID) async throws(Problem)
}
