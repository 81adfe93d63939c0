package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.GrantedState

@ScreenPreviews
@Composable
internal fun GrantedPreview() {
    PreviewFrame { GrantedScreen(state = GrantedState(PreviewData.GRANT), onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun GrantedLoadingPreview() {
    PreviewFrame { GrantedScreen(state = GrantedState(), onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun GrantedUnconfirmedPreview() {
    PreviewFrame { GrantedScreen(state = GrantedState(PENDING), onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun GrantedUntoldPreview() {
    val state = GrantedState(PreviewData.GRANT.copy(delivered = false))
    PreviewFrame { GrantedScreen(state = state, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun GrantedOfflinePreview() {
    PreviewFrame { GrantedScreen(state = GrantedState(PENDING, isOffline = true), onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun GrantedOverPreview() {
    val state = GrantedState(PreviewData.GRANT.copy(state = GrantState.EXPIRED))
    PreviewFrame { GrantedScreen(state = state, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun GrantedMissingPreview() {
    val state = GrantedState(problem = Problem.NotFound("NoSuchGrant"))
    PreviewFrame { GrantedScreen(state = state, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun GrantedLongerWaitingPreview() {
    PreviewFrame { GrantedScreen(state = GrantedState(PENDING, former = FORMER), onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun GrantedLongerBothPreview() {
    PreviewFrame { GrantedScreen(state = GrantedState(PreviewData.GRANT, former = FORMER), onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun GrantedLongerPreview() {
    val former = PreviewData.grant("Northside Family Clinic", GrantState.REVOKED, 805_112)
    PreviewFrame { GrantedScreen(state = GrantedState(PreviewData.GRANT, former = former), onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun GrantedLongerOverPreview() {
    val state = GrantedState(PreviewData.GRANT.copy(state = GrantState.REVOKED), former = FORMER)
    PreviewFrame { GrantedScreen(state = state, onLock = {}, onEvent = {}) }
}

private val FORMER = PreviewData.grant("Northside Family Clinic", GrantState.ACTIVE, 805_112).copy(notAfter = PreviewData.NOW.plusSeconds(2 * 86_400))

private val PENDING = PreviewData.grant("Northside Family Clinic", GrantState.PENDING, 42_917)
