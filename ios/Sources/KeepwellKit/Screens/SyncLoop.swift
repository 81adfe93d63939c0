// Syncing for as long as a screen waits for something.

import Foundation

/// Waits between two syncs.
public typealias Pause = @Sendable () async throws -> Void

extension ConsentService {
    /// Syncs while `waits` says so, or until the task is cancelled, and tells `synced` what each sync came to.
    ///
    /// Reading counts as use of the wallet and a sync does not: who reads only what is news does not keep the wallet from
    /// locking itself.
    @MainActor func syncWhile(
        _ waits: @MainActor () -> Bool, pause: Pause, synced: @MainActor (SyncOutcome) async -> Void
    ) async {
        while waits() {
            guard (try? await pause()) != nil, !Task.isCancelled else { return }
            // What went wrong may go right in the next round.
            if let outcome = try? await sync() { await synced(outcome) }
        }
    }
}

/// A few seconds.
public let aFewSeconds: Pause = { try await Task.sleep(for: .seconds(5)) }
