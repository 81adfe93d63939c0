// Files from outside the app: chosen by the person, or handed over by another app.

import Foundation
import KeepwellKit
import SwiftUI

#if canImport(UniformTypeIdentifiers)
    import UniformTypeIdentifiers
#endif

extension IncomingItem {
    /// What a URL that the system opens the app with stands for; nothing is opened here.
    init(opened url: URL) {
        self =
            url.isFileURL
            ? .files([ScopedFile(url, isOurCopy: ScopedFile.isInInbox(url))]) : IncomingItem(text: url.absoluteString)
    }
}

extension View {
    /// Lets the person choose files of records.
    func choosesFiles(isPresented: Binding<Bool>, chosen: @escaping @MainActor ([any OfferedFile]) -> Void) -> some View {
        let kinds = ["json", "ndjson", "gz", "zip"].compactMap { UTType(filenameExtension: $0) }
        return fileImporter(isPresented: isPresented, allowedContentTypes: kinds, allowsMultipleSelection: true) { result in
            // Who chooses none, or nothing that can be had, is where they were.
            guard let urls = try? result.get(), !urls.isEmpty else { return }
            chosen(urls.map { ScopedFile($0, isOurCopy: false) })
        }
    }
}

/// A file that may be read only between the system's two calls, and only as long as it lets us.
struct ScopedFile: OfferedFile {
    private let url: URL
    private let isOurCopy: Bool

    /// `isOurCopy`: another app handed a copy over, which lies in our folder until it is removed.
    init(_ url: URL, isOurCopy: Bool) {
        self.url = url
        self.isOurCopy = isOurCopy
    }

    var name: String { url.lastPathComponent }
    var size: Int? { scoped { (try? url.resourceValues(forKeys: [.fileSizeKey]))?.fileSize } }

    func read<Result: Sendable>(
        _ body: @Sendable (String) async throws(Problem) -> Result
    ) async throws(Problem) -> Result {
        let isScoped = url.startAccessingSecurityScopedResource()
        defer { if isScoped { url.stopAccessingSecurityScopedResource() } }
        return try await body(url.path)
    }

    func discard() {
        guard isOurCopy else { return }
        // What stays is swept when the app leaves the screen; there is nothing that the person could do.
        try? FileManager.default.removeItem(at: url)
    }

    /// Whether the system has put it where it puts copies from other apps.
    static func isInInbox(_ url: URL) -> Bool {
        guard let inbox else { return false }
        return url.standardizedFileURL.path.hasPrefix(inbox.path + "/")
    }

    /// Removes every copy from other apps: also what is left where the app was ended before its question was closed.
    static func emptyInbox() {
        guard let inbox else { return }
        let copies = (try? FileManager.default.contentsOfDirectory(at: inbox, includingPropertiesForKeys: nil)) ?? []
        // What can't be removed now is when the app leaves the screen again.
        for copy in copies { try? FileManager.default.removeItem(at: copy) }
    }

    private static var inbox: URL? {
        FileManager.default.urls(for: .documentDirectory, in: .userDomainMask).first?
            .appendingPathComponent("Inbox", isDirectory: true).standardizedFileURL
    }

    private func scoped<Value>(_ body: () -> Value) -> Value {
        let isScoped = url.startAccessingSecurityScopedResource()
        defer { if isScoped { url.stopAccessingSecurityScopedResource() } }
        return body()
    }
}
