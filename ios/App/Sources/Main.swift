import KeepwellApp
import KeepwellKit
import SwiftUI

@main struct Main: App {
    var body: some Scene { KeepwellScene(phone: .apple) { () async throws(Problem) in try await PhoneWallet.open() } }
}
