// Device keys for tests: one that works, and ones that fail in each way there is.

import Foundation
import Keepwell

/// A device's keys that live as long as the test; the finger is always there.
actor MemoryDeviceKey: DeviceKey {
    private var keys = [DeviceKeyPurpose.pin: MemoryDeviceKey.freshKey(), .biometric: MemoryDeviceKey.freshKey()]
    private var value: UInt64 = 0

    func wrap(purpose: DeviceKeyPurpose, context: Data, secret: Data) async throws -> Data {
        // The context in front, masked like the secret, so that another context is noticed.
        mask(purpose, [UInt8(truncatingIfNeeded: context.count)] + context + secret)
    }

    func unwrap(purpose: DeviceKeyPurpose, context: Data, wrapped: Data) async throws -> Data {
        let opened = mask(purpose, [UInt8](wrapped))
        let prefix = [UInt8(truncatingIfNeeded: context.count)] + context
        guard opened.starts(with: prefix) else { throw DeviceKeyError.Lost }
        return Data(opened.dropFirst(prefix.count))
    }

    func delete(purpose: DeviceKeyPurpose) async throws { keys[purpose] = Self.freshKey() }
    /// The phone comes to know another finger.
    func enrollFinger() { keys[.biometric] = Self.freshKey() }
    func counter() async throws -> UInt64 { value }
    func setCounter(value: UInt64) async throws { self.value = value }
    func level() async throws -> DeviceKeyLevel { .software }

    private static func freshKey() -> [UInt8] { (0..<32).map { _ in UInt8.random(in: 0...255) } }

    private func mask(_ purpose: DeviceKeyPurpose, _ bytes: [UInt8]) -> Data {
        let key = keys[purpose] ?? []
        return Data(bytes.enumerated().map { $1 ^ key[$0 % key.count] })
    }
}

/// A device's key that works until it is told how to fail.
final class FailingDeviceKey: DeviceKey, @unchecked Sendable {
    enum Failure {
        case throwing(any Error & Sendable)
        case hanging
        case answering(Data)
    }

    private let working = MemoryDeviceKey()
    private let lock = NSLock()
    private var failure: Failure?
    private var hanging = 0
    private var cancelled = 0

    func fail(_ failure: Failure?) { lock.withLock { self.failure = failure } }
    /// How many calls hung.
    var hangingCount: Int { lock.withLock { hanging } }
    /// How many of them were cancelled.
    var cancelledCount: Int { lock.withLock { cancelled } }

    func wrap(purpose: DeviceKeyPurpose, context: Data, secret: Data) async throws -> Data {
        if let answer = try await answer() { return answer }
        return try await working.wrap(purpose: purpose, context: context, secret: secret)
    }

    func unwrap(purpose: DeviceKeyPurpose, context: Data, wrapped: Data) async throws -> Data {
        if let answer = try await answer() { return answer }
        return try await working.unwrap(purpose: purpose, context: context, wrapped: wrapped)
    }

    func delete(purpose: DeviceKeyPurpose) async throws { try await working.delete(purpose: purpose) }
    func counter() async throws -> UInt64 { try await working.counter() }
    func setCounter(value: UInt64) async throws { try await working.setCounter(value: value) }
    func level() async throws -> DeviceKeyLevel { .software }

    private func answer() async throws -> Data? {
        switch lock.withLock({ failure }) {
        case nil: return nil
        case .throwing(let error): throw error
        case .answering(let data): return data
        case .hanging:
            lock.withLock { hanging += 1 }
            do {
                // Longer than anybody waits for it.
                try await Task.sleep(nanoseconds: 600_000_000_000)
            } catch {
                lock.withLock { cancelled += 1 }
                throw error
            }
            return nil
        }
    }
}
