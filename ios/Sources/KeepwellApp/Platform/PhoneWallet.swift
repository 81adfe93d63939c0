// The wallet of this phone: where its files are and which key it has.

#if canImport(Security)
    import Foundation
    import Keepwell
    import KeepwellKit
    import KeepwellService

    /// The wallet of this phone.
    public enum PhoneWallet {
        /// Finds it, locked, in the app's private storage: out of backups, and unreadable while the phone is locked. Where there is
        /// none it is made, connected where `connection.json` among the app's resources says, if the person agrees.
        public static func open() async throws(Problem) -> FoundWallet {
            let file = Bundle.main.url(forResource: "connection", withExtension: "json").flatMap { try? Data(contentsOf: $0) }
            let key = SecureEnclaveDeviceKey(reason: Texts.preferred(.promptTitle))
            let config = WalletConfig(home: try home().path, deviceKey: key)
            return try await RustWallet.find(config, connectionFile: file)
        }

        private static func home() throws(Problem) -> URL {
            do {
                let support = try FileManager.default.url(
                    for: .applicationSupportDirectory, in: .userDomainMask, appropriateFor: nil, create: true)
                let folder = support.appending(path: "wallets", directoryHint: .isDirectory)
                try FileManager.default.createDirectory(
                    at: folder, withIntermediateDirectories: true, attributes: [.protectionKey: FileProtectionType.complete])
                var values = URLResourceValues()
                values.isExcludedFromBackup = true
                var excluded = folder
                try excluded.setResourceValues(values)
                return folder.appending(path: "own", directoryHint: .isDirectory)
            } catch {
                throw .storage(code: "StorageUnavailable")
            }
        }
    }
#endif
