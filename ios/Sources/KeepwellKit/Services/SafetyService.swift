// What the screens of safety ask of a wallet.

import Foundation

/// What keeps the owner safe.
public protocol SafetyService: Sendable {
    /// Whether a face or a finger opens the wallet, locked or not.
    func hasBiometrics() async throws(Problem) -> Bool
    /// Unlocks with a face or a finger. It proves nothing about who is here: whatever takes an ``OwnerProof`` asks for the PIN.
    func unlockWithBiometrics() async throws(Problem)
    /// Leaves PIN and words to open the wallet, locked or not.
    func disableBiometrics() async throws(Problem)
    /// Locks at once, and leaves PIN and words to open the wallet. It is locked though this throws.
    func panicLock() async throws(Problem)
    /// After how long without use the wallet locks itself.
    func autoLock() async throws(Problem) -> AutoLock
    func setAutoLock(_ autoLock: AutoLock) async throws(Problem)
    /// The person is there and reads what was fetched before: without this a wallet in front locks itself meanwhile.
    func noteUse() async
    /// Throws ``Problem/pinUnsuitable`` if it can't be a new PIN.
    func checkNewPIN(_ pin: SecretBytes) async throws(Problem)
    /// Checks the PIN, of which a wrong one counts as a try; on an open wallet, too.
    func authenticate(pin: SecretBytes) async throws(Problem) -> any OwnerProof
    /// Removes the wallet from this phone without the PIN. Whatever comes of it, these services end: what is on the phone is to
    /// be found again.
    func eraseWithoutPIN() async throws(Problem)
}

/// The proof that the owner typed the PIN just now. It holds what the words hold: let it go as soon as it was used. Locking voids
/// it.
public protocol OwnerProof: ShownWords {
    /// Sets a new PIN; the old one opens nothing from then on.
    func changePIN(to pin: SecretBytes) async throws(Problem)
    /// Lets a face or a finger that the phone knows now open the wallet; the phone may ask for it.
    func enableBiometrics() async throws(Problem)
    /// Writes all records with their versions to a new file, and says how many.
    func export(to path: String) async throws(Problem) -> Int
    /// A PDF for people of the records of these categories; none: of what a clinic asks for at check-in.
    func pages(of categories: [RecordCategory]) async throws(Problem) -> Data
    /// Makes a share that is granted on the ledger, for one of ``Choices/shareLivesOnLedger``. What is pending then opens once the
    /// ledger has it, with which ``ConsentService/sync()`` goes on.
    func share(_ request: ShareRequest, passcode: SecretBytes?) async throws(Problem) -> Share
    /// Removes the wallet from this phone. Whatever comes of it, its services end: what is on the phone is to be found again.
    func erase() async throws(Problem)
}

/// After how long without use a wallet locks itself; `nil` is never.
public struct AutoLock: Equatable, Hashable, Sendable {
    /// While the app is in front.
    public var inFront: TimeInterval?
    /// While the person is in another app.
    public var inBackground: TimeInterval?

    public init(inFront: TimeInterval?, inBackground: TimeInterval?) {
        self.inFront = inFront
        self.inBackground = inBackground
    }
}
