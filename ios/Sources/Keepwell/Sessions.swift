// Authentication for as long as a closure runs.

import Foundation
import KeepwellCore

extension Wallet {
    /// Unlocks with the PIN, runs `body` with the proof that the owner is here, and voids the proof whatever happens.
    ///
    /// The wallet stays unlocked; what needs the proof is connecting, granting, exporting and showing the words.
    /// - Throws: `WalletError.WrongPin` and its kin, else what `body` throws.
    public func withAuthentication<Result: Sendable>(
        pin: Pin, isolation: isolated (any Actor)? = #isolation, _ body: (Authentication) async throws -> Result
    ) async throws -> Result {
        let authentication = try await unlock(pin: pin)
        defer {
            // It can only be void already.
            try? authentication.void()
        }
        return try await body(authentication)
    }
}
