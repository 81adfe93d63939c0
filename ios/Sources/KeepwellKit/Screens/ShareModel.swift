// Sharing by QR code: what and how long, what would leave, then the code with the time that is left; and the shares there are.

import Foundation
import Observation

/// What the share screen shows.
public struct ShareScreenState: BusyState, Equatable, Sendable {
    /// Where a share that is made stands.
    public enum Step: Equatable, Sendable {
        /// What, and for how long.
        case choose
        /// What would leave, before anything does.
        case review
        /// The code, counting down.
        case shown
    }

    /// What would leave, once the person asked to see it.
    public internal(set) var preview: SharePreview?
    /// The share whose code is on the screen.
    public internal(set) var shown: Share?
    /// Its code.
    public internal(set) var code: ShareCode?
    /// Whole seconds until it ends.
    public internal(set) var secondsLeft = 0
    public internal(set) var shares: [Share] = []
    public internal(set) var isLoaded = false
    public internal(set) var openings: [Share.ID: [ShareOpening]] = [:]
    /// The share that the person is asked about before it ends.
    public internal(set) var asking: Share?
    public internal(set) var isBusy = false
    public internal(set) var problem: Problem?

    /// Shares that open, or can be made to again, newest first.
    public internal(set) var live: [Share] = []
    /// Until when what was reviewed would work; none where it is for a day at most.
    public internal(set) var until: Date?
    /// Whether the ledger is still to show that a share was made, or ended.
    public internal(set) var isOnItsWay = false
    /// Shares that were paused or ended here and still open, since the host was not reached.
    public internal(set) var stillOpen: Set<Share.ID> = []

    public var step: Step { shown != nil ? .shown : preview != nil ? .review : .choose }

    /// Whether it is worth asking the servers: for who opens the code, or to tell the host what was decided.
    public var isFollowed: Bool { shown != nil || !stillOpen.isEmpty || isOnItsWay }
}

/// Shows what would leave, makes shares, shows their code and ends them.
@MainActor @Observable
public final class ShareModel: BusyModel, CustomReflectable {
    public internal(set) var state = ShareScreenState()
    /// What the next share will be.
    public var request: ShareRequest
    /// What was typed of the next share's passcode; none where it is blank.
    public private(set) var passcode = ""
    /// The lives of a share among which the screen lets choose.
    public let lives: [TimeInterval]
    /// The PIN that confirms what is to live for longer than a day.
    public let pin = PINEntry()
    /// Grows out of sight: what is being made by the PIN then is only listed.
    @ObservationIgnored private var forgotten = 0
    /// What the person has seen the preview of; only that is shared.
    private var reviewed: ShareRequest?
    private let service: any ShareService & ConsentService & LockService & SafetyService
    private let light: CodeLight
    private var isInFront = true
    private var isOnScreen = true
    /// Since when the screen is bright.
    private var lit: Date?
    /// The change of a share that was asked for last.
    private var changing: Task<Void, Never>?
    /// How long a screen that nobody turns off stays awake and bright.
    static let patience: TimeInterval = 600
    /// More than anybody types by hand.
    private static let longestPasscode = 200
    /// More than goes along, which the library says; no more, since a screen has to draw it.
    private static let longestTypedStory = 100_000
    private let now: @Sendable () -> Date

    public init(
        service: any ShareService & ConsentService & LockService & SafetyService, screen: any PhoneScreen,
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.service = service
        light = CodeLight(screen: screen)
        self.now = now
        request = ShareRequest(life: service.choices.shareLife)
        lives = service.choices.shareLives + service.choices.shareLivesOnLedger
    }

    public nonisolated var customMirror: Mirror { Mirror(self, children: [:]) }

    public func load() async {
        await read { [service] () throws(Problem) in self.list(try await service.shares()) }
    }

    /// Shows the shares and follows what happens to them, until the task is cancelled.
    public func observe() async {
        let changes = service.changes()
        await load()
        for await change in changes {
            switch change {
            case .shareTried(let id):
                if let openings = try? await service.openings(of: id) { state.openings[id] = openings }
            case .other: await relist()
            case .unlocked, .locked, .grantChanged, .grantExpiring, .clinicKeyChanged, .recordsRead: break
            }
        }
    }

    /// Syncs while a code is shown, and until the host knows what was paused or ended here, or the task is cancelled. Each
    /// `pause` is a few seconds.
    public func follow(pause: Pause = aFewSeconds) async {
        await service.syncWhile({ state.isFollowed }, pause: pause) {
            if $0.hasNews { await relist() } else { list(state.shares) }
        }
    }

    // MARK: A new share

    /// Whether the next share opens only with a passcode.
    public var needsPasscode: Bool { !passcode.allSatisfy(\.isWhitespace) }

    /// Takes what is in the field of the passcode now.
    public func type(passcode text: String) {
        guard !state.isBusy, state.step == .choose, text != passcode else { return }
        passcode = String(text.prefix(Self.longestPasscode))
        if case .passcodeUnsuitable = state.problem { state.problem = nil }
    }

    /// Takes what the patient tells of themselves.
    public func write(story text: String) {
        guard !state.isBusy, state.step == .choose, text != request.story else { return }
        request.story = String(text.prefix(Self.longestTypedStory))
        if state.problem == .storyTooLong { state.problem = nil }
    }

    /// Forgets what was typed, out of sight. A review of what was to have a passcode goes with it: nothing leaves without one that was
    /// to have one.
    public func forget() {
        forgotten += 1
        pin.clear()
        if needsPasscode { dropReview() }
        passcode = ""
    }

    /// Shows what would leave. Nothing is sent.
    public func review() async {
        guard !state.isBusy, state.step == .choose else { return }
        let typed = passcode
        await attempt { [service, request] () throws(Problem) in
            if let secret = self.secret() {
                defer { secret.erase() }
                try service.checkPasscode(secret)
            }
            let preview = try await service.preview(request)
            // A passcode that was forgotten meanwhile is typed anew; what was chosen meanwhile was not reviewed.
            guard typed == self.passcode, request == self.request else { return }
            self.state.preview = preview
            let isOnLedger = service.choices.shareLivesOnLedger.contains(request.life)
            self.state.until = isOnLedger ? self.now().addingTimeInterval(request.life) : nil
            self.reviewed = request
        }
    }

    /// Goes back to what to share.
    public func leaveReview() {
        guard !state.isBusy else { return }
        pin.clear()
        dropReview()
    }

    private func dropReview() {
        state.preview = nil
        state.until = nil
        reviewed = nil
    }

    /// Whether the share that was reviewed can be made: one that is for longer than a day takes the PIN.
    public var canShare: Bool { !state.isBusy && state.step == .review && (state.until == nil || pin.isComplete) }

    /// Makes the share that was reviewed and shows its code.
    public func share() async {
        guard canShare, let reviewed else { return }
        let (secret, asked, isOnLedger) = (secret(), forgotten, state.until != nil)
        await attempt { [service, pin] () throws(Problem) in
            defer { secret?.erase() }
            let share: Share
            if isOnLedger {
                let proof = try await pin.prove(to: service)
                guard asked == self.forgotten else { return }
                share = try await proof.share(reviewed, passcode: secret)
            } else {
                share = try await service.share(reviewed, passcode: secret)
            }
            self.passcode = ""
            self.request.story = ""
            self.dropReview()
            self.list([share] + self.state.shares)
            if isOnLedger, asked != self.forgotten { return }
            self.put(share, try await service.code(of: share.id))
        }
    }

    private func secret() -> SecretBytes? {
        needsPasscode ? SecretBytes(passcode.trimmingCharacters(in: .whitespacesAndNewlines)) : nil
    }

    // MARK: The code

    /// Shows the code of a share again, however long ago it was made.
    public func show(_ id: Share.ID) async {
        guard !state.isBusy, let share = state.live.first(where: { $0.id == id && $0.state == .active }) else { return }
        await attempt { [service] () throws(Problem) in self.put(share, try await service.code(of: id)) }
    }

    /// Counts down until the code ends or is hidden, or the task is cancelled. Each `pause` is about a second.
    public func countDown(pause: Pause = { try await Task.sleep(for: .seconds(1)) }) async {
        while state.shown != nil {
            tick()
            guard state.shown != nil, (try? await pause()) != nil else { return }
        }
    }

    /// Takes the code off the screen; the share lives on.
    public func hide() {
        state.shown = nil
        state.code = nil
        state.secondsLeft = 0
        setLight(false)
    }

    /// The screen with the code was left for another, or is shown again. A code that is made meanwhile is only listed.
    public func setOnScreen(_ isOnScreen: Bool) {
        self.isOnScreen = isOnScreen
        if !isOnScreen { hide() }
    }

    /// The app came to the front or left it: out of sight the screen is as it was before the code.
    public func setInFront(_ isInFront: Bool) {
        self.isInFront = isInFront
        setLight(isInFront && state.shown != nil)
    }

    // MARK: The shares there are

    /// Asks whether a share is to end.
    public func ask(_ id: Share.ID) {
        state.asking = state.live.first { $0.id == id }
    }

    /// The person keeps it.
    public func keep() {
        state.asking = nil
    }

    /// Pauses, resumes or ends a share, whatever else is done, after the changes that were asked for before. What was ended, or may
    /// not be opened, is not shown any longer.
    public func change(_ id: Share.ID, _ action: Share.Action) async {
        state.asking = nil
        let change = Task { [service, before = changing] in
            await before?.value
            await attempt { () throws(Problem) in
                let changed = try await service.change(id, action)
                self.list(self.state.shares.map { $0.id == id ? changed : $0 })
            }
        }
        changing = change
        await change.value
    }

    /// Fetches who opened a share.
    public func loadOpenings(of id: Share.ID) async {
        await read { [service] () throws(Problem) in self.state.openings[id] = try await service.openings(of: id) }
    }

    /// Reads something, which keeps nobody from anything, and says what went wrong with it.
    private func read(_ body: @MainActor () async throws(Problem) -> Void) async {
        state.problem = nil
        do {
            try await body()
        } catch {
            state.problem = error.worthShowing
        }
    }

    private func relist() async {
        // What is not read now is read with the next news.
        if let shares = try? await service.shares() { list(shares) }
    }

    private func list(_ shares: [Share]) {
        let now = now()
        state.shares = shares
        state.isLoaded = true
        state.live = shares.filter { $0.isLive(at: now) }
        state.isOnItsWay = shares.contains { $0.isOnItsWay(at: now) }
        state.stillOpen = Set(shares.filter { $0.isStillOpen(at: now) }.map(\.id))
        guard let shown = state.shown else { return }
        state.shown = shares.first { $0.id == shown.id && $0.state == .active }
        tick()
    }

    private func put(_ share: Share, _ code: ShareCode) {
        guard isOnScreen else { return }
        state.shown = share
        state.code = code
        setLight(isInFront)
        tick()
    }

    private func tick() {
        state.secondsLeft = max(0, Int((state.shown?.expires ?? .distantPast).timeIntervalSince(now()).rounded(.up)))
        if state.secondsLeft == 0 { hide() }
        if let lit, now().timeIntervalSince(lit) >= Self.patience { setLight(false) }
    }

    private func setLight(_ isOn: Bool) {
        light.isOn(isOn)
        lit = isOn ? now() : nil
    }
}
