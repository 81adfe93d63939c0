// Swift's own durations where the library takes seconds.

import Foundation
import KeepwellCore

extension Duration {
    /// Seconds, with their fraction.
    var inSeconds: TimeInterval {
        let (seconds, attoseconds) = components
        return TimeInterval(seconds) + TimeInterval(attoseconds) / 1e18
    }

    /// So many days of 24 hours.
    public static func days(_ days: Int) -> Duration { .seconds(days * 86_400) }
    /// So many hours.
    public static func hours(_ hours: Int) -> Duration { .seconds(hours * 3_600) }
}

extension GrantRequest {
    /// What a patient wants to grant, for so long from now.
    public init(
        to provider: ProviderSelection, _ scope: Scope, for duration: Duration, purpose: Purpose? = nil, anonymous: Bool = false
    ) {
        self.init(
            provider: provider, scope: scope, duration: duration.inSeconds, purpose: purpose, anonymous: anonymous)
    }
}

extension ShareRequest {
    /// What to share and for how long, at most 24 hours, or 366 days with `shareOnLedger`; no scopes: what a clinic asks for at check-in.
    public init(
        _ scopes: [Scope] = [], for life: Duration, label: String? = nil, opens: UInt32? = nil, format: ShareFormat? = nil,
        leaveOut: [Sensitivity] = [], withNumbers: Bool = false, manifest: ManifestRequest? = nil, story: String? = nil
    ) {
        self.init(
            scopes: scopes, label: label, life: life.inSeconds, opens: opens, format: format, leaveOut: leaveOut,
            withNumbers: withNumbers, manifest: manifest, story: story)
    }
}

extension Wallet {
    /// After how long without a call the wallet locks itself, in front and in the background; `nil` for never.
    public func setAutoLock(inFront: Duration?, inBackground: Duration?) async throws {
        try await setAutoLock(inFront: inFront?.inSeconds, inBackground: inBackground?.inSeconds)
    }
}
