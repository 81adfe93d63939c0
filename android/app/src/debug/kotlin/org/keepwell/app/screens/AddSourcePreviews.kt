package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.AddSourceState

@Composable
private fun Shown(state: AddSourceState) {
    PreviewFrame { AddSourceScreen(state = state, onBack = {}, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun AddSourcePreview() {
    Shown(state = AddSourceState())
}

@ScreenPreviews
@Composable
internal fun AddSourceUnknownPreview() {
    Shown(state = AddSourceState(address = "https://www.springfield.example", problem = Problem.SourceAddress("SourceNotSmart")))
}

@ScreenPreviews
@Composable
internal fun AddSourceInBrowserPreview() {
    Shown(state = AddSourceState(address = "https://records.springfield.example/r4", isInBrowser = true))
}
