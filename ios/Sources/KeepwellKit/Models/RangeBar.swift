// Where a number stands beside what is normal.

import Foundation

extension PictureMeasure {
    /// How a number stands to what its source calls normal.
    public enum Standing: String, CaseIterable, Hashable, Sendable {
        case below, within, above
    }

    /// None where its source does not say what is normal.
    public var standing: Standing? {
        guard low != nil || high != nil else { return nil }
        if let low, number < low { return .below }
        if let high, number > high { return .above }
        return .within
    }
}

extension ValueFlag {
    /// Whether a source that says this of a number says otherwise than its own range does. Which of them is right is not ours to say.
    public func contradicts(_ standing: PictureMeasure.Standing) -> Bool {
        switch self {
        case .critical, .abnormal: standing == .within
        case .high: standing != .above
        case .low: standing != .below
        }
    }
}

/// A bar with the normal range in its middle and a mark where the number stands.
public struct RangeBar: Equatable, Hashable, Sendable {
    public let low: Double
    public let high: Double
    /// Where the normal range begins and ends and where the mark stands, from 0 to 1. What is far off stands at the bar's end.
    public let start = 0.25
    public let end = 0.75
    public let mark: Double

    /// None where its source does not say from where to where it is normal.
    public init?(_ measure: PictureMeasure) {
        guard let low = measure.low, let high = measure.high, low < high, (high - low).isFinite else { return nil }
        self.low = low
        self.high = high
        mark = min(1, max(0, start + (measure.number - low) / (high - low) * (end - start)))
    }
}
