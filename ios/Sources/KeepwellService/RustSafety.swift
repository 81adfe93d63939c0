// What keeps the owner safe, done by the library.

import Foundation
import Keepwell
import KeepwellKit

extension RustWallet {
    public func hasBiometrics() async throws(Problem) -> Bool {
        try await call { [wallet] in try await wallet.hasBiometrics() }
    }

    public func unlockWithBiometrics() async throws(Problem) {
        try await call { [wallet] in try await wallet.unlockWithBiometrics() }
    }

    public func disableBiometrics() async throws(Problem) {
        try await call { [wallet] in try await wallet.disableBiometrics() }
    }

    public func panicLock() async throws(Problem) {
        try await call { [wallet] in try await wallet.panicLock() }
    }

    public func autoLock() async throws(Problem) -> KeepwellKit.AutoLock {
        try await call { [wallet] in
            let autoLock = try await wallet.autoLock()
            return KeepwellKit.AutoLock(inFront: autoLock.inFront, inBackground: autoLock.inBackground)
        }
    }

    public func setAutoLock(_ autoLock: KeepwellKit.AutoLock) async throws(Problem) {
        try await call { [wallet] in
            try await wallet.setAutoLock(inFront: autoLock.inFront, inBackground: autoLock.inBackground)
        }
    }

    public func noteUse() async {
        // Reading counts as use. A wallet that is locked already tells so by itself.
        _ = try? await status()
    }

    public func checkNewPIN(_ pin: SecretBytes) async throws(Problem) {
        try await pin.withData { pin throws(Problem) in try await call { try Pin(digits: pin).checkChoice() } }
    }

    public func authenticate(pin: SecretBytes) async throws(Problem) -> any OwnerProof {
        try await pin.withData { pin throws(Problem) in
            try await call { [wallet] in
                LibraryOwnerProof(try await wallet.unlock(pin: Pin(digits: pin)), of: self)
            }
        }
    }

    public func eraseWithoutPIN() async throws(Problem) {
        try await erasing { [wallet] in try await wallet.eraseUnauthenticated() }
    }
}

/// The library's authentication; it is void when this goes.
private final class LibraryOwnerProof: OwnerProof, Sendable {
    private let authentication: Authentication
    private let services: RustWallet
    private var wallet: Wallet { services.wallet }

    init(_ authentication: Authentication, of services: RustWallet) {
        self.authentication = authentication
        self.services = services
    }

    deinit {
        // It can only be void already.
        try? authentication.void()
    }

    func changePIN(to pin: SecretBytes) async throws(Problem) {
        try await pin.withData { pin throws(Problem) in
            try await call { [wallet, authentication] in
                try await wallet.changePin(authentication: authentication, newPin: Pin(digits: pin))
            }
        }
    }

    func enableBiometrics() async throws(Problem) {
        try await call { [wallet, authentication] in
            try await wallet.enableBiometrics(authentication: authentication)
        }
    }

    func words() throws(Problem) -> [String] {
        do {
            var phrase = try authentication.words()
            return takeWords(of: &phrase)
        } catch {
            throw Problem(error)
        }
    }

    func quiz() throws(Problem) -> [Int] {
        do {
            return try authentication.quiz().map(Int.init)
        } catch {
            throw Problem(error)
        }
    }

    func check(_ answers: [Int: SecretBytes]) async throws(Problem) {
        try await call { [wallet, authentication] in
            try await wallet.confirmWords(authentication: authentication, answers: answers.asQuizAnswers)
        }
    }

    func export(to path: String) async throws(Problem) -> Int {
        try await call { [wallet, authentication] in
            Int(clamping: try await wallet.exportHistory(authentication: authentication, path: path).records)
        }
    }

    func pages(of categories: [KeepwellKit.RecordCategory]) async throws(Problem) -> Data {
        try await call { [wallet, authentication] in
            let scopes = categories.map { Scope(categories: [$0.inLibrary]) }
            guard let pages = try await wallet.renderedPdf(authentication, of: scopes) else { throw Problem.unprintable }
            return pages
        }
    }

    func share(_ request: KeepwellKit.ShareRequest, passcode: SecretBytes?) async throws(Problem) -> Share {
        try await services.share(request, passcode: passcode, by: authentication)
    }

    func erase() async throws(Problem) {
        try await erasing { [wallet, authentication] in try await wallet.erase(authentication: authentication) }
    }
}

/// The words of a phrase, which is overwritten. None of them is longer than what a String holds within itself; the whole phrase
/// would have a place in memory that nothing overwrites.
func takeWords(of phrase: inout Data) -> [String] {
    let words = phrase.withUnsafeBytes { bytes in
        bytes.split(separator: UInt8(ascii: " ")).map { String(decoding: $0, as: UTF8.self) }
    }
    phrase.resetBytes(in: phrase.startIndex..<phrase.endIndex)
    return words
}

/// Erases. What broke off is told as that: any other words for it would say that nothing was changed.
private func erasing(_ erase: () async throws -> Void) async throws(Problem) {
    do {
        try await erase()
    } catch let error as WalletError where error != .Closed {
        throw .eraseFailed(code: error.stableCode)
    } catch {
        throw Problem(error)
    }
}
