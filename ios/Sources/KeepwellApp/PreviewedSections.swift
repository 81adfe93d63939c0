// What would be seen or would leave, title by title.

import KeepwellKit
import SwiftUI

/// A section for each category, and how many others go along.
struct PreviewedSections: View {
    let groups: [PreviewedCategory]
    let along: Int
    @Environment(\.texts) private var texts

    var body: some View {
        ForEach(groups) { group in PreviewedSection(group: group) }
        if along > 0 { Section { Text(texts(.reviewAlong, along)) } }
    }
}

/// The first titles of a category; the others are there when they are asked for.
private struct PreviewedSection: View {
    let group: PreviewedCategory
    @State private var isOpen = false
    @Environment(\.texts) private var texts

    var body: some View {
        Section("\(texts.label(group.category)) · \(texts(.recordsCount, group.records.count))") {
            ForEach(isOpen ? group.records : group.first) { record in
                TwoLines(title: record.title, detail: texts.recordDetail(record))
            }
            if !isOpen, group.more > 0 { Button(texts(.reviewMore, group.more)) { isOpen = true } }
        }
    }
}
