// Sharing by QR code.

import KeepwellKit
import SwiftUI

struct ShareView: View {
    let sending: SendingModel
    @State private var model: ShareModel
    @Environment(\.texts) private var texts
    @Environment(\.scenePhase) private var phase

    init(model: ShareModel, sending: SendingModel) {
        self.sending = sending
        _model = State(initialValue: model)
    }

    var body: some View {
        NavigationStack {
            Forgetful(forget: { model.forget() }) { list }
                .navigationTitle(texts(.tabShare))
                .task { await model.observe() }
                .task(id: model.state.shown?.id) { await model.countDown() }
                .task(id: model.state.isFollowed) { await model.follow() }
                .onChange(of: phase) { _, phase in model.setInFront(phase == .active) }
                .onAppear { model.setOnScreen(true) }
                .onDisappear { model.setOnScreen(false) }
                .confirmationDialog(
                    texts(.shareStopTitle), isPresented: isAsking, titleVisibility: .visible, presenting: model.state.asking
                ) { share in
                    Button(texts(.shareStop), role: .destructive) { Task { await model.change(share.id, .revoke) } }
                    Button(texts(.shareKeep), role: .cancel) { model.keep() }
                } message: { _ in
                    Text(texts(.shareStopBody))
                }
        }
    }

    private var list: some View {
        List {
            if let problem = model.state.problem, !problem.isOfPasscode { ProblemView(problem: problem) }
            UnsentSection(sending: sending, isOffline: false)
            switch model.state.step {
            case .choose:
                RequestSection(model: model)
                StorySection(model: model)
                MoreSection(model: model)
                PrepareSection(model: model)
            case .review: ReviewSections(model: model)
            case .shown: CodeSection(model: model)
            }
            if model.state.step != .review { liveCodes }
        }
    }

    private var liveCodes: some View {
        Section(texts(.sharesLive)) {
            if model.state.isLoaded, model.state.live.isEmpty { EmptyLine(text: texts(.sharesNone)) }
            ForEach(model.state.live) { share in ShareRow(share: share, model: model) }
        }
    }

    private var isAsking: Binding<Bool> {
        Binding {
            model.state.asking != nil
        } set: { isShown in
            if !isShown { model.keep() }
        }
    }
}

private struct RequestSection: View {
    @Bindable var model: ShareModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section {
            Text(texts(.shareUnlessChosen))
            ForEach(RecordCategory.allCases, id: \.self) { category in
                Toggle(texts.label(category), isOn: isChosen(category))
            }
            TextField(texts(.shareName), text: $model.request.label)
            Picker(texts(.shareLife), selection: $model.request.life) {
                ForEach(model.lives, id: \.self) { life in Text(texts.life(life)).tag(life) }
            }
        }
        .disabled(model.state.isBusy)
    }

    private func isChosen(_ category: RecordCategory) -> Binding<Bool> {
        Binding {
            model.request.categories.contains(category)
        } set: { isChosen in
            model.request.categories.removeAll { $0 == category }
            if isChosen { model.request.categories.append(category) }
        }
    }
}

/// What the patient tells of themselves.
private struct StorySection: View {
    let model: ShareModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section(texts(.shareStoryTitle)) {
            TextField(texts(.shareStoryField), text: story, axis: .vertical).privacySensitive().disabled(model.state.isBusy)
            Text(texts(.shareStoryBody)).foregroundStyle(.secondary)
        }
    }

    private var story: Binding<String> {
        Binding {
            model.request.story
        } set: {
            model.write(story: $0)
        }
    }
}

/// A link that follows the record or asks for a passcode, which not everybody can open.
private struct MoreSection: View {
    @Bindable var model: ShareModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section(texts(.shareMore)) {
            Text(texts(.shareMoreBody))
            Toggle(texts(.shareFollow), isOn: $model.request.followsRecord).disabled(model.state.isBusy)
            if let problem = model.state.problem, problem.isOfPasscode { ProblemView(problem: problem) }
            TextField(texts(.sharePasscodeField), text: passcode).asSecret().disabled(model.state.isBusy)
            Text(texts(.sharePasscodeBody)).foregroundStyle(.secondary)
        }
    }

    private var passcode: Binding<String> {
        Binding {
            model.passcode
        } set: {
            model.type(passcode: $0)
        }
    }
}

private struct PrepareSection: View {
    let model: ShareModel
    @Environment(\.texts) private var texts

    var body: some View {
        Section {
            Button(texts(.shareCreate)) { Task { await model.review() } }
                .disabled(model.state.isBusy)
            if model.state.isBusy { ProgressView() }
        }
    }
}

/// What is asked of a code beyond a plain one.
private struct KindLines: View {
    let followsRecord: Bool
    let needsPasscode: Bool
    @Environment(\.texts) private var texts

    var body: some View {
        if followsRecord { Text(texts(.shareFollowed)) }
        if needsPasscode { Text(texts(.shareAsksPasscode)) }
    }
}

extension Problem {
    /// Whether it is shown where the passcode is typed.
    fileprivate var isOfPasscode: Bool { if case .passcodeUnsuitable = self { true } else { false } }
}

/// What would leave: nothing has left yet.
private struct ReviewSections: View {
    let model: ShareModel
    @Environment(\.texts) private var texts

    var body: some View {
        if let preview = model.state.preview {
            Section(texts(.shareReviewTitle)) {
                if model.request.categories.isEmpty { Text(texts(.shareCheckIn)) }
                if !preview.withdrawn.isEmpty { Text(texts(.shareWithdrawn, preview.withdrawn.count)) }
                if preview.hasPDF { Text(texts(.sharePdf)) }
                if model.request.hasStory { Text(texts(.shareStoryAlong)) }
                if let until = model.state.until { ForEach(texts.longLines(until: until), id: \.self) { line in Text(line) } }
                KindLines(followsRecord: model.request.followsRecord, needsPasscode: model.needsPasscode)
            }
            PreviewedSections(groups: preview.leaving, along: preview.along.count)
            if let until = model.state.until {
                PINSection(
                    question: texts(.sharePin, texts.day(until)), entry: model.pin, action: texts(.shareShow),
                    isReady: model.canShare
                ) { Task { await model.share() } }
            }
            Section {
                if model.state.until == nil {
                    Button(texts(.shareShow)) { Task { await model.share() } }.disabled(!model.canShare)
                }
                if model.state.isBusy { ProgressView() }
                Button(texts(.shareCancel), role: .cancel) { model.leaveReview() }.disabled(model.state.isBusy)
            }
        }
    }
}

private struct CodeSection: View {
    let model: ShareModel
    @Environment(\.texts) private var texts

    var body: some View {
        if let share = model.state.shown, let code = model.state.code {
            Section(share.label) {
                QRCodeView(code: code.code)
                    .accessibilityLabel(texts(.shareQr))
                    .privacySensitive()
                Text(texts.remaining(share, seconds: model.state.secondsLeft)).monospacedDigit()
                if let line = texts.ledgerLabel(share) { Text(line) }
                KindLines(followsRecord: share.followsRecord, needsPasscode: share.needsPasscode)
                OpeningRows(openings: model.state.openings[share.id])
                ShareLink(texts(.shareSend), item: code.link)
                Button(texts(.close)) { model.hide() }
            }
        }
    }
}

/// A QR code, black on white in every appearance, with the four squares of quiet that scanners ask for.
struct QRCodeView: View {
    let code: QRCode

    var body: some View {
        Canvas { context, size in
            let squares = Double(code.size + 8)
            let side = min(size.width, size.height) / squares
            context.fill(Path(CGRect(x: 0, y: 0, width: side * squares, height: side * squares)), with: .color(.white))
            for row in 0..<code.size {
                for column in 0..<code.size where code.isDark(row: row, column: column) {
                    let square = CGRect(x: Double(column + 4) * side, y: Double(row + 4) * side, width: side, height: side)
                    context.fill(Path(square), with: .color(.black))
                }
            }
        }
        .aspectRatio(1, contentMode: .fit)
        .accessibilityElement(children: .ignore)
    }
}

private struct ShareRow: View {
    let share: Share
    let model: ShareModel
    @Environment(\.texts) private var texts

    private var isStillOpen: Bool { model.state.stillOpen.contains(share.id) }

    var body: some View {
        TwoLines(
            title: share.label.isEmpty ? texts(.tabShare) : share.label,
            detail: "\(texts.label(share, isStillOpen: isStillOpen)) · \(texts(.accessUntil, texts.moment(share.expires)))")
        if let line = texts.ledgerLabel(share), model.state.shown?.id != share.id { Text(line).foregroundStyle(.secondary) }
        if share.state == .active, model.state.shown?.id != share.id {
            Button(texts(.shareShow)) { Task { await model.show(share.id) } }
                .disabled(model.state.isBusy)
        }
        if share.state != .revoked {
            Button(texts(share.state == .paused ? .shareResume : .sharePause)) {
                Task { await model.change(share.id, share.state == .paused ? .resume : .pause) }
            }
            .disabled(model.state.isBusy)
            Button(texts(.shareStop), role: .destructive) { model.ask(share.id) }
                .disabled(model.state.isBusy)
        }
        Button(texts(.shareOpenings)) { Task { await model.loadOpenings(of: share.id) } }
        if model.state.shown?.id != share.id { OpeningRows(openings: model.state.openings[share.id]) }
    }
}

/// Who opened a code, as far as was asked.
private struct OpeningRows: View {
    let openings: [ShareOpening]?
    @Environment(\.texts) private var texts

    var body: some View {
        if let openings {
            if openings.isEmpty { EmptyLine(text: texts(.shareNotOpened)) }
            ForEach(openings, id: \.self) { opening in
                TwoLines(title: texts.label(opening), detail: texts.moment(opening.time))
            }
        }
    }
}
