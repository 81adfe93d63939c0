import Foundation
import KeepwellFake
import KeepwellKit
import Testing

@MainActor @Suite struct ImportModelTests {
    private let wallet = FakeWallet.sample()

    private func model(_ files: [TestFile]) -> ImportModel { ImportModel(files: files, service: wallet) }

    private func read(_ file: TestFile) async -> ImportModel {
        let model = model([file])
        model.accept()
        await model.finishReading()
        return model
    }

    @Test func nothingIsOpenedBeforeThePersonAgrees() async throws {
        let file = try TestFile(people: ["Ana"])
        let model = model([file])
        #expect(model.state.step == .ask)
        #expect(model.state.files == [file.name])
        #expect(model.state.size == file.size)
        await model.finishReading()
        #expect(file.opened == 0)
        model.close()
        #expect(await eventually { file.isDiscarded })
        #expect(wallet.change { $0.records.count } == 5)
    }

    @Test func recordsComeInAndTheSameAgainIsUnchanged() async throws {
        let file = try TestFile(people: ["Ana"])
        let first = await read(file)
        #expect(first.state.step == .report)
        #expect(first.state.report?.added == 1)
        #expect(first.state.bytesRead == file.size)
        #expect(first.state.fraction == 1)
        let second = await read(file)
        #expect(second.state.report?.added == 0)
        #expect(second.state.report?.unchanged == 1)
    }

    @Test func severalPeopleAreAskedAboutAndOnlyTheOwnerComesIn() async throws {
        let file = try TestFile(people: ["Ana", "Bea"])
        let model = await read(file)
        #expect(model.state.step == .whoIsIt)
        #expect(model.state.people.map(\.name) == ["Ana", "Bea"])
        #expect(wallet.change { $0.records.count } == 5, "nothing was taken")
        model.choose(FoundPerson(id: 9, name: "Eve", birthDate: nil, records: 1, isOwner: false))
        #expect(model.state.step == .whoIsIt, "nobody of the list")
        model.choose(model.state.people[1])
        await model.finishReading()
        #expect(model.state.report?.added == 1)
        #expect(model.state.report?.keptOut == 1)
        #expect(wallet.change { $0.records.last?.title } == "Result of Bea")
    }

    @Test func readingIsStoppedAndCanBeginAgain() async throws {
        wallet.change { $0.isReadingSlow = true }
        let model = try model([TestFile(people: ["Ana"])])
        model.accept()
        #expect(model.state.step == .reading)
        model.cancel()
        await model.finishReading()
        #expect(model.state.step == .ask)
        #expect(model.state.problem == nil)
        #expect(wallet.change { $0.records.count } == 5)
        wallet.change { $0.isReadingSlow = false }
        model.accept()
        await model.finishReading()
        #expect(model.state.report?.added == 1)
    }

    @Test func whatCannotBeReadIsSaidAndNothingComesIn() async throws {
        let broken = try TestFile(content: "%PDF-1.7")
        let set = await read(broken)
        #expect(set.state.report?.setAside == [.damaged])
        #expect(set.undoing == nil, "there is nothing to take back")
        let gone = try TestFile(people: ["Ana"])
        gone.remove()
        let failed = await read(gone)
        #expect(failed.state.problem == .fileUnreadable(code: "ImportIo"))
        #expect(failed.state.step == .ask)
        let refused = try TestFile(people: ["Ana"])
        refused.isForbidden = true
        let forbidden = await read(refused)
        #expect(forbidden.state.problem == .fileUnreadable(code: "ImportIo"))
        #expect(wallet.change { $0.records.count } == 5)
    }

    @Test func severalFilesAreOneImportAndAreOpenTogether() async throws {
        let first = try TestFile(people: ["Ana"])
        let second = try TestFile(content: #"{"resourceType":"Observation","code":{"text":"Iron"}}"#)
        let model = model([first, second])
        model.accept()
        await model.finishReading()
        #expect(model.state.report?.added == 2)
        #expect(wallet.change { $0.imports.count } == 1)
        #expect(first.opened == 1 && second.opened == 1)
        #expect(!first.isOpen && !second.isOpen)
    }

    @Test func anImportIsTakenBackOnlyAfterItsReachWasSeen() async throws {
        let model = try await read(TestFile(people: ["Ana"]))
        let undoing = try #require(model.undoing)
        await undoing.undo()
        #expect(undoing.state.undone == nil, "its reach was not seen")
        await undoing.ask()
        #expect(undoing.state.reach?.records == 1)
        undoing.decline()
        #expect(undoing.state.reach == nil)
        await undoing.ask()
        await undoing.undo()
        #expect(undoing.state.undone?.removed == 1)
        #expect(wallet.change { $0.records.count } == 5)
    }

    @Test func importsAreListedTakenBackAndWhatWasSetAsideDropped() async throws {
        _ = try await read(TestFile(people: ["Ana"]))
        _ = try await read(TestFile(content: "not a record"))
        let list = ImportsModel(service: wallet)
        await list.load()
        let id = try #require(list.state.imports.first?.id)
        let item = try #require(list.state.setAside.first)
        await list.ask(toUndo: id)
        await list.undoing?.undo()
        await list.closeUndo()
        #expect(list.state.imports.first?.undone != nil)
        await list.ask(toUndo: id)
        #expect(list.undoing == nil, "it was taken back")
        await list.drop(item.id)
        #expect(list.state.setAside == [])
        await list.drop(item.id)
        #expect(list.state.problem == .notFound)
    }
}

/// A file with a record about each of some people.
final class TestFile: OfferedFile, @unchecked Sendable {
    private let url: URL
    private let lock = NSLock()
    private var openings = 0
    private var openNow = 0
    private var discarded = false
    /// Whether the system takes the permission back.
    var isForbidden = false

    convenience init(people: [String]) throws {
        let entries = people.map { name in
            #"{"resource":{"resourceType":"Patient","id":"\#(name)","name":[{"given":["\#(name)"]}],"birthDate":"1990-05-01"}},"#
                + #"{"resource":{"resourceType":"Observation","subject":{"reference":"Patient/\#(name)"},"#
                + #""code":{"text":"Result of \#(name)"}}}"#
        }
        try self.init(content: #"{"resourceType":"Bundle","entry":[\#(entries.joined(separator: ","))]}"#)
    }

    init(content: String) throws {
        url = FileManager.default.temporaryDirectory.appendingPathComponent("keepwell-\(UUID().uuidString).json")
        try Data(content.utf8).write(to: url)
    }

    deinit { remove() }

    var name: String { url.lastPathComponent }
    var size: Int? { FileManager.default.contents(atPath: url.path)?.count }
    var opened: Int { lock.withLock { openings } }
    var isOpen: Bool { lock.withLock { openNow > 0 } }
    var isDiscarded: Bool { lock.withLock { discarded } }

    func read<Result: Sendable>(
        _ body: @Sendable (String) async throws(Problem) -> Result
    ) async throws(Problem) -> Result {
        guard !isForbidden else { throw .fileUnreadable(code: "ImportIo") }
        lock.withLock {
            openings += 1
            openNow += 1
        }
        defer { lock.withLock { openNow -= 1 } }
        return try await body(url.path)
    }

    func discard() { lock.withLock { discarded = true } }
    func remove() { try? FileManager.default.removeItem(at: url) }
}
