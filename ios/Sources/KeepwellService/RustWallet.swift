// The wallet that the screens talk to, made of the library's.

import Foundation
import Keepwell
import KeepwellKit

/// The library's wallet as the screens see it.
public final class RustWallet: WalletServices, Sendable {
    let wallet: Wallet
    let connection: BuiltInConnection
    /// What was done here: the library tells only what others did.
    private let own = Changes()

    /// Takes a wallet that is open.
    public convenience init(_ wallet: Wallet) {
        self.init(wallet, connection: BuiltInConnection(file: nil))
    }

    public var choices: KeepwellKit.Choices { KeepwellKit.Choices(KeepwellCore.choices()) }

    init(_ wallet: Wallet, connection: BuiltInConnection) {
        self.wallet = wallet
        self.connection = connection
    }

    /// Finds what is in a folder: a wallet, which is left locked, or none yet. `connectionFile` is the content of the file that
    /// says where the app was built to connect; if that is a demonstration, the wallet accepts one.
    public static func find(_ config: WalletConfig, connectionFile: Data? = nil) async throws(Problem) -> FoundWallet {
        let connection = BuiltInConnection(file: connectionFile)
        let offer = try? connection.read()
        let config = offer?.isDemonstration == true ? config.acceptingDemonstration : config
        do throws(Problem) {
            let wallet = try await call { try await Wallet.open(config: config) }
            return .wallet(RustWallet(wallet, connection: connection))
        } catch .noWallet {
            return .none(RustStart(config: config, connection: connection))
        }
    }

    /// Tells who listens that lists may have changed.
    func changed() { own.tell(.other) }

    // MARK: Unlocking

    public func changes() -> AsyncStream<WalletChange> {
        // Only a wallet that was let go has no events.
        guard let events = try? wallet.events() else { return AsyncStream { $0.finish() } }
        let (stream, continuation) = AsyncStream.makeStream(of: WalletChange.self)
        let passing = Task {
            for await event in events {
                if let change = WalletChange(event) { continuation.yield(change) }
            }
            continuation.finish()
        }
        let number = own.add(continuation)
        continuation.onTermination = { [own] _ in
            passing.cancel()
            own.remove(number)
        }
        return stream
    }

    public func unlock(pin: SecretBytes) async throws(Problem) {
        try await pin.withData { pin throws(Problem) in
            try await call { [wallet] in try await wallet.withAuthentication(pin: Pin(digits: pin)) { _ in } }
        }
    }

    public func readWords(_ text: SecretBytes) async throws(Problem) -> any ReadWords {
        try await text.withData { text throws(Problem) in
            try await call { [wallet] in LibraryWords(words: try RecoveryWords.parse(text: text), wallet: wallet) }
        }
    }

    public func suggestWords(_ text: SecretBytes) async throws(Problem) -> [String] {
        try await text.withData { text throws(Problem) in try await call { try KeepwellCore.suggestWords(text: text) } }
    }

    public var isUnlocked: Bool { (try? wallet.isUnlocked()) ?? false }

    public func lock() async throws(Problem) {
        try await call { [wallet] in try await wallet.lock() }
    }

    public func setInBackground(_ isInBackground: Bool) async throws(Problem) {
        try await call { [wallet] in try await wallet.setInBackground(isInBackground: isInBackground) }
    }

    // MARK: Records

    public func counts() async throws(Problem) -> [KeepwellKit.CategoryCount] {
        try await call { [wallet] in try await wallet.recordCounts().map { KeepwellKit.CategoryCount($0) } }
    }

    public func page(_ query: KeepwellKit.RecordQuery, after mark: String?) async throws(Problem) -> KeepwellKit.RecordPage {
        try await call { [wallet] in
            let asked = KeepwellCore.RecordQuery(
                category: query.category?.inLibrary, text: query.text.isEmpty ? nil : query.text,
                since: query.period.since(Date()), after: mark.map { Cursor($0) }, order: query.order.inLibrary)
            let page = try await wallet.records(query: asked)
            return KeepwellKit.RecordPage(records: page.records.map { KeepwellKit.RecordSummary($0) }, next: page.next?.text)
        }
    }

    public func picture(of record: KeepwellKit.RecordSummary.ID) async throws(Problem) -> RecordPicture {
        try await call { [wallet] in RecordPicture(try await wallet.recordView(id: RecordId(record))) }
    }

    public func history(of record: KeepwellKit.RecordSummary.ID) async throws(Problem) -> [KeepwellKit.RecordVersion] {
        try await call { [wallet] in
            try await wallet.recordHistory(record: RecordId(record)).map { KeepwellKit.RecordVersion($0) }
        }
    }

    public func series(of record: KeepwellKit.RecordSummary.ID) async throws(Problem) -> [SeriesResult] {
        try await call { [wallet] in
            try await wallet.recordSeries(id: RecordId(record)).map { SeriesResult(id: $0.id.text, row: PictureRow($0.row)) }
        }
    }

    public func attachment(of record: KeepwellKit.RecordSummary.ID, at index: Int) async throws(Problem) -> Data {
        try await call { [wallet] in try await wallet.attachment(record: RecordId(record), index: UInt32(clamping: index)).bytes }
    }

    public func content(of record: KeepwellKit.RecordSummary.ID) async throws(Problem) -> Data {
        try await call { [wallet] in try await wallet.record(id: RecordId(record)) }
    }

    // MARK: Consent

    public func clinics() async throws(Problem) -> [Clinic] {
        try await call { [wallet] in try await wallet.providers().map { Clinic($0) } }
    }

    public func find(_ text: String, among clinics: [Clinic]) throws(Problem) -> [Clinic] {
        do {
            return try findProviders(providers: clinics.map(\.inLibrary), text: text).map { Clinic($0) }
        } catch {
            throw Problem(error)
        }
    }

    public func proveClinic(_ id: Clinic.ID) async throws(Problem) -> Clinic {
        try await call { [wallet] in Clinic(try await wallet.provider(.byId(provider: ProviderId(id)))) }
    }

    public func takeRequest(_ code: String) async throws(Problem) -> AccessRequest {
        try await call { [wallet] in AccessRequest(try await wallet.noteAccessRequest(code)) }
    }

    public func refuseRequest(_ id: AccessRequest.ID) async throws(Problem) {
        try await call { [wallet] in try await wallet.refuseAccessRequest(id: RequestId(id)) }
    }

    public func preview(_ terms: GrantTerms) async throws(Problem) -> GrantPreview {
        try await call { [wallet] in GrantPreview(try await wallet.previewGrant(scope: terms.scope)) }
    }

    public func preview(of grant: Grant.ID) async throws(Problem) -> GrantPreview {
        try await call { [wallet] in GrantPreview(try await wallet.previewOfGrant(id: GrantId(grant))) }
    }

    public func extensionDays(of grant: Grant.ID) async throws(Problem) -> [Int] {
        try await call { [wallet] in
            try await wallet.extensionDurations(id: GrantId(grant)).map { KeepwellKit.Choices.days($0) }
        }
    }

    public func grant(_ terms: GrantTerms, pin: SecretBytes) async throws(Problem) -> Grant {
        defer { own.tell(.other) }
        return try await pin.withData { pin throws(Problem) in
            try await call { [wallet] in
                let granted = try await wallet.withAuthentication(pin: Pin(digits: pin)) { authentication in
                    if let request = terms.request {
                        let answer = AccessRequestAnswer(
                            scope: terms.scope, duration: terms.days.map { TimeInterval($0) * 86_400 },
                            isAnonymous: !terms.isNamed)
                        return try await wallet.approveAccessRequest(authentication, RequestId(request), answer)
                    }
                    return try await wallet.grant(
                        authentication,
                        GrantRequest(
                            to: .byId(provider: ProviderId(terms.clinic)), terms.scope, for: .days(terms.days ?? 0),
                            purpose: terms.purpose.inLibrary, anonymous: !terms.isNamed))
                }
                return Grant(granted)
            }
        }
    }

    public func extend(_ id: Grant.ID, days: Int, pin: SecretBytes) async throws(Problem) -> KeepwellKit.GrantExtension {
        defer { own.tell(.other) }
        return try await pin.withData { pin throws(Problem) in
            try await call { [wallet] in
                KeepwellKit.GrantExtension(
                    try await wallet.withAuthentication(pin: Pin(digits: pin)) { authentication in
                        try await wallet.extendGrant(authentication, GrantId(id), for: .days(days))
                    })
            }
        }
    }

    public func grants() async throws(Problem) -> [Grant] {
        try await call { [wallet] in try await wallet.grants().map { Grant($0) } }
    }

    public func revoke(_ id: Grant.ID) async throws(Problem) -> Grant.State {
        defer { own.tell(.other) }
        return try await call { [wallet] in Grant.State(try await wallet.revoke(id: GrantId(id))) }
    }

    public func sync() async throws(Problem) -> SyncOutcome {
        try await synced { [wallet] in try await wallet.sync() }
    }

    public func sendAgain() async throws(Problem) -> SyncOutcome {
        try await synced { [wallet] in
            try await wallet.sync(options: SyncOptions(wait: 0, heal: true), cancellation: nil)
        }
    }

    private func synced(_ sync: () async throws -> SyncReport) async throws(Problem) -> SyncOutcome {
        let outcome = try await call { SyncOutcome(try await sync()) }
        if outcome.hasNews { own.tell(.other) }
        return outcome
    }

    public func unsent() async throws(Problem) -> Int {
        try await call { [wallet] in Int(clamping: try await wallet.status().atRisk.decisions) }
    }

    // MARK: Shares

    public func preview(_ request: KeepwellKit.ShareRequest) async throws(Problem) -> KeepwellKit.SharePreview {
        try await call { [wallet] in KeepwellKit.SharePreview(try await wallet.previewShare(scopes: request.scopes)) }
    }

    public func checkPasscode(_ passcode: SecretBytes) throws(Problem) {
        do {
            try checkSharePasscode(passcode: passcode.read { String(decoding: $0, as: UTF8.self) })
        } catch {
            throw Problem(error)
        }
    }

    public func share(_ request: KeepwellKit.ShareRequest, passcode: SecretBytes?) async throws(Problem) -> Share {
        defer { own.tell(.other) }
        let passcode = passcode?.read { String(decoding: $0, as: UTF8.self) }
        return try await call { [wallet] in Share(try await wallet.share(request.inLibrary(passcode)).share) }
    }

    /// Makes one that is granted on the ledger.
    func share(
        _ request: KeepwellKit.ShareRequest, passcode: SecretBytes?, by authentication: Authentication
    ) async throws(Problem) -> Share {
        defer { own.tell(.other) }
        let passcode = passcode?.read { String(decoding: $0, as: UTF8.self) }
        return try await call { [wallet] in
            Share(try await wallet.shareOnLedger(authentication, request.inLibrary(passcode)).share)
        }
    }

    public func code(of id: Share.ID) async throws(Problem) -> ShareCode {
        try await call { [wallet] in
            let link = try await wallet.shareLink(id: LinkId(id))
            let drawn = try qrCode(text: link)
            guard let code = QRCode(size: Int(drawn.size), modules: drawn.modules.map { $0 == 1 }) else {
                throw Problem.internalError
            }
            return ShareCode(link: link, code: code)
        }
    }

    public func shares() async throws(Problem) -> [Share] {
        try await call { [wallet] in try await wallet.shares().map { Share($0) } }
    }

    public func change(_ id: Share.ID, _ action: Share.Action) async throws(Problem) -> Share {
        defer { own.tell(.other) }
        return try await call { [wallet] in Share(try await wallet.changeShare(LinkId(id), action.inLibrary)) }
    }

    public func openings(of id: Share.ID) async throws(Problem) -> [KeepwellKit.ShareOpening] {
        try await call { [wallet] in try await wallet.shareLog(LinkId(id)).map { KeepwellKit.ShareOpening($0) } }
    }

    // MARK: Log

    public func log() async throws(Problem) -> Log {
        try await call { [wallet] in
            let log = try await wallet.activity()
            return Log(entries: log.entries.map { LogEntry($0) }, isOwnOnly: log.isOwnOnly)
        }
    }

    public func activity(of grant: Grant.ID) async throws(Problem) -> KeepwellKit.GrantActivity {
        try await call { [wallet] in KeepwellKit.GrantActivity(try await wallet.grantActivity(GrantId(grant))) }
    }
}

/// Those who listen for what is done with this wallet.
private final class Changes: @unchecked Sendable {
    private let lock = NSLock()
    private var listeners: [Int: AsyncStream<WalletChange>.Continuation] = [:]
    private var count = 0

    func add(_ listener: AsyncStream<WalletChange>.Continuation) -> Int {
        lock.withLock {
            count += 1
            listeners[count] = listener
            return count
        }
    }

    func remove(_ number: Int) { lock.withLock { _ = listeners.removeValue(forKey: number) } }

    func tell(_ change: WalletChange) {
        for listener in lock.withLock({ Array(listeners.values) }) { listener.yield(change) }
    }
}

extension WalletConfig {
    fileprivate var acceptingDemonstration: WalletConfig {
        WalletConfig(
            home: home, deviceKey: deviceKey, deviceKeyDeadline: deviceKeyDeadline, httpClient: httpClient,
            acceptDemonstrationLedger: true)
    }
}

/// Words in the library's memory, which overwrites them when it lets go of them.
private final class LibraryWords: ReadWords, Sendable {
    private let words: RecoveryWords
    private let wallet: Wallet

    init(words: RecoveryWords, wallet: Wallet) {
        self.words = words
        self.wallet = wallet
    }

    func unlock(passphrase: SecretBytes, newPIN: SecretBytes) async throws(Problem) {
        try await passphrase.withData { passphrase throws(Problem) in
            try await newPIN.withData { pin throws(Problem) in
                try await call { [wallet, words] in
                    let (pin, passphrase) = (try Pin(digits: pin), try Passphrase(text: passphrase))
                    try await wallet.unlockWithWords(words: words, newPin: pin, passphrase: passphrase).void()
                }
            }
        }
    }
}

/// Calls the library and says what went wrong in the screens' terms.
func call<Result: Sendable>(
    isolation: isolated (any Actor)? = #isolation, _ body: () async throws -> Result
) async throws(Problem) -> Result {
    do {
        return try await body()
    } catch {
        throw Problem(error)
    }
}
