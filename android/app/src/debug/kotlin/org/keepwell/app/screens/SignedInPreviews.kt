package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.model.OtherPerson
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.SignedInState

@Composable
private fun Shown(state: SignedInState) {
    PreviewFrame { SignedInScreen(state = state, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun SignedInConnectingPreview() {
    Shown(state = SignedInState())
}

@ScreenPreviews
@Composable
internal fun SignedInWhoPreview() {
    Shown(state = SignedInState(person = OtherPerson("p2", "Ana L. Ortega Ruiz", "1974-03-09"), isBusy = false))
}

@ScreenPreviews
@Composable
internal fun SignedInUnknownPreview() {
    Shown(state = SignedInState(isBusy = false, problem = Problem.SignInUnknown("SourceRedirectUnknown")))
}

@ScreenPreviews
@Composable
internal fun SignedInRefusedPreview() {
    Shown(state = SignedInState(isBusy = false, problem = Problem.SignInRefused("SourceAccessDenied")))
}
