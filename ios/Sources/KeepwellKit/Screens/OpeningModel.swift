// What the app shows first: the wallet of this phone, or the first launch where there is none. And what other apps hand it.

import Foundation
import Observation

/// Gives what is on this phone.
public typealias OpenWallet = @Sendable () async throws(Problem) -> FoundWallet

/// Opens the wallet of this phone, and keeps what other apps hand over until it can be asked about.
@MainActor @Observable
public final class OpeningModel {
    /// What is shown.
    public enum Screen {
        case opening
        case failed(Problem)
        case start(StartModel)
        case app(AppModel)
    }

    public private(set) var screen = Screen.opening
    /// Whether nothing is to be seen: from when the app goes out of sight until the wallet, back in front, has looked at its lock.
    public private(set) var isCovered = false
    public let phone: Phone
    private let openWallet: OpenWallet
    private let sweep: @MainActor () -> Void
    private let now: @Sendable () -> Date
    private var hidden: Date?
    private var isInBackground = false
    /// Whether a wallet was erased here just now.
    @ObservationIgnored private var isErased = false
    /// How often the app left the screen or came back.
    @ObservationIgnored private var turns = 0
    private let exports: URL
    /// Handed over before there was anything to ask with.
    private var waiting: [IncomingItem] = []

    /// `sweep` removes copies of handed over files that nobody asks about any more.
    public init(
        open: @escaping OpenWallet, phone: Phone, exports: URL = ExportModel.folder,
        sweep: @escaping @MainActor () -> Void = {}, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        openWallet = open
        self.exports = exports
        self.sweep = sweep
        self.phone = phone
        self.now = now
    }

    /// Opens the wallet, or begins the first launch; again after a failure.
    public func open() async {
        switch screen {
        case .start, .app: return
        case .opening, .failed: screen = .opening
        }
        do throws(Problem) {
            switch try await openWallet() {
            case .wallet(let services): show(services)
            case .none(let start):
                screen = .start(
                    StartModel(service: start, isErased: isErased) { [weak self] services in self?.show(services) })
            }
        } catch {
            screen = .failed(error)
        }
        await handOver()
    }

    /// Another app hands something over. It is only asked about, and only where that makes sense.
    public func take(_ item: IncomingItem) async {
        waiting.append(item)
        await handOver()
    }

    /// The app left the screen or came back. What is to be hidden is hidden when this returns; the task tells whoever else has to
    /// know, and ends when all is done.
    @discardableResult
    public func setInBackground(_ isInBackground: Bool) -> Task<Void, Never> {
        turns += 1
        self.isInBackground = isInBackground
        if isInBackground { isCovered = true }
        return Task { [turns] in
            guard !isInBackground else { return await follow(isInBackground) }
            // Beside each other: a wallet that is busy keeps it covered, and nothing else waits for that.
            let uncovering = Task { await uncover(after: turns) }
            await follow(isInBackground)
            await uncovering.value
        }
    }

    private func uncover(after turn: Int) async {
        if case .app(let app) = screen { await app.lookAtLock() }
        // Unless it has left again meanwhile.
        if turn == turns { isCovered = false }
    }

    private func follow(_ isInBackground: Bool) async {
        // Not at the start: the file that the app is started with lies among those that an app which was ended left there.
        if isInBackground, !hasQuestions { sweep() }
        switch screen {
        case .opening, .failed: break
        case .app(let app): await app.setInBackground(isInBackground)
        case .start(let start):
            if isInBackground {
                hidden = now()
                start.hide()
                if case .app(let app) = screen { return await app.setInBackground(true) }
            } else if let left = hidden {
                hidden = nil
                if now().timeIntervalSince(left) >= AppModel.patience { start.leaveTypedWords() }
            }
            // What goes wrong is told by what is done next.
            try? await start.services?.setInBackground(self.isInBackground)
        }
    }

    private var hasQuestions: Bool {
        if case .app(let app) = screen, app.hasQuestions { return true }
        return !waiting.isEmpty
    }

    private func show(_ services: any WalletServices) {
        let ended: WalletEnded = { [weak self] problem in await self?.reopen(problem) }
        screen = .app(AppModel(services: services, phone: phone, exports: exports, ended: ended, now: now))
        Task { await handOver() }
    }

    /// The wallet was erased, or its erasing broke off: looks what is on the phone now.
    private func reopen(_ problem: Problem?) async {
        ExportModel.removeLeftovers(in: exports)
        HealthModel.removeLeftovers()
        screen = .opening
        isErased = problem == nil
        await open()
        isErased = false
        if case .app(let app) = screen { return app.tell(problem) }
        // Nothing of what was is told any more.
        phone.wishes.remindsOfEnds = false
        phone.wishes.tellsOfReads = false
        phone.wishes.namesClinics = false
        phone.health.forget()
        await phone.messages.withdraw()
        await phone.messages.plan([])
    }

    private func handOver() async {
        switch screen {
        case .opening, .failed: break
        case .app(let app):
            for item in waiting { app.take(item) }
            waiting = []
        case .start(let start):
            // Records wait until there is a wallet to take them in.
            let codes = waiting.filter { if case .code = $0 { true } else { false } }
            waiting.removeAll { if case .code = $0 { true } else { false } }
            for case .code(let text) in codes { await start.offer(code: text) }
        }
    }
}

/// Something that another app hands over.
public enum IncomingItem: Sendable {
    case files([any OfferedFile])
    /// The text of a link to records.
    case link(String)
    /// The text of a code that names servers.
    case code(String)
    /// What the browser came back with from a clinic's page; the address and whom the patient said to be, where this app began it.
    case signedIn(String, address: String?, person: OtherPerson.ID?)

    /// What a text that was read, pasted or handed over stands for.
    public init(text: String) {
        if Source.isRedirect(text) {
            self = .signedIn(text, address: nil, person: nil)
            return
        }
        self = text.contains("shlink:/") ? .link(text) : .code(text)
    }

    var goesWithLock: Bool {
        if case .files(let files) = self { files.contains(where: \.goesWithLock) } else { false }
    }

    /// It is not asked about: copies of the app's own go.
    func discard() {
        if case .files(let files) = self { files.forEach { $0.discard() } }
    }
}
