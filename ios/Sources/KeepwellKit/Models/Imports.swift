// Records that come in: a file, whom it is about, and what became of it.

import Foundation

/// A file that the person chose or another app handed over. It is opened only when they agree.
public protocol OfferedFile: Sendable {
    /// What it is called, without folders.
    var name: String { get }
    /// How many bytes it has, where the system says.
    var size: Int? { get }
    /// What to call where its records come from, where that is known.
    var source: String? { get }
    /// Whether Keepwell wrote it itself, of what can be read again: it goes when the wallet locks.
    var goesWithLock: Bool { get }
    /// Lends its path for as long as `body` runs.
    func read<Result: Sendable>(_ body: @Sendable (String) async throws(Problem) -> Result) async throws(Problem) -> Result
    /// Removes what was handed over as a copy of the app's own; the person's own file is never touched.
    func discard()
}

extension OfferedFile {
    public var source: String? { nil }
    public var goesWithLock: Bool { false }
}

/// A file that the app may read at its path.
public struct LocalFile: OfferedFile {
    private let url: URL

    public init(_ url: URL) {
        self.url = url
    }

    public var name: String { url.lastPathComponent }
    public var size: Int? { (try? url.resourceValues(forKeys: [.fileSizeKey]))?.fileSize }

    public func read<Result: Sendable>(
        _ body: @Sendable (String) async throws(Problem) -> Result
    ) async throws(Problem) -> Result { try await body(url.path) }

    public func discard() {}
}

/// What a link to records says of itself; anybody can write anything there.
public struct LinkPreview: Equatable, Sendable, CustomStringConvertible, CustomReflectable {
    /// The server that it leads to.
    public let server: String
    /// What whoever made it calls it.
    public let label: String?
    /// Until when it is meant to open.
    public let expires: Date?
    /// Whether whoever made it chose a passcode.
    public let needsPasscode: Bool

    public init(server: String, label: String?, expires: Date?, needsPasscode: Bool) {
        self.server = server
        self.label = label
        self.expires = expires
        self.needsPasscode = needsPasscode
    }

    public var description: String { "LinkPreview(needsPasscode: \(needsPasscode))" }
    public var customMirror: Mirror { Mirror(self, children: ["needsPasscode": needsPasscode]) }
}

/// What was fetched from behind a link. It is in memory alone, and kept there: some links open only once.
public struct FetchedFile: Sendable, CustomStringConvertible, CustomReflectable {
    /// What the list of imports shows of it.
    public let name: String
    public let content: Data

    public init(name: String, content: Data) {
        self.name = name
        self.content = content
    }

    public var description: String { "FetchedFile(\(content.count) bytes)" }
    public var customMirror: Mirror { Mirror(self, children: ["bytes": content.count]) }
}

/// Someone whom records are about.
public struct FoundPerson: Equatable, Hashable, Identifiable, Sendable {
    /// Which one of the file, from 1.
    public let id: Int
    public let name: String?
    /// As written, `YYYY-MM-DD` or a part of it.
    public let birthDate: String?
    /// How many of the records are about them.
    public let records: Int
    /// Whether this is the owner as far as is known.
    public let isOwner: Bool

    public init(id: Int, name: String?, birthDate: String?, records: Int, isOwner: Bool) {
        self.id = id
        self.name = name
        self.birthDate = birthDate
        self.records = records
        self.isOwner = isOwner
    }
}

/// What was set aside, as a person may know it.
public enum SetAsideKind: String, CaseIterable, Hashable, Sendable {
    /// A PDF, or a document of an office program.
    case document
    case picture
    /// An archive, which is not unpacked.
    case packed
    /// Health records in a form that is not read yet.
    case otherForm = "other-form"
    /// A health card, or a link.
    case card
    case table
    case webPage = "web-page"
    case empty
    case damaged
    case tooLarge = "too-large"
    case unknown
}

/// What became of a file.
public struct ImportReport: Equatable, Sendable {
    /// By which it can be taken back; none if it carried nothing.
    public let id: Import.ID?
    public let added: Int
    public let updated: Int
    /// Records that were there already.
    public let unchanged: Int
    /// Records about somebody else, which were kept out.
    public let keptOut: Int
    /// Records that the file says were removed at their source.
    public let removed: Int
    /// What was set aside, one for each part.
    public let setAside: [SetAsideKind]
    /// Whether the file says that there is more than it carries.
    public let isIncomplete: Bool

    public init(
        id: Import.ID?, added: Int, updated: Int, unchanged: Int = 0, keptOut: Int = 0, removed: Int = 0,
        setAside: [SetAsideKind] = [], isIncomplete: Bool = false
    ) {
        self.id = id
        self.added = added
        self.updated = updated
        self.unchanged = unchanged
        self.keptOut = keptOut
        self.removed = removed
        self.setAside = setAside
        self.isIncomplete = isIncomplete
    }
}

/// What came of an import.
public enum ImportOutcome: Equatable, Sendable {
    case imported(ImportReport)
    /// The file is not about the owner alone. Nothing was taken: ask, and import again.
    case whoIsIt([FoundPerson])
}

/// One import, with all its files.
public struct Import: Equatable, Hashable, Identifiable, Sendable {
    public let id: String
    /// Where the records came from.
    public let source: String
    public let time: Date
    public let added: Int
    public let updated: Int
    /// When it was taken back; none: it stands.
    public let undone: Date?

    public init(id: String, source: String, time: Date, added: Int, updated: Int, undone: Date? = nil) {
        self.id = id
        self.source = source
        self.time = time
        self.added = added
        self.updated = updated
        self.undone = undone
    }
}

/// What is lost with an import that is taken back, and who may have seen it: no undo reaches that.
public struct ImportReach: Equatable, Sendable {
    /// Records, or versions of them, that would go out of sight.
    public let records: Int
    /// The clinics with access to one of them.
    public let clinics: [String]
    /// Shares that were made since: each may have shown one of them.
    public let shares: Int
    /// Set aside with this import alone: removed for good.
    public let setAside: Int

    public init(records: Int, clinics: [String] = [], shares: Int = 0, setAside: Int = 0) {
        self.records = records
        self.clinics = clinics
        self.shares = shares
        self.setAside = setAside
    }
}

/// What taking an import back came to.
public struct UndoReport: Equatable, Sendable {
    /// Records that are out of sight.
    public let removed: Int
    /// Records of which an earlier version is shown again.
    public let restored: Int

    public init(removed: Int, restored: Int) {
        self.removed = removed
        self.restored = restored
    }
}

/// Something that could not be taken, kept as it came until it can be read or its owner drops it.
public struct SetAsideItem: Equatable, Hashable, Identifiable, Sendable {
    public let id: String
    /// The name of the file that it came in; empty where it had none.
    public let file: String
    public let kind: SetAsideKind
    public let bytes: Int
    public let received: Date

    public init(id: String, file: String, kind: SetAsideKind, bytes: Int, received: Date) {
        self.id = id
        self.file = file
        self.kind = kind
        self.bytes = bytes
        self.received = received
    }
}
