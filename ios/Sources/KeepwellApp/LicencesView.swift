// Under which terms Keepwell, and the work of others in it, may be used.

import KeepwellKit
import SwiftUI

struct LicencesView: View {
    private let licences = Licences.builtIn()
    @Environment(\.texts) private var texts

    var body: some View {
        List {
            Section {
                TwoLines(title: texts(.aboutTitle), detail: "MIT OR Apache-2.0")
            }
            Section(texts(.licencesBody)) {
                ForEach(licences.parts) { part in
                    NavigationLink(value: part) { TwoLines(title: part.title, detail: part.licence) }
                }
            }
        }
        .navigationTitle(texts(.licencesTitle))
        .navigationDestination(for: Licences.Part.self) { part in
            LicenceView(part: part, notices: licences.texts(of: part))
        }
    }
}

private struct LicenceView: View {
    let part: Licences.Part
    let notices: [String]

    var body: some View {
        List {
            Section {
                Text(part.licence)
                Text(part.source).textSelection(.enabled)
            }
            ForEach(notices, id: \.self) { notice in Section { Text(notice).font(.caption) } }
        }
        .navigationTitle(part.title)
    }
}
