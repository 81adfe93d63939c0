// Imports of the fake: a file is a JSON document of FHIR resources that it reads itself.

import Foundation
import KeepwellKit

extension FakeWallet {
    public func importFiles(
        at paths: [String], of person: FoundPerson.ID?, source: String?, progress: @escaping @Sendable (Int) -> Void
    ) async throws(Problem) -> ImportOutcome {
        var read: [FakeResource] = []
        var setAside = 0
        for path in paths {
            guard let content = FileManager.default.contents(atPath: path) else { throw .fileUnreadable(code: "ImportIo") }
            progress(content.count)
            while change({ $0.isReadingSlow }) {
                guard (try? await Task.sleep(nanoseconds: 1_000_000)) != nil else { throw .cancelled }
            }
            guard let resources = FakeResource.read(content) else {
                setAside += 1
                try await keep(path, content)
                continue
            }
            read += resources
        }
        return try await act { [read, setAside] world throws(Problem) in
            if let problem = world.problemOfImports { throw problem }
            return Self.take(read, setAside, of: person, source: source, &world)
        }
    }

    public func readLink(_ text: String) throws(Problem) -> LinkPreview {
        guard let link = change({ $0.links[text] }) else { throw .noLink }
        return link.preview
    }

    public func openLink(_ text: String, as recipient: String, passcode: SecretBytes?) async throws(Problem) -> [FetchedFile] {
        try await act { world throws(Problem) in
            guard var link = world.links[text] else { throw .noLink }
            guard world.isOnline else { throw .linkUnreachable }
            guard link.triesLeft > 0 else { throw .linkEnded }
            if link.preview.needsPasscode, passcode?.text != link.passcode {
                link.triesLeft -= 1
                world.links[text] = link
                throw .wrongPasscode(left: link.triesLeft)
            }
            guard link.opens > 0 else { throw .linkEnded }
            link.opens -= 1
            world.links[text] = link
            world.openedAs.append(recipient)
            return link.files
        }
    }

    public func importFetched(
        _ files: [FetchedFile], of person: FoundPerson.ID?, progress: @escaping @Sendable (Int) -> Void
    ) async throws(Problem) -> ImportOutcome {
        progress(files.reduce(0) { $0 + $1.content.count })
        let read = files.map { FakeResource.read($0.content) }
        let setAside = read.count { $0 == nil }
        return try await act { world throws(Problem) in
            if let problem = world.problemOfImports { throw problem }
            return Self.take(read.compactMap { $0 }.flatMap { $0 }, setAside, of: person, source: files.first?.name, &world)
        }
    }

    private func keep(_ path: String, _ content: Data) async throws(Problem) {
        try await act { world in
            world.setAside.append(
                SetAsideItem(
                    id: String(format: "%064x", world.setAside.count + 1), file: (path as NSString).lastPathComponent,
                    kind: .damaged, bytes: content.count, received: world.now))
        }
    }

    private static func take(
        _ read: [FakeResource], _ setAside: Int, of person: FoundPerson.ID?, source: String?, _ world: inout World
    ) -> ImportOutcome {
        let people = read.filter { $0.type == "Patient" }
        let owner = person.map { people[$0 - 1].id } ?? people.first?.id
        if person == nil, people.count > 1 {
            return .whoIsIt(
                people.enumerated().map { number, patient in
                    FoundPerson(
                        id: number + 1, name: patient.title, birthDate: patient.date,
                        records: read.count { $0.subject == patient.id }, isOwner: false)
                })
        }
        let known = Set(world.records.map(\.title))
        let own = read.filter { $0.type != "Patient" && ($0.subject == nil || $0.subject == owner) }
        let new = own.filter { !known.contains($0.title) }
        let number = world.records.count
        world.records += new.enumerated().map { offset, resource in
            RecordSummary(
                id: String(format: "%064x", number + offset), category: .results, resourceType: resource.type,
                title: resource.title, date: resource.date, source: source ?? "file")
        }
        let id = String(format: "%064x", world.imports.count + 1)
        if !read.isEmpty {
            world.imports.insert(Import(id: id, source: source ?? "file", time: world.now, added: new.count, updated: 0), at: 0)
            world.carried[id] = Set(new.map(\.title))
        }
        return .imported(
            ImportReport(
                id: read.isEmpty ? nil : id, added: new.count, updated: 0, unchanged: own.count - new.count,
                keptOut: read.count { $0.type != "Patient" } - own.count, setAside: Array(repeating: .damaged, count: setAside)))
    }

    public func imports() async throws(Problem) -> [Import] { try await act { $0.imports } }

    public func reach(of id: Import.ID) async throws(Problem) -> ImportReach {
        try await act { world throws(Problem) in
            guard let carried = world.carried[id] else { throw .notFound }
            return ImportReach(
                records: carried.count, clinics: world.grants.filter(\.isInForce).map(\.clinicName), shares: world.shares.count)
        }
    }

    public func undo(_ id: Import.ID) async throws(Problem) -> UndoReport {
        try await act { world throws(Problem) in
            guard let carried = world.carried[id], let index = world.imports.firstIndex(where: { $0.id == id }) else {
                throw .notFound
            }
            let before = world.records.count
            world.records.removeAll { carried.contains($0.title) }
            let taken = world.imports[index]
            world.imports[index] = Import(
                id: id, source: taken.source, time: taken.time, added: taken.added, updated: taken.updated, undone: world.now)
            return UndoReport(removed: before - world.records.count, restored: 0)
        }
    }

    public func setAside() async throws(Problem) -> [SetAsideItem] { try await act { $0.setAside } }

    public func drop(_ id: SetAsideItem.ID) async throws(Problem) {
        try await act { world throws(Problem) in
            guard world.setAside.contains(where: { $0.id == id }) else { throw .notFound }
            world.setAside.removeAll { $0.id == id }
        }
    }

    public func status() async throws(Problem) -> WalletStatus {
        try await act(onlyReads: true) { world in
            WalletStatus(
                areWordsVerified: world.areWordsVerified, records: world.records.count, isConnected: world.isConnected,
                recordsOnlyHere: world.isConnected ? world.unsentRecords : world.records.count, unsentDecisions: world.unsent,
                ledgerQuestions: world.ledgerQuestions)
        }
    }

    public func builtInConnection() async throws(Problem) -> ConnectionOffer? { try await act { $0.builtIn } }

    public func readConnection(_ text: String) async throws(Problem) -> ConnectionOffer {
        try await act { _ throws(Problem) in try FakeStart.read(text) }
    }

    public func connect(to offer: ConnectionOffer, pin: SecretBytes) async throws(Problem) {
        try await act(needsNetwork: true) { world throws(Problem) in
            try Self.check(pin, &world)
            world.isConnected = true
        }
    }
}

/// What the fake reads of a resource.
private struct FakeResource {
    let type: String
    let id: String
    let title: String
    let date: String?
    /// The id of the person whom it is about.
    let subject: String?

    /// The resources of a Bundle, or the one that it is; nothing of what is no JSON.
    static func read(_ content: Data) -> [FakeResource]? {
        guard let document = try? JSONSerialization.jsonObject(with: content) as? [String: Any] else { return nil }
        let entries = document["entry"] as? [[String: Any]]
        let resources = entries.map { $0.compactMap { $0["resource"] as? [String: Any] } } ?? [document]
        return resources.compactMap { FakeResource($0) }
    }

    private init?(_ resource: [String: Any]) {
        guard let type = resource["resourceType"] as? String else { return nil }
        self.type = type
        id = resource["id"] as? String ?? ""
        let name = (resource["name"] as? [[String: Any]])?.first
        let given = (name?["given"] as? [String]) ?? []
        let code = resource["code"] as? [String: Any]
        title = code?["text"] as? String ?? (given + [name?["family"] as? String].compactMap { $0 }).joined(separator: " ")
        date = resource["birthDate"] as? String ?? resource["effectiveDateTime"] as? String
        let reference = (resource["subject"] as? [String: Any])?["reference"] as? String
        subject = reference.map { String($0.dropFirst("Patient/".count)) }
    }
}
