// Under which terms Keepwell, and the work of others in it, may be used.

import KeepwellKit
import SwiftUI

struct LicencesView: View {
    @Environment(\.texts) private var texts

    var body: some View {
        List {
            Section { Text(texts(.licencesBody)) }
        }
        .navigationTitle(texts(.licencesTitle))
    }
}
