// The few names of Security that our code uses; as SwiftUI.swift says. Where Apple's types of Core Foundation become Swift's own by
// `as`, they are the same here.

import Foundation

public typealias CFString = String
public typealias CFData = Data
public typealias CFDictionary = [String: Any]
public typealias CFTypeRef = AnyObject
public typealias CFTypeID = UInt
public typealias CFAllocator = NSObject
public typealias OSStatus = Int32

public final class CFError {}
public final class SecKey {}
public final class SecAccessControl {}

// swift-format-ignore: AlwaysUseLowerCamelCase
public func CFGetTypeID(_ cf: CFTypeRef?) -> CFTypeID { shim }
// swift-format-ignore: AlwaysUseLowerCamelCase
public func CFErrorGetCode(_ error: CFError) -> Int { shim }
// swift-format-ignore: AlwaysUseLowerCamelCase
public func CFErrorGetDomain(_ error: CFError) -> CFString { shim }

public struct SecKeyAlgorithm {
    public static var eciesEncryptionCofactorVariableIVX963SHA256AESGCM: SecKeyAlgorithm { shim }
}

public struct SecAccessControlCreateFlags: OptionSet, Sendable {
    public let rawValue: UInt
    public init(rawValue: UInt) { self.rawValue = rawValue }
    public static let biometryCurrentSet = SecAccessControlCreateFlags(rawValue: 1)
    public static let privateKeyUsage = SecAccessControlCreateFlags(rawValue: 2)
}

// swift-format-ignore: AlwaysUseLowerCamelCase
public func SecKeyGetTypeID() -> CFTypeID { shim }
// swift-format-ignore: AlwaysUseLowerCamelCase
public func SecKeyCopyPublicKey(_ key: SecKey) -> SecKey? { shim }
// swift-format-ignore: AlwaysUseLowerCamelCase
public func SecKeyCreateRandomKey(
    _ parameters: CFDictionary, _ error: UnsafeMutablePointer<Unmanaged<CFError>?>?
) -> SecKey? { shim }
// swift-format-ignore: AlwaysUseLowerCamelCase
public func SecKeyCreateEncryptedData(
    _ key: SecKey, _ algorithm: SecKeyAlgorithm, _ plaintext: CFData, _ error: UnsafeMutablePointer<Unmanaged<CFError>?>?
) -> CFData? { shim }
// swift-format-ignore: AlwaysUseLowerCamelCase
public func SecKeyCreateDecryptedData(
    _ key: SecKey, _ algorithm: SecKeyAlgorithm, _ ciphertext: CFData, _ error: UnsafeMutablePointer<Unmanaged<CFError>?>?
) -> CFData? { shim }
/// Apple's takes any object of Core Foundation for `protection`.
// swift-format-ignore: AlwaysUseLowerCamelCase
public func SecAccessControlCreateWithFlags(
    _ allocator: CFAllocator?, _ protection: CFString, _ flags: SecAccessControlCreateFlags,
    _ error: UnsafeMutablePointer<Unmanaged<CFError>?>?
) -> SecAccessControl? { shim }

// swift-format-ignore: AlwaysUseLowerCamelCase
public func SecItemAdd(_ attributes: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus { shim }
// swift-format-ignore: AlwaysUseLowerCamelCase
public func SecItemCopyMatching(_ query: CFDictionary, _ result: UnsafeMutablePointer<CFTypeRef?>?) -> OSStatus { shim }
// swift-format-ignore: AlwaysUseLowerCamelCase
public func SecItemUpdate(_ query: CFDictionary, _ attributes: CFDictionary) -> OSStatus { shim }
// swift-format-ignore: AlwaysUseLowerCamelCase
public func SecItemDelete(_ query: CFDictionary) -> OSStatus { shim }

public var errSecSuccess: OSStatus { 0 }
public var errSecParam: OSStatus { -50 }
public var errSecUserCanceled: OSStatus { -128 }
public var errSecAuthFailed: OSStatus { -25_293 }
public var errSecItemNotFound: OSStatus { -25_300 }
public var errSecDecode: OSStatus { -26_275 }

public let kSecClass: CFString = "class"
public let kSecClassGenericPassword: CFString = "genp"
public let kSecClassKey: CFString = "keys"
public let kSecAttrService: CFString = "svce"
public let kSecAttrAccount: CFString = "acct"
public let kSecAttrAccessible: CFString = "pdmn"
public let kSecAttrAccessibleWhenUnlockedThisDeviceOnly: CFString = "aku"
public let kSecAttrAccessibleWhenPasscodeSetThisDeviceOnly: CFString = "akpu"
public let kSecAttrAccessControl: CFString = "accc"
public let kSecAttrApplicationTag: CFString = "atag"
public let kSecAttrIsPermanent: CFString = "perm"
public let kSecAttrKeySizeInBits: CFString = "bsiz"
public let kSecAttrKeyType: CFString = "type"
public let kSecAttrKeyTypeECSECPrimeRandom: CFString = "73"
public let kSecAttrTokenID: CFString = "tkid"
public let kSecAttrTokenIDSecureEnclave: CFString = "com.apple.setoken"
public let kSecPrivateKeyAttrs: CFString = "private"
public let kSecReturnData: CFString = "r_Data"
public let kSecReturnRef: CFString = "r_Ref"
public let kSecUseAuthenticationContext: CFString = "u_AuthCtx"
public let kSecValueData: CFString = "v_Data"

// Of Apple's Foundation, not of Linux's.

public struct FileProtectionType: Sendable {
    public static let complete = FileProtectionType()
}

extension FileAttributeKey {
    public static let protectionKey = FileAttributeKey(rawValue: "NSFileProtectionKey")
}

private var shim: Never { preconditionFailure("the shim is for type-checking only") }
