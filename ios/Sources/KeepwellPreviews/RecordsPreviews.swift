// Records and one record in their states.

import KeepwellFake
import KeepwellKit
import SwiftUI

@testable import KeepwellApp

struct RecordsPreviews: PreviewProvider {
    static var previews: some View {
        records().previewDisplayName("records")
        records { $0.records = [] }.previewDisplayName("none")
        records { $0.isUnlocked = false }.previewDisplayName("locked")
        records {
            $0.areWordsVerified = false
            $0.isConnected = false
        }.previewDisplayName("something to do")
        records().environment(\.texts, Texts(language: "es")).previewDisplayName("Spanish")
        records().preferredColorScheme(.dark).previewDisplayName("night")
        records().environment(\.layoutDirection, .rightToLeft).previewDisplayName("right to left")
    }

    private static func records(_ change: (inout FakeWallet.World) -> Void = { _ in }) -> RecordsView {
        RecordsView(app: AppModel(services: FakeWallet.preview(change), phone: FakePhone().phone))
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
