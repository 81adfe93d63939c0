// A PIN or recovery words: bytes in one place, overwritten as soon as they are not needed.

import Foundation

/// Secret bytes that are overwritten by ``erase()`` and at the latest when the last reference goes.
///
/// `Data` and `String` copy themselves when they please; this owns its memory and lends it. What the lent `Data` is copied into
/// is up to the borrower. It never shows its content, neither in text nor to a debugger's mirror.
public final class SecretBytes: @unchecked Sendable, CustomStringConvertible, CustomReflectable {
    private let lock = NSLock()
    private let memory: UnsafeMutableRawBufferPointer
    private var filled = 0

    /// An empty secret that can hold as many bytes as `capacity`.
    public init(capacity: Int = 64) {
        memory = .allocate(byteCount: max(capacity, 1), alignment: 1)
        _ = memory.initializeMemory(as: UInt8.self, repeating: 0)
    }

    /// The UTF-8 of `text`, which itself stays in memory for as long as Swift likes.
    public convenience init(_ text: String) {
        self.init(capacity: text.utf8.count)
        for byte in text.utf8 { append(byte) }
    }

    deinit {
        wipe()
        memory.deallocate()
    }

    /// How many bytes it holds.
    public var count: Int { lock.withLock { filled } }

    /// Adds a byte, unless it is full.
    public func append(_ byte: UInt8) {
        lock.withLock {
            guard filled < memory.count else { return }
            memory[filled] = byte
            filled += 1
        }
    }

    /// Takes the last byte away.
    public func removeLast() {
        lock.withLock {
            guard filled > 0 else { return }
            filled -= 1
            memory[filled] = 0
        }
    }

    /// Overwrites everything; the secret is empty afterwards.
    public func erase() {
        lock.withLock { wipe() }
    }

    /// Shows the bytes to `body`, which must not keep them.
    public func read<Result>(_ body: (UnsafeRawBufferPointer) -> Result) -> Result {
        lock.withLock { body(UnsafeRawBufferPointer(rebasing: memory[..<filled])) }
    }

    /// Whether both hold the same, which takes as long whatever they hold.
    func isSame(as other: SecretBytes) -> Bool {
        guard self !== other else { return true }
        return read { own in
            other.read { theirs in
                own.count == theirs.count && zip(own, theirs).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
            }
        }
    }

    /// Lends the bytes without a copy. They are gone when `body` returns and must not be kept.
    public func withData<Result>(_ body: (Data) async throws(Problem) -> Result) async throws(Problem) -> Result {
        let base = memory.baseAddress
        let data = base.map { Data(bytesNoCopy: $0, count: count, deallocator: .none) } ?? Data()
        return try await body(data)
    }

    public var description: String { "SecretBytes(..)" }
    public var customMirror: Mirror { Mirror(self, children: [:]) }

    private func wipe() {
        memory.withMemoryRebound(to: UInt8.self) { bytes in
            for index in bytes.indices { bytes[index] = 0 }
        }
        filled = 0
    }
}
