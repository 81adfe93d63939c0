// The camera looking for the code of a clinic's desk, or for one that leads to records.

import KeepwellKit
import SwiftUI

/// What the camera's screen says of the code that it looks for.
struct ScanWords {
    let title: TextKey
    let body: TextKey
    let other: TextKey
    let denied: TextKey
    let failed: TextKey
    let missing: TextKey
    /// The other way.
    let instead: TextKey

    static let clinic = ScanWords(
        title: .scanTitle, body: .scanBody, other: .scanOther, denied: .scanDenied, failed: .scanFailed, missing: .scanMissing,
        instead: .scanType)
    static let records = ScanWords(
        title: .scanCodeTitle, body: .scanRecordsBody, other: .scanRecordsOther, denied: .scanCodeDenied,
        failed: .scanCodeFailed, missing: .scanCodeMissing, instead: .linkPaste)
}

struct ScanView: View {
    let model: ScanModel
    let words: ScanWords
    /// Goes to where it can be typed or pasted.
    let type: @MainActor () -> Void
    @Environment(\.scenePhase) private var phase
    @Environment(\.texts) private var texts
    @Environment(\.dismiss) private var dismiss

    var body: some View {
        NavigationStack {
            VStack(spacing: 0) {
                // Not a row: a list lets go of what is scrolled out of sight, and the camera would start again and again.
                if model.state.camera == .granted { viewfinder }
                List {
                    Section { Text(texts(words.body)) }
                    if model.state.isOtherCode {
                        Section { Label(texts(words.other), systemImage: "exclamationmark.triangle") }
                            .accessibilityAddTraits(.updatesFrequently)
                    }
                    switch model.state.camera {
                    case nil: ProgressView().accessibilityLabel(texts(.loading))
                    case .granted: EmptyView()
                    case .denied:
                        Section { Label(texts(words.denied), systemImage: "camera") }
                        PhoneSettingsButton()
                    // Settings are no help where somebody else runs the phone.
                    case .restricted: Section { Label(texts(words.denied), systemImage: "camera") }
                    case .failed:
                        Section { Label(texts(words.failed), systemImage: "camera") }
                        Button(texts(.retry)) { Task { await model.load() } }
                    case .missing: Section { Label(texts(words.missing), systemImage: "camera") }
                    }
                    Section {
                        Button(texts(words.instead)) { type() }.buttonStyle(.bordered).controlSize(.large)
                    }
                }
            }
            .navigationTitle(texts(words.title))
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
            CodeCamera(isActive: phase == .active, read: { model.read($0) }, failed: { model.failed($0) })
                .aspectRatio(1, contentMode: .fit)
                .accessibilityLabel(texts(.scanViewfinder))
        #endif
    }
}
