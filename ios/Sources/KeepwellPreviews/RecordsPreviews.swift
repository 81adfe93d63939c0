// Records and one record in their states.

import KeepwellFake
import KeepwellKit
import SwiftUI

@testable import KeepwellApp

struct RecordsPreviews: PreviewProvider {
    static var previews: some View {
        RecordsView(services: FakeWallet.preview()) {}.previewDisplayName("records")
        RecordsView(services: FakeWallet.preview { $0.records = [] }) {}.previewDisplayName("none")
        RecordsView(services: FakeWallet.preview { $0.isUnlocked = false }) {}.previewDisplayName("locked")
        RecordsView(services: FakeWallet.preview()) {}.environment(\.texts, Texts(language: "es")).previewDisplayName("Spanish")
        RecordsView(services: FakeWallet.preview()) {}.preferredColorScheme(.dark).previewDisplayName("night")
        RecordsView(services: FakeWallet.preview()) {}.environment(\.layoutDirection, .rightToLeft)
            .previewDisplayName("right to left")
    }
}

struct RecordPreviews: PreviewProvider {
    static var previews: some View {
        ForEach(FakeWallet.World.sample.records) { record in
            RecordView(record: record, service: FakeWallet.preview()).previewDisplayName(record.title)
        }
        ForEach(FakeWallet.World.sample.records) { record in
            RecordView(record: record, service: FakeWallet.preview { $0.pictures = [:] }).previewDisplayName("not found")
        }
    }
}
