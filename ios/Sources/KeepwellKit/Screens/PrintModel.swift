// Records on paper: which, the PIN, then the phone's own printing.

import Foundation
import Observation

/// What the screen of the printing shows.
public struct PrintState: Equatable, Sendable {
    public internal(set) var counts: [CategoryCount] = []
    /// What is printed; none: what a clinic asks for at check-in.
    public internal(set) var categories: Set<RecordCategory> = []
    public internal(set) var isBusy = false
    /// Whether the pages are made.
    public internal(set) var isReady = false
    public internal(set) var problem: Problem?
}

/// Makes pages of records by the PIN, which the phone prints. They are in memory until the screen is left.
@MainActor @Observable
public final class PrintModel {
    public private(set) var state = PrintState()
    public let pin = PINEntry()
    @ObservationIgnored private var pages: Data?
    private let service: any SafetyService & RecordService
    private let printer: any PhonePrinter
    /// Grows when the screen is left: what is still being made is let go of then.
    @ObservationIgnored private var generation = 0

    public init(service: any SafetyService & RecordService, printer: any PhonePrinter) {
        self.service = service
        self.printer = printer
    }

    /// Whether this phone can print.
    public var canPrint: Bool { printer.canPrint }

    public var canMake: Bool { canPrint && pin.isComplete && !state.isBusy && !state.isReady }

    /// Counts what could be printed.
    public func load() async {
        do throws(Problem) {
            state.counts = try await service.counts()
        } catch {
            state.problem = error.worthShowing
        }
    }

    public func toggle(_ category: RecordCategory) {
        guard !state.isBusy, !state.isReady else { return }
        state.categories.formSymmetricDifference([category])
    }

    /// Makes the pages, since the PIN was typed.
    public func make() async {
        guard canMake else { return }
        let asked = generation
        let categories = RecordCategory.allCases.filter(state.categories.contains)
        state.isBusy = true
        state.problem = nil
        defer { state.isBusy = false }
        do throws(Problem) {
            let proof = try await pin.prove(to: service)
            guard asked == generation else { return }
            let made = try await proof.pages(of: categories)
            guard asked == generation else { return }
            pages = made
            state.isReady = true
        } catch {
            if asked == generation { state.problem = error.worthShowing }
        }
    }

    /// Opens the phone's own printing.
    public func print() {
        guard let pages else { return }
        printer.printPages(pages)
    }

    /// The screen is left, or out of sight: the pages go, and what was typed.
    public func clear() {
        generation += 1
        pin.clear()
        pages = nil
        state.isReady = false
        state.problem = nil
    }
}
