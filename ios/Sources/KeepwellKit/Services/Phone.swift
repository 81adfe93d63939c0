// What only the phone itself can do. The real one is in KeepwellApp/Platform, one for tests in KeepwellFake.

import Foundation

/// The phone beside the wallet.
@MainActor public struct Phone {
    public let screen: any PhoneScreen
    public let background: any BackgroundTime
    public let messages: any PhoneMessages
    public let wishes: any MessageWishes
    public let camera: any PhoneCamera
    public let health: any HealthSource
    public let printer: any PhonePrinter
    public let browser: any SignInBrowser

    public init(
        screen: any PhoneScreen, background: any BackgroundTime, messages: any PhoneMessages, wishes: any MessageWishes,
        camera: any PhoneCamera, health: any HealthSource, printer: any PhonePrinter,
        browser: any SignInBrowser
    ) {
        self.screen = screen
        self.background = background
        self.messages = messages
        self.wishes = wishes
        self.camera = camera
        self.health = health
        self.printer = printer
        self.browser = browser
    }

    /// By this name the system wakes the app; it stands in the app's `Info.plist`, too.
    public static let wakingName = "org.keepwell.send"

    /// The system has woken the app.
    public func wake() async {
        await background.onWake?()
    }
}

/// The screen of the phone.
@MainActor public protocol PhoneScreen: AnyObject {
    /// Whether it stays on though nobody touches it.
    var staysAwake: Bool { get set }
    /// From 0 to 1.
    var brightness: Double { get set }
}

/// The phone's own printing.
@MainActor public protocol PhonePrinter: AnyObject {
    /// Whether there is one.
    var canPrint: Bool { get }
    /// Lets the person choose a printer for a PDF, which is handed over in memory and let go of when that is over.
    func printPages(_ pdf: Data)
}

/// The phone's browser, for signing in elsewhere: a page in it shows its own address, and the app sees nothing of what is typed there.
@MainActor public protocol SignInBrowser: AnyObject {
    /// Shows a page until that leads back to ``Source/redirect``, and gives the whole address; throws ``Problem/cancelled`` where the
    /// person closes it.
    func signIn(at page: URL) async throws(Problem) -> String
}

/// The camera of the phone.
@MainActor public protocol PhoneCamera: AnyObject {
    /// Whether there is one that the app may use; asks the person if nobody has yet.
    func access() async -> CameraAccess
}

/// Whether the camera may be used.
public enum CameraAccess: Equatable, Sendable {
    case granted, denied
    /// The person can't allow it: the phone is run by somebody who does not let them.
    case restricted
    /// There is none, or none that can read codes.
    case missing
    /// There is one that may be used, and it does not work now: something else may have it.
    case failed
}

/// What the phone's own health app keeps.
public protocol HealthSource: Sendable {
    /// Whether this phone has such an app.
    var isThere: Bool { get }
    /// Asks the person what may be read, where nobody has yet. The phone does not say what they answered.
    func ask() async throws(Problem)
    /// What the person lets be read; nothing of what they don't, which can't be told from what is not there.
    func read() async throws(Problem) -> HealthData
    /// The wallet was erased: what is kept of earlier reading goes, too.
    func forget()
}

/// What the system lets an app do out of sight.
@MainActor public protocol BackgroundTime: AnyObject {
    /// Does `work` before the app is stopped; it is cancelled when the system's patience ends.
    func finish(_ work: @escaping @MainActor () async -> Void) async
    /// Asks to be woken when there is time for it; once, until ``wakeNoMore()``.
    func wakeLater()
    func wakeNoMore()
    /// What is done when the app is woken.
    var onWake: (@MainActor () async -> Void)? { get set }
}

/// A message to the person while the app is out of sight. None says whom or what it is about: others may see the screen.
public enum PhoneMessage: Equatable, Hashable, Sendable {
    /// So many decisions are not sent yet.
    case unsent(Int)
    /// What was decided is sent.
    case sent
    /// What was decided is sent, and what was still open is closed.
    case closed
}

/// That an access ends soon, told while the app is out of sight.
public struct EndReminder: Equatable, Sendable {
    /// When it is told.
    public let time: Date
    /// Whose access it is; none unless the person wants clinics named.
    public let clinicName: String?

    public init(time: Date, clinicName: String?) {
        self.time = time
        self.clinicName = clinicName
    }
}

/// That a clinic read records, told while the app is out of sight.
public struct ReadNotice: Equatable, Sendable {
    public let records: Int
    /// Who read; none unless the person wants clinics named.
    public let clinicName: String?
    /// Whether who read signed for it. Else the server says so.
    public let isProved: Bool

    public init(records: Int, clinicName: String?, isProved: Bool) {
        self.records = records
        self.clinicName = clinicName
        self.isProved = isProved
    }
}

/// What the person wishes of messages: kept on the phone beside the wallet, and no secret. At first none of it.
@MainActor public protocol MessageWishes: AnyObject {
    /// Whether the end of an access is told before.
    var remindsOfEnds: Bool { get set }
    /// Whether it is told that a clinic has read records.
    var tellsOfReads: Bool { get set }
    /// Whether messages may name clinics, which others can read on a locked screen.
    var namesClinics: Bool { get set }
}

/// Messages on the locked screen.
public protocol PhoneMessages: Sendable {
    /// Whether the person has yet to be asked if there may be any.
    func isUnasked() async -> Bool
    /// Asks the person.
    func ask() async
    /// Shows a message in so many seconds, in the place of what was shown or planned before; nothing if there may be none.
    func show(_ message: PhoneMessage, in seconds: TimeInterval) async
    /// Takes back what was shown or planned by ``show(_:in:)``.
    func withdraw() async
    /// Whether there may be any.
    func areAllowed() async -> Bool
    /// Shows that records were read, beside whatever is shown; nothing if there may be none, or while the app is in front.
    func tell(_ notice: ReadNotice) async
    /// Plans these, in the place of those that were planned before.
    func plan(_ reminders: [EndReminder]) async
}
