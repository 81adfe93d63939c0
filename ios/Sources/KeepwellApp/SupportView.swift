// What whoever helps may need to know, to be read before it is sent.

import Foundation
import KeepwellKit
import SwiftUI

#if canImport(UIKit)
    import UIKit
#endif

struct SupportView: View {
    @State private var model: SupportModel
    @Environment(\.dynamicTypeSize) private var textSize
    @Environment(\.texts) private var texts

    init(service: any SafetyService & StatusService) {
        _model = State(initialValue: SupportModel(service: service))
    }

    var body: some View {
        List {
            Section { Text(texts(.supportBody)) }
            if model.state.isLoading {
                ProgressView().accessibilityLabel(texts(.loading))
            } else {
                Section { ForEach(lines, id: \.self) { line in LabeledText(label: line.label, text: line.text) } }
                Section {
                    ShareLink(texts(.supportSend), item: lines.map { "\($0.label): \($0.text)" }.joined(separator: "\n"))
                }
            }
        }
        .navigationTitle(texts(.supportTitle))
        .task { await model.load() }
    }

    private var lines: [SupportLine] { texts.lines(model.state, on: facts) }

    private var facts: PhoneFacts {
        #if canImport(UIKit)
            let (model, system) = (UIDevice.current.model, "\(UIDevice.current.systemName) \(UIDevice.current.systemVersion)")
        #else
            let (model, system) = ("Mac", ProcessInfo.processInfo.operatingSystemVersionString)
        #endif
        return PhoneFacts(
            appVersion: AboutView.version ?? "", model: model, system: system, language: texts.language, textSize: "\(textSize)")
    }
}
