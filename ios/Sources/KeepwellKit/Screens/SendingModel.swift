// What was decided and is not sent yet: sent while the system still lets the app run, and the person is told what came of it.

import Foundation
import Observation

/// Sends what is queued when the app goes out of sight.
///
/// The wallet locks itself a minute after it went out of sight, and a locked wallet sends nothing. So it sends at once, in the time
/// that the system gives; what is not sent then waits until the person opens the app, and a message asks for that.
@MainActor @Observable
public final class SendingModel {
    /// How many decisions no server was told of, as far as was last seen: a locked wallet does not say.
    public private(set) var unsent = 0
    /// Whether the person could be asked if there may be messages.
    public private(set) var canAsk = false
    private let service: any ConsentService & ShareService & SafetyService & SourceService
    private let phone: Phone
    private let now: @Sendable () -> Date
    private let pause: Pause
    private var isInBackground = false
    /// Whether something that the patient ended could still be read when the app went out of sight.
    private var isOpen = false
    /// Fetching from clinics, while the app is out of sight.
    @ObservationIgnored private var refreshing: Task<Void, Never>?
    /// How long what was fetched from a clinic is new enough.
    static let refreshEvery: TimeInterval = 24 * 60 * 60

    /// After how long the person is reminded of what is not sent.
    public static let patience: TimeInterval = 15 * 60

    public init(
        service: any ConsentService & ShareService & SafetyService & SourceService, phone: Phone,
        now: @escaping @Sendable () -> Date = { Date() },
        pause: @escaping Pause = aFewSeconds
    ) {
        self.service = service
        self.phone = phone
        self.now = now
        self.pause = pause
        phone.background.onWake = { [weak self] in await self?.wake() }
    }

    /// Something happened in the wallet.
    public func note(_ change: WalletChange) async {
        switch change {
        case .locked, .clinicKeyChanged, .grantExpiring, .shareTried, .recordsRead: break
        case .unlocked, .grantChanged, .other: await count()
        }
    }

    /// Asks the person whether there may be messages.
    public func askForMessages() async {
        canAsk = false
        await phone.messages.ask()
    }

    /// The app left the screen or came back. `tellWallet` tells the wallet so, which may be busy for long.
    public func setInBackground(
        _ isInBackground: Bool, tellWallet: @escaping @MainActor () async -> Void = {}
    ) async {
        self.isInBackground = isInBackground
        guard isInBackground else {
            // What the person does now does not wait behind a server.
            refreshing?.cancel()
            phone.background.wakeNoMore()
            await phone.messages.withdraw()
            return await tellWallet()
        }
        // First of all: without it the system stops the app a few seconds after it left, whatever the wallet is busy with.
        await phone.background.finish { [weak self] in
            // Planned by what was last seen: whatever ends the app after this, the person is reminded.
            let isPlanned = await self?.remindLater() ?? false
            if isPlanned { await self?.sendBeforeItLocks() }
            await tellWallet()
            await self?.leave(isPlanned: isPlanned)
            await self?.refresh()
        }
    }

    /// Fetches what is new at clinics that were not asked for a day: where the wallet is still open, and as long as the system lets
    /// it. A wallet that is locked fetches nothing, and nobody is asked to open it for that.
    private func refresh() async {
        let before = now().addingTimeInterval(-Self.refreshEvery)
        guard isInBackground, let sources = try? await service.sources() else { return }
        let due = sources.filter { !$0.needsSignIn && ($0.last ?? .distantPast) < before }
        guard isInBackground, !due.isEmpty else { return }
        let refreshing = Task { [service] in
            for source in due where !Task.isCancelled { _ = try? await service.syncSource(source.id) { _ in } }
        }
        self.refreshing = refreshing
        await withTaskCancellationHandler {
            await refreshing.value
        } onCancel: {
            refreshing.cancel()
        }
    }

    /// A wallet that locks at once sends nothing once it was told that the app is out of sight. It is told a few seconds later, and
    /// nothing is seen until then.
    private func sendBeforeItLocks() async {
        guard let autoLock = try? await service.autoLock(), autoLock.inBackground == 0 else { return }
        let sending = Task { [service] in _ = try? await service.sync() }
        let limit = Task { [pause] in
            if (try? await pause()) != nil { sending.cancel() }
        }
        await sending.value
        limit.cancel()
        await count()
    }

    private func leave(isPlanned: Bool) async {
        await count()
        guard isPlanned || unsent > 0 else { return }
        isOpen = (try? await isSomethingStillOpen()) ?? isOpen
        _ = await remindLater()
        await send()
    }

    /// Plans the message and asks to be woken, if anything is not sent.
    private func remindLater() async -> Bool {
        guard isInBackground, unsent > 0 else { return false }
        phone.background.wakeLater()
        await show(.unsent(unsent), in: Self.patience)
        return true
    }

    /// Shows a message to a person who is not here.
    private func show(_ message: PhoneMessage, in seconds: TimeInterval) async {
        guard isInBackground else { return }
        await phone.messages.show(message, in: seconds)
        // Who came back while it was handed over sees it on the screen.
        if !isInBackground { await phone.messages.withdraw() }
    }

    /// The system has woken the app out of sight: a better moment to ask than the one that was planned.
    private func wake() async {
        guard isInBackground, unsent > 0 else { return }
        await send()
        if unsent > 0 { await show(.unsent(unsent), in: 0) }
    }

    private func send() async {
        while unsent > 0 {
            // A wallet that is locked, or time that is over: the message that is planned stands.
            guard isInBackground, (try? await service.sync()) != nil else { return }
            await count()
            if unsent > 0, (try? await pause()) == nil { return }
        }
        guard isInBackground else { return }
        phone.background.wakeNoMore()
        await show(isOpen ? .closed : .sent, in: 0)
    }

    private func count() async {
        guard let count = try? await service.unsent() else { return }
        unsent = count
        canAsk = count > 0 ? await phone.messages.isUnasked() : false
    }

    private func isSomethingStillOpen() async throws(Problem) -> Bool {
        let now = now()
        if try await service.grants().contains(where: \.isStillOpen) { return true }
        return try await service.shares().contains { $0.isStillOpen(at: now) }
    }
}
