// What the screens ask of a wallet. The real one is in KeepwellService, one for tests and previews in KeepwellFake.

import Foundation

/// Something that happened in the wallet.
public enum WalletChange: Equatable, Sendable {
    case unlocked
    case locked
    case grantChanged(Grant.ID, Grant.State)
    case grantExpiring(Grant.ID, Date)
    /// Somebody opened a share, or tried to.
    case shareTried(Share.ID)
    /// A clinic read records, told once for all that it read since the last time.
    case recordsRead(RecordsRead)
    /// A clinic's key was replaced without its own signature.
    case clinicKeyChanged(Clinic.ID, name: String)
    /// Something else; lists may have changed.
    case other
}

/// Opening and closing the wallet.
public protocol LockService: Sendable {
    /// What happens from now on. Each call is a subscription of its own that ends with the stream.
    func changes() -> AsyncStream<WalletChange>
    /// Whether it is unlocked; never waits.
    var isUnlocked: Bool { get }
    /// Unlocks with the PIN.
    func unlock(pin: SecretBytes) async throws(Problem)
    /// Reads recovery words as people write them.
    func readWords(_ text: SecretBytes) async throws(Problem) -> any ReadWords
    /// What may have been meant by the first word that is none, at most three; for the screen only.
    func suggestWords(_ text: SecretBytes) async throws(Problem) -> [String]
    /// Locks at once.
    func lock() async throws(Problem)
    /// Says whether the app is out of sight, so that the wallet can lock itself in time.
    func setInBackground(_ isInBackground: Bool) async throws(Problem)
}

/// Recovery words that were read; they are overwritten when the last reference goes.
public protocol ReadWords: Sendable {
    /// Unlocks and sets a new PIN, whatever became of the old one and of the phone's key; no bytes are no passphrase.
    func unlock(passphrase: SecretBytes, newPIN: SecretBytes) async throws(Problem)
}

/// Looking at records.
public protocol RecordService: Sendable {
    /// How many records each category has; empty ones are left out.
    func counts() async throws(Problem) -> [CategoryCount]
    /// A page of records, newest first; `mark` is what the page before gave.
    func page(_ query: RecordQuery, after mark: String?) async throws(Problem) -> RecordPage
    /// What a record says, read by the library.
    func picture(of record: RecordSummary.ID) async throws(Problem) -> RecordPicture
    /// The versions of a record, in the order in which they came.
    func history(of record: RecordSummary.ID) async throws(Problem) -> [RecordVersion]
    /// The results of the same code as this one, newest first and with it among them.
    func series(of record: RecordSummary.ID) async throws(Problem) -> [SeriesResult]
    /// The bytes of the file in this place among the attachments of a record's picture, from 0; none is fetched.
    func attachment(of record: RecordSummary.ID, at index: Int) async throws(Problem) -> Data
    /// A record, byte for byte as received: JSON.
    func content(of record: RecordSummary.ID) async throws(Problem) -> Data
}

/// Granting and revoking.
public protocol ConsentService: Sendable {
    /// What the patient chooses among.
    var choices: Choices { get }
    /// The directory by name; names and places are as listed and not yet proved.
    func clinics() async throws(Problem) -> [Clinic]
    /// Those of `clinics` with every word of `text` in their name or place, case and accents aside; all for no word.
    func find(_ text: String, among clinics: [Clinic]) throws(Problem) -> [Clinic]
    /// One clinic, proved now.
    func proveClinic(_ id: Clinic.ID) async throws(Problem) -> Clinic
    /// Takes what a clinic asks for by its code, proved to be its own; nothing is given by that.
    func takeRequest(_ code: String) async throws(Problem) -> AccessRequest
    /// Refuses what a clinic asks for, for ever; needs no network, and nobody is told.
    func refuseRequest(_ id: AccessRequest.ID) async throws(Problem)
    /// What the clinic would see.
    func preview(_ terms: GrantTerms) async throws(Problem) -> GrantPreview
    /// What a grant covers of the records that there are now.
    func preview(of grant: Grant.ID) async throws(Problem) -> GrantPreview
    /// How many days from now a grant can be extended to last, ascending; none where nothing makes it longer, or it is over.
    func extensionDays(of grant: Grant.ID) async throws(Problem) -> [Int]
    /// Grants, with the PIN as proof that the owner is here. It is decided then, and ``sync()`` tells the clinic.
    func grant(_ terms: GrantTerms, pin: SecretBytes) async throws(Problem) -> Grant
    /// Grants anew what a grant covers, for so many days from now, and ends the former one once the new one stands; the PIN is
    /// the proof that the owner is here.
    func extend(_ id: Grant.ID, days: Int, pin: SecretBytes) async throws(Problem) -> GrantExtension
    /// Every grant, newest first.
    func grants() async throws(Problem) -> [Grant]
    /// Ends a grant on this phone at once, also without network; ``sync()`` tells host and ledger.
    func revoke(_ id: Grant.ID) async throws(Problem) -> Grant.State
    /// Sends what is queued and fetches proofs. That somebody is not reached is said in what it came to.
    func sync() async throws(Problem) -> SyncOutcome
    /// How many grants and shares stand otherwise than the patient decided, because no server was told yet.
    func unsent() async throws(Problem) -> Int
}

/// What a sync came to.
public struct SyncOutcome: Equatable, Sendable {
    /// Whether everybody was reached.
    public let isComplete: Bool
    /// Whether something was sent or heard, so that lists may have changed.
    public let hasNews: Bool

    public init(isComplete: Bool, hasNews: Bool) {
        self.isComplete = isComplete
        self.hasNews = hasNews
    }
}

/// Sharing by link.
public protocol ShareService: Sendable {
    /// What would leave with a share. Nothing is sent.
    func preview(_ request: ShareRequest) async throws(Problem) -> SharePreview
    /// Whether that may be the passcode of a share; throws ``Problem/passcodeUnsuitable(_:)``.
    func checkPasscode(_ passcode: SecretBytes) throws(Problem)
    /// Makes a share; its link works when this returns, and with a passcode opens only with that.
    func share(_ request: ShareRequest, passcode: SecretBytes?) async throws(Problem) -> Share
    /// Link and code of a share that has not ended, however long ago it was made; needs no network.
    func code(of id: Share.ID) async throws(Problem) -> ShareCode
    /// Every share, newest first.
    func shares() async throws(Problem) -> [Share]
    /// Pauses, resumes or ends a share. What closes it also without network: ``Share/isTold`` says whether the host knows, and
    /// ``ConsentService/sync()`` tells it.
    func change(_ id: Share.ID, _ action: Share.Action) async throws(Problem) -> Share
    /// Who opened a share, oldest first.
    func openings(of id: Share.ID) async throws(Problem) -> [ShareOpening]
}

/// What happened.
public protocol LogService: Sendable {
    /// What the owner did, and what others did as far as the host is reached and keeps it.
    func log() async throws(Problem) -> Log
    /// The same about one grant, and how many records were read under it.
    func activity(of grant: Grant.ID) async throws(Problem) -> GrantActivity
}

/// Everything the screens need.
public typealias WalletServices = LockService & RecordService & ConsentService & ShareService & LogService & ImportService
    & StatusService & SafetyService & HomeService & SourceService
