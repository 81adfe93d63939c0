// The library's long calls as Swift expects them: they end when their task is cancelled, and then throw `CancellationError`.

import Foundation
@_exported import KeepwellCore

/// Runs a call that can be broken off, and breaks it off when the current task is cancelled.
///
/// Cancelling a task does not by itself reach the library. This hands `body` a `Cancellation` that it passes on:
///
/// ```swift
/// let report = try await withTaskCancellation { try await wallet.sync(options: options, cancellation: $0) }
/// ```
/// - Throws: `CancellationError` if the task was cancelled, else what `body` throws.
public func withTaskCancellation<Result: Sendable>(
    isolation: isolated (any Actor)? = #isolation, _ body: (Cancellation) async throws -> Result
) async throws -> Result {
    let cancellation = Cancellation()
    return try await withTaskCancellationHandler {
        try Task.checkCancellation()
        do {
            return try await body(cancellation)
        } catch WalletError.Cancelled where Task.isCancelled {
            throw CancellationError()
        }
    } onCancel: {
        // It only sets a flag.
        try? cancellation.cancel()
    }
}

extension Wallet {
    /// Unlocks with the PIN and this device's key; ends with its task, which costs no try.
    public func unlock(pin: Pin) async throws -> Authentication {
        try await withTaskCancellation { try await unlock(pin: pin, cancellation: $0) }
    }

    /// Unlocks with the recovery words and sets a new PIN; ends with its task.
    public func unlockWithWords(
        words: RecoveryWords, newPin: Pin, passphrase: Passphrase? = nil
    ) async throws -> Authentication {
        try await withTaskCancellation {
            try await unlockWithWords(words: words, newPin: newPin, passphrase: passphrase, cancellation: $0)
        }
    }

    /// Unlocks with a face or a finger, for which the device asks; ends with its task, and the question with it.
    public func unlockWithBiometrics() async throws {
        try await withTaskCancellation { try await unlockWithBiometrics(cancellation: $0) }
    }

    /// Makes the wallet of these words again from its host and tells `observer` how far it is; ends with its task.
    public static func restore(
        config: WalletConfig, words: RecoveryWords, pin: Pin, servers: Servers, passphrase: Passphrase? = nil,
        observer: (any Observer)? = nil
    ) async throws -> RestoredWallet {
        try await withTaskCancellation { cancellation in
            try await restoreWallet(
                config: config, words: words, pin: pin, servers: servers, passphrase: passphrase, cancellation: cancellation,
                observer: observer)
        }
    }

    /// Makes a new wallet of these words and leaves it unlocked.
    public static func create(
        config: WalletConfig, words: RecoveryWords, pin: Pin, passphrase: Passphrase? = nil
    ) async throws -> OpenedWallet {
        try await createWallet(config: config, words: words, pin: pin, passphrase: passphrase)
    }

    /// Takes the records of one file, all or nothing; ends with its task, and nothing is taken then.
    public func importRecords(
        from source: ImportSource, options: ImportOptions = ImportOptions()
    ) async throws -> ImportOutcome {
        try await withTaskCancellation { try await importRecords(source: source, options: options, cancellation: $0) }
    }

    /// Takes the records of files that belong together, as one import; ends with its task, and nothing is taken then.
    public func importFiles(
        from sources: [ImportSource], options: ImportOptions = ImportOptions()
    ) async throws -> ImportOutcome {
        try await withTaskCancellation { try await importFiles(sources: sources, options: options, cancellation: $0) }
    }

    /// Connects the wallet to its ledger and host; ends with its task.
    public func connect(
        _ authentication: Authentication, to servers: Servers, invite: String? = nil
    ) async throws -> LedgerStatus {
        try await withTaskCancellation {
            try await connect(authentication: authentication, servers: servers, cancellation: $0, invite: invite)
        }
    }

    /// Writes every version of every record as NDJSON to a place of the app's, piece by piece; ends with its task, and
    /// what was written until then is no export.
    public func exportRecords(_ authentication: Authentication, to sink: any ExportSink) async throws -> ExportReport {
        try await withTaskCancellation {
            try await exportRecordsTo(authentication: authentication, sink: sink, cancellation: $0)
        }
    }

    /// Writes the export that comes back whole to a place of the app's, as ``exportRecords(_:to:)`` does.
    public func exportHistory(_ authentication: Authentication, to sink: any ExportSink) async throws -> ExportReport {
        try await withTaskCancellation {
            try await exportHistoryTo(authentication: authentication, sink: sink, cancellation: $0)
        }
    }

    /// A PDF for people of the records that any of these scopes covers, none: of what a clinic asks for at check-in; `nil` if it can't be
    /// set. Ends with its task.
    public func renderedPdf(
        _ authentication: Authentication, of scopes: [Scope] = [], leaveOut: [Sensitivity] = [], withNumbers: Bool = false
    ) async throws -> Data? {
        try await withTaskCancellation {
            try await renderedPdf(
                authentication: authentication, scopes: scopes, leaveOut: leaveOut, withNumbers: withNumbers, cancellation: $0)
        }
    }

    /// Everything that happened, held against the providers' own access logs; ends with its task.
    public func audit() async throws -> Audit {
        try await withTaskCancellation { try await audit(cancellation: $0) }
    }

    /// Writes everything that happened to a place of the app's, as ``exportRecords(_:to:)`` does: FHIR AuditEvents, one to a
    /// line.
    public func exportAudit(_ authentication: Authentication, to sink: any ExportSink) async throws -> AuditExportReport {
        try await withTaskCancellation {
            try await exportAuditTo(authentication: authentication, sink: sink, cancellation: $0)
        }
    }

    /// Every version of every record that this provider could have read, and which it did read; ends with its task.
    public func exposure(_ provider: ProviderId) async throws -> Exposure {
        try await withTaskCancellation { try await exposure(provider: provider, cancellation: $0) }
    }

    /// The ledger's receipt of a grant or of its end, if it has recorded that; ends with its task.
    public func grantReceipt(_ id: GrantId, of decision: RecordedDecision) async throws -> DecisionReceipt? {
        try await withTaskCancellation { try await grantReceipt(id: id, decision: decision, cancellation: $0) }
    }

    /// Hands in what is to be stamped, and takes in what the ledger has recorded; ends with its task.
    public func exchangeTimeStamps() async throws -> SyncReport {
        try await withTaskCancellation { try await exchangeTimeStamps(cancellation: $0) }
    }

    /// Takes another gateway, or a newer trust anchor of the same ledger; ends with its task.
    public func renewTrust(_ authentication: Authentication, _ renewal: LedgerRenewal) async throws -> LedgerTrust {
        try await withTaskCancellation {
            try await renewTrust(authentication: authentication, renewal: renewal, cancellation: $0)
        }
    }

    /// Sends what is queued and fetches the proofs that are there; ends with its task.
    public func sync() async throws -> SyncReport {
        try await sync(wait: .zero)
    }

    /// Sends what is queued and fetches proofs, waiting for at most `wait` for the ledger; ends with its task.
    public func sync(wait: Duration, anchor: Bool = false) async throws -> SyncReport {
        try await withTaskCancellation {
            try await sync(options: SyncOptions(anchor: anchor, wait: wait.inSeconds), cancellation: $0)
        }
    }

    /// Everything that happened, newest first; ends with its task.
    public func activity() async throws -> ActivityLog {
        try await withTaskCancellation { try await activity(cancellation: $0) }
    }

    /// What happened about one grant, newest first, and how many records were read under it; ends with its task.
    public func grantActivity(_ id: GrantId) async throws -> GrantActivity {
        try await withTaskCancellation { try await grantActivity(id: id, cancellation: $0) }
    }

    /// The providers that the gateway lists, and those granted to before; ends with its task.
    public func providers() async throws -> [ProviderSummary] {
        try await withTaskCancellation { try await providers(cancellation: $0) }
    }

    /// One provider, proved now; ends with its task.
    public func provider(_ selection: ProviderSelection) async throws -> ProviderView {
        try await withTaskCancellation { try await provider(selection: selection, cancellation: $0) }
    }

    /// Grants; ends with its task. What the network has not taken is queued, and ``sync(wait:anchor:)`` goes on with it.
    public func grant(_ authentication: Authentication, _ request: GrantRequest) async throws -> GrantView {
        try await withTaskCancellation {
            try await grant(authentication: authentication, request: request, cancellation: $0)
        }
    }

    /// Grants anew what a grant covers, for so long from now, and ends the former once the new one stands; ends with its
    /// task. Where the network has not taken it, both are listed.
    public func extendGrant(
        _ authentication: Authentication, _ id: GrantId, for duration: Duration
    ) async throws -> GrantExtension {
        try await withTaskCancellation {
            try await extendGrant(
                authentication: authentication, id: id, duration: duration.inSeconds, cancellation: $0)
        }
    }

    /// Fetches the ledger's proof of a grant and verifies it here; ends with its task.
    public func verifyGrant(_ id: GrantId) async throws -> GrantProof {
        try await withTaskCancellation { try await verifyGrant(id: id, cancellation: $0) }
    }

    /// Takes the text of a clinic's code, which says what it asks for; ends with its task.
    public func noteAccessRequest(_ text: String) async throws -> AccessRequestView {
        try await withTaskCancellation { try await noteAccessRequest(text: text, cancellation: $0) }
    }

    /// Agrees to what a clinic asks for, or to less; ends with its task.
    public func approveAccessRequest(
        _ authentication: Authentication, _ id: RequestId, _ answer: AccessRequestAnswer
    ) async throws -> GrantView {
        try await withTaskCancellation {
            try await approveAccessRequest(authentication: authentication, id: id, answer: answer, cancellation: $0)
        }
    }

    /// Begins to connect a clinic's server: gives the address that the patient opens in a browser; ends with its task.
    public func beginSource(_ address: String, clientId: String, redirectUri: String) async throws -> String {
        try await withTaskCancellation {
            try await beginSource(address: address, clientId: clientId, redirectUri: redirectUri, cancellation: $0)
        }
    }

    /// Takes the address that the browser came back to, and connects the server; ends with its task.
    public func finishSource(_ redirect: String, patient: String? = nil) async throws -> SourceOutcome {
        try await withTaskCancellation { try await finishSource(redirect: redirect, patient: patient, cancellation: $0) }
    }

    /// Takes what is new at a clinic's server; ends with its task, and what came before is there.
    public func syncSource(_ source: SourceId) async throws -> SourceSync {
        try await withTaskCancellation { try await syncSource(source: source, cancellation: $0) }
    }

    /// Gives a clinic's server its tokens back and forgets it; its records stay. Ends with its task.
    public func removeSource(_ source: SourceId) async throws -> Bool {
        try await withTaskCancellation { try await removeSource(source: source, cancellation: $0) }
    }

    /// Puts the chosen records behind a new link; ends with its task.
    public func share(_ request: ShareRequest) async throws -> NewShare {
        try await withTaskCancellation { try await share(request: request, cancellation: $0) }
    }

    /// As `share`, granted on the ledger, which a share needs that lives for more than 24 hours; ends with its task.
    public func shareOnLedger(_ authentication: Authentication, _ request: ShareRequest) async throws -> NewShare {
        try await withTaskCancellation {
            try await shareOnLedger(authentication: authentication, request: request, cancellation: $0)
        }
    }

    /// Verifies here what the ledger proves of a share that is granted there; ends with its task.
    public func verifyShare(_ id: LinkId) async throws -> GrantProof {
        try await withTaskCancellation { try await verifyShare(id: id, cancellation: $0) }
    }

    /// Pauses, resumes or ends a share; ends with its task.
    public func changeShare(_ id: LinkId, _ action: LinkAction) async throws -> ShareSummary {
        try await withTaskCancellation { try await changeShare(id: id, action: action, cancellation: $0) }
    }

    /// Who opened a share, oldest first; ends with its task.
    public func shareLog(_ id: LinkId) async throws -> [ShareOpening] {
        try await withTaskCancellation { try await shareLog(id: id, cancellation: $0) }
    }

    /// Opens a link that somebody else shares; ends with its task.
    public func openShare(_ link: String, as recipient: String, passcode: String? = nil) async throws -> [SharedFile] {
        try await withTaskCancellation {
            try await openShare(link: link, recipient: recipient, passcode: passcode, cancellation: $0)
        }
    }
}
