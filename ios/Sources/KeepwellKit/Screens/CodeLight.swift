// The screen while a code is on it.

import Foundation

/// Keeps the screen awake and bright for a scanner, and puts back what was before.
@MainActor final class CodeLight {
    private let screen: any PhoneScreen
    private var before: (staysAwake: Bool, brightness: Double)?

    init(screen: any PhoneScreen) {
        self.screen = screen
    }

    func isOn(_ isOn: Bool) {
        if isOn, before == nil {
            before = (screen.staysAwake, screen.brightness)
            screen.staysAwake = true
            screen.brightness = 1
        } else if !isOn, let before {
            screen.staysAwake = before.staysAwake
            // Who has dimmed it meanwhile wants it so.
            if screen.brightness > 0.99 { screen.brightness = before.brightness }
            self.before = nil
        }
    }
}
