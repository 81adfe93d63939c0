import Foundation
import Keepwell

/// A device's key in memory, for trying things out where there is no Secure Enclave: it keeps nothing secret, and is gone when the
/// program ends. On an iPhone use `SecureEnclaveDeviceKey`.
actor TrialDeviceKey: DeviceKey {
    private var key = TrialDeviceKey.freshKey()
    private var value: UInt64 = 0

    func wrap(purpose: DeviceKeyPurpose, context: Data, secret: Data) async throws -> Data {
        try refuseBiometrics(purpose)
        // The context in front, so that another one is noticed.
        return mask([UInt8(truncatingIfNeeded: context.count)] + context + secret)
    }

    func unwrap(purpose: DeviceKeyPurpose, context: Data, wrapped: Data) async throws -> Data {
        try refuseBiometrics(purpose)
        let opened = mask([UInt8](wrapped))
        let prefix = [UInt8(truncatingIfNeeded: context.count)] + context
        guard opened.starts(with: prefix) else { throw DeviceKeyError.Lost }
        return Data(opened.dropFirst(prefix.count))
    }

    func delete(purpose: DeviceKeyPurpose) async throws {
        if purpose == .pin { (key, value) = (Self.freshKey(), 0) }
    }

    func counter() async throws -> UInt64 { value }
    func setCounter(value: UInt64) async throws { self.value = value }
    func level() async throws -> DeviceKeyLevel { .software }

    private static func freshKey() -> [UInt8] { (0..<32).map { _ in UInt8.random(in: 0...255) } }

    private func refuseBiometrics(_ purpose: DeviceKeyPurpose) throws {
        guard purpose == .pin else { throw DeviceKeyError.Unavailable }
    }

    private func mask(_ bytes: [UInt8]) -> Data { Data(bytes.enumerated().map { $1 ^ key[$0 % key.count] }) }
}
