// Messages that an access ends soon and that records were read, each if the person wants it.

import Foundation
import Observation

/// What the screen about messages shows.
public struct NoticesState: Equatable, Sendable {
    public internal(set) var remindsOfEnds: Bool
    public internal(set) var tellsOfReads: Bool
    public internal(set) var namesClinics: Bool
    /// Whether the phone lets the app show messages; true until it is known.
    public internal(set) var areAllowed = true

    /// Whether the person wants any of these messages.
    public var wantsAny: Bool { remindsOfEnds || tellsOfReads }
}

/// Plans a message a day before an access ends. It is planned while the wallet is open, since a locked one does not say who has
/// access. What was read is told when the wallet learns of it. Both name nobody unless the person wants that.
@MainActor @Observable
public final class NoticesModel {
    public private(set) var state: NoticesState
    private let service: any ConsentService
    private let phone: Phone
    private let now: @Sendable () -> Date
    /// As long before as the wallet itself tells of an end.
    private static let before: TimeInterval = 24 * 60 * 60
    /// Less than the 64 that iOS keeps of one app.
    private static let most = 32

    public init(service: any ConsentService, phone: Phone, now: @escaping @Sendable () -> Date = { Date() }) {
        self.service = service
        self.phone = phone
        self.now = now
        state = NoticesState(
            remindsOfEnds: phone.wishes.remindsOfEnds, tellsOfReads: phone.wishes.tellsOfReads,
            namesClinics: phone.wishes.namesClinics)
    }

    /// Something happened in the wallet.
    public func note(_ change: WalletChange) async {
        switch change {
        case .locked, .clinicKeyChanged, .shareTried: break
        case .recordsRead(let read): await tell(read)
        case .unlocked, .grantChanged, .grantExpiring, .other: await plan()
        }
    }

    /// Looks whether the phone lets the app show messages.
    public func load() async {
        state.areAllowed = await !phone.messages.isUnasked() ? phone.messages.areAllowed() : true
    }

    /// The person wants to be told before an access ends, or no more.
    public func remind(_ isWanted: Bool) async {
        phone.wishes.remindsOfEnds = isWanted
        state.remindsOfEnds = isWanted
        await ask(if: isWanted)
        await plan()
    }

    /// The person wants to be told that a clinic has read records, or no more.
    public func tellOfReads(_ isWanted: Bool) async {
        phone.wishes.tellsOfReads = isWanted
        state.tellsOfReads = isWanted
        await ask(if: isWanted)
    }

    /// The person wants clinics named, or no more.
    public func nameClinics(_ isWanted: Bool) async {
        phone.wishes.namesClinics = isWanted
        state.namesClinics = isWanted
        await plan()
    }

    private func ask(if isWanted: Bool) async {
        if isWanted, await phone.messages.isUnasked() { await phone.messages.ask() }
        await load()
    }

    private func tell(_ read: RecordsRead) async {
        guard state.tellsOfReads else { return }
        let name = read.clinicName.isEmpty ? nil : read.clinicName
        await phone.messages.tell(
            ReadNotice(records: read.records, clinicName: state.namesClinics ? name : nil, isProved: read.isProved))
    }

    private func plan() async {
        guard state.remindsOfEnds else { return await phone.messages.plan([]) }
        // A wallet that is locked says nothing: what is planned stands.
        guard let grants = try? await service.grants() else { return }
        let now = now()
        let reminders = grants.filter(\.isInForce).sorted { $0.notAfter < $1.notAfter }.map { grant in
            EndReminder(
                time: grant.notAfter.addingTimeInterval(-Self.before), clinicName: state.namesClinics ? grant.clinicName : nil)
        }
        await phone.messages.plan(Array(reminders.filter { $0.time > now }.prefix(Self.most)))
    }
}
