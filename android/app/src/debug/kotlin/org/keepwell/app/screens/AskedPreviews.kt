package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.AskedState

@Composable
private fun Shown(state: AskedState) {
    PreviewFrame { AskedScreen(state = state, onBack = {}, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun AskedPreview() {
    Shown(state = AskedState())
}

@ScreenPreviews
@Composable
internal fun AskedUnprovedPreview() {
    Shown(state = AskedState(Problem.RequestUnproved("RequestNotSigned")))
}

@ScreenPreviews
@Composable
internal fun AskedOverPreview() {
    Shown(state = AskedState(Problem.RequestOver("RequestExpired")))
}
