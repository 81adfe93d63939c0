// An iPhone's screen, its camera, its patience with apps out of sight, and its messages.

#if canImport(UIKit)
    import AVFoundation
    import AuthenticationServices
    import BackgroundTasks
    import Foundation
    import KeepwellKit
    import UIKit
    import UserNotifications
    import VisionKit

    extension Phone {
        /// This iPhone.
        public static let apple = Phone(
            screen: ApplePhoneScreen(), background: AppleBackgroundTime(), messages: AppleMessages(),
            wishes: AppleWishes(), camera: AppleCamera(), health: AppleHealth(),
            printer: ApplePrinter(), browser: AppleBrowser())
    }

    @MainActor final class ApplePhoneScreen: PhoneScreen {
        var staysAwake: Bool {
            get { UIApplication.shared.isIdleTimerDisabled }
            set { UIApplication.shared.isIdleTimerDisabled = newValue }
        }

        var brightness: Double {
            get { Double(screen?.brightness ?? 0) }
            set { screen?.brightness = CGFloat(newValue) }
        }

        private var screen: UIScreen? {
            UIApplication.shared.connectedScenes.lazy.compactMap { ($0 as? UIWindowScene)?.screen }.first
        }
    }

    @MainActor final class ApplePrinter: PhonePrinter {
        var canPrint: Bool { UIPrintInteractionController.isPrintingAvailable }

        func printPages(_ pdf: Data) {
            let controller = UIPrintInteractionController.shared
            let info = UIPrintInfo(dictionary: nil)
            info.outputType = .general
            // What a list of jobs shows: nothing about anybody.
            info.jobName = "Keepwell"
            controller.printInfo = info
            controller.printingItem = pdf
            let isShown = controller.present(animated: true) { controller, _, _ in controller.printingItem = nil }
            if !isShown { controller.printingItem = nil }
        }
    }

    /// The sheet of the system's browser: the app sees where it leads back to, and nothing of what is typed there.
    @MainActor final class AppleBrowser: NSObject, SignInBrowser, ASWebAuthenticationPresentationContextProviding {
        /// The one that is shown: nothing else keeps it.
        private var session: ASWebAuthenticationSession?

        func signIn(at page: URL) async throws(Problem) -> String {
            defer { session = nil }
            let redirect: URL? = await withCheckedContinuation { ended in
                let session = ASWebAuthenticationSession(url: page, callbackURLScheme: "keepwell") { redirect, _ in
                    ended.resume(returning: redirect)
                }
                session.presentationContextProvider = self
                // Nobody else's sign-in at the clinic is to be taken up, and none is to stay behind on a shared phone.
                session.prefersEphemeralWebBrowserSession = true
                self.session = session
                if !session.start() { ended.resume(returning: nil) }
            }
            guard let redirect else { throw .cancelled }
            return redirect.absoluteString
        }

        func presentationAnchor(for session: ASWebAuthenticationSession) -> ASPresentationAnchor {
            let scenes = UIApplication.shared.connectedScenes.lazy.compactMap { $0 as? UIWindowScene }
            return scenes.compactMap(\.keyWindow).first ?? ASPresentationAnchor()
        }
    }

    /// The camera, as far as it can read codes: an iPad of before 2018 can't.
    @MainActor final class AppleCamera: PhoneCamera {
        func access() async -> CameraAccess {
            guard DataScannerViewController.isSupported else { return .missing }
            switch AVCaptureDevice.authorizationStatus(for: .video) {
            // Allowed, and kept away all the same: by Screen Time, for one.
            case .authorized: return DataScannerViewController.isAvailable ? .granted : .restricted
            case .restricted: return .restricted
            case .notDetermined: return await AVCaptureDevice.requestAccess(for: .video) ? .granted : .denied
            default: return .denied
            }
        }
    }

    /// In the app's own defaults: three yes or no, and nothing about anybody.
    @MainActor final class AppleWishes: MessageWishes {
        var remindsOfEnds: Bool {
            get { UserDefaults.standard.bool(forKey: "remindsOfEnds") }
            set { UserDefaults.standard.set(newValue, forKey: "remindsOfEnds") }
        }

        var tellsOfReads: Bool {
            get { UserDefaults.standard.bool(forKey: "tellsOfReads") }
            set { UserDefaults.standard.set(newValue, forKey: "tellsOfReads") }
        }

        var namesClinics: Bool {
            get { UserDefaults.standard.bool(forKey: "namesClinics") }
            set { UserDefaults.standard.set(newValue, forKey: "namesClinics") }
        }
    }

    @MainActor final class AppleBackgroundTime: BackgroundTime {
        var onWake: (@MainActor () async -> Void)?

        func finish(_ work: @escaping @MainActor () async -> Void) async {
            let working = Task { await work() }
            let time = Time()
            time.id = UIApplication.shared.beginBackgroundTask(withName: Phone.wakingName) {
                working.cancel()
                // Who goes on after this is killed.
                time.end()
            }
            await working.value
            time.end()
        }

        func wakeLater() {
            // Where background refresh is switched off, the message that is planned stands.
            try? BGTaskScheduler.shared.submit(BGAppRefreshTaskRequest(identifier: Phone.wakingName))
        }

        func wakeNoMore() {
            BGTaskScheduler.shared.cancel(taskRequestWithIdentifier: Phone.wakingName)
        }

        /// Time that the system gave; it is given back once.
        @MainActor private final class Time {
            var id = UIBackgroundTaskIdentifier.invalid

            func end() {
                guard id != .invalid else { return }
                UIApplication.shared.endBackgroundTask(id)
                id = .invalid
            }
        }
    }

    /// Of what is sent one message at a time, in words that say neither whom nor what it is about.
    struct AppleMessages: PhoneMessages {
        private static let name = "org.keepwell.unsent"
        private static let endName = "org.keepwell.end."
        private static let readName = "org.keepwell.read."

        func isUnasked() async -> Bool {
            await UNUserNotificationCenter.current().notificationSettings().authorizationStatus == .notDetermined
        }

        func ask() async {
            // Whatever the answer is, it is the person's.
            _ = try? await UNUserNotificationCenter.current().requestAuthorization(options: [.alert, .sound])
        }

        func show(_ message: PhoneMessage, in seconds: TimeInterval) async {
            let content = UNMutableNotificationContent()
            content.body = Texts.preferred.label(message)
            let trigger = seconds > 0 ? UNTimeIntervalNotificationTrigger(timeInterval: seconds, repeats: false) : nil
            let request = UNNotificationRequest(identifier: Self.name, content: content, trigger: trigger)
            // Without permission there is no message.
            try? await UNUserNotificationCenter.current().add(request)
        }

        func areAllowed() async -> Bool {
            await UNUserNotificationCenter.current().notificationSettings().authorizationStatus == .authorized
        }

        func tell(_ notice: ReadNotice) async {
            let content = UNMutableNotificationContent()
            content.body = Texts.preferred.label(notice)
            // Under each other, however many clinics read.
            content.threadIdentifier = Self.readName
            let request = UNNotificationRequest(identifier: Self.readName + UUID().uuidString, content: content, trigger: nil)
            // Without permission there is no message.
            try? await UNUserNotificationCenter.current().add(request)
        }

        func plan(_ reminders: [EndReminder]) async {
            let center = UNUserNotificationCenter.current()
            let planned = await center.pendingNotificationRequests().map(\.identifier)
            center.removePendingNotificationRequests(withIdentifiers: planned.filter { $0.hasPrefix(Self.endName) })
            for (number, reminder) in reminders.enumerated() {
                let seconds = reminder.time.timeIntervalSinceNow
                guard seconds > 0 else { continue }
                let content = UNMutableNotificationContent()
                content.body = Texts.preferred.label(reminder)
                let trigger = UNTimeIntervalNotificationTrigger(timeInterval: seconds, repeats: false)
                // Without permission there is no message.
                try? await center.add(
                    UNNotificationRequest(identifier: Self.endName + String(number), content: content, trigger: trigger))
            }
        }

        func withdraw() async {
            let center = UNUserNotificationCenter.current()
            center.removePendingNotificationRequests(withIdentifiers: [Self.name])
            center.removeDeliveredNotifications(withIdentifiers: [Self.name])
        }
    }
#endif
