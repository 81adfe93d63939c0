// Records come in: what is offered, the reading of it, whom it is about, and what became of it.

import Foundation
import Observation

/// What the screens of one import show.
public struct ImportState: Equatable, Sendable {
    public enum Step: Equatable, Sendable {
        /// Nothing was opened yet.
        case ask
        case reading, whoIsIt, report
    }

    public internal(set) var step = Step.ask
    /// The names of the files; none of a link.
    public internal(set) var files: [String] = []
    /// What the link says of itself; none of files, and of a link that can't be read.
    public internal(set) var link: LinkPreview?
    /// Whether the time is over for which the link was meant.
    public internal(set) var isLinkOver = false
    /// Whether what is behind the link is being fetched.
    public internal(set) var isFetching = false
    /// How many bytes they have, where that is known of all.
    public internal(set) var size: Int?
    public internal(set) var bytesRead = 0
    public internal(set) var people: [FoundPerson] = []
    public internal(set) var report: ImportReport?
    public internal(set) var problem: Problem?

    /// Between 0 and 1, where the size is known.
    public var fraction: Double? {
        guard let size, size > 0 else { return nil }
        return min(1, Double(bytesRead) / Double(size))
    }
}

/// Takes in files that the person chose or another app handed over, or what is behind a link; what is handed over is only asked about.
@MainActor @Observable
public final class ImportModel: Identifiable, CustomReflectable {
    public private(set) var state = ImportState()
    /// Taking it back again, once it is in.
    public private(set) var undoing: UndoModel?
    /// What was typed of a link's passcode.
    public private(set) var passcode = ""
    private let origin: Origin
    private let service: any ImportService
    /// What was behind the link, once it was fetched.
    @ObservationIgnored private var fetched: [FetchedFile]?
    @ObservationIgnored private var reading: Task<Void, Never>?

    private enum Origin {
        case files([any OfferedFile])
        case link(String)
    }

    /// Whoever shares learns that this opened it: no name, and no more than the sender knows already.
    static let recipient = "Keepwell"
    /// More than anybody types by hand.
    private static let longestPasscode = 200

    public init(files: [any OfferedFile], service: any ImportService) {
        origin = .files(files)
        self.service = service
        state.files = files.map(\.name)
        let sizes = files.compactMap(\.size)
        state.size = sizes.count == files.count ? sizes.reduce(0, +) : nil
    }

    /// `link`: the text of one, bare or behind the address of a viewer. Nobody is asked before the person agrees.
    public init(link: String, service: any ImportService, now: @escaping @Sendable () -> Date = { Date() }) {
        origin = .link(link)
        self.service = service
        do throws(Problem) {
            let preview = try service.readLink(link)
            state.link = preview
            state.isLinkOver = preview.expires.map { $0 < now() } ?? false
        } catch {
            state.problem = error
        }
    }

    public nonisolated var customMirror: Mirror { Mirror(self, children: [:]) }

    /// Whether it is what is behind a link.
    public var isOfLink: Bool { if case .link = origin { true } else { false } }

    /// Whether it can be taken in when the person says so: a link that can't be read leads nowhere.
    public var canAccept: Bool {
        guard state.step == .ask else { return false }
        return switch origin {
        case .files: true
        case .link: state.link != nil && (!needsPasscode || !passcode.allSatisfy(\.isWhitespace))
        }
    }

    /// Whether a passcode is asked for: what was fetched opens without.
    public var needsPasscode: Bool { state.link?.needsPasscode == true && fetched == nil }

    /// Takes what is in the field of the passcode now.
    public func type(passcode text: String) {
        guard state.step == .ask, text != passcode else { return }
        passcode = String(text.prefix(Self.longestPasscode))
        state.problem = nil
    }

    /// Forgets what was typed; out of sight, too.
    public func clear() {
        passcode = ""
    }

    /// Reads it, since the person agrees.
    public func accept() {
        guard canAccept else { return }
        start(of: nil)
    }

    /// Reads them again, as those of this person.
    public func choose(_ person: FoundPerson) {
        guard state.step == .whoIsIt, state.people.contains(person) else { return }
        start(of: person.id)
    }

    /// Stops the reading: nothing is taken then.
    public func cancel() {
        reading?.cancel()
    }

    /// The screen is left: nothing more is read, and copies that were handed over go.
    public func close() {
        cancel()
        clear()
        fetched = nil
        guard case .files(let files) = origin else { return }
        Task { [reading] in
            await reading?.value
            files.forEach { $0.discard() }
        }
    }

    /// Waits until nothing is being read.
    public func finishReading() async { await reading?.value }

    private func start(of person: FoundPerson.ID?) {
        let before = state.step
        state.step = .reading
        state.bytesRead = 0
        state.problem = nil
        reading = Task {
            do throws(Problem) {
                take(try await read(of: person))
            } catch {
                state.problem = error.worthShowing
                state.step = before
            }
        }
    }

    private func read(of person: FoundPerson.ID?) async throws(Problem) -> ImportOutcome {
        let service = self.service
        let progress: @Sendable (Int) -> Void = { bytes in
            Task { @MainActor [weak self] in self?.show(bytesRead: bytes) }
        }
        switch origin {
        case .files(let files):
            // One name for all of them, or none.
            let source = Set(files.map(\.source)).count == 1 ? files.first?.source : nil
            return try await Self.open(files[...]) { paths throws(Problem) in
                try await service.importFiles(at: paths, of: person, source: source, progress: progress)
            }
        case .link(let link):
            let files = try await fetch(link)
            state.size = files.reduce(0) { $0 + $1.content.count }
            return try await service.importFetched(files, of: person, progress: progress)
        }
    }

    /// What is behind the link. What was fetched stays for another try, until this is closed.
    private func fetch(_ link: String) async throws(Problem) -> [FetchedFile] {
        if let fetched { return fetched }
        let typed = SecretBytes(passcode.trimmingCharacters(in: .whitespacesAndNewlines))
        clear()
        state.isFetching = true
        defer {
            typed.erase()
            state.isFetching = false
        }
        let files = try await service.openLink(link, as: Self.recipient, passcode: needsPasscode ? typed : nil)
        // Also what comes after it was stopped: it may open only once.
        fetched = files
        return files
    }

    private func take(_ outcome: ImportOutcome) {
        switch outcome {
        case .imported(let report):
            state.report = report
            state.step = .report
            undoing = report.id.map { UndoModel(id: $0, service: service) }
        case .whoIsIt(let people):
            state.people = people
            state.step = .whoIsIt
        }
    }

    private func show(bytesRead bytes: Int) {
        guard state.step == .reading else { return }
        state.bytesRead = max(state.bytesRead, bytes)
    }

    /// Opens one file after the other, and runs `body` while all of them are.
    private nonisolated static func open<Result: Sendable>(
        _ files: ArraySlice<any OfferedFile>, _ paths: [String] = [],
        _ body: @escaping @Sendable ([String]) async throws(Problem) -> Result
    ) async throws(Problem) -> Result {
        guard let file = files.first else { return try await body(paths) }
        return try await file.read { path throws(Problem) in try await open(files.dropFirst(), paths + [path], body) }
    }
}
