package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.screen.StartState
import org.keepwell.wallet.screen.StartStep

@ScreenPreviews
@Composable
internal fun WelcomePreview() {
    PreviewFrame { WelcomeScreen(state = StartState(), onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun WelcomeErasedPreview() {
    PreviewFrame { WelcomeScreen(state = StartState(), onEvent = {}, isErased = true) }
}

@ScreenPreviews
@Composable
internal fun WelcomeWordsPreview() {
    val state = StartState(path = listOf(StartStep.WELCOME, StartStep.ABOUT_WORDS))
    PreviewFrame { WelcomeScreen(state = state, onEvent = {}) }
}
