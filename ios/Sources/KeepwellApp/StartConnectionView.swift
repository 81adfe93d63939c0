// The steps of the first launch that reach out: the question where to, the fetching, and what came back.

import KeepwellKit
import SwiftUI

struct StartConnectionStep: View {
    let model: StartModel
    @Environment(\.texts) private var texts

    var body: some View {
        if let offer = model.state.offer {
            OfferSection(offer: offer, isFromCode: model.state.isOfferFromCode, isRestoring: model.state.isRestoring)
            NextButton(title: texts(model.state.isRestoring ? .connectRestoreAction : .connectAction), model: model)
            if !model.state.isRestoring {
                Section {
                    Button(texts(.connectLater)) { model.connectLater() }
                        .buttonStyle(.bordered)
                        .disabled(model.state.isBusy)
                }
            }
        } else {
            Section { Text(texts(.connectNoPlace)) }
        }
    }
}

/// What connecting somewhere means, before it is done; and what to compare where the app was not built with the servers.
struct OfferSection: View {
    let offer: ConnectionOffer
    let isFromCode: Bool
    var isRestoring = false
    @Environment(\.texts) private var texts

    var body: some View {
        Section {
            Text(texts(isRestoring ? .connectRestoreBody : .connectBody, offer.hostName))
            if isFromCode {
                Label(texts(.connectFromCode), systemImage: "exclamationmark.triangle")
                LabeledText(label: texts(.connectToldHost), text: offer.hostName)
                LabeledText(label: texts(.connectToldLedger), text: offer.ledgerName)
                LabeledText(label: texts(.connectToldCheck), text: offer.anchorFingerprint)
            }
            if offer.isDemonstration { Label(texts(.connectDemonstration), systemImage: "exclamationmark.triangle") }
        }
    }
}

struct RestoringStep: View {
    let model: StartModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section {
            Text(texts(.restoringBody))
            if let fraction = model.state.progress?.fraction {
                ProgressView(value: fraction).accessibilityHidden(true)
                Text(texts(.restoringPercent, Int(fraction * 100))).accessibilityAddTraits(.updatesFrequently)
            } else {
                ProgressView().accessibilityLabel(texts(.loading))
            }
        }
        Section { Button(texts(.stop)) { model.cancelRestore() }.buttonStyle(.bordered) }
    }
}

struct RestoredStep: View {
    let model: StartModel
    @Environment(\.texts) private var texts

    var body: some View {
        if let report = model.state.report {
            Section { ForEach(texts.lines(report), id: \.self) { line in Text(line) } }
            if report.missing.isEmpty {
                Section { Text(texts(.restoredAll)) }
            } else {
                Section(texts(.restoredMissing)) {
                    ForEach(report.missing, id: \.self) { missing in
                        Label(texts.label(missing), systemImage: "exclamationmark.triangle")
                    }
                }
            }
            StartBiometricsSection(model: model)
            NextButton(title: texts(.repeatPinAction), model: model)
        }
    }
}
