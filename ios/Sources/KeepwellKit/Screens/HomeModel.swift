// The home: whose record, what needs doing, what holds now, what is new.

import Foundation
import Observation

/// What the home shows.
public struct HomeState: Equatable, Sendable {
    public internal(set) var overview: Overview?
    /// How many records each category has.
    public internal(set) var counts: [CategoryCount] = []
    /// What came since the owner looked last. It stays although it was noted as seen, until the wallet locks.
    public internal(set) var new: [CategoryCount] = []
    /// Whether something is being sent because the person asked for it.
    public internal(set) var isSending = false
    public internal(set) var isLoading = false
    /// How many clinics, whose records come from their servers, want the owner to sign in again.
    public internal(set) var signIns = 0
    public internal(set) var problem: Problem?

    /// The most urgent first.
    public var toDo: [ToDo] {
        guard let overview else { return [] }
        let isOver = overview.toDo.contains(.takenOver)
        return overview.toDo + (signIns > 0 ? [.signInAgain(signIns)] : []) + (counts.isEmpty && !isOver ? [.addRecords] : [])
    }
}

/// Shows the home.
@MainActor @Observable
public final class HomeModel {
    public private(set) var state = HomeState()
    private let service: any HomeService & RecordService & ConsentService & LockService & SourceService
    /// What was loaded last and is not noted as seen yet.
    private var unseen: Int?
    /// What is shown as new and was noted as seen: the next overview leaves it out.
    private var seen: [CategoryCount] = []
    /// Loading and noting as seen take turns: what is noted between a load's questions would be counted twice.
    @ObservationIgnored private var isTaken = false
    @ObservationIgnored private var waiting: [CheckedContinuation<Void, Never>] = []

    public init(service: any HomeService & RecordService & ConsentService & LockService & SourceService) {
        self.service = service
    }

    /// Shows the home and follows what happens, until the task is cancelled.
    public func observe() async {
        let changes = service.changes()
        await load()
        for await change in changes {
            switch change {
            case .grantChanged, .grantExpiring, .clinicKeyChanged, .recordsRead, .other: await load()
            case .unlocked, .locked, .shareTried: break
            }
        }
    }

    public func load() async {
        await takeTurn()
        defer { passTurn() }
        state.isLoading = true
        defer { state.isLoading = false }
        do throws(Problem) {
            let overview = try await service.overview()
            state.counts = try await service.counts()
            state.overview = overview
            state.new = seen.adding(overview.new)
            unseen = overview.newest
            state.problem = nil
        } catch {
            state.problem = error.worthShowing
            return
        }
        // Where nothing is new there is nothing that has to be on the screen first.
        if state.new.isEmpty, let newest = unseen { await note(newest, shown: []) }
        // Last, for it waits for what the wallet is at.
        if let sources = try? await service.sources() { state.signIns = sources.count(where: \.needsSignIn) }
    }

    /// What is new is on the screen.
    public func markSeen() async {
        // What a load brings meanwhile is not on the screen yet.
        guard let newest = unseen else { return }
        let shown = state.new
        await takeTurn()
        defer { passTurn() }
        await note(newest, shown: shown)
    }

    private func note(_ newest: Int, shown: [CategoryCount]) async {
        if unseen == newest { unseen = nil }
        // Where it can't be noted it is shown as new once more.
        guard (try? await service.markSeen(newest)) != nil else { return }
        seen = shown
    }

    private func takeTurn() async {
        guard isTaken else {
            isTaken = true
            return
        }
        await withCheckedContinuation { waiting.append($0) }
    }

    /// To who waits longest.
    private func passTurn() {
        if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
    }

    /// Looks again, and asks the servers where there are any to ask.
    public func refresh() async {
        let toDo = state.overview?.toDo ?? [.connect]
        if toDo.contains(.connect) || toDo.contains(.takenOver) { await load() } else { await send() }
    }

    /// Sends what is not sent; with `again` also what a host has lost, since the person agreed.
    public func send(again: Bool = false) async {
        guard !state.isSending else { return }
        state.isSending = true
        defer { state.isSending = false }
        do throws(Problem) {
            let outcome = again ? try await service.sendAgain() : try await service.sync()
            await load()
            if !outcome.isComplete { state.problem = .offline }
        } catch {
            state.problem = error.worthShowing
        }
    }
}

extension [CategoryCount] {
    /// These and what came since, in the categories' order.
    fileprivate func adding(_ others: [CategoryCount]) -> [CategoryCount] {
        let all = Dictionary(grouping: self + others, by: \.category).mapValues { $0.reduce(0) { $0 + $1.count } }
        return RecordCategory.allCases.compactMap { category in
            all[category].map { CategoryCount(category: category, count: $0) }
        }
    }
}
