// Records of a category or of all, with search.

import Foundation
import Observation

/// What the list of records shows.
public struct RecordsState: Equatable, Sendable {
    public internal(set) var query = RecordQuery()
    public internal(set) var records: [RecordSummary] = []
    /// The same under their headings, in their order.
    public internal(set) var groups: [RecordGroup] = []
    public internal(set) var hasMore = false
    /// Whether ``records`` are what the query found.
    public internal(set) var isShown = false
    public internal(set) var isLoading = false
    public internal(set) var problem: Problem?

    /// Whether it is known that there is no such record.
    public var isNothingFound: Bool { isShown && records.isEmpty && !isLoading && problem == nil }
}

/// Lists records, a page at a time.
@MainActor @Observable
public final class RecordsModel {
    public private(set) var state = RecordsState()
    private let service: any RecordService
    private var mark: String?
    /// Of which changes to the records the list knows.
    private var changes: Int?
    /// Grows with each new list, so that the answer to an old question is dropped.
    private var generation = 0

    public init(service: any RecordService) {
        self.service = service
    }

    /// Shows the first page of what the filter lets through, once the person types no more. What is shown already stays, and with
    /// it the place in the list.
    public func search(_ query: RecordQuery, pause: Pause = aMoment) async {
        guard query != state.query || !state.isShown else { return }
        // Typing on cancels this and starts it anew; only the last query is asked for.
        if state.isShown, (try? await pause()) == nil { return }
        await show(query)
    }

    /// Looks again where records changed since it looked, which `changes` counts.
    public func refresh(at changes: Int) async {
        defer { self.changes = changes }
        guard let known = self.changes, known != changes, state.isShown else { return }
        await show(state.query)
    }

    /// Shows the first page of what the filter lets through.
    public func show(_ query: RecordQuery) async {
        generation += 1
        let asked = generation
        state.query = query
        state.isShown = false
        state.isLoading = true
        do {
            let page = try await service.page(query, after: nil)
            guard asked == generation else { return }
            state.records = []
            state.groups = []
            take(page)
        } catch {
            guard asked == generation else { return }
            state.records = []
            state.groups = []
            state.hasMore = false
            show(error)
        }
    }

    /// Adds the next page, if there is one and nothing is on its way.
    public func loadMore() async {
        guard state.hasMore, !state.isLoading else { return }
        let asked = generation
        state.isLoading = true
        do {
            let page = try await service.page(state.query, after: mark)
            guard asked == generation else { return }
            take(page)
        } catch {
            guard asked == generation else { return }
            show(error)
        }
    }

    private func take(_ page: RecordPage) {
        state.records += page.records
        RecordGroup.adding(page.records, in: state.query.order, to: &state.groups)
        mark = page.next
        state.hasMore = page.next != nil
        state.isLoading = false
        state.isShown = true
        state.problem = nil
    }

    private func show(_ problem: Problem) {
        state.isLoading = false
        state.problem = problem.worthShowing
    }
}

/// As long as a person pauses between two letters.
public let aMoment: Pause = { try await Task.sleep(for: .milliseconds(250)) }
