// The home, done by the library.

import Foundation
import Keepwell
import KeepwellKit

extension RustWallet {
    public func overview() async throws(Problem) -> KeepwellKit.Overview {
        try await call { [wallet] in KeepwellKit.Overview(try await wallet.overview()) }
    }

    public func markSeen(_ newest: Int) async throws(Problem) {
        try await call { [wallet] in try await wallet.markSeen(newest: UInt32(clamping: newest)) }
    }
}

extension KeepwellKit.Overview {
    init(_ overview: KeepwellCore.Overview) {
        self.init(
            owner: overview.owner.map { Owner(name: $0.name, birthDate: $0.birthDate) },
            allergies: CurrentRecords(overview.allergies), problems: CurrentRecords(overview.problems),
            medicines: CurrentRecords(overview.medicines),
            results: overview.results.map { result in
                KeepwellKit.LatestResult(
                    record: KeepwellKit.RecordSummary(result.record), trend: result.trend.map { KeepwellKit.Trend($0) })
            },
            new: overview.new.map { KeepwellKit.CategoryCount($0) }, toDo: overview.toDo.map { KeepwellKit.ToDo($0) },
            newest: Int(overview.newest))
    }
}

extension CurrentRecords {
    init(_ current: Current) {
        self.init(records: current.records.map { KeepwellKit.RecordSummary($0) }, more: Int(clamping: current.more))
    }
}

extension KeepwellKit.Trend {
    init(_ trend: KeepwellCore.Trend) {
        switch trend {
        case .up: self = .up
        case .down: self = .down
        case .same: self = .same
        }
    }
}

extension KeepwellKit.ToDo {
    init(_ toDo: KeepwellCore.ToDo) {
        switch toDo {
        case .takenOver: self = .takenOver
        case .sendDecisions(let count): self = .sendDecisions(Int(clamping: count))
        case .checkClinics(let count): self = .checkClinics(Int(clamping: count))
        case .checkWords: self = .checkWords
        case .connect: self = .connect
        case .agreeToSendAgain: self = .agreeToSendAgain
        case .sendRecords(let count): self = .sendRecords(Int(clamping: count))
        case .endSoon(let count): self = .endSoon(Int(clamping: count))
        case .lookThrough(let count): self = .lookThrough(Int(clamping: count))
        }
    }
}
