// The question whether to connect an open wallet, with the PIN as the answer.

import KeepwellKit
import SwiftUI

struct ConnectView: View {
    let model: ConnectModel
    let close: @MainActor () -> Void
    @Environment(\.texts) private var texts

    var body: some View {
        NavigationStack {
            List {
                if let problem = model.state.problem { Section { ProblemView(problem: problem) } }
                if let offer = model.state.offer {
                    if model.state.isConnected {
                        Section { Text(texts(.connectDone, offer.hostName)) }
                    } else {
                        OfferSection(offer: offer, isFromCode: model.isFromCode)
                        Section {
                            Text(texts(.connectPin))
                            PINPad(entry: model.pin)
                            Button(texts(.connectAction)) { Task { await model.connect() } }
                                .buttonStyle(.borderedProminent)
                                .disabled(!model.canConnect)
                        }
                    }
                } else if model.state.problem == nil, !model.state.isBusy {
                    Section { Text(texts(.connectNoPlace)) }
                }
                if model.state.isBusy { ProgressView().accessibilityLabel(texts(.loading)) }
            }
            .navigationTitle(title)
            .toolbar {
                ToolbarItem(placement: .cancellationAction) {
                    Button(texts(model.state.isConnected ? .close : .connectLater)) { close() }.disabled(model.state.isBusy)
                }
            }
            .task { await model.load() }
            .onDisappear { model.clear() }
        }
    }

    private var title: String {
        guard !model.state.isConnected else { return texts(.doneTitle) }
        return model.state.offer.map { texts(.connectQuestion, $0.hostName) } ?? texts(.connectAction)
    }
}
