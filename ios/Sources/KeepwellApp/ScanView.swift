// The camera looking for the code of a clinic's desk.

import KeepwellKit
import SwiftUI

struct ScanView: View {
    let model: ScanModel
    /// Goes to where the clinic's name can be typed.
    let type: @MainActor () -> Void
    @Environment(\.scenePhase) private var phase
    @Environment(\.texts) private var texts
    @Environment(\.dismiss) private var dismiss

    var body: some View {
        NavigationStack {
            List {
                Section { Text(texts(.scanBody)) }
                if model.state.isOtherCode {
                    Section { Label(texts(.scanOther), systemImage: "exclamationmark.triangle") }
                        .accessibilityAddTraits(.updatesFrequently)
                }
                switch model.state.camera {
                case nil: ProgressView().accessibilityLabel(texts(.loading))
                case .granted: viewfinder
                case .denied:
                    Section { Label(texts(.scanDenied), systemImage: "camera") }
                    PhoneSettingsButton()
                // Settings are no help where somebody else runs the phone.
                case .restricted: Section { Label(texts(.scanDenied), systemImage: "camera") }
                case .failed:
                    Section { Label(texts(.scanFailed), systemImage: "camera") }
                    Button(texts(.retry)) { Task { await model.load() } }
                case .missing: Section { Label(texts(.scanMissing), systemImage: "camera") }
                }
                Section {
                    Button(texts(.scanType)) { type() }.buttonStyle(.bordered).controlSize(.large)
                }
            }
            .navigationTitle(texts(.scanTitle))
            .toolbar {
                ToolbarItem(placement: .cancellationAction) { Button(texts(.cancel)) { dismiss() } }
            }
            .task { await model.load() }
            // Back from the phone's settings it may be allowed, and back from a call it may work.
            .onChange(of: phase) { _, phase in
                if phase == .active, [.denied, .failed].contains(model.state.camera) { Task { await model.load() } }
            }
        }
    }

    @ViewBuilder private var viewfinder: some View {
        #if canImport(VisionKit) && canImport(UIKit)
            Section {
                CodeCamera(isActive: phase == .active, read: { model.read($0) }, failed: { model.failed($0) })
                    .aspectRatio(1, contentMode: .fit)
                    .accessibilityLabel(texts(.scanViewfinder))
            }
        #endif
    }
}
