// What the page of a clinic says, and what came of extending an access.

import Foundation

extension Texts {
    /// What an access lets be read, and what for.
    public func terms(_ grant: Grant) -> [String] {
        [grant.categories.map { label($0) }.joined(separator: ", "), label(grant.purpose)]
    }

    /// What a clinic may still hold of what it read by an access. Where it could not be learned what that was, anything may be; nothing
    /// is said before that is known.
    public func held(_ state: ClinicState, by grant: Grant) -> String? {
        guard state.knowledge != .loading else { return nil }
        guard let records = state.recordsRead(by: grant) else { return self(.revokeCannot) }
        return records > 0 ? self(.clinicHeld, records) : self(.clinicHeldNone)
    }

    /// What an extended access is called: extended only when nothing is missing.
    public func title(_ state: ExtendState) -> String {
        guard let extended = state.extended else { return self(.extendAction) }
        // The new one has ended: what the clinic reads by is the earlier one.
        if !extended.isInForce, state.former.isInForce { return label(state.former) }
        return extended.isGiven ? self(.extendedTitle) : title(made: extended)
    }

    /// What came of extending an access, and what became of the one before.
    public func lines(_ state: ExtendState) -> [String] {
        guard let extended = state.extended else { return [] }
        var lines = missing(extended)
        if extended.isInForce { lines.append(self(.accessUntil, day(extended.notAfter))) }
        if !state.hasBoth {
            lines.append("\(self(.extendedFormer)): \(label(state.former))")
            if state.former.isInForce { lines.append(self(.accessUntil, day(state.former.notAfter))) }
        } else {
            lines.append(self(extended.isGiven ? .extendedBoth : .extendWaiting, day(state.former.notAfter)))
        }
        return lines
    }
}
