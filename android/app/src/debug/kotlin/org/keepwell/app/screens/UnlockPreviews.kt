package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.PinState

@ScreenPreviews
@Composable
internal fun UnlockPreview() {
    PreviewFrame { UnlockScreen(state = PinState(entered = 4), onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun UnlockCheckingPreview() {
    val state = PinState(entered = 6, isChecking = true)
    PreviewFrame { UnlockScreen(state = state, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun UnlockWrongPreview() {
    val state = PinState(problem = Problem.WrongPin(7))
    PreviewFrame { UnlockScreen(state = state, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun UnlockDelayedPreview() {
    val state = PinState(problem = Problem.PinDelayed(30), wait = 30)
    PreviewFrame { UnlockScreen(state = state, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun UnlockDestroyedPreview() {
    val state = PinState(problem = Problem.PinSlotDestroyed)
    PreviewFrame { UnlockScreen(state = state, onRecover = {}, onEvent = {}) }
}
