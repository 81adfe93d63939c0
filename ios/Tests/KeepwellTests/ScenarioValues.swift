// Results as scenarios write them, and when one is as a step expects.

import Foundation
import Keepwell
import KeepwellKit

extension JSONText {
    static func members(_ members: [String: JSONText]) -> JSONText {
        .object(members.map { Member(name: $0.key, value: $0.value) })
    }

    var text: String? { if case .string(let text) = self { text } else { nil } }
    var integer: Int? { if case .number(let digits) = self { Int(digits) } else { nil } }
    var elements: [JSONText] { if case .array(let values) = self { values } else { [] } }

    /// The text of a member that must be there.
    func required(_ name: String) throws -> String {
        guard let text = self[name]?.text else { throw Unknown(what: "no \(name)") }
        return text
    }

    /// Whether `actual` is as this says.
    func fits(_ actual: JSONText) -> Bool {
        switch (self, actual) {
        case (.object(let expected), .array(let values)):
            expected.allSatisfy { member in
                switch member.name {
                case "count": member.value.integer == values.count
                case "first": values.first.map(member.value.fits) ?? false
                case "has": values.contains(where: member.value.fits)
                case "lacks": !values.contains(where: member.value.fits)
                default: false
                }
            }
        case (.object(let expected), .object):
            expected.allSatisfy { member in actual[member.name].map(member.value.fits) ?? false }
        case (.array(let expected), .array(let values)):
            expected.count == values.count && zip(expected, values).allSatisfy { $0.fits($1) }
        case (.string(let expected), .string(let text)):
            // Swift takes composed and decomposed letters for equal; scenarios do not.
            Array(expected.utf8) == Array(text.utf8)
        default:
            self == actual
        }
    }

    /// The part at a path of names and positions; all of it at the empty path.
    func part(at path: String) -> JSONText? {
        path.split(separator: ".").reduce(JSONText?.some(self)) { value, part in
            guard let index = Int(part) else { return value?[String(part)] }
            return value.flatMap { $0.elements.indices.contains(index) ? $0.elements[index] : nil }
        }
    }

    /// As JSON on one line.
    var line: String {
        switch self {
        case .object(let members):
            "{" + members.map { JSONText.string($0.name).line + ":" + $0.value.line }.joined(separator: ",") + "}"
        case .array(let values): "[" + values.map(\.line).joined(separator: ",") + "]"
        case .string(let text): (try? JSONEncoder().encode(text)).map { String(decoding: $0, as: UTF8.self) } ?? "null"
        case .number(let digits): digits
        case .boolean(let value): value ? "true" : "false"
        case .null: "null"
        }
    }

    /// A result of the library: members by their names, enums by theirs, times left out.
    init(result: Any) {
        switch result {
        case let text as String: self = .string(text)
        case let id as any KeepwellCore.Identifier: self = .string(id.text)
        case let value as Bool: self = .boolean(value)
        case let number as any BinaryInteger: self = .number("\(number)")
        case let seconds as TimeInterval: self = .number("\(Int(seconds))")
        case let word as KeepwellCore.TypedWord:
            let (state, words): (String, [String]) =
                switch word.state {
                case .known: ("known", [])
                case .begun(let completions): ("begun", completions)
                case .unknown(let suggestions): ("unknown", suggestions)
                }
            self = .members([
                "position": .number("\(word.position)"), "text": .string(String(decoding: word.text, as: UTF8.self)),
                "state": .string(state), "words": JSONText(result: words),
            ])
        case let grant as GrantView:
            let view = JSONText(members: grant)
            self = view.with("match", .string(grant.matchCode))
        case let share as KeepwellCore.NewShare:
            self = .members([
                "share": JSONText(result: share.share), "link": .string(share.link), "types": JSONText(result: share.types),
                "dangling": .number("\(share.dangling)"), "withdrawn": .number("\(share.withdrawn)"),
                "leftOut": .number("\(share.leftOut)"),
            ])
        case let record as RecordView:
            let fields = record.view.fields
            self = JSONText(members: record.view).with("id", .string(record.id.text))
                .with("category", JSONText(result: record.category)).with("source", .string(record.source))
                .replacing("fields", JSONText(result: fields.listed)).with("moreFields", .number("\(fields.more)"))
        case let fact as ChartFact:
            let lines = fact.lines.map { JSONText(result: $0.value) }
            self = .members(["label": JSONText(result: fact.label), "lines": .array(lines)])
        case let value as ChartValue:
            switch value {
            case .text(let text): self = .string(text)
            case .truth(let holds): self = .boolean(holds)
            case .time(let when): self = JSONText(result: when)
            case .curve: self = .members(["curve": .boolean(true)])
            case .absent(let reason): self = .members(["absent": .string(reason)])
            }
        case let file as SharedFile:
            self = .members(["contentType": .string(file.contentType), "content": JSONText(file.content) ?? .null])
        case let record as PreviewedRecord:
            let (decision, reason): (String, Any) =
                switch record.decision {
                case .allow(let reason): ("allow", reason)
                case .deny(let reason): ("deny", reason)
                }
            self = .members([
                "record": JSONText(result: record.record), "decision": .string(decision), "reason": JSONText(result: reason),
            ])
        case let notice as Notice:
            let payload = Mirror(reflecting: notice).children.first?.value ?? ()
            self = JSONText(members: payload).with("notice", .string(Mirror(reflecting: notice).children.first?.label ?? ""))
        case let audited as AuditedEvent:
            switch audited {
            case .happened(let activity, let membership):
                self = JSONText(result: activity).with("membership", membership.map { JSONText(result: $0) } ?? .null)
            case .unshown(let read): self = JSONText(members: read)
            }
        case let exported as AuditExportReport:
            self = .members([
                "events": .number("\(exported.events)"), "isOwnOnly": .boolean(exported.isOwnOnly),
                "logs": JSONText(result: exported.logs),
            ])
        case let activity as Activity:
            let payload = Mirror(reflecting: activity.event).children.first?.value ?? ()
            self = JSONText(members: payload).with("event", JSONText(result: activity.event))
        default:
            let mirror = Mirror(reflecting: result)
            switch mirror.displayStyle {
            case .optional: self = mirror.children.first.map { JSONText(result: $0.value) } ?? .null
            case .collection: self = .array(mirror.children.map { JSONText(result: $0.value) })
            case .enum: self = .string(mirror.children.first?.label ?? "\(result)")
            case .struct: self = JSONText(members: result)
            default: self = .null
            }
        }
    }

    private init(members value: Any) {
        let named = Mirror(reflecting: value).children.compactMap { child in
            child.value is Date ? nil : child.label.map { Member(name: $0, value: JSONText(result: child.value)) }
        }
        self = .object(named)
    }

    private func replacing(_ name: String, _ value: JSONText) -> JSONText {
        guard case .object(let members) = self else { return self }
        return .object(members.filter { $0.name != name }).with(name, value)
    }

    private func with(_ name: String, _ value: JSONText) -> JSONText {
        guard case .object(let members) = self else { return self }
        return .object(members + [Member(name: name, value: value)])
    }
}
