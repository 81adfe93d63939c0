// Records by category, with search.

import Foundation
import Observation

/// What the list of records shows.
public struct RecordsState: Equatable, Sendable {
    public internal(set) var counts: [CategoryCount] = []
    public internal(set) var query = RecordQuery()
    public internal(set) var records: [RecordSummary] = []
    public internal(set) var hasMore = false
    public internal(set) var isLoading = false
    public internal(set) var problem: Problem?
}

/// Lists records, a page at a time.
@MainActor @Observable
public final class RecordsModel {
    public private(set) var state = RecordsState()
    private let service: any RecordService
    private var mark: String?
    /// Grows with each new list, so that the answer to an old question is dropped.
    private var generation = 0

    public init(service: any RecordService) {
        self.service = service
    }

    /// Counts the categories and shows the first page.
    public func load() async {
        do {
            state.counts = try await service.counts()
        } catch {
            show(error)
            return
        }
        await show(state.query)
    }

    /// Shows the first page of what the filter lets through.
    public func show(_ query: RecordQuery) async {
        generation += 1
        let asked = generation
        state.query = query
        state.isLoading = true
        do {
            let page = try await service.page(query, after: nil)
            guard asked == generation else { return }
            state.records = page.records
            take(page)
        } catch {
            guard asked == generation else { return }
            state.records = []
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
            state.records += page.records
            take(page)
        } catch {
            guard asked == generation else { return }
            show(error)
        }
    }

    private func take(_ page: RecordPage) {
        mark = page.next
        state.hasMore = page.next != nil
        state.isLoading = false
        state.problem = nil
    }

    private func show(_ problem: Problem) {
        state.isLoading = false
        state.problem = problem.worthShowing
    }
}
