package org.keepwell.app.screens

import androidx.compose.runtime.Composable
import kotlin.time.Duration.Companion.days
import org.keepwell.wallet.fake.FakeData
import org.keepwell.wallet.model.Category
import org.keepwell.wallet.model.ClinicStanding
import org.keepwell.wallet.model.GrantPreview
import org.keepwell.wallet.model.GrantState
import org.keepwell.wallet.model.Problem
import org.keepwell.wallet.screen.ExtendState
import org.keepwell.wallet.screen.ExtendStep
import org.keepwell.wallet.screen.PinState

@ScreenPreviews
@Composable
internal fun ExtendPreview() {
    PreviewFrame { ExtendScreen(state = EXTEND, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ExtendLoadingPreview() {
    val state = ExtendState(grant = PreviewData.GRANT)
    PreviewFrame { ExtendScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ExtendLongestPreview() {
    val state = EXTEND.copy(durations = emptyList(), duration = null)
    PreviewFrame { ExtendScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ExtendBlockedPreview() {
    val state = EXTEND.copy(clinic = FakeData.northside.copy(standing = ClinicStanding.SUSPENDED))
    PreviewFrame { ExtendScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ExtendOfflinePreview() {
    val state = ExtendState(grant = PreviewData.GRANT, problem = Problem.Offline)
    PreviewFrame { ExtendScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ExtendEndedPreview() {
    val state = ExtendState(grant = PreviewData.GRANT.copy(state = GrantState.EXPIRED))
    PreviewFrame { ExtendScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ExtendReviewPreview() {
    val seen = PreviewData.PREVIEWED.filter { it.category == Category.ALLERGIES || it.category == Category.MEDICATIONS }
    val state = EXTEND.copy(step = ExtendStep.REVIEW, until = PreviewData.NOW.plusSeconds(90 * 86_400), preview = GrantPreview(seen, hidden = 74, along = 2))
    PreviewFrame { ExtendScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

@ScreenPreviews
@Composable
internal fun ExtendConfirmPreview() {
    val state = EXTEND.copy(step = ExtendStep.CONFIRM, until = PreviewData.NOW.plusSeconds(90 * 86_400), pin = PinState(entered = 3))
    PreviewFrame { ExtendScreen(state = state, onLock = {}, onRecover = {}, onEvent = {}) }
}

private val EXTEND = ExtendState(grant = PreviewData.GRANT, clinic = FakeData.northside, durations = listOf(90.days, 365.days), duration = 90.days)
