// What the patient chooses among; the library decides it for every app.

import Foundation

/// What the patient chooses among, as it is shown, and what is chosen at first.
public struct Choices: Equatable, Sendable {
    public let shareLives: [TimeInterval]
    /// How long one lives that is granted on the ledger: each longer than any of those.
    public let shareLivesOnLedger: [TimeInterval]
    public let shareLife: TimeInterval
    public let grantDays: [Int]
    /// How many days are chosen at first.
    public let days: Int
    public let purposes: [Purpose]
    public let purpose: Purpose
    /// After how long without use a wallet in front can lock itself, ascending.
    public let autoLockInFront: [TimeInterval]
    /// The same while the person is in another app; 0 is at once.
    public let autoLockInBackground: [TimeInterval]

    public init(
        shareLives: [TimeInterval], shareLivesOnLedger: [TimeInterval], shareLife: TimeInterval, grantDays: [Int], days: Int,
        purposes: [Purpose], purpose: Purpose, autoLockInFront: [TimeInterval], autoLockInBackground: [TimeInterval]
    ) {
        self.shareLives = shareLives
        self.shareLivesOnLedger = shareLivesOnLedger
        self.shareLife = shareLife
        self.grantDays = grantDays
        self.days = days
        self.purposes = purposes
        self.purpose = purpose
        self.autoLockInFront = autoLockInFront
        self.autoLockInBackground = autoLockInBackground
    }
}
