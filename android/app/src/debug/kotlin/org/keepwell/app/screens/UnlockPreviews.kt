package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.PinState
import org.keepwell.wallet.screen.UnlockState

@ScreenPreviews
@Composable
internal fun UnlockPreview() {
    PreviewFrame { UnlockScreen(state = UnlockState(pin = PinState(entered = 4)), onRecover = {}, onHelp = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun UnlockCheckingPreview() {
    val state = UnlockState(pin = PinState(entered = 6, isChecking = true))
    PreviewFrame { UnlockScreen(state = state, onRecover = {}, onHelp = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun UnlockWrongPreview() {
    val state = UnlockState(pin = PinState(problem = Problem.WrongPin(7)))
    PreviewFrame { UnlockScreen(state = state, onRecover = {}, onHelp = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun UnlockDelayedPreview() {
    val state = UnlockState(pin = PinState(problem = Problem.PinDelayed(30), wait = 30))
    PreviewFrame { UnlockScreen(state = state, onRecover = {}, onHelp = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun UnlockDestroyedPreview() {
    val state = UnlockState(pin = PinState(problem = Problem.PinSlotDestroyed))
    PreviewFrame { UnlockScreen(state = state, onRecover = {}, onHelp = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun UnlockBiometricsPreview() {
    PreviewFrame { UnlockScreen(state = UnlockState(hasBiometrics = true), onRecover = {}, onHelp = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun UnlockBiometricsRefusedPreview() {
    val state = UnlockState(hasBiometrics = true, problem = Problem.DeviceKeyRefused)
    PreviewFrame { UnlockScreen(state = state, onRecover = {}, onHelp = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun UnlockBiometricsLostPreview() {
    PreviewFrame { UnlockScreen(state = UnlockState(problem = Problem.BiometricsLost), onRecover = {}, onHelp = {}, onEvent = {}) }
}
