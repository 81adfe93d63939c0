// A phone that can be looked at: its screen, what it was asked to do out of sight, and its messages.

import Foundation
import KeepwellKit

/// A phone for tests and previews.
@MainActor
public final class FakePhone: PhoneScreen, BackgroundTime, PhoneMessages, MessageWishes, PhoneCamera, PhonePrinter,
    SignInBrowser
{
    public var staysAwake = false
    public var brightness = 0.4
    public var onWake: (@MainActor () async -> Void)?
    /// Whether it was asked to wake the app.
    public private(set) var willWake = false
    /// How often it gave the app time to finish something.
    public private(set) var finished = 0
    /// What is shown or planned, and in how many seconds.
    public private(set) var message: (PhoneMessage, in: TimeInterval)?
    /// Whether the person was asked if there may be messages.
    public private(set) var wasAsked: Bool

    /// Whether handing a message over goes on until this is over.
    public var isShowingSlow = false
    /// Whether there may be messages.
    public var isAllowing = true
    /// What is planned of accesses that end.
    public private(set) var reminders: [EndReminder] = []
    public var remindsOfEnds = false
    public var tellsOfReads = false
    public var namesClinics = false
    /// What was told of reads.
    public private(set) var notices: [ReadNotice] = []
    /// What it answers who asks for the camera.
    public var cameraAccess = CameraAccess.granted
    /// Whether it has a printing of its own.
    public var canPrint = true
    /// Which pages it was asked to show, and what comes back from one; null: the person closes it.
    public private(set) var pages: [URL] = []
    public var comesBack: @Sendable (URL) async -> String? = { Source.redirect + "?code=1&" + ($0.query ?? "") }
    /// What was printed.
    public private(set) var printed: [Data] = []
    public let health: FakeHealth

    public init(wasAsked: Bool = true, health: FakeHealth = FakeHealth()) {
        self.wasAsked = wasAsked
        self.health = health
    }

    /// What the app asks of it.
    public var phone: Phone {
        Phone(
            screen: self, background: self, messages: self, wishes: self, camera: self, health: health, printer: self,
            browser: self)
    }

    /// Wakes the app.
    public func wake() async {
        guard willWake else { return }
        willWake = false
        await onWake?()
    }

    public func finish(_ work: @escaping @MainActor () async -> Void) async {
        finished += 1
        await work()
    }

    public func wakeLater() { willWake = true }
    public func wakeNoMore() { willWake = false }

    public func isUnasked() async -> Bool { !wasAsked }
    public func ask() async { wasAsked = true }
    public func show(_ message: PhoneMessage, in seconds: TimeInterval) async {
        self.message = (message, seconds)
        while isShowingSlow { try? await Task.sleep(nanoseconds: 1_000_000) }
    }

    public func printPages(_ pdf: Data) { printed.append(pdf) }

    public func signIn(at page: URL) async throws(Problem) -> String {
        pages.append(page)
        guard let redirect = await comesBack(page) else { throw .cancelled }
        return redirect
    }

    public func access() async -> CameraAccess { cameraAccess }

    public func withdraw() async { message = nil }
    public func areAllowed() async -> Bool { wasAsked && isAllowing }
    public func tell(_ notice: ReadNotice) async { notices.append(notice) }
    public func plan(_ reminders: [EndReminder]) async { self.reminders = reminders }
}
