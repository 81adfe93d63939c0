// This phone's keys: P-256 keys that never leave the Secure Enclave, and a counter in the Keychain.

#if canImport(Security)
    import Foundation
    import Keepwell
    import LocalAuthentication
    import Security

    /// Seals secrets so that only this phone opens them.
    ///
    /// The biometric key answers to Face ID or Touch ID only, each time anew, and is lost once another face or finger is
    /// enrolled. Neither keys nor counter are in a backup, and none can be used while the phone is locked. The Keychain is no
    /// hardware counter: who can put back an old Keychain can put back an old counter.
    public actor SecureEnclaveDeviceKey: DeviceKey {
        private let name: String
        private let counterItem: [CFString: Any]
        private static let algorithm = SecKeyAlgorithm.eciesEncryptionCofactorVariableIVX963SHA256AESGCM

        /// `name` tells the keys of several wallets apart; it is no secret.
        public init(name: String = "org.keepwell.device-key") {
            self.name = name
            counterItem = [
                kSecClass: kSecClassGenericPassword, kSecAttrService: name, kSecAttrAccount: "counter",
            ]
        }

        public func wrap(purpose: DeviceKeyPurpose, context: Data, secret: Data) async throws -> Data {
            let key = try privateKey(purpose) ?? makePrivateKey(purpose)
            guard let publicKey = SecKeyCopyPublicKey(key) else { throw DeviceKeyError.Unavailable }
            var bound = Self.bind(context)
            bound.append(secret)
            defer { bound.resetBytes(in: bound.startIndex..<bound.endIndex) }
            var failure: Unmanaged<CFError>?
            guard let wrapped = SecKeyCreateEncryptedData(publicKey, Self.algorithm, bound as CFData, &failure) else {
                throw Self.error(failure)
            }
            return wrapped as Data
        }

        public func unwrap(purpose: DeviceKeyPurpose, context: Data, wrapped: Data) async throws -> Data {
            guard let key = try privateKey(purpose) else { throw DeviceKeyError.Lost }
            var failure: Unmanaged<CFError>?
            guard let opened = SecKeyCreateDecryptedData(key, Self.algorithm, wrapped as CFData, &failure) else {
                throw Self.error(failure)
            }
            let bound = opened as Data
            let prefix = Self.bind(context)
            guard bound.starts(with: prefix) else { throw DeviceKeyError.Lost }
            return Data(bound.dropFirst(prefix.count))
        }

        public func delete(purpose: DeviceKeyPurpose) async throws {
            for query in purpose == .pin ? [keyQuery(purpose), counterItem] : [keyQuery(purpose)] {
                let status = SecItemDelete(query as CFDictionary)
                guard status == errSecSuccess || status == errSecItemNotFound else { throw Self.error(status) }
            }
        }

        public func counter() async throws -> UInt64 {
            var query = counterItem
            query[kSecReturnData] = true
            var found: CFTypeRef?
            let status = SecItemCopyMatching(query as CFDictionary, &found)
            if status == errSecItemNotFound { return 0 }
            guard status == errSecSuccess else { throw Self.error(status) }
            guard let data = found as? Data, data.count == 8 else { throw DeviceKeyError.Unavailable }
            return data.reduce(0) { $0 << 8 | UInt64($1) }
        }

        public func setCounter(value: UInt64) async throws {
            guard try await counter() <= value else { throw DeviceKeyError.Refused }
            let bytes = withUnsafeBytes(of: value.bigEndian) { Data($0) }
            let stored: [CFString: Any] = [
                kSecValueData: bytes, kSecAttrAccessible: kSecAttrAccessibleWhenUnlockedThisDeviceOnly,
            ]
            var status = SecItemUpdate(counterItem as CFDictionary, stored as CFDictionary)
            if status == errSecItemNotFound {
                status = SecItemAdd(counterItem.merging(stored) { $1 } as CFDictionary, nil)
            }
            guard status == errSecSuccess else { throw Self.error(status) }
        }

        public func level() async throws -> DeviceKeyLevel {
            #if targetEnvironment(simulator)
                .software
            #else
                .secureElement
            #endif
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

        private func privateKey(_ purpose: DeviceKeyPurpose) throws -> SecKey? {
            var query = keyQuery(purpose)
            query[kSecReturnRef] = true
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
            if CFErrorGetDomain(failure) as String == LAErrorDomain {
                switch LAError.Code(rawValue: code) {
                case .biometryLockout: return .LockedOut
                case .userCancel, .appCancel, .systemCancel, .userFallback, .authenticationFailed: return .Refused
                default: return .Unavailable
                }
            }
            return code == Int(errSecDecode) || code == Int(errSecParam) ? .Lost : error(OSStatus(truncatingIfNeeded: code))
        }
    }
#endif
