// What the steps of the first launch do.

import Foundation

extension StartModel {
    func askQuiz() async {
        await work { () throws(Problem) in
            self.quiz.ask(for: try self.drawn?.quiz() ?? [])
            self.state.step = .quiz
        }
    }

    func checkQuiz() async {
        let answers = quiz.answers()
        defer { answers.values.forEach { $0.erase() } }
        await work { () throws(Problem) in
            try await self.drawn?.check(answers)
            self.state.areWordsChecked = true
            self.state.step = .newPIN
        }
    }

    /// Puts the quiz off; the app asks for it again.
    public func checkLater() {
        guard state.step == .quiz, !state.isBusy else { return }
        quiz.clear()
        state.areWordsChecked = false
        state.problem = nil
        state.step = .newPIN
    }

    func readWords() async {
        let text = fields.text()
        defer { text.erase() }
        await work { [service] () throws(Problem) in
            self.read = try await service.readWords(text)
            self.fields.clear()
            self.state.step = .passphrase
        }
    }

    func takePIN() async {
        await work { () throws(Problem) in
            do throws(Problem) {
                guard let pin = try await self.pin.take() else {
                    self.state.step = .repeatPIN
                    return
                }
                if self.state.isRestoring { self.chosenPIN = pin } else { try await self.create(pin) }
            } catch {
                self.state.step = .newPIN
                throw error
            }
            await self.goToConnection()
        }
    }

    private func create(_ pin: SecretBytes) async throws(Problem) {
        guard let drawn else { throw .internalError }
        let answers = state.areWordsChecked ? quiz.answers() : [:]
        defer {
            pin.erase()
            answers.values.forEach { $0.erase() }
        }
        let made = try await drawn.create(pin: pin, answers: answers)
        forget(to: state.step)
        self.made = made
        services = made.services
    }

    /// A new wallet works on its own too: it is asked only where there is something to ask.
    private func goToConnection() async {
        if state.offer == nil {
            // A file that can't be read names no servers; a code still can.
            state.offer = try? await service.builtInConnection()
        }
        state.step = state.offer != nil || state.isRestoring ? .connection : .done
    }

    func connect() async {
        guard let offer = state.offer else { return }
        if state.isRestoring {
            restore(from: offer)
        } else {
            await work { () throws(Problem) in
                guard let made = self.made else { throw .internalError }
                try await made.connect(to: offer)
                self.state.isConnected = true
                self.state.step = .done
            }
            // It locked itself meanwhile: the app asks for the PIN, and for this again.
            if state.problem == .locked { finish() }
        }
    }

    /// Whether the person can let a face or a finger open the wallet that was made or brought back.
    public var canEnableBiometrics: Bool {
        [.done, .report].contains(state.step) && made != nil && !state.hasBiometrics && !state.isBusy
    }

    /// Lets a face or a finger open the wallet from now on.
    public func enableBiometrics() async {
        guard canEnableBiometrics, let made else { return }
        state.areBiometricsUnavailable = false
        await work { () throws(Problem) in
            do throws(Problem) {
                try await made.enableBiometrics()
                self.state.hasBiometrics = true
            } catch .deviceKeyUnavailable {
                self.state.areBiometricsUnavailable = true
            }
        }
        // It locked itself meanwhile: the settings offer it, too. What came back is to be read all the same.
        guard state.problem == .locked else { return }
        if state.step == .report { self.made = nil } else { finish() }
    }

    /// Leaves the new wallet on its own.
    public func connectLater() {
        guard state.step == .connection, !state.isRestoring, !state.isBusy else { return }
        state.problem = nil
        state.step = .done
    }

    /// Waits until nothing is being fetched.
    public func finishRestoring() async { await restoring?.value }

    /// Stops what is being fetched; nothing is on the phone then.
    public func cancelRestore() {
        restoring?.cancel()
    }

    private func restore(from offer: ConnectionOffer) {
        guard let read, let chosenPIN, restoring == nil else { return }
        state.problem = nil
        state.progress = nil
        state.step = .restoring
        restoring = Task {
            await restore(read, chosenPIN, from: offer)
            restoring = nil
        }
    }

    private func restore(_ read: any WordsToRestore, _ pin: SecretBytes, from offer: ConnectionOffer) async {
        let typed = SecretBytes(passphrase)
        defer { typed.erase() }
        do throws(Problem) {
            let restored = try await read.restore(passphrase: typed, pin: pin, from: offer) { progress in
                Task { @MainActor [weak self] in self?.show(progress) }
            }
            forget(to: .report)
            made = restored.wallet
            services = restored.wallet.services
            state.report = restored.report
        } catch {
            state.problem = error.worthShowing
            switch error {
            case .pinUnsuitable:
                chosenPIN = nil
                state.step = .newPIN
            case .passphraseTooLong: state.step = .passphrase
            // Another passphrase makes other keys: whoever typed one looks there first.
            case .nothingToRestore where typed.count > 0: state.step = .passphrase
            default: state.step = .connection
            }
        }
    }

    private func show(_ progress: RestoreProgress) {
        guard state.step == .restoring, progress.bytes >= state.progress?.bytes ?? 0 else { return }
        state.progress = progress
    }
}
