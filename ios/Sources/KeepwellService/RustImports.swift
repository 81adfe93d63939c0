// Records in, how the wallet is, and connecting it: done by the library.

import Foundation
import Keepwell
import KeepwellKit

extension RustWallet {
    // MARK: Imports

    public func importFiles(
        at paths: [String], of person: FoundPerson.ID?, source: String?, progress: @escaping @Sendable (Int) -> Void
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
            let options = ImportOptions(source: source, patient: person.map { "@\($0)" })
            return KeepwellKit.ImportOutcome(
                try await wallet.importFiles(from: paths.map { .file(path: $0) }, options: options))
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
            return WalletStatus(
                areWordsVerified: status.wordsVerified, records: Int(clamping: status.records), isConnected: ledger != nil,
                recordsOnlyHere: Int(clamping: status.atRisk.records), unsentDecisions: Int(clamping: status.atRisk.decisions))
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
