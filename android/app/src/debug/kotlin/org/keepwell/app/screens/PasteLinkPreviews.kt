package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.screen.PasteLinkState

@Composable
private fun Shown(state: PasteLinkState) {
    PreviewFrame { PasteLinkScreen(state = state, onBack = {}, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun PasteLinkPreview() {
    Shown(state = PasteLinkState())
}

@ScreenPreviews
@Composable
internal fun PasteLinkNonePreview() {
    Shown(state = PasteLinkState(text = "https://www.example.org/visit", isNone = true))
}
