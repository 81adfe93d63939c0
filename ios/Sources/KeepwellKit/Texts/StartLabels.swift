// What the first launch, a restore and an import say.

import Foundation

extension Texts {
    /// Something that is not back, or not certain.
    public func label(_ missing: RestoreReport.Missing) -> String {
        switch missing {
        case .records(nil, let count): self(.missingRecords, count)
        case .records(let category?, let count): self(.missingRecordsOf, count, label(category))
        case .needsUpdate(let count): self(.missingNeedsUpdate, count)
        case .ownNotes(let count): self(.missingOwnNotes, count)
        case .unknownGrants(let count): self(.missingUnknownGrants, count)
        case .unprovedGrants(let count): self(.missingUnprovedGrants, count)
        case .maybeOlder: self(.missingMaybeOlder)
        }
    }

    /// What came back, a line each.
    public func lines(_ report: RestoreReport) -> [String] {
        var lines = [self(.restoredAsOf, day(report.time)), self(.recordsCount, report.records)]
        if report.grants > 0 { lines.append(self(.restoredGrants, report.grants)) }
        if report.shares > 0 { lines.append(self(.restoredShares, report.shares)) }
        return lines
    }

    /// What a link says of itself, each with what that is: its maker's words never stand alone. Not until when one is meant that is over.
    public func facts(_ link: LinkPreview, isOver: Bool) -> [(label: String, text: String)] {
        var facts = [(label: self(.linkFrom), text: link.server)]
        if let label = link.label { facts.append((self(.linkNamed), label)) }
        if !isOver, let expires = link.expires { facts.append((self(.linkUntil), moment(expires))) }
        return facts
    }

    /// What became of a file, a line each; only what there is something to say of.
    public func lines(_ report: ImportReport) -> [String] {
        let counts: [(PluralKey, Int)] = [
            (.importAdded, report.added), (.importUpdated, report.updated), (.importUnchanged, report.unchanged),
            (.importKeptOut, report.keptOut), (.importRemoved, report.removed), (.importSetAside, report.setAside.count),
        ]
        var lines = counts.filter { $0.1 > 0 }.map { self($0.0, $0.1) }
        let came = report.added + report.updated + report.removed + report.setAside.count
        if came == 0 { lines.insert(self(.importNothing), at: 0) }
        if report.isIncomplete { lines.append(self(.importIncomplete)) }
        return lines
    }

    /// What taking an import back comes to, a line each.
    public func lines(_ reach: ImportReach) -> [String] {
        var lines = [self(.undoRecords, reach.records)]
        if !reach.clinics.isEmpty { lines.append(self(.undoClinics, reach.clinics.joined(separator: ", "))) }
        if reach.shares > 0 { lines.append(self(.undoShares, reach.shares)) }
        if reach.setAside > 0 { lines.append(self(.undoSetAside, reach.setAside)) }
        return lines
    }

    public func label(_ kind: SetAsideKind) -> String { named("aside", kind.rawValue) }

    /// A person of a file, as far as it says.
    public func detail(_ person: FoundPerson) -> String {
        var parts = [self(.recordsCount, person.records)]
        if let born = person.birthDate { parts.insert(self(.importPersonBorn, born), at: 0) }
        if person.isOwner { parts.append(self(.importPersonKnown)) }
        return parts.joined(separator: ", ")
    }

    /// How large something is: `2.1 MB`.
    public func size(_ bytes: Int) -> String {
        let units = ["kB", "MB", "GB"]
        var (value, unit) = (max(0.1, Double(bytes) / 1_000), 0)
        while value >= 999.5, unit < units.count - 1 { (value, unit) = (value / 1_000, unit + 1) }
        return value.formatted(.number.precision(.fractionLength(value < 10 ? 1 : 0)).locale(locale)) + " " + units[unit]
    }
}
