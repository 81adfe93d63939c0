package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.StoppedBy
import org.keepwell.wallet.navigation.Route
import org.keepwell.wallet.screen.AccessState

@ScreenPreviews
@Composable
internal fun AccessPreview() {
    PreviewFrame(tab = Route.Access) { AccessScreen(state = ACCESS, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun AccessLoadingPreview() {
    PreviewFrame(tab = Route.Access) { AccessScreen(state = AccessState(), onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun AccessNonePreview() {
    val state = AccessState(isLoading = false)
    PreviewFrame(tab = Route.Access) { AccessScreen(state = state, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun AccessRevokePreview() {
    val state = ACCESS.copy(asking = PreviewData.GRANT)
    PreviewFrame(tab = Route.Access) { AccessScreen(state = state, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun AccessOfflinePreview() {
    val state = ACCESS.copy(grants = listOf(REVOKING), unsent = 1, isOffline = true)
    PreviewFrame(tab = Route.Access) { AccessScreen(state = state, onLock = {}, onEvent = {}, onTellMe = {}) }
}

@ScreenPreviews
@Composable
internal fun AccessLastKnownPreview() {
    val state = ACCESS.copy(grants = listOf(PreviewData.GRANT), openCodes = 1, isOffline = true)
    PreviewFrame(tab = Route.Access) { AccessScreen(state = state, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun AccessStoppedPreview() {
    val state = ACCESS.copy(grants = listOf(REVOKING.copy(stoppedBy = StoppedBy.HOST)))
    PreviewFrame(tab = Route.Access) { AccessScreen(state = state, onLock = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun AccessEarlierPreview() {
    val longer = PreviewData.GRANT.copy(notAfter = PreviewData.NOW.plusSeconds(90 * 86_400))
    val state = ACCESS.copy(grants = listOf(longer, PreviewData.grant("Northside Family Clinic", GrantState.REVOKED, 3)))
    PreviewFrame(tab = Route.Access) { AccessScreen(state = state, onLock = {}, onEvent = {}) }
}

private val REVOKING = PreviewData.GRANT.copy(state = GrantState.REVOKING)

private val ACCESS = AccessState(
    grants = listOf(
        PreviewData.GRANT,
        PreviewData.grant("Lakeside Heart Centre", GrantState.PENDING, 805_112),
        PreviewData.grant("Riverbend Urgent Care", GrantState.REVOKED, 3),
    ),
    isLoading = false,
)
