// A wallet in memory that behaves: for tests of the view models and for previews of the screens.

import Foundation
import KeepwellKit

/// What is behind a link.
public struct FakeLink: Sendable {
    public var preview: LinkPreview
    public var files: [FetchedFile]
    public var passcode: String?
    public var triesLeft = 3
    /// How often it still opens.
    public var opens = 1

    public init(_ preview: LinkPreview, files: [FetchedFile], passcode: String? = nil) {
        self.preview = preview
        self.files = files
        self.passcode = passcode
    }
}

/// A wallet without files, network or cryptography. It locks, delays, refuses and queues as the real one does.
public final class FakeWallet: WalletServices, @unchecked Sendable {
    /// What tests and previews can set.
    public struct World: Sendable {
        public var pin = "271828"
        public var words = ["legal", "winner", "thank", "year"]
        public var passphrase = ""
        /// What counts as a word.
        public var knownWords: Set = ["legal", "winner", "thank", "year", "yellow", "yard", "leg"]
        /// Wrong PINs so far.
        public var wrongPINs = 0
        public var isUnlocked = false
        /// Whether the network is there.
        public var isOnline = true
        /// Whether the ledger includes what the host takes.
        public var isLedgerReached = true
        /// Whether a clinic's inbox takes what it is sent.
        public var isClinicReached = true
        public var now = Date(timeIntervalSince1970: 1_800_000_000)
        public var owner: Owner?
        /// In the order in which they came.
        public var records: [RecordSummary] = []
        /// How many records there were when the owner looked last; none before they looked first.
        public var seen: Int?
        public var trends: [RecordSummary.ID: Trend] = [:]
        /// How many records the host does not have yet.
        public var unsentRecords = 0
        /// Whether the host has lost records and they are not sent again yet.
        public var hasHostLost = false
        /// Whether another phone has taken over.
        public var isTakenOver = false
        public var contents: [RecordSummary.ID: Data] = [:]
        /// The files of a record, in the order of its picture's attachments; what is not among them is damaged.
        public var files: [RecordSummary.ID: [Data]] = [:]
        public var pictures: [RecordSummary.ID: RecordPicture] = [:]
        /// The versions of a record, where it has more than one.
        public var histories: [RecordSummary.ID: [RecordVersion]] = [:]
        public var clinics: [Clinic] = []
        /// What the ledger says of a clinic, where that is not what the directory says.
        public var proved: [Clinic.ID: Clinic.Standing] = [:]
        public var grants: [Grant] = []
        /// How often the grants were read, which counts as use.
        public var reads = 0
        /// What codes ask for.
        public var requests: [String: AccessRequest] = [:]
        /// What was answered, also by refusing it.
        public var answered: [AccessRequest.ID] = []
        /// What was granted last.
        public var lastTerms: GrantTerms?
        public var shares: [Share] = []
        /// The passcode with which the newest share opens.
        public var sharePasscode: String?
        /// What was told with the newest share.
        public var shareStory = ""
        public var openings: [Share.ID: [ShareOpening]] = [:]
        /// How many files the host was given to keep behind a link.
        public var uploads = 0
        public var log: [LogEntry] = []
        public var imports: [Import] = []
        /// The titles that each import brought.
        public var carried: [Import.ID: Set<String>] = [:]
        public var setAside: [SetAsideItem] = []
        /// What is behind links, by their text.
        public var links: [String: FakeLink] = [:]
        /// What those who share were told of who opened.
        public var openedAs: [String] = []
        /// Thrown by every import, once the files are read.
        public var problemOfImports: Problem?
        /// Whether reading a file goes on until it is stopped.
        public var isReadingSlow = false
        /// Clinics whose records come from their own servers.
        public var sources: [Source] = []
        /// Where sign-ins began, by what tells them apart.
        public var begun: [String: String] = [:]
        public var signIns = 0
        /// Whose records the clinics give where the patient has not said to be this one.
        public var otherPerson: OtherPerson?
        /// Whether clinics agree.
        public var isAgreed = true
        /// Whether what was agreed to has ended at the clinics.
        public var isSignedOut = false
        /// Which clinics were asked for records, and whether asking goes on until this is over.
        public var fetchedFrom: [Source.ID] = []
        public var isFetchingSlow = false
        public var areWordsVerified = true
        public var isConnected = true
        public var ledgerQuestions: LedgerQuestions?
        /// Whether it is at something else, for which whatever does not only read has to wait.
        public var isBusy = false
        /// Whether it is time to lock, which it does before anything else.
        public var isLockDue = false
        /// How often somebody turned a page or went on without asking for anything.
        public var uses = 0
        /// What it was told, in this order, of the app going out of sight and coming back.
        public var heard: [Bool] = []
        /// Whether writing an export goes on until this is over.
        public var isExportingSlow = false
        /// Whether making a share on the ledger goes on until this is over.
        public var isSharingSlow = false
        /// Whether checking a PIN goes on until this is over.
        public var isCheckingSlow = false
        /// Whether a sync goes on until this is over, or its task is cancelled.
        public var isSyncingSlow = false
        /// Whether counting goes on until this is over, and how often it began.
        public var isCountingSlow = false
        public var countings = 0
        /// How many records were read under a grant, each once.
        public var recordsRead: [Grant.ID: Int] = [:]
        /// Whether reading the versions of a record goes on until this is over.
        public var isHistorySlow = false
        /// Whether a face or a finger opens it.
        public var hasBiometrics = false
        /// Whether the phone knows a face or a finger.
        public var knowsFinger = true
        /// Whether the phone came to know another one since.
        public var isFingerNew = false
        public var autoLock = AutoLock(inFront: 300, inBackground: 60)
        /// The times for which there is no room on the phone.
        public var refusesAutoLock: AutoLock?
        /// Whether it was removed from the phone.
        public var isErased = false
        /// Where the app was built to connect.
        public var builtIn: ConnectionOffer?
        /// Thrown by the next call, once.
        public var nextProblem: Problem?
        /// Rows on a page.
        public var pageSize = 50

        public init() {}
    }

    public let choices = Choices(
        shareLives: [600, 3600, 86_400], shareLivesOnLedger: [604_800, 2_592_000, 31_536_000], shareLife: 600,
        grantDays: [1, 7, 30, 90, 365], days: 30, purposes: Purpose.allCases, purpose: .treatment,
        autoLockInFront: [60, 300, 900, 1_800], autoLockInBackground: [0, 60, 300])
    private let lock = NSLock()
    private var world: World
    private var listeners: [Int: AsyncStream<WalletChange>.Continuation] = [:]
    private var subscriptions = 0
    private var held = 0

    public init(_ world: World = World()) {
        self.world = world
    }

    /// Looks at or changes the world under its lock.
    @discardableResult
    public func change<Result>(_ body: (inout World) -> Result) -> Result {
        lock.withLock { body(&world) }
    }

    /// How many streams of changes are open.
    public var listenerCount: Int { lock.withLock { listeners.count } }

    /// Tells everybody who listens.
    public func announce(_ change: WalletChange) {
        for listener in lock.withLock({ Array(listeners.values) }) { listener.yield(change) }
    }

    public func changes() -> AsyncStream<WalletChange> {
        let (stream, continuation) = AsyncStream.makeStream(of: WalletChange.self)
        let number = lock.withLock {
            subscriptions += 1
            listeners[subscriptions] = continuation
            return subscriptions
        }
        continuation.onTermination = { [weak self] _ in
            guard let self else { return }
            lock.withLock { _ = listeners.removeValue(forKey: number) }
        }
        return stream
    }

    /// How many calls wait for what holds them back.
    public var heldCalls: Int { lock.withLock { held } }

    /// Waits while `isHeld` says so.
    func wait(while isHeld: (World) -> Bool) async throws(Problem) {
        guard change({ isHeld($0) }) else { return }
        lock.withLock { held += 1 }
        defer { lock.withLock { held -= 1 } }
        while change({ isHeld($0) }) {
            guard (try? await Task.sleep(nanoseconds: 1_000_000)) != nil else { throw .cancelled }
        }
    }

    /// Runs `body` on the world, after the problem that was set, and only unlocked unless said otherwise. What `onlyReads` waits
    /// for nothing but a wallet that has to lock first.
    func act<Result>(
        needsUnlocked: Bool = true, needsNetwork: Bool = false, onlyReads: Bool = false,
        _ body: (inout World) throws(Problem) -> Result
    ) async throws(Problem) -> Result {
        await Task.yield()
        try await wait { $0.isBusy && (!onlyReads || $0.isLockDue) }
        let locksFirst = change { world in
            defer { world.isLockDue = false }
            if world.isLockDue { world.isUnlocked = false }
            return world.isLockDue
        }
        if locksFirst { announce(.locked) }
        let result: Swift.Result<Result, Problem> = lock.withLock {
            if let problem = world.nextProblem {
                world.nextProblem = nil
                return .failure(problem)
            }
            if needsUnlocked, !world.isUnlocked { return .failure(.locked) }
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
