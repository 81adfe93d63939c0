// This phone's keys: P-256 keys that never leave the Secure Enclave, and a counter in the Keychain.

#if canImport(Security)
    import Foundation
    import KeepwellCore
    import LocalAuthentication
    import Security

    /// Seals secrets so that only this phone opens them.
    ///
    /// The biometric key answers to Face ID or Touch ID only, each time anew, and is lost once another face or finger is
    /// enrolled. Neither keys nor counter are in a backup, and none can be used while the phone is locked. The Keychain is no
    /// hardware counter: who can put back an old Keychain can put back an old counter.
    ///
    /// While the person is asked for a face or a finger nothing else waits: the question goes away when its task is cancelled, and
    /// the key can be removed meanwhile.
    public actor SecureEnclaveDeviceKey: DeviceKey {
        private let name: String
        private let reason: String?
        private let counterItem: [CFString: Any]
        private let enrolmentItem: [CFString: Any]
        /// Where the calls wait that ask the person; no thread of Swift's own is held up.
        private let asking = DispatchQueue(label: "org.keepwell.device-key", attributes: .concurrent)
        /// Keys of the Secure Enclave fail with errors of CryptoTokenKit, too: `TKErrorDomain`, `TKError.Code`.
        private static let tokenErrorDomain = "CryptoTokenKit"
        private static var algorithm: SecKeyAlgorithm { .eciesEncryptionCofactorVariableIVX963SHA256AESGCM }

        /// `name` tells the keys of several wallets apart; it is no secret. `reason` says in the person's language what a face or a
        /// finger is asked for; Touch ID shows it.
        public init(name: String = "org.keepwell.device-key", reason: String? = nil) {
            self.name = name
            self.reason = reason
            counterItem = [
                kSecClass: kSecClassGenericPassword, kSecAttrService: name, kSecAttrAccount: "counter",
            ]
            enrolmentItem = [
                kSecClass: kSecClassGenericPassword, kSecAttrService: name, kSecAttrAccount: "enrolment",
            ]
        }

        public func wrap(purpose: DeviceKeyPurpose, context: Data, secret: Data) async throws -> Data {
            if purpose == .biometric {
                let enrolment = try Self.enrolment(lacking: .Unavailable)
                // A key of another face or finger would still seal, and never open again.
                if try stored(enrolmentItem) != enrolment { try await delete(purpose: purpose) }
                try store(enrolment, in: enrolmentItem)
            }
            let key = try privateKey(purpose) ?? makePrivateKey(purpose)
            guard let publicKey = SecKeyCopyPublicKey(key) else { throw DeviceKeyError.Unavailable }
            var bound = Self.bind(context)
            bound.append(secret)
            defer { bound.resetBytes(in: bound.startIndex..<bound.endIndex) }
            var failure: Unmanaged<CFError>?
            guard let wrapped = SecKeyCreateEncryptedData(publicKey, Self.algorithm, bound as CFData, &failure) else {
                throw Self.error(failure)
            }
            if purpose == .biometric { try await prove(wrapped as Data) }
            return wrapped as Data
        }

        /// Sealing asks nobody. So the person is asked now, while they expect it, and a key that does not open is not kept.
        private func prove(_ wrapped: Data) async throws {
            do {
                var opened = try await open(wrapped, .biometric)
                opened.resetBytes(in: opened.startIndex..<opened.endIndex)
            } catch {
                try? await delete(purpose: .biometric)
                throw error as? DeviceKeyError == .Lost ? DeviceKeyError.Unavailable : error
            }
        }

        public func unwrap(purpose: DeviceKeyPurpose, context: Data, wrapped: Data) async throws -> Data {
            // After another face or finger iOS answers as it does when nobody showed one, so it is asked before.
            if purpose == .biometric, try Self.enrolment(lacking: .Lost) != stored(enrolmentItem) { throw DeviceKeyError.Lost }
            var bound = try await open(wrapped, purpose)
            defer { bound.resetBytes(in: bound.startIndex..<bound.endIndex) }
            let prefix = Self.bind(context)
            guard bound.starts(with: prefix) else { throw DeviceKeyError.Lost }
            return Data(bound.dropFirst(prefix.count))
        }

        /// Opens `wrapped` off the actor: with the biometric key it waits for the person. Its task's end takes the question away.
        private func open(_ wrapped: Data, _ purpose: DeviceKeyPurpose) async throws -> Data {
            let question = Question(reason: reason)
            guard let key = try privateKey(purpose, asking: question.context) else { throw DeviceKeyError.Lost }
            let asked = Asked(key: key)
            return try await withTaskCancellationHandler {
                try await withCheckedThrowingContinuation { continuation in
                    asking.async {
                        var failure: Unmanaged<CFError>?
                        let opened = SecKeyCreateDecryptedData(asked.key, Self.algorithm, wrapped as CFData, &failure)
                        if let opened {
                            continuation.resume(returning: opened as Data)
                        } else {
                            continuation.resume(throwing: Self.error(failure))
                        }
                    }
                }
            } onCancel: {
                question.context.invalidate()
            }
        }

        public func delete(purpose: DeviceKeyPurpose) async throws {
            for query in [keyQuery(purpose), purpose == .pin ? counterItem : enrolmentItem] {
                let status = SecItemDelete(query as CFDictionary)
                guard status == errSecSuccess || status == errSecItemNotFound else { throw Self.error(status) }
            }
        }

        public func counter() async throws -> UInt64 {
            guard let data = try stored(counterItem) else { return 0 }
            guard data.count == 8 else { throw DeviceKeyError.Unavailable }
            return data.reduce(0) { $0 << 8 | UInt64($1) }
        }

        public func setCounter(value: UInt64) async throws {
            guard try await counter() <= value else { throw DeviceKeyError.Refused }
            try store(withUnsafeBytes(of: value.bigEndian) { Data($0) }, in: counterItem)
        }

        public func level() async throws -> DeviceKeyLevel {
            #if targetEnvironment(simulator)
                .software
            #else
                .secureElement
            #endif
        }

        /// What an item of the Keychain holds, if it is there.
        private func stored(_ item: [CFString: Any]) throws -> Data? {
            var query = item
            query[kSecReturnData] = true
            var found: CFTypeRef?
            let status = SecItemCopyMatching(query as CFDictionary, &found)
            if status == errSecItemNotFound { return nil }
            guard status == errSecSuccess else { throw Self.error(status) }
            guard let data = found as? Data else { throw DeviceKeyError.Unavailable }
            return data
        }

        private func store(_ data: Data, in item: [CFString: Any]) throws {
            let stored: [CFString: Any] = [
                kSecValueData: data, kSecAttrAccessible: kSecAttrAccessibleWhenUnlockedThisDeviceOnly,
            ]
            var status = SecItemUpdate(item as CFDictionary, stored as CFDictionary)
            if status == errSecItemNotFound {
                status = SecItemAdd(item.merging(stored) { $1 } as CFDictionary, nil)
            }
            guard status == errSecSuccess else { throw Self.error(status) }
        }

        /// What tells the faces or fingers that the phone knows now from any others; it says nothing about them. Throws `lacking`
        /// where it knows none.
        private static func enrolment(lacking: DeviceKeyError) throws -> Data {
            let context = LAContext()
            var failure: NSError?
            guard context.canEvaluatePolicy(.deviceOwnerAuthenticationWithBiometrics, error: &failure) else {
                switch failure.flatMap({ LAError.Code(rawValue: $0.code) }) {
                case .biometryLockout: throw DeviceKeyError.LockedOut
                case .biometryNotEnrolled, .passcodeNotSet: throw lacking
                default: throw DeviceKeyError.Unavailable
                }
            }
            guard let state = context.evaluatedPolicyDomainState else { throw DeviceKeyError.Unavailable }
            return state
        }

        /// ECIES has no associated data: what is sealed begins with the context and its length, 4 bytes, big-endian.
        private static func bind(_ context: Data) -> Data {
            withUnsafeBytes(of: UInt32(clamping: context.count).bigEndian) { Data($0) } + context
        }

        private func tag(_ purpose: DeviceKeyPurpose) -> Data {
            Data((purpose == .pin ? name : name + ".biometric").utf8)
        }

        private func keyQuery(_ purpose: DeviceKeyPurpose) -> [CFString: Any] {
            [
                kSecClass: kSecClassKey, kSecAttrApplicationTag: tag(purpose),
                kSecAttrKeyType: kSecAttrKeyTypeECSECPrimeRandom,
            ]
        }

        /// The key, if there is one; `asking` is what asks the person when it is used.
        private func privateKey(_ purpose: DeviceKeyPurpose, asking: LAContext? = nil) throws -> SecKey? {
            var query = keyQuery(purpose)
            query[kSecReturnRef] = true
            if let asking { query[kSecUseAuthenticationContext] = asking }
            var found: CFTypeRef?
            let status = SecItemCopyMatching(query as CFDictionary, &found)
            if status == errSecItemNotFound { return nil }
            guard status == errSecSuccess, let found, CFGetTypeID(found) == SecKeyGetTypeID() else {
                throw Self.error(status)
            }
            return unsafeDowncast(found, to: SecKey.self)
        }

        private func makePrivateKey(_ purpose: DeviceKeyPurpose) throws -> SecKey {
            var failure: Unmanaged<CFError>?
            let access =
                purpose == .pin
                ? SecAccessControlCreateWithFlags(
                    nil, kSecAttrAccessibleWhenUnlockedThisDeviceOnly, .privateKeyUsage, &failure)
                : SecAccessControlCreateWithFlags(
                    nil, kSecAttrAccessibleWhenPasscodeSetThisDeviceOnly, [.privateKeyUsage, .biometryCurrentSet], &failure)
            guard let access else { throw Self.error(failure) }
            var attributes: [CFString: Any] = [
                kSecAttrKeyType: kSecAttrKeyTypeECSECPrimeRandom,
                kSecAttrKeySizeInBits: 256,
                kSecPrivateKeyAttrs: [
                    kSecAttrIsPermanent: true, kSecAttrApplicationTag: tag(purpose), kSecAttrAccessControl: access,
                ] as [CFString: Any],
            ]
            #if !targetEnvironment(simulator)
                attributes[kSecAttrTokenID] = kSecAttrTokenIDSecureEnclave
            #endif
            guard let key = SecKeyCreateRandomKey(attributes as CFDictionary, &failure) else { throw Self.error(failure) }
            return key
        }

        private static func error(_ status: OSStatus) -> DeviceKeyError {
            switch status {
            case errSecUserCanceled, errSecAuthFailed: .Refused
            case errSecItemNotFound: .Lost
            default: .Unavailable
            }
        }

        /// A key that does not fit what it is to open counts as lost: the recovery words open the wallet then.
        private static func error(_ failure: Unmanaged<CFError>?) -> DeviceKeyError {
            guard let failure = failure?.takeRetainedValue() else { return .Unavailable }
            let code = CFErrorGetCode(failure)
            switch CFErrorGetDomain(failure) as String {
            case LAErrorDomain: return answered(LAError.Code(rawValue: code))
            case tokenErrorDomain: return tokenError(code)
            case NSOSStatusErrorDomain:
                return code == Int(errSecDecode) || code == Int(errSecParam) ? .Lost : error(OSStatus(truncatingIfNeeded: code))
            default: return .Unavailable
            }
        }

        private static func answered(_ code: LAError.Code?) -> DeviceKeyError {
            switch code {
            case .biometryLockout: .LockedOut
            case .userCancel, .appCancel, .systemCancel, .userFallback, .authenticationFailed, .invalidContext, .notInteractive:
                .Refused
            default: .Unavailable
            }
        }

        private static func tokenError(_ code: Int) -> DeviceKeyError {
            switch code {
            // canceledByUser, authenticationFailed, authenticationNeeded
            case -4, -5, -9: .Refused
            // corruptedData, objectNotFound, badParameter
            case -3, -6, -8: .Lost
            default: .Unavailable
            }
        }
    }

    /// What asks the person; any thread may take it away.
    private final class Question: @unchecked Sendable {
        let context = LAContext()

        init(reason: String?) {
            if let reason { context.localizedReason = reason }
            // There is no password to enter in its place: the PIN is asked for by the app.
            context.localizedFallbackTitle = ""
        }
    }

    /// A key on its way to where it waits for the person: keys can be used on any thread.
    private struct Asked: @unchecked Sendable {
        let key: SecKey
    }
#endif
