// Records in, how the wallet is, and connecting it: done by the library.

import Foundation
import Keepwell
import KeepwellKit

extension RustWallet {
    // MARK: Imports

    public func importFiles(
        at paths: [String], of person: FoundPerson.ID?, source: String?, progress: @escaping @Sendable (Int) -> Void
    ) async throws(Problem) -> KeepwellKit.ImportOutcome {
        try await take(paths.map { .file(path: $0) }, ImportOptions(source: source, patient: person.map { "@\($0)" }), progress)
    }

    public func readLink(_ text: String) throws(Problem) -> LinkPreview {
        do {
            let read = try readShareLink(text: text)
            return LinkPreview(
                server: read.server, label: read.label.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 },
                expires: read.expires, needsPasscode: read.needsPasscode)
        } catch {
            throw Problem(ofLink: error)
        }
    }

    public func openLink(
        _ text: String, as recipient: String, passcode: SecretBytes?
    ) async throws(Problem) -> [FetchedFile] {
        let preview = try readLink(text)
        let passcode = passcode?.read { String(decoding: $0, as: UTF8.self) }
        do {
            return try await wallet.openShare(text, as: recipient, passcode: passcode).map {
                FetchedFile(name: preview.label ?? preview.server, content: $0.content)
            }
        } catch {
            throw Problem(ofLink: error)
        }
    }

    public func importFetched(
        _ files: [FetchedFile], of person: FoundPerson.ID?, progress: @escaping @Sendable (Int) -> Void
    ) async throws(Problem) -> KeepwellKit.ImportOutcome {
        let sources = files.map { ImportSource.stream(name: $0.name, stream: MemoryStream($0.content)) }
        return try await take(sources, ImportOptions(patient: person.map { "@\($0)" }), progress)
    }

    private func take(
        _ sources: [ImportSource], _ options: ImportOptions, _ progress: @escaping @Sendable (Int) -> Void
    ) async throws(Problem) -> KeepwellKit.ImportOutcome {
        try await call { [wallet] in
            let subscription = try wallet.subscribe(
                observer: EventFilter { event in
                    if case .importProgress(let bytes) = event { progress(Int(clamping: bytes)) }
                })
            defer {
                // It can only be over already.
                try? subscription.cancel()
            }
            return KeepwellKit.ImportOutcome(try await wallet.importFiles(from: sources, options: options))
        }
    }

    public func imports() async throws(Problem) -> [Import] {
        try await call { [wallet] in try await wallet.imports().map { Import($0) } }
    }

    public func reach(of id: Import.ID) async throws(Problem) -> KeepwellKit.ImportReach {
        try await call { [wallet] in KeepwellKit.ImportReach(try await wallet.importReach(import: DeliveryId(id))) }
    }

    public func undo(_ id: Import.ID) async throws(Problem) -> KeepwellKit.UndoReport {
        try await call { [wallet] in KeepwellKit.UndoReport(try await wallet.undoImport(import: DeliveryId(id))) }
    }

    public func setAside() async throws(Problem) -> [SetAsideItem] {
        try await call { [wallet] in try await wallet.quarantine().map { SetAsideItem($0) } }
    }

    public func drop(_ id: SetAsideItem.ID) async throws(Problem) {
        try await call { [wallet] in try await wallet.dropQuarantined(id: QuarantineId(id)) }
    }

    // MARK: How it is

    public func status() async throws(Problem) -> WalletStatus {
        try await call { [wallet] in
            let status = try await wallet.status()
            let ledger = try await wallet.ledgerStatus()
            let questions = try await wallet.ledgerQuestions()
            return WalletStatus(
                areWordsVerified: status.wordsVerified, records: Int(clamping: status.records), isConnected: ledger != nil,
                recordsOnlyHere: Int(clamping: status.atRisk.records), unsentDecisions: Int(clamping: status.atRisk.decisions),
                ledgerQuestions: questions.map { KeepwellKit.LedgerQuestions($0) })
        }
    }

    public func builtInConnection() async throws(Problem) -> KeepwellKit.ConnectionOffer? { try connection.read() }

    public func readConnection(_ text: String) async throws(Problem) -> KeepwellKit.ConnectionOffer {
        try BuiltInConnection.read(Data(text.utf8))
    }

    public func connect(to offer: KeepwellKit.ConnectionOffer, pin: SecretBytes) async throws(Problem) {
        try await pin.withData { pin throws(Problem) in
            try await call { [wallet] in
                _ = try await wallet.withAuthentication(pin: Pin(digits: pin)) { authentication in
                    try await wallet.connect(authentication, to: offer.servers, invite: offer.invite)
                }
            }
        }
    }
}

/// A file that is in memory already, with the name that it is to have.
private actor MemoryStream: ImportStream {
    private var rest: Data

    init(_ content: Data) {
        rest = content
    }

    func read(most: UInt32) async throws -> Data {
        let chunk = rest.prefix(Int(clamping: most))
        rest = rest.dropFirst(chunk.count)
        return Data(chunk)
    }
}
